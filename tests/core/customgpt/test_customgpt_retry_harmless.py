"""The retry policy for calls that may be made twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from core.customgpt.miss import Cure, Miss
from core.customgpt.retry import WallClock
from core.errors import Trouble
from tests.core.customgpt.outside import StandInClock, patient

NONE = Miss(Trouble.REJECTED)
WAIT = Miss(Trouble.UNREACHABLE, cure=Cure.WAIT)
LATER = Miss(Trouble.BUSY, cure=Cure.WAIT, retry_after=3)
MUCH_LATER = Miss(Trouble.BUSY, cure=Cure.WAIT, retry_after=500)
UNCLEAR = Miss(Trouble.BUSY, cure=Cure.CLARIFY)
GONE = Miss(Trouble.NO_CONVERSATION, cure=Cure.REOPEN)
DOUBT = Miss(Trouble.CUT, cure=Cure.RECONCILE, counted=True)


def calls(*outcomes: int | Miss) -> Callable[[], Awaitable[int]]:
    left = list(outcomes)

    async def call() -> int:
        outcome = left.pop(0)
        if isinstance(outcome, Miss):
            raise outcome
        return outcome

    return call


@pytest.mark.parametrize(
    ("outcomes", "slept"),
    [
        ([7], []),
        ([WAIT, WAIT, 7], [1, 2]),
        ([UNCLEAR, 7], [1]),
        ([LATER, 7], [3]),
        ([DOUBT, 7], []),
    ],
)
async def test_a_harmless_call_is_made_again(outcomes: list[int | Miss], slept: list[float]) -> None:
    clock = StandInClock()
    result = await patient(clock).harmless("GET user", calls(*outcomes), lambda: None)

    assert result == 7
    assert slept == clock.slept


@pytest.mark.parametrize("outcomes", [[NONE], [GONE], [DOUBT, DOUBT], [WAIT] * 8, [MUCH_LATER]])
async def test_a_harmless_call_is_given_up_in_the_end(outcomes: list[int | Miss]) -> None:
    with pytest.raises(Miss) as caught:
        await patient(StandInClock()).harmless("GET user", calls(*outcomes), lambda: None)

    assert caught.value is outcomes[-1]


async def test_who_makes_a_harmless_call_is_told_of_each_pause() -> None:
    told: list[str] = []
    call = calls(WAIT, WAIT, 7)
    await patient(StandInClock()).harmless("GET user", call, lambda: told.append("wait"))

    assert told == ["wait", "wait"]


async def test_the_wall_clock_goes_forward() -> None:
    clock = WallClock()
    before = clock.now(), clock.monotonic()
    await clock.sleep(0.001)

    assert before[0] <= clock.now()
    assert before[1] < clock.monotonic()
