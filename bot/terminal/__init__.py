"""**Pure.** The terminal: a surface only, it cannot be spoken to while a turn runs."""
