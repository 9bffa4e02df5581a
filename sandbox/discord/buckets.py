"""**Pure.** Rate limits: what each answer says of them, and when there is a 429 instead."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

from sandbox.discord.faults import Limits

EXEMPT = ("interactions", "webhooks", "original")
"""Routes that do not count among everything."""


class Buckets:
    """`clock` only goes up; `wall` is unix time."""

    def __init__(self, limits: Callable[[], Limits], clock: Callable[[], float], wall: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._wall = wall
        self._used: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, name: str, channel: str) -> tuple[float, dict[str, str]]:
        """0.0, or the seconds to wait; and the headers."""
        most, seconds = self._limit(name)
        key = f"{name}:{channel}"
        wait = self._wait(key, most, seconds)
        exempt = name.partition(".")[0] in EXEMPT
        if not wait and not exempt:
            wait = self._wait("everything", self._limits().everything, 1.0)
        if not wait:
            self._used[key].append(self._clock())
        if not wait and not exempt:
            self._used["everything"].append(self._clock())
        return wait, self._headers(key, name, most, seconds)

    def _wait(self, key: str, most: int, seconds: float) -> float:
        used, now = self._used[key], self._clock()
        while used and used[0] <= now - seconds:
            used.popleft()
        return 0.0 if len(used) < most else max(0.001, used[0] + seconds - now)

    def _headers(self, key: str, name: str, most: int, seconds: float) -> dict[str, str]:
        used = self._used[key]
        after = max(0.0, used[0] + seconds - self._clock()) if used else seconds
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - len(used))),
            "X-RateLimit-Reset": f"{self._wall() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": name.replace(".", "-"),
        }

    def _limit(self, name: str) -> tuple[int, float]:
        limits = self._limits()
        known = {"messages.create": limits.create, "messages.update": limits.update}
        return known.get(name) or (limits.react if name.startswith("reactions") else limits.other)
