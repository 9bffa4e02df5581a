"""**I/O edge.** What agents write in the turns of this process, told at once to who follows them here.

It is kept nowhere. Whoever comes while an agent writes gets what it has written so far in one piece.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from core.events import Event, StageCompleted, StageDelta, StageFailed, StageStarted
from core.stored import Happening

MOST = 512
"""Pieces that a slow listener may be behind; then those that were said first are lost to it."""

DELTA = "stage.delta"


@dataclass(slots=True)
class Writing:
    """One part of a stage as it grows. `attempt`: as it was told when it began; offsets in characters."""

    stage: str
    part: int
    attempt: int
    pieces: list[str] = field(default_factory=list)
    length: int = 0

    def grow(self, seq: int, text: str) -> Happening:
        said = self._piece(seq, text, self.length)
        self.pieces.append(text)
        self.length += len(text)
        return said

    def so_far(self, seq: int) -> Happening:
        return self._piece(seq, "".join(self.pieces), 0)

    def _piece(self, seq: int, text: str, offset: int) -> Happening:
        said = {"stage": self.stage, "part": self.part, "attempt": self.attempt, "offset": offset, "text": text}
        return Happening(seq, DELTA, said, kept=False)


class Listener:
    """One who follows a turn; `ear` is set when there is something to hear."""

    def __init__(self, ear: asyncio.Event, said: Iterable[Happening], growing: Callable[[Happening], bool]) -> None:
        self._ear = ear
        self._growing = growing
        self._said: deque[Happening] = deque(said, maxlen=MOST)

    def hear(self, piece: Happening) -> None:
        self._said.append(piece)
        self._ear.set()

    def pieces(self, seq: int) -> Iterator[Happening]:
        """Those that do not come after more than has been told, which is number `seq`, of what is still written."""
        while self._said and not self.ahead(seq):
            piece = self._said.popleft()
            if piece.seq == seq or self._growing(piece):
                yield replace(piece, seq=seq)

    def ahead(self, seq: int) -> bool:
        """Does the next piece come after something that has not been told yet?"""
        return bool(self._said) and self._said[0].seq > seq

    def __bool__(self) -> bool:
        return bool(self._said)


@dataclass(slots=True)
class _UnderWay:
    """A turn under way: the number of what was kept last, and what is being written."""

    seq: int = 0
    writings: dict[tuple[str, int], Writing] = field(default_factory=dict)


class Live:
    """One for a process."""

    def __init__(self) -> None:
        self._turns: dict[str, _UnderWay] = {}
        self._listeners: dict[str, set[Listener]] = {}

    def tell(self, turn_id: str, seq: int, event: Event) -> None:
        """An event, in its order; `seq`: the number of what was kept last, of itself where it is kept."""
        turn = self._turns.setdefault(turn_id, _UnderWay())
        turn.seq = seq
        match event:
            case StageStarted(stage, part, _, attempt):
                turn.writings[stage, part] = Writing(stage, part, attempt)
            case StageDelta(stage, text, part) if writing := turn.writings.get((stage, part)):
                piece = writing.grow(seq, text)
                for listener in self._listeners.get(turn_id, ()):
                    listener.hear(piece)
            case StageCompleted(stage) | StageFailed(stage):
                turn.writings = {key: writing for key, writing in turn.writings.items() if key[0] != stage}
            case _:
                return

    def forget(self, turn_id: str) -> None:
        """The turn does not run here any more."""
        self._turns.pop(turn_id, None)

    @contextmanager
    def heard(self, turn_id: str, ear: asyncio.Event) -> Iterator[Listener]:
        """Listen to a turn for the length of the block."""
        listener = Listener(ear, self._so_far(turn_id), partial(self._growing, turn_id))
        self._listeners.setdefault(turn_id, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[turn_id].discard(listener)
            if not self._listeners[turn_id]:
                del self._listeners[turn_id]

    def _growing(self, turn_id: str, piece: Happening) -> bool:
        """Does it belong to what is being written now? Who is late needs no more of a stage that is over."""
        turn = self._turns.get(turn_id, _UnderWay())
        writing = turn.writings.get((piece.fields["stage"], piece.fields["part"]))
        return writing is not None and writing.attempt == piece.fields["attempt"]

    def _so_far(self, turn_id: str) -> list[Happening]:
        turn = self._turns.get(turn_id, _UnderWay())
        return [writing.so_far(turn.seq) for writing in turn.writings.values() if writing.pieces]
