"""**I/O edge.** Rate limits: 429 with Retry-After, and a record of what was accepted."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Limits, SlackStandIn
from tests.sandbox.slack.conftest import QUICK, client_of


def limited(slack: SlackStandIn, **calls: int) -> None:
    slack.limits = replace(slack.limits, calls=slack.limits.allowing(**calls))


async def test_past_the_limit_a_call_is_refused_with_the_time_to_wait(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    limited(slack, chat_update=3)
    ts = (await client.chat_postMessage(channel=general.id, text="0"))["ts"]
    for number in range(3):
        await client.chat_update(channel=general.id, ts=ts, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel=general.id, ts=ts, text="one too many")
    answer = caught.value.response

    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert slack.message(general, ts).text == "2"
    assert [(call.accepted, call.limited) for call in slack.calls("chat.update")] == [(True, False)] * 3 + [
        (False, True)
    ]
    assert slack.most_in_window("chat.update") == 3


async def test_after_the_wait_it_is_accepted(slack: SlackStandIn, general: Channel) -> None:
    """The library's own handler waits as told."""
    limited(slack, chat_update=1)
    patient = client_of(slack)
    patient.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    ts = (await patient.chat_postMessage(channel=general.id, text="0"))["ts"]
    for number in range(2):
        await patient.chat_update(channel=general.id, ts=ts, text=str(number))
    calls = slack.calls("chat.update")

    assert [call.accepted for call in calls] == [True, False, True]
    assert calls[2].at - calls[0].at >= slack.limits.window
    assert slack.most_in_window("chat.update") == 1


async def test_many_at_once_never_pass_the_limit_together(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    limited(slack, chat_update=7)
    ts = (await client.chat_postMessage(channel=general.id, text="0"))["ts"]
    asked = [client.chat_update(channel=general.id, ts=ts, text=str(number)) for number in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(not isinstance(answer, BaseException) for answer in answers) == 7
    assert slack.most_in_window("chat.update") == 7


async def test_methods_and_workspaces_count_apart(slack: SlackStandIn, client: AsyncWebClient) -> None:
    limited(slack, users_info=1, bots_info=1)
    other = slack.workspace("Other", installed=True)
    theirs = client_of(slack, other.bot_token)

    await client.users_info(user=slack.bot_user)
    await client.bots_info(bot="B0SANDBOX")
    await theirs.users_info(user=other.bot_user)
    assert [call.limited for call in slack.calls()] == [False] * 3


async def test_a_channel_takes_a_burst_and_then_one_message_each_interval(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.limits = replace(slack.limits, post_burst=2, post_interval=30.0)
    other = slack.channel("other")
    for number in range(2):
        await client.chat_postMessage(channel=general.id, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=general.id, text="2")

    assert caught.value.response.headers["Retry-After"] == "30"
    assert (await client.chat_postMessage(channel=other.id, text="0"))["ok"]
    assert len(slack.said(general)) == 2


async def test_the_limits_that_stand_are_slacks_own() -> None:
    limits = Limits()

    assert (limits.window, limits.calls["chat.update"], limits.ack, limits.retries) == (60, 50, 3, (0, 60, 300))
    assert QUICK.allowing(chat_update=45)["chat.update"] == 45
    assert QUICK.allowing(chat_update=45)["chat.delete"] == 50
