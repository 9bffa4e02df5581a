"""**Pure.** Where Orchestrator is spoken to. No platform knows another; `bot.app` alone knows them all."""
