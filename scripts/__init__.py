"""**I/O edge.** Scripts that developers run."""
