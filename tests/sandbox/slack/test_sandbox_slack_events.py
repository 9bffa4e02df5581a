"""**I/O edge.** What is sent when something happens: which events, what they look like, who hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Message, SlackStandIn, User


def events(slack: SlackStandIn) -> list[dict[str, Any]]:
    return [delivery.event for delivery in slack.deliveries("events_api")]


def kinds(slack: SlackStandIn) -> list[str]:
    """The types of the events so far, with their subtypes."""
    return [":".join(filter(None, (one["type"], one.get("subtype")))) for one in events(slack)]


@pytest.mark.parametrize("mention_first", [True, False])
async def test_a_mention_comes_twice_with_two_ids_and_one_ts(
    slack: SlackStandIn, general: Channel, ada: User, mention_first: bool
) -> None:
    asked = slack.mention(ada, general, "Why?", mention_first=mention_first)
    deliveries = slack.deliveries()

    assert kinds(slack) == (["app_mention", "message"] if mention_first else ["message", "app_mention"])
    assert {one["ts"] for one in events(slack)} == {asked.ts}
    assert {one["text"] for one in events(slack)} == {f"<@{slack.bot_user}> Why?"}
    assert len({one.event_id for one in deliveries}) == 2
    assert ["channel_type" in one for one in events(slack)] == [not mention_first, mention_first]


async def test_an_event_comes_in_slacks_cover(slack: SlackStandIn, general: Channel, ada: User) -> None:
    slack.post(ada, general, "Hello")
    [delivery] = slack.deliveries()

    assert {key: delivery.payload[key] for key in ("team_id", "type", "api_app_id", "is_ext_shared_channel")} == {
        "team_id": slack.team.id,
        "type": "event_callback",
        "api_app_id": "A0SANDBOX",
        "is_ext_shared_channel": False,
    }
    assert delivery.payload["authorizations"][0]["user_id"] == slack.bot_user
    assert delivery.event["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": "Hello"}]


async def test_a_dm_is_no_mention(slack: SlackStandIn, ada: User) -> None:
    slack.mention(ada, slack.dm(ada), "Why?")

    assert [(one["type"], one["channel_type"]) for one in events(slack)] == [("message", "im")]


async def test_a_reply_says_whose_thread_it_is_in(slack: SlackStandIn, general: Channel, ada: User) -> None:
    asked = slack.post(ada, general, "Why?")
    reply = slack.post(ada, general, "Well?", thread=asked)
    slack.post(ada, general, "Hm?", thread=reply)

    assert [(one["thread_ts"], one["parent_user_id"]) for one in events(slack)[1:]] == [(asked.ts, ada.id)] * 2


async def test_each_way_of_writing_has_its_event(slack: SlackStandIn, general: Channel, ada: User) -> None:
    other = slack.bot("Other")
    first = slack.post(ada, general, "one", files=[("a.txt", b"a")])
    slack.post(other, general, "from a bot")
    slack.post(ada, general, "is dancing", subtype="me_message")
    slack.join(slack.person("Zoe"), general)
    slack.edit(ada, first, "two")
    slack.delete(ada, first)

    assert kinds(slack) == [
        "message:file_share",
        "message",
        "message:me_message",
        "message:channel_join",
        "message:message_changed",
        "message:message_deleted",
    ]
    assert events(slack)[1]["bot_id"] == other.bot_id
    assert events(slack)[4]["message"]["edited"]["user"] == ada.id
    assert [events(slack)[4][key]["text"] for key in ("previous_message", "message")] == ["one", "two"]
    assert events(slack)[5]["deleted_ts"] == first.ts


async def test_a_deleted_parent_is_told_as_a_change_to_a_tombstone(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    asked = slack.post(ada, general, "Why?")
    slack.post(ada, general, "Well?", thread=asked)
    slack.delete(ada, asked)

    assert kinds(slack)[-1] == "message:message_changed"
    assert events(slack)[-1]["message"]["subtype"] == "tombstone"
    assert events(slack)[-1]["previous_message"]["text"] == "Why?"


async def test_the_app_hears_of_its_own_bot_unless_it_shall_not(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=general.id, text="one"))["ts"]
    await client.chat_update(channel=general.id, ts=ts, text="two")
    slack.own_events = False
    await client.chat_update(channel=general.id, ts=ts, text="three")
    await client.chat_delete(channel=general.id, ts=ts)

    assert kinds(slack) == ["message", "message:message_changed"]
    assert events(slack)[0]["bot_id"] == "B0SANDBOX"


async def test_without_the_bot_nothing_is_heard_until_it_is_invited(slack: SlackStandIn, ada: User) -> None:
    away = slack.channel("away", [ada], bot=False)
    asked = slack.mention(ada, away, "Why?")
    silent = kinds(slack)
    slack.invite(away, because_of=asked)
    invited = kinds(slack)
    slack.remove_bot(away)
    slack.mention(ada, away, "Why not?")

    assert (silent, invited, kinds(slack)) == ([], ["app_mention"], ["app_mention"])


async def test_only_what_was_subscribed_to_and_granted_is_sent(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    private = slack.channel("private", [ada], private=True)
    slack.subscriptions.discard("message.channels")
    slack.scopes = [scope for scope in slack.scopes if scope != "groups:history"]
    slack.mention(ada, general, "one")
    slack.mention(ada, private, "two")

    assert [(one["type"], one["channel"]) for one in events(slack)] == [
        ("app_mention", general.id),
        ("app_mention", private.id),
    ]


async def test_reactions_are_sent_where_they_were_subscribed_to(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    slack.subscriptions.add("reaction_added")
    slack.scopes = [*slack.scopes, "reactions:read"]
    asked = slack.post(ada, general, "Why?")
    slack.react(ada, asked, "eyes")

    assert (kinds(slack)[-1], events(slack)[-1]["item"]["ts"]) == ("reaction_added", asked.ts)


async def test_a_shared_channel_is_heard_in_the_workspace_of_the_app(slack: SlackStandIn) -> None:
    elsewhere = slack.workspace("Elsewhere")
    sam = slack.person("Sam", team=elsewhere)
    shared = slack.channel("shared", [sam], shared_with=[elsewhere])
    slack.post(sam, shared, "Hello")
    [delivery] = slack.deliveries()

    assert (delivery.payload["team_id"], delivery.event["team"]) == (slack.team.id, elsewhere.id)
    assert delivery.payload["is_ext_shared_channel"]


async def test_another_workspace_is_told_by_its_id(slack: SlackStandIn) -> None:
    other = slack.workspace("Other", installed=True)
    oda = slack.person("Oda", team=other)
    asked = slack.mention(oda, slack.channel("theirs", [oda], team=other), "Why?")

    assert asked.text == f"<@{other.bot_user}> Why?"
    assert {one.payload["team_id"] for one in slack.deliveries()} == {other.id}
    assert kinds(slack) == ["app_mention", "message"]


async def test_an_event_never_carries_metadata(slack: SlackStandIn, client: AsyncWebClient, general: Channel) -> None:
    metadata = {"event_type": "answer", "event_payload": {}}
    await client.chat_postMessage(channel=general.id, text="x", metadata=metadata)

    assert "metadata" not in events(slack)[0]


async def test_a_thread_may_be_named_by_its_ts(slack: SlackStandIn, general: Channel, ada: User) -> None:
    asked: Message = slack.post(ada, general, "Why?")
    slack.mention(ada, general, "Well?", thread=asked.ts)

    assert [one.text for one in slack.thread(asked)] == [f"<@{slack.bot_user}> Well?"]
