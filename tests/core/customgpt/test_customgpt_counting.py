"""What is counted of CustomGPT: each 429, and each request that is made again."""

from __future__ import annotations

import httpx
import pytest

from core.errors import AgentError, Trouble
from core.tally import AskedAgain, TooFast
from tests.core.customgpt.around import Outside
from tests.core.customgpt.outside import failure, streamed, success

TOO_FAST = TooFast("customgpt")


async def test_an_answer_at_the_first_try_counts_nothing(outside: Outside) -> None:
    outside.api.answers(streamed("a"))
    await outside.ask()

    assert [] == outside.counted


async def test_each_429_is_counted_and_each_request_made_again(outside: Outside) -> None:
    slow = failure(429, Retry_After="9")
    outside.api.answers(slow, slow, streamed("a"))
    await outside.ask()

    assert [TOO_FAST, AskedAgain(Trouble.BUSY)] * 2 == outside.counted


async def test_a_refusal_for_good_is_counted_and_not_asked_again(outside: Outside) -> None:
    outside.api.answers(failure(429, "You have exhausted your query credits"))
    await outside.failed()

    assert [TOO_FAST] == outside.counted


async def test_what_is_in_doubt_and_not_found_is_asked_again(outside: Outside) -> None:
    outside.api.answers(streamed("a", finish=False), streamed("b"))
    await outside.ask()

    assert [AskedAgain(Trouble.CUT)] == outside.counted


async def test_calls_beside_the_messages_count_as_well(outside: Outside) -> None:
    outside.api.usage.mock(
        side_effect=[failure(429, Retry_After="1"), success({"current_queries": 90, "max_queries": 100})]
    )
    async with outside.agents() as agents:
        left = await agents.queries_left()

    assert 10 == left
    assert [TOO_FAST, AskedAgain(Trouble.BUSY)] == outside.counted


@pytest.mark.parametrize(
    ("usage", "left"),
    [
        ({"current_queries": 101, "max_queries": 100}, 0),
        ({"current_queries": 3}, None),
        ({"max_queries": 3}, None),
        ({}, None),
    ],
)
async def test_queries_left_are_never_less_than_none_and_none_where_it_is_not_said(
    outside: Outside, usage: dict[str, int], left: int | None
) -> None:
    outside.api.usage.mock(return_value=success(usage))
    async with outside.agents() as agents:
        assert left == await agents.queries_left()


async def test_who_cannot_be_asked_for_credits_raises_in_our_words(outside: Outside) -> None:
    outside.api.usage.mock(return_value=httpx.Response(401))
    async with outside.agents() as agents:
        with pytest.raises(AgentError):
            await agents.queries_left()
