"""**I/O edge.** The numbers for Prometheus: counted as things happen, or looked up by a scrape."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import astuple, fields
from itertools import product
from math import nan
from types import MappingProxyType

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from core.errors import AgentError, StoreError, Trouble
from core.tally import (
    AgentAnswered,
    AgentFailed,
    AskedAgain,
    Fate,
    MessageUpdated,
    Queue,
    Tallied,
    TooFast,
    TurnAccepted,
    TurnClosed,
    TurnRetried,
    TurnTaken,
)
from core.turn import TurnStatus

__all__ = ["CONTENT_TYPE", "Metrics", "Scrape"]

log = logging.getLogger(__name__)

BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0)
"""Seconds of an answer: a median of 3 was seen, a longest of 65; a request ends after 180, its pauses apart."""

CREDITS_EVERY = 300.0
"""Seconds between two questions for the credits: the API asks not to be asked for each message."""

PATIENCE = 2.0
"""Seconds that a scrape waits for the database, and for the credits; what comes later is in the next."""

OPEN = (TurnStatus.QUEUED, TurnStatus.RUNNING)


COUNTERS: Mapping[type[Tallied], tuple[str, str]] = MappingProxyType(
    {
        TurnAccepted: ("turns_accepted", "Turns taken on."),
        TurnClosed: ("turns_ended", "Turns that have ended, by how."),
        TurnRetried: ("turns_retried", "Ended turns that somebody wanted once more."),
        TurnTaken: ("turns_taken_over", "Open turns of processes that died or left."),
        AgentFailed: ("stage_failures", "Agents that gave no answer, for good."),
        AskedAgain: ("customgpt_retries", "Requests to CustomGPT made once more."),
        TooFast: ("rate_limited", "Answers with 429."),
        MessageUpdated: ("updates", "Views that were to be shown, by what became of them."),
    }
)
"""Name and meaning; the labels are the fields."""


class Metrics:
    """The numbers of one process, in a registry of their own. `count` fills `core.tally.Count`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {kind: self._counter(kind, *named) for kind, named in COUNTERS.items()}
        said = "Seconds of an agent's answer, with its retries."
        self._seconds = Histogram(
            "orchestrator_stage_seconds", said, ["stage"], buckets=BUCKETS, registry=self._registry
        )
        self.open = self._gauge("turns_open", "Turns that have not ended, over all processes.", "status")
        self.oldest = self._gauge(
            "oldest_waiting_seconds",
            "Since the oldest turn that waits was accepted or retried, over all processes.",
        )
        self.credits = self._gauge(
            "customgpt_queries_left", "In CustomGPT's billing cycle, up to five minutes ago; NaN where it is not known."
        )
        self.credits.set(nan)
        self._connected = self._gauge("connected", "1: the platform is heard, here or by another process.", "surface")

    def watch(self, surface: str, connected: Callable[[], bool]) -> None:
        """Whether a platform is connected is asked for by each scrape."""
        self._connected.labels(surface).set_function(connected)

    def expect(self, surfaces: Iterable[str], stages: Iterable[str]) -> None:
        """Begin at nought with all that may happen there: of a number that appears with its first event Prometheus sees
        no increase."""
        values: Mapping[str, Collection[str]] = {
            "surface": (known := tuple(surfaces)),
            "stage": (asked := tuple(stages)),
            "api": ("customgpt", *known),
            "status": [status for status in TurnStatus if status not in OPEN],
            "trouble": list(Trouble),
            "fate": list(Fate),
        }
        for kind, counter in self._counters.items():
            for labels in product(*(values[field.name] for field in fields(kind))):
                counter.labels(*labels)
        for stage in asked:
            self._seconds.labels(stage)

    def count(self, happened: Tallied) -> None:
        if isinstance(happened, AgentAnswered):
            self._seconds.labels(happened.stage).observe(happened.seconds)
        else:
            self._counters[type(happened)].labels(*astuple(happened)).inc()

    def _counter(self, kind: type[Tallied], name: str, said: str) -> Counter:
        labels = [field.name for field in fields(kind)]
        return Counter(f"orchestrator_{name}", said, labels, registry=self._registry)

    def _gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(f"orchestrator_{name}", said, labels, registry=self._registry)

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)


class Scrape:
    """What `/metrics` answers. `queue` looks into the database, `credits` asks CustomGPT; both only for who scrapes."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        queue: Callable[[], Awaitable[Queue]],
        credits_left: Callable[[], Awaitable[int | None]],
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._metrics = metrics
        self._queue = queue
        self._credits_left = credits_left
        self._now = now
        self._clock = clock
        self._patience = patience
        self._asking: asyncio.Task[None] | None = None
        self._asked_at: float | None = None

    async def text(self) -> bytes:
        """The page, of type `CONTENT_TYPE`. What cannot be looked up is NaN, and never keeps the rest back."""
        await self._look_at_the_queue()
        if self._asking is None and self._is_old():
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask_for_credits())
        if self._asking:
            await asyncio.wait({self._asking}, timeout=self._patience)
        return self._metrics.text()

    async def aclose(self) -> None:
        """Nothing is asked any more."""
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _look_at_the_queue(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                queue = await self._queue()
        except (StoreError, TimeoutError) as error:
            log.warning("the open turns cannot be counted: %s", str(error) or "the database does not answer")
            self._show(dict.fromkeys(OPEN, nan), nan)
        else:
            since = queue.waiting_since
            age = 0.0 if since is None else max(0.0, self._now() - since)
            self._show({status: queue.turns.get(status, 0) for status in OPEN}, age)

    def _show(self, turns: dict[TurnStatus, float], age: float) -> None:
        for status, number in turns.items():
            self._metrics.open.labels(status).set(number)
        self._metrics.oldest.set(age)

    def _is_old(self) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= CREDITS_EVERY

    async def _ask_for_credits(self) -> None:
        try:
            left = await self._credits_left()
        except (AgentError, StoreError) as error:  # the slots, too, may be kept in a database
            log.info("nobody says how many credits are left: %s", error)
            left = None
        finally:
            self._asking = None
        self._metrics.credits.set(nan if left is None else left)
