"""**I/O edge.** Local stand-ins for the outside services: real HTTP on loopback, with faults on demand.

The demo, the tests and newcomers run against them. They know nothing of what is tested against them.
"""
