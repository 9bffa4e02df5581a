"""**I/O edge.** Durable turns: accepted once, finished once, in their order, whatever dies.

`turns.py` is the way in: submit, stop, retry, start, close. What the outside has answered is kept in rows, each in one
transaction: whoever takes a turn up again, after a crash or from a process that died, goes the same way over them.
`running.py` runs turns; `hold.py` is the fence around what only their process may write, `ledger.py` holds what
everybody may; `membership.py` says who lives, `leases.py` what one of them alone does.
"""
