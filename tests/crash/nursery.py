"""**I/O edge.** A nursery: imports everything once, then forks a child for each line of orders that it is given.

python -m tests.crash.nursery     standard input: {"orders": …, "log": PATH, "out": PATH} a line;
                                  standard output: "born PID" for each, in order, and "dead PID CODE", as they come

A child is a process of its own, to be killed like any other; what is saved is a second of imports for each of
hundreds. Forking is safe here: no thread runs, no database is open.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
import tempfile
import threading
from typing import NoReturn

from tests.crash import child


def main() -> None:
    asyncio.run(_warm_up())
    assert threading.active_count() == 1
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    living: set[int] = set()
    lines = sys.stdin.fileno()
    try:
        rest = b""
        while True:
            ready, _, _ = select.select([lines, woken], [], [])
            if woken in ready:
                os.read(woken, 4096)
                _bury(living)
            if lines in ready:
                if not (read := os.read(lines, 65536)):
                    return
                *whole, rest = (rest + read).split(b"\n")
                for line in whole:
                    living.add(_born(json.loads(line)))
    finally:
        for pid in living:
            os.kill(pid, signal.SIGKILL)


async def _warm_up() -> None:
    """Open the app once, with nothing to do: much is imported only then."""
    nobody = "http://127.0.0.1:9"
    with tempfile.TemporaryDirectory() as folder:
        async with child.opened(child.Orders(stand_in=nobody, platform=nobody, database=f"sqlite:///{folder}/x.db")):
            pass


def _born(given: dict[str, str]) -> int:
    pid = os.fork()
    if pid == 0:
        _live(**given)
    _say(f"born {pid}")
    return pid


def _bury(living: set[int]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        living.discard(pid)
        _say(f"dead {pid} {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def _live(orders: str, log: str, out: str) -> NoReturn:
    """The whole life of a child. Whatever happens, it must not come back."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for path, stream in ((os.devnull, 0), (out, 1), (log, 2)):
            flags = os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
            os.dup2(os.open(path, flags, 0o600), stream)
        code = child.main(child.Orders.read(orders))
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
