"""The retry policy, with a scripted question and a clock that takes no time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.customgpt.miss import Cure, Miss
from core.customgpt.retry import POLICY, Answer, Retry, pause_before
from core.customgpt.wire import Message
from core.errors import AgentError, Trouble
from tests.core.customgpt.outside import StandInClock

ANSWER = Message(1, "answer")
KEPT = Message(2, "kept")

NONE = Miss(Trouble.REJECTED)
WAIT = Miss(Trouble.UNREACHABLE, cure=Cure.WAIT)
UNCLEAR = Miss(Trouble.BUSY, cure=Cure.CLARIFY)
GONE = Miss(Trouble.NO_CONVERSATION, cure=Cure.REOPEN)
DOUBT = Miss(Trouble.CUT, cure=Cure.RECONCILE, counted=True)
WAITING = "waiting"


def after(seconds: float) -> Miss:
    return Miss(Trouble.BUSY, cure=Cure.WAIT, retry_after=seconds)


class ScriptedAsking:
    """A question whose sends and looks end as scripted. `log` keeps what was done, in order."""

    label = "turn t, build"

    def __init__(
        self,
        *sends: Message | Miss,
        looks: tuple[Message | None, ...] = (),
        stored: bool = True,
        broke: bool = False,
    ) -> None:
        self.sends = list(sends)
        self.looks = list(looks)
        self.stored = stored
        self.broke = broke
        self.log: list[str] = []

    async def send(self, attempt: int) -> Message:
        self.log.append(f"send {attempt}")
        outcome = self.sends.pop(0)
        if isinstance(outcome, Miss):
            raise outcome
        return outcome

    async def kept(self) -> Message | None:
        self.log.append("look")
        return self.looks.pop(0) if self.looks else None

    async def out_of_credits(self) -> bool:
        self.log.append("account")
        return self.broke

    async def reopen(self) -> bool:
        self.log.append("reopen")
        return self.stored

    def waiting(self) -> None:
        self.log.append(WAITING)


def retry_on(clock: StandInClock, chance: float = 0.0) -> Retry:
    return Retry(clock=clock, chance=lambda: chance)


async def failed(asking: ScriptedAsking, clock: StandInClock, *, reentered: bool = False) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await retry_on(clock).answer(asking, reentered=reentered)
    return caught.value


async def test_an_answer_costs_one_message_and_no_wait() -> None:
    asking, clock = ScriptedAsking(ANSWER), StandInClock()

    assert Answer(ANSWER, queries=1) == await retry_on(clock).answer(asking)
    assert asking.log == ["send 1"]
    assert clock.slept == []


async def test_what_is_refused_is_not_asked_again() -> None:
    asking, clock = ScriptedAsking(NONE), StandInClock()
    error = await failed(asking, clock)

    assert (error.trouble, error.queries) == (Trouble.REJECTED, 0)
    assert error.__cause__ is NONE
    assert asking.log == ["send 1"]


async def test_an_answer_of_nothing_is_not_asked_again_and_is_counted() -> None:
    asking, clock = ScriptedAsking(Miss(Trouble.EMPTY, counted=True)), StandInClock()
    error = await failed(asking, clock)

    assert (error.trouble, error.queries) == (Trouble.EMPTY, 1)
    assert asking.log == ["send 1"]


async def test_pauses_double_from_one_second() -> None:
    asking, clock = ScriptedAsking(WAIT, WAIT, WAIT, WAIT, ANSWER), StandInClock()
    answer = await retry_on(clock).answer(asking)

    assert answer.queries == 1
    assert clock.slept == [1, 2, 4, 8]
    assert asking.log[:3] == ["send 1", WAITING, "send 2"]


async def test_chance_makes_a_pause_longer_by_a_quarter_at_most() -> None:
    asking, clock = ScriptedAsking(WAIT, WAIT, ANSWER), StandInClock()
    await retry_on(clock, chance=1.0).answer(asking)

    assert clock.slept == [1.25, 2.5]


async def test_pauses_end_after_two_minutes_in_all() -> None:
    asking, clock = ScriptedAsking(*[WAIT] * 99), StandInClock()
    error = await failed(asking, clock)

    assert (error.trouble, error.queries) == (Trouble.UNREACHABLE, 0)
    assert clock.slept == [1, 2, 4, 8, 16, 32, 57]
    assert asking.log[-1] == "send 8"


async def test_a_retry_after_is_kept_to() -> None:
    asking, clock = ScriptedAsking(after(7), after(30), ANSWER), StandInClock()
    await retry_on(clock).answer(asking)

    assert clock.slept == [7, 30]


async def test_a_retry_after_that_does_not_fit_ends_it_at_once() -> None:
    asking, clock = ScriptedAsking(after(121)), StandInClock()
    error = await failed(asking, clock)

    assert error.trouble == Trouble.BUSY
    assert clock.slept == []


async def test_a_retry_after_that_does_not_fit_in_what_is_left_ends_it_at_once() -> None:
    asking, clock = ScriptedAsking(after(100), after(21)), StandInClock()
    await failed(asking, clock)

    assert clock.slept == [100]


async def test_a_retry_after_of_nothing_does_not_make_us_hurry() -> None:
    asking, clock = ScriptedAsking(*[after(0)] * 99), StandInClock()
    await failed(asking, clock)

    assert sum(clock.slept) == 120
    assert len(clock.slept) == 7


@settings(deadline=None)
@given(st.integers(0, 200), st.floats(0, 130), st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_a_pause_fits_and_keeps_to_what_was_asked(
    retry: int, waited: float, retry_after: float | None, chance: float
) -> None:
    pause = pause_before(retry, waited=waited, retry_after=retry_after, chance=chance)

    if pause is not None:
        assert waited + pause <= POLICY.pauses + 1e-9
        assert pause >= max(POLICY.first_pause, retry_after or 0.0)


async def test_a_429_that_does_not_say_which_is_cleared_up_once() -> None:
    asking, clock = ScriptedAsking(UNCLEAR, UNCLEAR, ANSWER), StandInClock()
    await retry_on(clock).answer(asking)

    assert asking.log == ["send 1", "account", WAITING, "send 2", WAITING, "send 3"]


async def test_an_account_without_credits_ends_it() -> None:
    asking, clock = ScriptedAsking(UNCLEAR, broke=True), StandInClock()
    error = await failed(asking, clock)

    assert (error.trouble, error.queries) == (Trouble.NO_CREDITS, 0)
    assert asking.log == ["send 1", "account"]


async def test_a_conversation_that_is_gone_is_replaced_once() -> None:
    asking, clock = ScriptedAsking(GONE, ANSWER), StandInClock()
    answer = await retry_on(clock).answer(asking)

    assert answer.queries == 1
    assert asking.log == ["send 1", "reopen", "send 2"]


async def test_a_second_conversation_that_is_gone_is_not_replaced() -> None:
    asking, clock = ScriptedAsking(GONE, GONE), StandInClock()
    error = await failed(asking, clock)

    assert error.trouble == Trouble.NO_CONVERSATION
    assert asking.log == ["send 1", "reopen", "send 2"]


async def test_a_fresh_conversation_that_is_gone_is_not_replaced() -> None:
    asking, clock = ScriptedAsking(GONE, stored=False), StandInClock()

    assert (await failed(asking, clock)).trouble == Trouble.NO_CONVERSATION


async def test_in_doubt_a_kept_answer_is_taken_and_not_counted_twice() -> None:
    asking, clock = ScriptedAsking(DOUBT, looks=(KEPT,)), StandInClock()

    assert Answer(KEPT, queries=1) == await retry_on(clock).answer(asking)
    assert asking.log == ["send 1", "look"]
    assert clock.slept == []


async def test_in_doubt_three_looks_are_taken_in_fifteen_seconds() -> None:
    asking, clock = ScriptedAsking(DOUBT, looks=(None, None, KEPT)), StandInClock()
    await retry_on(clock).answer(asking)

    assert clock.slept == [5, 10]
    assert asking.log == ["send 1", "look", WAITING, "look", WAITING, "look"]


async def test_in_doubt_and_nothing_kept_it_is_asked_once_more() -> None:
    asking, clock = ScriptedAsking(DOUBT, ANSWER), StandInClock()

    assert Answer(ANSWER, queries=2) == await retry_on(clock).answer(asking)
    assert [step for step in asking.log if step != WAITING] == ["send 1", *["look"] * 3, "send 2"]


async def test_in_doubt_twice_it_is_looked_for_again_and_given_up() -> None:
    asking, clock = ScriptedAsking(DOUBT, DOUBT), StandInClock()
    error = await failed(asking, clock)

    assert (error.trouble, error.queries) == (Trouble.CUT, 2)
    assert asking.log.count("look") == 6
    assert sum(clock.slept) == 30


async def test_in_doubt_twice_the_last_look_may_still_find_it() -> None:
    asking, clock = ScriptedAsking(DOUBT, DOUBT, looks=(None, None, None, KEPT)), StandInClock()

    assert Answer(KEPT, queries=2) == await retry_on(clock).answer(asking)


async def test_pauses_and_doubts_are_counted_apart() -> None:
    asking, clock = ScriptedAsking(WAIT, DOUBT, WAIT, ANSWER), StandInClock()
    answer = await retry_on(clock).answer(asking)

    assert answer.queries == 2
    assert clock.slept == [1, 5, 10, 2]


async def test_what_was_under_way_at_a_crash_is_looked_for_before_it_is_sent() -> None:
    asking, clock = ScriptedAsking(looks=(KEPT,)), StandInClock()

    assert Answer(KEPT, queries=1) == await retry_on(clock).answer(asking, reentered=True)
    assert asking.log == ["look"]


async def test_what_was_under_way_at_a_crash_is_asked_once_more_only() -> None:
    asking, clock = ScriptedAsking(DOUBT), StandInClock()
    error = await failed(asking, clock, reentered=True)

    assert error.queries == 1
    assert [step for step in asking.log if step != WAITING] == [*["look"] * 3, "send 1", *["look"] * 3]
