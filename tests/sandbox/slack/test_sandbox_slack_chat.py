"""**I/O edge.** `chat.*` by the real client."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, SlackStandIn, User
from tests.sandbox.slack.conftest import error_of, refused

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Working*"}}]
METADATA = {"event_type": "answer", "event_payload": {"turn": "abc", "generation": 1, "part": 0}}


async def test_a_posted_message_is_there_with_what_was_said(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    answer = await client.chat_postMessage(channel=general.id, text="Working", blocks=SECTION, metadata=METADATA)
    message = slack.message(general, answer["ts"])

    assert (message.text, message.metadata, message.user) == ("Working", METADATA, slack.bot_user)
    assert message.blocks == [{**SECTION[0], "block_id": message.blocks[0]["block_id"]}]
    assert answer["message"]["bot_id"] == message.bot_id
    assert answer["message"]["bot_profile"]["app_id"] == "A0SANDBOX"
    assert "metadata" not in answer["message"]


async def test_ts_rise_and_are_never_the_same(client: AsyncWebClient, general: Channel) -> None:
    given = [(await client.chat_postMessage(channel=general.id, text=str(n)))["ts"] for n in range(20)]

    assert given == sorted(set(given))


async def test_a_message_goes_to_a_channel_by_name_and_to_a_person(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    named = await client.chat_postMessage(channel="#general", text="Hello")
    personal = await client.chat_postMessage(channel=ada.id, text="Hello")

    assert named["channel"] == general.id
    assert slack.world.channels[personal["channel"]] is slack.dm(ada)


async def test_replies_are_counted_at_their_parent(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    replies = [
        await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text=str(number)) for number in range(2)
    ]
    parent, *rest = (await client.conversations_replies(channel=general.id, ts=asked.ts))["messages"]

    assert (parent["reply_count"], parent["reply_users"], parent["latest_reply"]) == (
        2,
        [slack.bot_user],
        replies[-1]["ts"],
    )
    assert [one["parent_user_id"] for one in rest] == [ada.id, ada.id]
    assert [one.text for one in slack.thread(asked)] == ["0", "1"]


async def test_a_broadcast_reply_stands_in_the_channel_too(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text="quiet")
    await client.chat_postMessage(channel=general.id, thread_ts=asked.ts, text="loud", reply_broadcast=True)
    history = (await client.conversations_history(channel=general.id))["messages"]

    assert [one["text"] for one in history] == ["loud", "Why?"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C404"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"blocks": "["}, "invalid_blocks_format"),
        ({"blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"metadata": {**METADATA, "turn": 1}}, "invalid_metadata_format"),
        ({"metadata": "["}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x", "event_payload": {"x": "y" * 8000}}}, "metadata_too_large"),
        ({"markdown_text": "**x**"}, "markdown_text_conflict"),
        ({"attachments": [{}] * 101}, "too_many_attachments"),
        ({"attachments": "x"}, "invalid_attachments"),
        ({"channel": ""}, "invalid_arguments"),
        ({"text": ["x"]}, "invalid_arguments"),
    ],
)
async def test_a_message_that_slack_does_not_take_is_refused(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, arguments: dict[str, Any], error: str
) -> None:
    given = {"channel": general.id, "text": "Hello", **arguments}

    assert await error_of(client.api_call("chat.postMessage", json=given)) == error
    assert slack.said(general) == []


async def test_the_ts_of_a_reply_opens_no_thread(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    reply = slack.post(ada, general, "reply", thread=slack.post(ada, general, "parent"))
    posted = client.chat_postMessage(channel=general.id, text="x", thread_ts=reply.ts)

    assert await error_of(posted) == "cannot_reply_to_message"


async def test_the_bot_must_be_in_the_channel_and_the_channel_open(slack: SlackStandIn, client: AsyncWebClient) -> None:
    public, private = slack.channel("public", bot=False), slack.channel("private", private=True, bot=False)
    old = slack.channel("old")
    posted = (await client.chat_postMessage(channel=old.id, text="x"))["ts"]
    old.archived = True

    assert await error_of(client.chat_postMessage(channel=public.id, text="x")) == "not_in_channel"
    assert await error_of(client.chat_postMessage(channel=private.id, text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel=old.id, text="x")) == "is_archived"
    assert await error_of(client.chat_update(channel=old.id, ts=posted, text="y")) == "is_inactive"


async def test_a_posted_text_is_cut_at_forty_thousand_characters(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    answer = await client.chat_postMessage(channel=general.id, text="x" * 40_001)

    assert len(slack.message(general, answer["ts"]).text) == 40_000


async def test_markdown_text_is_a_form_of_its_own(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    answer = await client.chat_postMessage(channel=general.id, markdown_text="**x**")
    long = client.chat_postMessage(channel=general.id, markdown_text="x" * 12_001)

    assert slack.message(general, answer["ts"]).blocks[0]["text"] == "**x**"
    assert await error_of(long) == "msg_too_long"


async def test_an_update_keeps_every_state(slack: SlackStandIn, client: AsyncWebClient, general: Channel) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="one", blocks=SECTION, metadata=METADATA))["ts"]
    await client.chat_update(channel=general.id, ts=ts, text="two", blocks=SECTION)
    await client.chat_update(channel=general.id, ts=ts, text="three")
    await client.chat_update(channel=general.id, ts=ts, text="four", metadata={})
    states = slack.message(general, ts).states

    assert [state.text for state in states] == ["one", "two", "three", "four"]
    assert [bool(state.blocks) for state in states] == [True, True, False, False]
    assert [bool(state.metadata) for state in states] == [True, True, True, False]
    assert [bool(state.edited) for state in states] == [False, False, True, True]
    assert [state.at for state in states] == sorted(state.at for state in states)


async def test_blocks_without_text_leave_the_text(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="one"))["ts"]
    await client.api_call("chat.update", json={"channel": general.id, "ts": ts, "blocks": SECTION})

    assert (slack.message(general, ts).text, len(slack.message(general, ts).blocks)) == ("one", 1)


async def test_a_text_of_four_thousand_can_be_updated_and_not_one_more(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="one"))["ts"]
    await client.chat_update(channel=general.id, ts=ts, text="x" * 4000)

    assert await error_of(client.chat_update(channel=general.id, ts=ts, text="x" * 4001)) == "msg_too_long"
    assert len(slack.message(general, ts).text) == 4000


async def test_only_an_own_message_that_is_there_is_updated_or_deleted(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    gone = (await client.chat_postMessage(channel=general.id, text="x"))["ts"]
    await client.chat_delete(channel=general.id, ts=gone)

    assert await error_of(client.chat_update(channel=general.id, ts=asked.ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=general.id, ts=asked.ts)) == "cant_delete_message"
    assert await error_of(client.chat_update(channel=general.id, ts=gone, text="x")) == "message_not_found"
    assert await error_of(client.chat_delete(channel=general.id, ts=gone)) == "message_not_found"
    assert slack.message(general, gone).deleted


async def test_an_update_that_says_nothing_is_refused(client: AsyncWebClient, general: Channel) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="x"))["ts"]

    nothing = client.api_call("chat.update", json={"channel": general.id, "ts": ts})

    assert await error_of(nothing) == "no_text"


async def test_a_deleted_parent_leaves_a_tombstone(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    await client.chat_postMessage(channel=general.id, text="Because", thread_ts=asked.ts)
    slack.delete(ada, asked)
    parent, reply = (await client.conversations_replies(channel=general.id, ts=asked.ts))["messages"]

    assert (parent["subtype"], parent["text"], parent["user"]) == (
        "tombstone",
        "This message was deleted.",
        "USLACKBOT",
    )
    assert reply["text"] == "Because"
    assert asked.states[0].text == "Why?"


async def test_an_ephemeral_is_seen_by_one_person_of_the_channel(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    stranger = slack.person("Zoe")
    answer = await client.chat_postEphemeral(channel=general.id, user=ada.id, text="psst", blocks=SECTION)
    [hidden] = slack.ephemerals(general)

    assert (hidden.user, hidden.text, hidden.ts) == (ada.id, "psst", answer["message_ts"])
    assert general.messages == {}
    for user, error in ((stranger.id, "user_not_in_channel"), ("U404", "user_not_found")):
        assert await error_of(client.chat_postEphemeral(channel=general.id, user=user, text="x")) == error


async def test_a_permalink_leads_into_the_thread(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    reply = slack.post(ada, general, "Well?", thread=asked)
    links = [
        (await client.chat_getPermalink(channel=general.id, message_ts=one.ts))["permalink"] for one in (asked, reply)
    ]

    assert links[0] == f"https://sandbox.slack.com/archives/{general.id}/p{asked.ts.replace('.', '')}"
    assert links[1].endswith(f"?thread_ts={asked.ts}&cid={general.id}")
    assert await error_of(client.chat_getPermalink(channel=general.id, message_ts="1.2")) == "message_not_found"


async def test_a_refusal_for_blocks_says_where(client: AsyncWebClient, general: Channel) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    body = await refused(client.chat_postMessage(channel=general.id, text="x", blocks=blocks))

    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
