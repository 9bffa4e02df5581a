"""**I/O edge.** Measurements: `make bench`."""
