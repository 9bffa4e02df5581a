"""**I/O edge.** Tokens, scopes, and the forms that arguments come in."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SCOPES, Channel, SlackStandIn, User
from tests.sandbox.slack.conftest import client_of, error_of, refused


async def raw(slack: SlackStandIn, method: str, **options: Any) -> tuple[dict[str, Any], aiohttp.ClientResponse]:
    """A call as it is, with nothing that a client adds."""
    async with aiohttp.ClientSession() as session, session.post(slack.url + method, **options) as response:
        return await response.json(), response


async def test_auth_test_says_who_one_is_and_what_is_granted(slack: SlackStandIn, client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (slack.team.id, slack.bot_user, "B0SANDBOX")
    assert answer.headers["x-oauth-scopes"].split(",") == list(SCOPES)


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("xapp-1-A0SANDBOX-sandbox-app-token", "not_allowed_token_type"),
    ],
)
async def test_a_token_that_is_not_good_is_refused(slack: SlackStandIn, token: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body, response = await raw(slack, "auth.test", headers=headers)

    assert (body, response.status) == ({"ok": False, "error": error}, 200)
    assert "x-oauth-scopes" not in response.headers


async def test_a_token_may_be_revoked(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.revoke(slack.bot_token, "account_inactive")

    assert await error_of(client.auth_test()) == "account_inactive"


async def test_sockets_are_for_the_app_token_alone(slack: SlackStandIn, client: AsyncWebClient) -> None:
    opened = await client.apps_connections_open(app_token=slack.app_token)

    assert opened["url"].startswith(slack.url.replace("http", "ws").removesuffix("/api/") + "/link/?ticket=")
    assert await error_of(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"


async def test_a_missing_scope_is_named(slack: SlackStandIn, client: AsyncWebClient, general: Channel) -> None:
    slack.scopes = ["chat:write"]
    asked = [
        client.conversations_history(channel=general.id),
        client.users_info(user=slack.bot_user),
        client.reactions_add(channel=general.id, timestamp="1.0", name="eyes"),
    ]
    answers = [await refused(one) for one in asked]

    assert {(one["error"], one["provided"]) for one in answers} == {("missing_scope", "chat:write")}
    assert [one["needed"] for one in answers] == [
        "channels:history,groups:history,im:history,mpim:history",
        "users:read",
        "reactions:write",
    ]
    await client.chat_postMessage(channel=general.id, text="still granted")


async def test_each_kind_of_channel_has_a_scope_of_its_own(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    private, personal = slack.channel("private", private=True), slack.dm(ada)
    slack.scopes = ["channels:history", "im:read"]

    await client.conversations_history(channel=general.id)
    await client.conversations_info(channel=personal.id)
    assert (await refused(client.conversations_history(channel=private.id)))["needed"] == "groups:history"
    assert (await refused(client.conversations_info(channel=general.id)))["needed"] == "channels:read"
    assert (await refused(client.conversations_open(users=ada.id)))["needed"] == "im:write"


async def test_another_workspace_has_its_own_token_and_sees_its_own(slack: SlackStandIn, general: Channel) -> None:
    other = slack.workspace("Other", installed=True)
    theirs = client_of(slack, other.bot_token)
    place = slack.channel("theirs", team=other)

    assert (await theirs.auth_test())["user_id"] == other.bot_user
    assert (await theirs.chat_postMessage(channel=place.id, text="x"))["ok"]
    assert await error_of(theirs.chat_postMessage(channel=general.id, text="x")) == "channel_not_found"
    assert [call.team for call in slack.calls("chat.postMessage")] == [other.id, other.id]


async def test_methods_that_nobody_knows_are_refused(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert await error_of(client.api_call("assistant.threads.setStatus")) == "unknown_method"


@pytest.mark.parametrize("form", ["form", "json", "query", "token in form"])
async def test_arguments_come_in_every_form(slack: SlackStandIn, general: Channel, form: str) -> None:
    blocks = [{"type": "divider"}]
    plain = {"channel": general.id, "text": "Grüße 🐝", "blocks": json.dumps(blocks)}
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    sent: dict[str, dict[str, Any]] = {
        "form": {"data": plain, "headers": headers},
        "json": {"json": {**plain, "blocks": blocks}, "headers": headers},
        "query": {"params": plain, "headers": headers},
        "token in form": {"data": {**plain, "token": slack.bot_token}},
    }
    body, _ = await raw(slack, "chat.postMessage", **sent[form])
    [message] = slack.said(general)

    assert body["ok"]
    assert (message.text, message.blocks[0]["type"]) == ("Grüße 🐝", "divider")
    assert slack.bot_token not in json.dumps(slack.calls()[0].args)


@pytest.mark.parametrize(("text", "error"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_a_body_that_is_no_object_is_refused(slack: SlackStandIn, text: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json; charset=utf-8"}
    body, _ = await raw(slack, "chat.postMessage", data=text, headers=headers)

    assert body["error"] == error


async def test_a_token_in_json_is_not_looked_at(slack: SlackStandIn, general: Channel) -> None:
    body, _ = await raw(slack, "auth.test", json={"token": slack.bot_token})

    assert body["error"] == "not_authed"


async def test_methods_that_read_take_no_json(slack: SlackStandIn, general: Channel) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    body, _ = await raw(slack, "conversations.info", json={"channel": general.id}, headers=headers)

    assert (body["error"], body["response_metadata"]) == (
        "invalid_arguments",
        {"messages": ["[ERROR] missing required field: channel"]},
    )
