"""**I/O edge.** Limits of the outside: one budget for all processes, in memory for one, in tables for several."""
