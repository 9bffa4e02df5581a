"""**I/O edge.** The console that we write to: it says what a terminal can show, and notices that nobody reads on."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper

from rich.console import Console

from core.errors import SurfaceError

SIMPLER = str.maketrans("✓✗◌○◐●■⚠▪│›…·–—“”‘’", "+x..~*#!-|>.---\"\"''")  # noqa: RUF001 - what is translated
"""Our marks, one for one, where a terminal has no others: told apart, and as wide as before."""


def _simpler(error: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    plain = error.object[error.start : error.end].translate(SIMPLER)
    return plain.encode("ascii", "replace").decode("ascii"), error.end


def speak_plainly() -> None:
    """Whatever is printed can be encoded from now on: an answer is not lost to a terminal without a ✓."""
    codecs.register_error("simpler", _simpler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="simpler")


def says_everything() -> bool:
    """Whether standard output can say every character."""
    return (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")


def discard_output() -> None:
    """Whatever is still printed goes nowhere."""
    _discard(sys.stdout.fileno())


def nothing() -> None:
    """Nobody wants to know."""


class Terminal(Console):
    """rich's own ends the process at a broken pipe, in whichever task wrote. This one falls silent, and tells."""

    lost = False
    _tell: Callable[[], object] = staticmethod(nothing)

    def on_broken_pipe(self) -> None:
        self.lose()

    def lose(self) -> None:
        """Nothing more is written; what was begun goes nowhere."""
        self.quiet = self.lost = True
        with suppress(OSError, ValueError):  # not every file has a number
            _discard(self.file.fileno())
        self._tell()

    @contextmanager
    def when_lost(self, tell: Callable[[], object]) -> Iterator[None]:
        """Within the block `tell` is called once nobody reads on; at once, if so already."""
        self._tell = tell
        try:
            if self.lost:
                tell()
            yield
        finally:
            self._tell = nothing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What cannot be written is a `SurfaceError`, once: writing it again would say it twice."""
        try:
            yield
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self.lose()
            raise SurfaceError(f"the terminal did not take it: {reason}") from error


def _discard(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
    finally:
        os.close(nowhere)
