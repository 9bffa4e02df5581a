"""**Pure.** Rate limits: sliding windows, and buckets for the messages of a channel. Time is given, in seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

TINY = 1e-9  # what rounding may take away from a wait


@dataclass(slots=True)
class Windows:
    """One sliding window a key."""

    _times: defaultdict[Hashable, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, key: Hashable, most: int, seconds: float, now: float) -> float:
        """Seconds until one more would be within `most` in any trailing `seconds`; 0 if it is now."""
        times = self._times[key]
        while times and times[0] <= now - seconds:
            times.popleft()
        if len(times) < most:
            return 0.0
        return max(times[len(times) - most] + seconds - now, TINY) if most else seconds

    def take(self, key: Hashable, now: float) -> None:
        """Count one."""
        self._times[key].append(now)


@dataclass(slots=True)
class Buckets:
    """One bucket of tokens a key: full at first, one token more each `interval`."""

    _left: dict[Hashable, tuple[float, float]] = field(default_factory=dict)

    def wait(self, key: Hashable, burst: int, interval: float, now: float) -> float:
        """Seconds until a token is there; 0 if one is now."""
        left = self._now(key, burst, interval, now)
        return 0.0 if left >= 1 else (1 - left) * interval

    def take(self, key: Hashable, burst: int, interval: float, now: float) -> None:
        """Take a token."""
        self._left[key] = (self._now(key, burst, interval, now) - 1, now)

    def _now(self, key: Hashable, burst: int, interval: float, now: float) -> float:
        left, at = self._left.get(key, (float(burst), now))
        return min(float(burst), left + (now - at) / interval) if interval else float(burst)
