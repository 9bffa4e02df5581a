"""**I/O edge.** What the bot reads: history, threads, channels, people. And reactions."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Message, SlackStandIn, User
from tests.sandbox.slack.conftest import error_of

METADATA = {"event_type": "answer", "event_payload": {"turn": "abc"}}


@pytest.fixture
def asked(slack: SlackStandIn, general: Channel, ada: User) -> Message:
    return slack.post(ada, general, "Why?")


async def test_metadata_comes_only_where_it_is_asked_for(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, asked: Message
) -> None:
    await client.chat_postMessage(channel=general.id, text="x", thread_ts=asked.ts, metadata=METADATA)
    place: dict[str, Any] = {"channel": general.id, "ts": asked.ts}
    without = (await client.conversations_replies(**place))["messages"]
    with_it = (await client.conversations_replies(**place, include_all_metadata=True))["messages"]

    assert ["metadata" in one for one in without] == [False, False]
    assert [one.get("metadata") for one in with_it] == [None, METADATA]


async def test_a_thread_comes_in_pages_each_with_its_parent_first(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, asked: Message, ada: User
) -> None:
    for number in range(5):
        slack.post(ada, general, str(number), thread=asked)
    pages: list[list[str]] = []
    cursor = ""
    while not pages or cursor:
        answer = await client.conversations_replies(channel=general.id, ts=asked.ts, limit=2, cursor=cursor)
        pages.append([one["text"] for one in answer["messages"]])
        cursor = answer["response_metadata"]["next_cursor"] if answer["has_more"] else ""

    assert pages == [["Why?", "0", "1"], ["Why?", "2", "3"], ["Why?", "4"]]


async def test_history_is_newest_first_and_within_bounds(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    posts = [slack.post(ada, general, str(number)) for number in range(4)]

    async def texts(**bounds: Any) -> list[str]:
        answer = await client.conversations_history(channel=general.id, **bounds)
        return [one["text"] for one in answer["messages"]]

    assert await texts() == ["3", "2", "1", "0"]
    assert await texts(limit=2) == ["3", "2"]
    assert await texts(oldest=posts[1].ts) == ["3", "2"]
    assert await texts(oldest=posts[1].ts, latest=posts[2].ts, inclusive=True) == ["2", "1"]
    assert await texts(latest=posts[1].ts) == ["0"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"cursor": "!!"}, "invalid_cursor"),
        ({"cursor": "bmV4dDp4"}, "invalid_cursor"),
        ({"limit": 0}, "invalid_limit"),
        ({"limit": "x"}, "invalid_arguments"),
        ({"oldest": "x"}, "invalid_ts_oldest"),
        ({"ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C404"}, "channel_not_found"),
    ],
)
async def test_a_reading_that_makes_no_sense_is_refused(
    slack: SlackStandIn,
    client: AsyncWebClient,
    general: Channel,
    asked: Message,
    ada: User,
    arguments: dict[str, Any],
    error: str,
) -> None:
    slack.post(ada, general, "Well?", thread=asked)
    given = {"channel": general.id, "ts": asked.ts, **arguments}

    assert await error_of(client.conversations_replies(**given)) == error


async def test_the_ts_of_a_reply_finds_that_reply_alone(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, asked: Message, ada: User
) -> None:
    reply = slack.post(ada, general, "Well?", thread=asked)
    answer = await client.conversations_replies(channel=general.id, ts=reply.ts)

    assert [one["text"] for one in answer["messages"]] == ["Well?"]


async def test_only_a_channel_that_the_bot_is_in_is_read(slack: SlackStandIn, client: AsyncWebClient) -> None:
    public, private = slack.channel("public", bot=False), slack.channel("private", private=True, bot=False)

    assert await error_of(client.conversations_history(channel=public.id)) == "not_in_channel"
    assert await error_of(client.conversations_history(channel=private.id)) == "channel_not_found"
    assert (await client.conversations_info(channel=public.id))["channel"]["is_member"] is False
    assert await error_of(client.conversations_info(channel=private.id)) == "channel_not_found"


async def test_a_channel_tells_of_itself_and_its_members(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    told = (await client.conversations_info(channel=general.id, include_num_members=True))["channel"]
    members = await client.conversations_members(channel=general.id, limit=1)
    personal = (await client.conversations_info(channel=slack.dm(ada).id))["channel"]

    assert (told["name"], told["is_channel"], told["is_ext_shared"], told["num_members"]) == ("general", True, False, 2)
    assert members["members"] == [slack.bot_user]
    assert members["response_metadata"]["next_cursor"]
    assert (personal["is_im"], personal["user"]) == (True, ada.id)


async def test_a_dm_is_opened_once(slack: SlackStandIn, client: AsyncWebClient, ada: User) -> None:
    first = await client.conversations_open(users=ada.id, return_im=True)
    again = await client.conversations_open(users=ada.id)

    assert first["channel"]["user"] == ada.id
    assert (again["channel"], again["already_open"]) == ({"id": first["channel"]["id"]}, True)
    assert (await client.conversations_open(channel=first["channel"]["id"]))["no_op"]
    for users, error in (
        ("U404", "user_not_found"),
        (slack.bot_user, "cannot_dm_bot"),
        ("", "users_list_not_supplied"),
    ):
        assert await error_of(client.api_call("conversations.open", json={"users": users})) == error


async def test_people_are_told_apart(slack: SlackStandIn, client: AsyncWebClient, ada: User) -> None:
    stranger = slack.person("Sam", team=slack.workspace("Elsewhere"))
    unseen = slack.person("Una", team=slack.world.teams[stranger.team])
    slack.channel("shared", [ada, stranger], shared_with=[slack.world.teams[stranger.team]])
    people = {
        "admin": slack.person("Root", admin=True),
        "guest": slack.person("Gil", restricted=True),
        "single": slack.person("Gus", ultra_restricted=True),
        "bot": slack.bot("Other"),
        "stranger": stranger,
    }
    told = {name: (await client.users_info(user=user.id))["user"] for name, user in people.items()}
    flags = ("is_admin", "is_restricted", "is_ultra_restricted", "is_bot", "is_stranger")

    assert {name: [flag for flag in flags if user.get(flag)] for name, user in told.items()} == {
        "admin": ["is_admin"],
        "guest": ["is_restricted"],
        "single": ["is_restricted", "is_ultra_restricted"],
        "bot": ["is_bot"],
        "stranger": ["is_stranger"],
    }
    assert told["stranger"]["team_id"] == stranger.team
    for user in ("U404", unseen.id):
        assert await error_of(client.users_info(user=user)) == "user_not_found"


async def test_bots_are_told_by_their_own_id(slack: SlackStandIn, client: AsyncWebClient) -> None:
    other = slack.bot("Other")
    told = (await client.bots_info(bot=other.bot_id))["bot"]

    assert (told["name"], told["user_id"]) == ("Other", other.id)
    assert await error_of(client.bots_info(bot="B404")) == "bot_not_found"


async def test_reactions_come_and_go_once(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, asked: Message, ada: User
) -> None:
    item = {"channel": general.id, "timestamp": asked.ts}
    slack.react(ada, asked, "eyes")
    await client.reactions_add(**item, name="eyes")
    both = dict(asked.reactions)
    again = await error_of(client.reactions_add(**item, name="eyes"))
    await client.reactions_remove(**item, name="eyes")

    assert both == {"eyes": [ada.id, slack.bot_user]}
    assert again == "already_reacted"
    assert asked.reactions == {"eyes": [ada.id]}
    assert await error_of(client.reactions_remove(**item, name="eyes")) == "no_reaction"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "👀"}, "invalid_name"),
        ({"name": ":eyes:"}, "invalid_name"),
        ({"timestamp": "1.0"}, "message_not_found"),
        ({"timestamp": ""}, "no_item_specified"),
        ({"channel": "C404"}, "channel_not_found"),
    ],
)
async def test_a_reaction_to_nothing_is_refused(
    client: AsyncWebClient, general: Channel, asked: Message, arguments: dict[str, Any], error: str
) -> None:
    given = {"channel": general.id, "timestamp": asked.ts, "name": "eyes", **arguments}

    assert await error_of(client.reactions_add(**given)) == error


async def test_the_bot_is_told_which_channels_it_is_in_page_by_page(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    private, old = slack.channel("private", private=True), slack.channel("old")
    slack.channel("elsewhere", bot=False)
    personal, old.archived = slack.dm(ada), True
    asked: dict[str, Any] = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 1}
    first = await client.users_conversations(**asked)
    second = await client.users_conversations(**asked, cursor=first["response_metadata"]["next_cursor"])
    public, direct = await client.users_conversations(), await client.users_conversations(types="im")

    assert [[general.id], [private.id]] == [[one["id"] for one in page["channels"]] for page in (first, second)]
    assert "" == second["response_metadata"]["next_cursor"]
    assert [general.id, old.id] == [one["id"] for one in public["channels"]]
    assert [personal.id] == [one["id"] for one in direct["channels"]]
    assert "is_member" not in public["channels"][0]


async def test_for_each_type_of_channel_a_scope_is_needed(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.scopes = ["channels:read"]

    assert "missing_scope" == await error_of(client.users_conversations(types="public_channel,private_channel"))
    assert "invalid_types" == await error_of(client.users_conversations(types="channel"))
    assert (await client.users_conversations())["ok"]


async def test_slacks_clock_may_be_another(slack: SlackStandIn, client: AsyncWebClient) -> None:
    before = await client.auth_test()
    slack.shift_clock(600.0)
    after = await client.auth_test()

    moments = [parsedate_to_datetime(answer.headers["Date"]).timestamp() for answer in (before, after)]
    assert 599 <= moments[1] - moments[0] <= 660
