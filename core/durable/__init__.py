"""**I/O edge.** Durable turns: accepted once, finished once, in their order, whatever dies.

The only code that knows the engine (DBOS). `turns.py` is the way in: submit, stop, retry, start, close. The engine
keeps what a workflow's steps returned and starts it again after a crash; our own rows (`ledger.py`) keep the line, the
message, and the stages' results, so that a retry is a new workflow over what was done.
"""
