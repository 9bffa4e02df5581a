"""**I/O edge.** Ctrl-C: the first ends cleanly, the next at once, and none leaves a traceback.

Imported before anything that takes time, so it takes none itself: asyncio comes when it is needed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

EXIT_STOPPED = 130
"""What shells expect of a program that was ended by Ctrl-C."""

GRACE = 3.0
"""Seconds for closing after Ctrl-C, while no turn is under way: a locked database would hold it for longer."""

SHOW_CURSOR = b"\x1b[?25h\n"
STDOUT = 1


def leave_at_once(*_: object) -> NoReturn:
    """End the process here and now. Turns survive that; the terminal gets its cursor back."""
    with suppress(OSError):
        if os.isatty(STDOUT):
            os.write(STDOUT, SHOW_CURSOR)
    os._exit(EXIT_STOPPED)


def take_ctrl_c() -> None:
    """From now on Ctrl-C leaves at once. So it does where SIGINT was ignored by who started us."""
    signal.signal(signal.SIGINT, leave_at_once)


@contextmanager
def on_ctrl_c(press: Callable[[], object]) -> Iterator[None]:
    """Within the block the first Ctrl-C calls `press` in the running loop; any further one leaves at once."""
    import asyncio

    loop = asyncio.get_running_loop()

    def pressed(*_: object) -> None:
        signal.signal(signal.SIGINT, leave_at_once)
        loop.call_soon_threadsafe(press)

    before = signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is pressed:
            signal.signal(signal.SIGINT, before)


def run_until_ctrl_c(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`; the first Ctrl-C cancels `main`, which has `GRACE` to clean up. Raises `KeyboardInterrupt`."""
    import asyncio

    async def interruptible() -> T:
        task = asyncio.current_task()
        assert task is not None
        with on_ctrl_c(partial(_end, task.cancel)):
            return await main

    try:
        return asyncio.run(interruptible())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _end(cancel: Callable[[], object]) -> None:
    cancel()
    late = threading.Timer(GRACE, leave_at_once)
    late.daemon = True
    late.start()
