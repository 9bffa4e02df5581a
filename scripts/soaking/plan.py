"""**Pure.** What goes wrong in a soak, and when: drawn from a seed, so that a run can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Literal

Kind = Literal["sqlite", "postgres"]


class Trouble(StrEnum):
    KILL = "SIGKILL, and a start"
    STORM = "429 storm of CustomGPT, Slack and Discord"
    SOCKETS = "all sockets cut"
    DISK = "full disk"


OTHERS = (Trouble.STORM, Trouble.SOCKETS, Trouble.DISK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """A soak of so many minutes. `ask_every`: seconds between two questions, on each platform."""

    minutes: float
    database: Kind = "sqlite"
    seed: int = 1
    ask_every: float = 3.0

    @property
    def seconds(self) -> float:
        return 60.0 * self.minutes

    @property
    def bots(self) -> int:
        """SQLite is for one process alone."""
        return 1 if self.database == "sqlite" else 2

    @property
    def quiet_from(self) -> float:
        """Seconds after which no process is killed for a long time: its memory is watched."""
        return self.seconds / 3

    @property
    def quiet_until(self) -> float:
        """… until shortly before the end."""
        return 0.95 * self.seconds


@dataclass(frozen=True, slots=True)
class Planned:
    """A trouble that begins after so many seconds, and lasts for some."""

    at: float
    trouble: Trouble
    lasts: float = 0.0


def plan(orders: Orders) -> list[Planned]:
    """In their order: kills in the first third and once near the end, all else from first to last."""
    chance, seconds = Random(orders.seed), orders.seconds  # nosec B311
    every = max(6.0, seconds / 60)
    kills = [at + chance.uniform(0.0, every / 2) for at in _steps(0.15 * seconds, orders.quiet_from, every)]
    pause = max(5.0, seconds / 30)
    others = [at + chance.uniform(0.0, pause / 3) for at in _steps(0.1 * seconds, 0.9 * seconds, pause)]
    found = [Planned(at, Trouble.KILL) for at in [*kills, orders.quiet_until]]
    lasts = min(10.0, seconds / 15)
    found += [Planned(at, OTHERS[n % len(OTHERS)], lasts) for n, at in enumerate(others)]
    return sorted(found, key=lambda one: one.at)


def _steps(first: float, last: float, every: float) -> Sequence[float]:
    return [first + n * every for n in range(max(1, int((last - first) / every)))]
