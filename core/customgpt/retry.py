"""**I/O edge.** The one retry policy towards CustomGPT. It waits by the clock it is given, nothing else.

What failed says by its `Cure` what may be done:

- NONE: nothing. Refusals (400, 401, 402, 403, 422, 501, redirects, quota), an empty answer, an error event in
  the stream: before or after deltas, the agent has spoken, and what it had said until then is no answer.
- WAIT: no connection, 429 rate, 503: ask again after a growing pause, at most two minutes of pauses in all.
- CLARIFY: a 429 that does not say which it is. The account is looked at once; then NONE or WAIT.
- REOPEN: the stored conversation is gone: open another, ask again, once.
- RECONCILE: nobody knows whether it was answered: look for a kept answer, ask once more, look again, give up.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, assert_never

from core.customgpt.miss import Cure, Miss
from core.customgpt.wire import Message
from core.errors import AgentError, Trouble
from core.tally import AskedAgain, Count, uncounted

T = TypeVar("T")

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Time, as the retries see it. Everything in seconds."""

    def now(self) -> float:
        """Unix time."""

    def monotonic(self) -> float:
        """A clock that never jumps."""

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient we are, in seconds. Pauses double from `first_pause`, each up to `spread` longer by chance.

    `pauses` is the most that one call may wait in all. `looks`: the pause before each look for a kept answer.
    """

    first_pause: float = 1.0
    spread: float = 0.25
    pauses: float = 120.0
    looks: tuple[float, ...] = (0.0, 5.0, 10.0)


POLICY = Policy()
WALL_CLOCK = WallClock()


def pause_before(
    retry: int, *, waited: float, retry_after: float | None, chance: float, policy: Policy = POLICY
) -> float | None:
    """Seconds until retry number `retry` (from 0), having `waited` so long; None: it does not fit any more.

    `chance` is in [0, 1). A `Retry-After` is kept to, and never shortened.
    """
    left = policy.pauses - waited
    asked = retry_after or 0.0
    if left < policy.first_pause or asked > left:
        return None
    growing = policy.first_pause * 2.0**retry * (1 + policy.spread * chance)
    return max(asked, min(growing, left))


class Asking(Protocol):
    """One question on its way. Filled by `core/customgpt/agents.py`. Each method raises `AgentError`."""

    @property
    def label(self) -> str:
        """What the log calls it."""

    async def send(self, attempt: int) -> Message:
        """Send it as a message; raises `Miss`."""

    async def kept(self) -> Message | None:
        """Look once for an answer to any earlier attempt."""

    async def out_of_credits(self) -> bool: ...

    async def reopen(self) -> bool:
        """Replace a stored conversation; False where there is none to blame."""

    def waiting(self) -> None:
        """Called before each pause."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A message with an answer, and the messages that were spent on it."""

    message: Message
    queries: int


class Patience:
    """The pauses of one call."""

    def __init__(self, policy: Policy, clock: Clock, chance: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._pauses = 0
        self._waited = 0.0

    async def wait(self, miss: Miss, label: str, waiting: Callable[[], None]) -> None:
        """Wait until the call may be made again; raises the miss where it no longer may."""
        pause = pause_before(
            self._pauses,
            waited=self._waited,
            retry_after=miss.retry_after,
            chance=self._chance(),
            policy=self._policy,
        )
        if pause is None:
            raise miss
        log.info("%s: again in %.1f s: %s", label, pause, miss)
        waiting()
        self._pauses += 1
        self._waited += pause
        await self._clock.sleep(pause)


class Retry:
    """The policy, and the clock to keep it by."""

    def __init__(
        self,
        *,
        policy: Policy = POLICY,
        clock: Clock = WALL_CLOCK,
        chance: Callable[[], float] = random.random,
        count: Count = uncounted,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.chance = chance
        self.count = count

    def counted(self, count: Count) -> Retry:
        """The same, and each request that is made again is counted."""
        return Retry(policy=self.policy, clock=self.clock, chance=self.chance, count=count)

    def patience(self) -> Patience:
        return Patience(self.policy, self.clock, self.chance)

    async def harmless(self, label: str, call: Callable[[], Awaitable[T]], waiting: Callable[[], None]) -> T:
        """Make a call that may be made twice: what cannot be reconciled is simply asked once more."""
        patience, again = self.patience(), False
        while True:
            try:
                return await call()
            except Miss as miss:
                match miss.cure:
                    case Cure.WAIT | Cure.CLARIFY:
                        await patience.wait(miss, label, waiting)
                    case Cure.RECONCILE if not again:
                        again = True
                    case _:
                        raise
                self.count(AskedAgain(miss.trouble))

    async def answer(self, asking: Asking, *, reentered: bool = False) -> Answer:
        """Ask until there is an answer or no hope; raises `AgentError` with the messages spent.

        `reentered`: it was on its way when the process died, so its answer may be there already.
        """
        course = _Course(self, asking)
        try:
            if reentered and (found := await course.look_first()):
                return Answer(found, course.queries)
            message = await course.run()
        except AgentError as error:
            raise AgentError(error.trouble, error.detail, queries=course.queries) from error
        return Answer(message, course.queries)


class _Course:
    """How far one question has come through its retries."""

    def __init__(self, retry: Retry, asking: Asking) -> None:
        self._retry = retry
        self._asking = asking
        self._patience = retry.patience()
        self._attempt = 0
        self._in_doubt = False
        self._clarified = False
        self._reopened = False
        self.queries = 0

    async def look_first(self) -> Message | None:
        self._in_doubt = True
        found = await self._reconcile()
        self.queries += found is not None
        return found

    async def run(self) -> Message:
        while True:
            self._attempt += 1
            try:
                message = await self._asking.send(self._attempt)
            except Miss as miss:
                self.queries += miss.counted
                if found := await self._mend(miss):
                    return found
                self._retry.count(AskedAgain(miss.trouble))
            else:
                self.queries += 1
                return message

    async def _mend(self, miss: Miss) -> Message | None:
        """The answer after all; None: ask again. Raises the miss where that would be no use."""
        match miss.cure:
            case Cure.NONE:
                raise miss
            case Cure.WAIT:
                await self._wait(miss)
            case Cure.CLARIFY:
                await self._clarify(miss)
            case Cure.REOPEN:
                await self._reopen(miss)
            case Cure.RECONCILE:
                return await self._resolve(miss)
            case _:
                assert_never(miss.cure)
        return None

    async def _wait(self, miss: Miss) -> None:
        await self._patience.wait(miss, self._asking.label, self._asking.waiting)

    async def _clarify(self, miss: Miss) -> None:
        first, self._clarified = not self._clarified, True
        if first and await self._asking.out_of_credits():
            raise Miss(Trouble.NO_CREDITS, miss.detail) from miss
        await self._wait(miss)

    async def _reopen(self, miss: Miss) -> None:
        if self._reopened or not await self._asking.reopen():
            raise miss
        self._reopened = True

    async def _resolve(self, miss: Miss) -> Message | None:
        log.info("%s: in doubt: %s", self._asking.label, miss)
        before, self._in_doubt = self._in_doubt, True
        found = await self._reconcile()
        if found is None and before:
            raise miss
        return found

    async def _reconcile(self) -> Message | None:
        for pause in self._retry.policy.looks:
            if pause:
                self._asking.waiting()
                await self._retry.clock.sleep(pause)
            if found := await self._asking.kept():
                return found
        return None
