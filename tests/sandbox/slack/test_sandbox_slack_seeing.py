"""**I/O edge.** What a person sees, whom a message would notify, and the people over HTTP."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, SlackStandIn, User, serve
from sandbox.slack.pings import pings_of
from sandbox.slack.state import State
from sandbox.slack.transcript import body


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "text": plain("Answer")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "See <https://example.com|this> &amp; that"}},
    {"type": "divider"},
    {"type": "markdown", "text": "**Bees** dance"},
    {
        "type": "plan",
        "title": "Work",
        "tasks": [{"type": "task_card", "task_id": "1", "title": "Plan", "status": "complete"}],
    },
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain("Stop"), "action_id": "stop"},
            {"type": "static_select", "placeholder": plain("Retry"), "options": [{"text": plain("x"), "value": "x"}]},
        ],
    },
]


async def test_a_transcript_shows_the_channel_as_a_person_sees_it(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.mention(ada, general, "Why?")
    await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text="fallback", blocks=BLOCKS)
    await client.reactions_add(channel=general.id, timestamp=asked.ts, name="eyes")
    await client.files_upload_v2(filename="a.md", content="abc", channel=general.id, thread_ts=asked.ts)
    await client.chat_postEphemeral(channel=general.id, user=ada.id, text="psst", thread_ts=asked.ts)
    gone = await client.chat_postMessage(channel=general.id, text="gone")
    await client.chat_delete(channel=general.id, ts=gone["ts"])
    slack.edit(ada, slack.post(ada, general, "one"), "two")
    seen = re.sub(r"\d\d:\d\d:\d\d", "12:00:00", slack.transcript(general))

    assert seen == (
        "#general\n\n"
        "Ada  12:00:00\n  @orchestrator Why?\n  👀 1\n\n"
        "    orchestrator  12:00:00\n      ANSWER\n      See this (https://example.com) & that\n"
        f"      {'─' * 40}\n      **Bees** dance\n      Work\n      ✓ Plan\n      [Stop]  [Retry ▾]\n\n"
        "    orchestrator  12:00:00\n      📄 a.md (3 bytes)\n\n"
        "    (only Ada sees this)  12:00:00\n      psst\n\n"
        "Ada  12:00:00  (edited)\n  two\n"
    )


def test_blocks_of_every_kind_can_be_seen(slack: SlackStandIn) -> None:
    feedback = {"positive_button": {"text": plain("Good")}, "negative_button": {"text": plain("Bad")}}
    blocks: list[dict[str, Any]] = [
        {"type": "section", "fields": [plain("a"), plain("b")], "accessory": {"type": "overflow"}},
        {"type": "context", "elements": [plain("c"), {"type": "image", "alt_text": "d"}]},
        {"type": "context_actions", "elements": [{"type": "feedback_buttons", **feedback}]},
        {"type": "rich_text", "elements": [{"type": "text", "text": "e"}]},
    ]

    assert body(slack.world, "fallback", blocks) == ["a", "b", "[⋯]", "c  d", "[Good] [Bad]", "e"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello <@U123> and <@U9|ada>", ["<@U123>", "<@U9|ada>"]),
        ("<!here> <!channel> <!everyone> <!here|here>", ["<!here>", "<!channel>", "<!everyone>", "<!here|here>"]),
        ("<!subteam^S12|@team>", ["<!subteam^S12|@team>"]),
        ("@here &lt;!here&gt; <#C1> <!date^1^x|y> <https://example.com>", []),
    ],
)
def test_a_ping_is_what_slack_acts_upon(text: str, expected: list[str]) -> None:
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]

    assert pings_of(State(0.0, text)) == expected
    assert pings_of(State(0.0, "", blocks)) == expected
    assert pings_of(State(0.0, "", [{"type": "markdown", "text": text}])) == expected
    assert pings_of(State(0.0, "", [{"type": "header", "text": plain(text)}])) == []


def test_rich_text_pings_by_its_elements() -> None:
    elements = [
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "broadcast", "range": "here"},
    ]

    assert pings_of(State(0.0, "", [{"type": "rich_text", "elements": elements}])) == [
        "<@U1>",
        "<!subteam^S1>",
        "<!here>",
    ]


async def test_every_state_counts_for_the_pings_of_a_message(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="<!here>"))["ts"]
    await client.chat_update(channel=general.id, ts=ts, text="quiet")

    assert slack.pings(slack.message(general, ts)) == ["<!here>"]


async def test_people_act_over_http(slack: SlackStandIn, client: AsyncWebClient) -> None:
    base = slack.url.removesuffix("/api/")
    async with aiohttp.ClientSession(base) as session:

        async def act(what: str, **given: str) -> dict[str, Any]:
            async with session.post(f"/control/{what}", json={"user": "Ada", "channel": "#talk", **given}) as response:
                answer: dict[str, Any] = await response.json()
                return answer

        asked = await act("mention", text="Why?")
        await act("say", text="Well?", thread=asked["ts"])
        place = next(iter(slack.world.channels.values()))
        shown = await client.chat_postMessage(channel=place.id, text="x", blocks=BLOCKS)
        pressed = await act("press", ts=shown["ts"], action_id="stop")
        commanded = await act("command", command="/orchestrator")
        async with session.get("/control/transcript", params={"channel": "talk"}) as response:
            seen = await response.text()
        async with session.get("/control") as response:
            told = await response.text()

    assert [pressed, commanded] == [{"failed": "dispatch_failed"}] * 2
    assert "@orchestrator Why?" in seen
    assert "      Well?" in seen
    assert "POST /control/say" in told


@pytest.mark.parametrize(
    ("what", "given", "error"),
    [
        ("say", b"{", "body: must be JSON"),
        ("say", b"[]", "body: must be a JSON object"),
        ("say", b'{"user": 1}', "user: must be a text"),
        ("press", b'{"user": "Ada", "channel": "talk", "ts": "1.2"}', "ts: there is no message 1.2"),
    ],
)
async def test_what_cannot_be_done_over_http_is_said(slack: SlackStandIn, what: str, given: bytes, error: str) -> None:
    address = f"{slack.url.removesuffix('/api/')}/control/{what}"
    async with aiohttp.ClientSession() as session, session.post(address, data=given) as response:
        answer = (response.status, await response.json())

    assert answer == (400, {"error": error})


async def test_pressing_what_is_not_there_is_said(slack: SlackStandIn, general: Channel, ada: User) -> None:
    asked = slack.post(ada, general, "Why?")
    address = f"{slack.url.removesuffix('/api/')}/control/press"
    given = {"user": "Ada", "channel": "general", "ts": asked.ts, "action_id": "stop"}
    async with aiohttp.ClientSession() as session, session.post(address, json=given) as response:
        answer = await response.json()

    assert "action_id: " in answer["error"]


async def test_serving_lasts_until_it_is_cancelled() -> None:
    ready: asyncio.Future[SlackStandIn] = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(on_ready=ready.set_result))
    slack = await ready
    async with aiohttp.ClientSession() as session:
        async with session.post(slack.url + "auth.test") as response:
            answer = await response.json()
        serving.cancel()
        await asyncio.wait([serving])
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post(slack.url + "auth.test")

    assert answer == {"ok": False, "error": "not_authed"}


async def test_a_port_that_is_taken_is_an_error(slack: SlackStandIn) -> None:
    port = int(slack.url.split(":")[2].partition("/")[0])
    other = SlackStandIn(port=port)
    with pytest.raises(OSError, match="address already in use"):
        await other.start()


async def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        SlackStandIn(host="0.0.0.0")
