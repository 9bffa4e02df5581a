"""**Pure.** What Orchestrator does, wherever it is spoken to. Knows nobody above it (`bot`, `sandbox`)."""
