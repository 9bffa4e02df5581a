"""**I/O edge.** Measurements: `make bench`, or `python -m benchmarks NAME`. Each part is one line in `parts.py`."""
