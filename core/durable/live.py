"""**I/O edge.** What happens in the turns of this process, told at once to who follows them here.

What agents write is kept nowhere. Whoever comes while one writes gets what it has written so far in one piece.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from core.events import Event, StageCompleted, StageDelta, StageFailed, StageStarted
from core.stored import Happening

MOST = 512
"""What a slow listener may be behind; then what was said first is lost to it, where it is not kept."""

DELTA = "stage.delta"

LONGEST = 512
"""Characters of a word that is waited for: one that is longer is no secret of anybody's."""

_UNFINISHED = re.compile(rf"[!-~]{{1,{LONGEST}}}\Z")
"""What secrets are made of: the next piece may go on with it."""

_BEFORE = 8
"""Characters that tell what the next word is: "Bearer "."""

Redact = Callable[[str], str]


@dataclass(slots=True)
class Writing:
    """One part of a stage as it grows, without secrets. `attempt`: as it was told when it began; offsets in characters.

    A word is told once it is whole: in halves, a secret would be none.
    """

    stage: str
    part: int
    attempt: int
    redact: Redact
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    _before: str = ""
    _unfinished: str = ""

    def grow(self, seq: int, text: str) -> Happening | None:
        """What can be told now."""
        if not (safe := self._finished(self._unfinished + text)):
            return None
        said = self._piece(seq, safe, self.length)
        self.pieces.append(safe)
        self.length += len(safe)
        return said

    def _finished(self, text: str) -> str:
        found = _UNFINISHED.search(text)
        cut = found.start() if found and len(found.group()) < LONGEST else len(text)
        whole, self._unfinished = text[:cut], text[cut:]
        safe = self.redact(self._before + whole)[len(self.redact(self._before)) :]
        self._before = (self._before + whole)[-_BEFORE:]
        return safe

    def so_far(self, seq: int) -> Happening:
        return self._piece(seq, "".join(self.pieces), 0)

    def _piece(self, seq: int, text: str, offset: int) -> Happening:
        said = {"stage": self.stage, "part": self.part, "attempt": self.attempt, "offset": offset, "text": text}
        return Happening(seq, DELTA, said, kept=False)


class Listener:
    """One who follows a turn; `ear` is set when there is something to hear."""

    def __init__(self, ear: asyncio.Event, said: Iterable[Happening], turn: TurnHere) -> None:
        self._ear = ear
        self._turn = turn
        self._said: deque[Happening] = deque(said, maxlen=MOST)

    def hear(self, said: Happening) -> None:
        self._said.append(said)
        self._ear.set()

    def said(self, seq: int) -> Iterator[Happening]:
        """What comes after number `seq`, which was told last. Of a stage that is over nobody needs a piece any more."""
        while self._said and not self.ahead(seq):
            one = self._said.popleft()
            if one.kept and one.seq > seq:
                seq = one.seq
                yield one
            elif not one.kept and (one.seq == seq or self._turn.is_writing(one)):
                yield replace(one, seq=seq)

    def ahead(self, seq: int) -> bool:
        """Something was missed: what was said next comes after more than has been told."""
        return bool(self._said) and self._said[0].seq > seq + self._said[0].kept

    @property
    def waits(self) -> bool:
        """The turn runs here, so that all that happens in it is heard."""
        return self._turn.under_way is not None


@dataclass(slots=True)
class _UnderWay:
    """A turn under way: the number of what was kept last, and what is being written."""

    seq: int = 0
    writings: dict[tuple[str, int], Writing] = field(default_factory=dict)


@dataclass(slots=True)
class TurnHere:
    """A turn that is followed here, or runs here, or both."""

    listeners: set[Listener] = field(default_factory=set)
    under_way: _UnderWay | None = None

    def is_writing(self, piece: Happening) -> bool:
        """Does it belong to what is being written now?"""
        writings = self.under_way.writings if self.under_way else {}
        writing = writings.get((piece.fields["stage"], piece.fields["part"]))
        return writing is not None and writing.attempt == piece.fields["attempt"]

    def tell(self, said: Happening) -> None:
        for listener in self.listeners:
            listener.hear(said)


class Live:
    """One for a process."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._turns: dict[str, TurnHere] = {}

    def tell(self, turn_id: str, seq: int, event: Event, kept: Happening | None = None) -> None:
        """An event, in its order; `seq`: the number of what was kept last; `kept`: as what it is kept itself."""
        turn = self._turns.setdefault(turn_id, TurnHere())
        turn.under_way = turn.under_way or _UnderWay()
        turn.under_way.seq = seq
        if kept:
            turn.tell(kept)
        writings = turn.under_way.writings
        match event:
            case StageStarted(stage, part, _, attempt):
                writings[stage, part] = Writing(stage, part, attempt, self._redact)
            case StageDelta(stage, text, part) if writing := writings.get((stage, part)):
                if piece := writing.grow(seq, text):
                    turn.tell(piece)
            case StageCompleted(stage) | StageFailed(stage):
                turn.under_way.writings = {key: one for key, one in writings.items() if key[0] != stage}
            case _:
                return

    def forget(self, turn_id: str) -> None:
        """The turn does not run here any more: who follows it goes by what is kept."""
        if turn := self._turns.get(turn_id):
            turn.under_way = None
            self._tidy(turn_id, turn)

    @contextmanager
    def heard(self, turn_id: str, ear: asyncio.Event) -> Iterator[Listener]:
        """Listen to a turn for the length of the block."""
        turn = self._turns.setdefault(turn_id, TurnHere())
        listener = Listener(ear, _so_far(turn.under_way), turn)
        turn.listeners.add(listener)
        try:
            yield listener
        finally:
            turn.listeners.discard(listener)
            self._tidy(turn_id, turn)

    def _tidy(self, turn_id: str, turn: TurnHere) -> None:
        if not turn.listeners and turn.under_way is None and self._turns.get(turn_id) is turn:
            del self._turns[turn_id]


def _so_far(turn: _UnderWay | None) -> list[Happening]:
    return [writing.so_far(turn.seq) for writing in turn.writings.values() if writing.pieces] if turn else []
