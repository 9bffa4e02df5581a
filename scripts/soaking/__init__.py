"""**I/O edge.** What `scripts/soak.py` is made of."""
