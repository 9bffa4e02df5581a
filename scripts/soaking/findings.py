"""**Pure.** What a soak has found: each question's fate, the memory, and the table that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FLAT = 0.10
"""Growth over the time watched that counts as none: an allocator breathes."""

LONG_ENOUGH = 300.0
"""Seconds that memory must have been watched for: before that it is only being filled."""


class Fate(StrEnum):
    ANSWERED = "answered in exactly one message"
    FAILED = "ended with an honest message instead of an answer"
    UNHEARD = "never accepted: nobody listened, and the platform gave up"
    LOST = "lost: accepted, and not answered"
    DOUBLED = "doubled: answered in more than one message"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands in the end. `acknowledged`: the platform was told that we have it.

    `status` of its turn, empty where there is none; `ended`: it has come to its end. `messages`: those that live, and
    `twins`: those of its messages that stand there more than once. `final`: its message shows the end.
    """

    turn_id: str
    platform: str
    acknowledged: bool
    status: str = ""
    ended: bool = False
    messages: int = 0
    twins: int = 0
    final: bool = False


def fate_of(asked: Asked) -> Fate:
    if not asked.status:
        return Fate.LOST if asked.acknowledged else Fate.UNHEARD
    if asked.messages > 1 or asked.twins:
        return Fate.DOUBLED
    if not asked.ended or not asked.messages or not asked.final:
        return Fate.LOST
    return Fate.FAILED if asked.status in ("failed", "stopped", "withheld") else Fate.ANSWERED


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the start, and the bytes that a process has in memory then."""

    at: float
    pid: int
    resident: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the process that was watched longest. `begins` and `ends` in MB, by a straight line through all samples."""

    seconds: float
    begins: float
    ends: float

    @property
    def growth(self) -> float:
        return self.ends / self.begins - 1 if self.begins else 0.0

    @property
    def verdict(self) -> str:
        if self.seconds < LONG_ENOUGH:
            return "watched too briefly to tell"
        return "flat" if self.growth <= FLAT else "grows"


def memory_of(samples: Iterable[Sample], begin: float, end: float) -> Memory:
    """Of samples between `begin` and `end`."""
    by_pid: dict[int, list[Sample]] = {}
    for one in samples:
        if begin <= one.at <= end:
            by_pid.setdefault(one.pid, []).append(one)
    longest = max(by_pid.values(), key=lambda some: some[-1].at - some[0].at, default=[])
    if len(longest) < 2:
        return Memory(0.0, 0.0, 0.0)
    first, last = longest[0].at, longest[-1].at
    slope, middle, mean = _line([one.at for one in longest], [one.resident / 2**20 for one in longest])
    return Memory(last - first, mean + slope * (first - middle), mean + slope * (last - middle))


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float]:
    """The slope of the straight line through points, by least squares, and their middle."""
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    wide = sum((one - x) ** 2 for one in xs)
    return (sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / wide if wide else 0.0), x, y


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that there is to say of a soak; `troubles` by name, `left_out`: why some could not be made."""

    about: Mapping[str, Any]
    asked: tuple[Asked, ...]
    troubles: Mapping[str, int]
    memory: Memory
    asked_again: int = 0
    left_out: tuple[str, ...] = ()

    @property
    def fates(self) -> Counter[Fate]:
        return Counter(map(fate_of, self.asked))

    @property
    def clean(self) -> bool:
        return not self.fates[Fate.LOST] and not self.fates[Fate.DOUBLED]

    def as_json(self) -> dict[str, Any]:
        bad = [one for one in self.asked if fate_of(one) in (Fate.LOST, Fate.DOUBLED)]
        memory = {"seconds": self.memory.seconds, "begins_mb": self.memory.begins, "ends_mb": self.memory.ends}
        return {
            **self.about,
            "questions": len(self.asked),
            "fates": {fate.name.lower(): self.fates[fate] for fate in Fate},
            "unheard_on": Counter(one.platform for one in self.asked if fate_of(one) is Fate.UNHEARD),
            "troubles": dict(self.troubles),
            "asked_again": self.asked_again,
            "memory": {**memory, "verdict": self.memory.verdict},
            "left_out": list(self.left_out),
            "bad": [f"{one.platform} {one.turn_id}: {fate_of(one)}; {one}" for one in bad],
        }


def table(kept: Mapping[str, Any]) -> str:
    """Of a report as JSON."""
    memory = kept["memory"]
    watched = f"{memory['begins_mb']:.0f} → {memory['ends_mb']:.0f} MB in {memory['seconds'] / 60:.1f} min"
    rows = [
        ("questions asked", kept["questions"]),
        *((str(fate), kept["fates"][fate.name.lower()]) for fate in Fate),
        *((f"of those never accepted, on {name}", many) for name, many in kept["unheard_on"].items()),
        ("agents asked once more for the same", kept["asked_again"]),
        *kept["troubles"].items(),
        ("memory of a process", f"{watched}: {memory['verdict']}"),
        *(("left out", why) for why in kept["left_out"]),
    ]
    head = f"{kept['minutes']:g} min on {kept['database']}, {kept['bots']} process(es), seed {kept['seed']}"
    wide = max(len(name) for name, _ in rows)
    lines = [f"| {name.ljust(wide)} | {value} |" for name, value in rows]
    return "\n".join([f"{head}; {kept['at'][:10]}, commit {kept['commit']}.", "", *_head(wide), *lines])


def _head(wide: int) -> list[str]:
    return [f"| {'what'.ljust(wide)} | how many |", f"|{'-' * (wide + 2)}|----------|"]
