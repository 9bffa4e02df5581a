"""**Pure.** Text in, text out."""
