"""**I/O edge.** What goes wrong on demand, at the real client."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import HTML_ERROR, NOT_STORED, REPLY_LOST, Call, Channel, Fault, SlackStandIn
from tests.sandbox.slack.conftest import error_of


async def test_a_reply_may_be_lost_after_the_message_was_stored(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.script("chat.postMessage", REPLY_LOST)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general.id, text="x")
    [call] = slack.calls("chat.postMessage")

    assert [message.text for message in slack.said(general)] == ["x"]
    assert (call.done, call.status) == (True, 0)


async def test_a_connection_may_be_cut_before_anything_was_stored(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.script("chat.postMessage", NOT_STORED)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general.id, text="x")

    assert (slack.said(general), slack.calls()[0].done) == ([], False)


async def test_faults_are_used_up_in_order_and_then_all_is_well(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.script("chat.postMessage", Fault(error="fatal_error"), Fault(), Fault(error="internal_error"))
    posts = [client.chat_postMessage(channel=general.id, text="x") for _ in range(4)]

    assert await error_of(posts[0]) == "fatal_error"
    assert (await posts[1])["ok"]
    assert await error_of(posts[2]) == "internal_error"
    assert (await posts[3])["ok"]


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=503, body="text"), HTML_ERROR, Fault(body="html")])
async def test_an_error_of_http_stores_nothing(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, fault: Fault
) -> None:
    slack.script("chat.postMessage", fault)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=general.id, text="x")

    assert caught.value.response.status_code == (fault.status or 200)
    assert slack.said(general) == []


async def test_an_error_may_hide_that_the_message_was_stored(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.script("chat.postMessage", Fault(status=500, stored=True))
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=general.id, text="x")

    assert len(slack.said(general)) == 1


async def test_a_429_comes_on_demand_and_counts_as_accepted(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.script("auth.test", Fault(retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()

    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    assert [(call.accepted, call.status) for call in slack.calls()] == [(True, 429)]


async def test_an_error_code_may_bring_its_own_fields(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.always("auth.test", Fault(error="missing_scope", fields={"needed": "x"}))
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()

    assert caught.value.response["needed"] == "x"
    assert await error_of(client.auth_test()) == "missing_scope"


async def test_one_is_told_before_the_work_and_after_it(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    seen: list[tuple[str, int]] = []

    async def before(call: Call) -> None:
        await asyncio.sleep(0)
        seen.append((f"before {call.args['text']}", len(slack.said(general))))

    def after(call: Call) -> None:
        seen.append((f"after {call.args['text']}", len(slack.said(general))))

    slack.script("chat.postMessage", Fault(before=before, after=after))
    await client.chat_postMessage(channel=general.id, text="x")

    assert seen == [("before x", 0), ("after x", 1)]


async def test_a_delay_comes_before_the_work_or_before_the_reply(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.script("chat.postMessage", Fault(delay=0.1), Fault(delay_reply=0.1))
    for _ in range(2):
        await client.chat_postMessage(channel=general.id, text="x")
    first, second = slack.calls()
    stored = [message.states[0].at for message in slack.said(general)]

    assert stored[0] - first.at >= 0.09
    assert (second.ended or 0) - stored[1] >= 0.09


async def test_the_work_is_done_though_the_caller_is_gone(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    """As at Slack: what was asked for happens, whoever waits for the reply."""
    slack.script("chat.postMessage", Fault(delay=0.1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel=general.id, text="x"), 0.05)
    await slack.until(lambda: slack.said(general))

    assert slack.calls()[0].done


async def test_a_delay_ends_with_the_stand_in(client: AsyncWebClient, slack: SlackStandIn) -> None:
    slack.script("auth.test", Fault(delay=3600))
    asked = asyncio.ensure_future(client.auth_test())
    await slack.until(lambda: slack.calls())
    await slack.stop()
    [outcome] = await asyncio.gather(asked, return_exceptions=True)

    assert slack.calls()[0].ended is not None
    assert not isinstance(outcome, TimeoutError)


CHILD = """
import asyncio, sys
from slack_sdk.web.async_client import AsyncWebClient

url, token, channel = sys.argv[1:]
client = AsyncWebClient(token=token, base_url=url)
asyncio.run(client.chat_postMessage(channel=channel, text="x"))
"""


@pytest.mark.parametrize(("moment", "stored_then"), [("before", 0), ("after", 1)])
async def test_a_caller_may_be_killed_at_either_moment(
    slack: SlackStandIn, general: Channel, moment: str, stored_then: int
) -> None:
    """The message is stored all the same: Slack does not know that the caller has died."""
    arguments = (sys.executable, "-c", CHILD, slack.url, slack.bot_token, general.id)
    counted: list[int] = []

    async def kill(call: Call) -> None:
        child.kill()
        await child.wait()
        counted.append(len(slack.said(general)))

    slack.script("chat.postMessage", Fault(before=kill) if moment == "before" else Fault(after=kill))
    child = await asyncio.create_subprocess_exec(*arguments)
    code = await child.wait()
    await slack.until(lambda: slack.calls() and slack.calls()[0].ended)

    assert (code, counted, len(slack.said(general))) == (-9, [stored_then], 1)
