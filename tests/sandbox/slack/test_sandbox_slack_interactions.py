"""**I/O edge.** Commands, buttons and modals, with a real Bolt app at the other end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Message, SlackStandIn, User, View
from tests.sandbox.slack.conftest import app_of, client_of, connected, error_of

Body = dict[str, Any]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


STOP = {"type": "button", "action_id": "stop", "text": plain("Stop"), "value": "turn-1"}
OPTION = {"text": plain("Build"), "value": "build"}
RETRY = {"type": "static_select", "action_id": "retry", "placeholder": plain("Retry"), "options": [OPTION]}
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "rate",
    "positive_button": {"text": plain("Good"), "value": "up"},
    "negative_button": {"text": plain("Bad"), "value": "down"},
}
BLOCKS: list[Body] = [
    {"type": "actions", "block_id": "turn", "elements": [STOP, RETRY]},
    {"type": "context_actions", "block_id": "rating", "elements": [FEEDBACK]},
]
WHY = {
    "type": "input",
    "block_id": "why",
    "label": plain("Why?"),
    "element": {"type": "plain_text_input", "action_id": "text"},
}
VIEW = {"type": "modal", "callback_id": "details", "title": plain("Details"), "submit": plain("Send"), "blocks": [WHY]}


async def posted(slack: SlackStandIn, client: AsyncWebClient, channel: Channel) -> Message:
    ts = (await client.chat_postMessage(channel=channel.id, text="Working", blocks=BLOCKS))["ts"]
    return slack.message(channel, ts)


async def test_a_command_is_answered_with_its_acknowledgement(slack: SlackStandIn, general: Channel, ada: User) -> None:
    app = app_of(slack)

    @app.command("/orchestrator")
    async def listen(ack: AsyncAck, command: Body) -> None:
        await ack(f"{command['user_name']} asked for {command['text']} in {command['channel_name']}")

    async with connected(slack, app):
        delivery = slack.command(ada, general, "/orchestrator", "help")
        await slack.until(lambda: delivery.settled)
    [hidden] = slack.ephemerals(general)

    assert (hidden.user, hidden.text, hidden.source) == (ada.id, "ada asked for help in general", "acknowledgement")
    assert "thread_ts" not in delivery.payload


async def test_a_command_may_be_answered_to_all_and_later(slack: SlackStandIn, general: Channel, ada: User) -> None:
    app = app_of(slack)

    @app.command("/orchestrator")
    async def listen(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack(response_type="in_channel", text="for all")
        await respond("for one")
        await respond(text="for all again", response_type="in_channel")

    async with connected(slack, app):
        slack.command(ada, general, "/orchestrator", "status")
        await slack.until(lambda: len(slack.said(general)) == 2)

    # Bolt acknowledges while its listener goes on, so either may be first.
    assert {message.text for message in slack.said(general)} == {"for all", "for all again"}
    assert [one.text for one in slack.ephemerals()] == ["for one"]


async def test_a_command_that_nobody_takes_fails_before_the_user(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    at_once = slack.command(ada, general, "/orchestrator")
    app = app_of(slack)

    @app.command("/orchestrator")
    async def listen() -> None:
        return None  # never acknowledged

    async with connected(slack, app):
        in_vain = slack.command(ada, general, "/orchestrator")
        await slack.until(lambda: in_vain.settled)

    assert (at_once.failed, in_vain.failed, len(in_vain.attempts)) == ("dispatch_failed", "operation_timeout", 1)
    assert [one.text for one in slack.ephemerals()] == [
        "/orchestrator failed with the error “dispatch_failed”",
        "/orchestrator failed with the error “operation_timeout”",
    ]


async def test_an_answer_that_slack_does_not_take_is_a_failure(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    app = app_of(slack)

    @app.command("/orchestrator")
    async def listen(ack: AsyncAck) -> None:
        await ack(text="x", blocks=[{"type": "nothing"}])

    async with connected(slack, app):
        delivery = slack.command(ada, general, "/orchestrator")
        await slack.until(lambda: delivery.failed)

    assert delivery.failed == "invalid_blocks"


@pytest.mark.parametrize(
    ("action_id", "value", "expected"),
    [
        ("stop", None, {"value": "turn-1", "block_id": "turn"}),
        ("retry", "build", {"selected_option": OPTION, "block_id": "turn"}),
        ("rate", "down", {"value": "down", "block_id": "rating"}),
    ],
)
async def test_pressing_tells_what_was_pressed_and_where(
    slack: SlackStandIn,
    client: AsyncWebClient,
    general: Channel,
    ada: User,
    action_id: str,
    value: str | None,
    expected: Body,
) -> None:
    app, seen = app_of(slack), []

    @app.action(action_id)
    async def listen(ack: AsyncAck, body: Body) -> None:
        await ack()
        seen.append(body)

    async with connected(slack, app):
        message = await posted(slack, client, general)
        delivery = slack.press(ada, message, action_id, value)
        await slack.until(lambda: delivery.settled)
        await slack.until(lambda: slack.quiet)
    [body] = seen

    assert expected.items() <= body["actions"][0].items()
    assert (body["user"]["id"], body["channel"]["id"], body["team"]["id"]) == (ada.id, general.id, slack.team.id)
    assert body["container"]["message_ts"] == body["message"]["ts"] == message.ts


async def test_nobody_can_press_what_is_not_there(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    message = await posted(slack, client, general)
    with pytest.raises(LookupError, match="go_on"):
        slack.press(ada, message, "go_on")
    with pytest.raises(LookupError, match="plan"):
        slack.press(ada, message, "retry", "plan")
    await client.chat_update(channel=general.id, ts=message.ts, text="done")
    with pytest.raises(LookupError, match="stop"):
        slack.press(ada, message, "stop")


async def test_a_modal_is_opened_submitted_and_closed(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, ada: User
) -> None:
    app, states = app_of(slack), []

    @app.action("stop")
    async def press(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=VIEW)

    @app.view("details")
    async def submit(ack: AsyncAck, view: Body) -> None:
        states.append(view["state"]["values"])
        if len(states) == 1:
            await ack(response_action="errors", errors={"why": "Say more"})
        else:
            await ack()

    async with connected(slack, app):
        slack.press(ada, await posted(slack, client, general), "stop")
        await slack.until(lambda: slack.views)
        [view] = slack.views
        values = {"why": {"text": {"type": "plain_text_input", "value": "Because"}}}
        first = slack.submit(ada, view, values)
        await slack.until(lambda: first.settled)
        open_still = not view.closed
        slack.submit(ada, view, values)
        await slack.until(lambda: view.closed)

    assert (view.user, view.body["title"]["text"], open_still) == (ada.id, "Details", True)
    assert first.answer == {"response_action": "errors", "errors": {"why": "Say more"}}
    assert states == [values, values]


async def test_a_submission_may_change_or_stack_the_modal(
    slack: SlackStandIn, client: AsyncWebClient, ada: User
) -> None:
    app, answers = app_of(slack), iter(("update", "push"))

    @app.view("details")
    async def submit(ack: AsyncAck) -> None:
        await ack(response_action=next(answers), view={**VIEW, "title": plain("Next")})

    view = await a_view(slack, client, ada)
    async with connected(slack, app):
        slack.submit(ada, view)
        await slack.until(lambda: view.updates == 1)
        slack.submit(ada, view)
        await slack.until(lambda: len(slack.views) == 2)

    assert [one.body["title"]["text"] for one in slack.views] == ["Next", "Next"]


async def a_view(slack: SlackStandIn, client: AsyncWebClient, user: User, body: Body = VIEW) -> View:
    trigger = slack.world.new_trigger(user.id, slack.team.id)
    opened = await client.views_open(trigger_id=trigger, view=body)
    return slack.world.views[opened["view"]["id"]]


async def test_a_closed_modal_is_told_where_that_was_asked_for(
    slack: SlackStandIn, client: AsyncWebClient, ada: User
) -> None:
    silent = await a_view(slack, client, ada)
    telling = await a_view(slack, client, ada, {**VIEW, "notify_on_close": True})

    assert slack.close(ada, silent) is None
    assert (told := slack.close(ada, telling)) is not None
    assert told.payload["type"] == "view_closed"


async def test_a_button_in_a_modal_is_told_with_its_view(
    slack: SlackStandIn, client: AsyncWebClient, ada: User
) -> None:
    view = await a_view(slack, client, ada, {**VIEW, "blocks": BLOCKS[:1]})
    told = slack.press_in_view(ada, view, "stop").payload

    assert (told["type"], told["container"], told["view"]["id"]) == (
        "block_actions",
        {"type": "view", "view_id": view.id},
        view.id,
    )


async def test_a_view_is_updated_by_its_hash(slack: SlackStandIn, client: AsyncWebClient, ada: User) -> None:
    view = await a_view(slack, client, ada)
    current = (await client.views_update(view_id=view.id, view={**VIEW, "title": plain("New")}))["view"]["hash"]
    await client.views_update(view_id=view.id, hash=current, view={**VIEW, "title": plain("Newer")})

    assert view.body["title"]["text"] == "Newer"
    assert await error_of(client.views_update(view_id=view.id, hash=current, view=VIEW)) == "hash_conflict"
    assert await error_of(client.views_update(view_id="V404", view=VIEW)) == "not_found"


async def test_a_trigger_works_once_and_not_for_long(slack: SlackStandIn, client: AsyncWebClient, ada: User) -> None:
    used = (await a_view(slack, client, ada)).trigger_id
    fresh = slack.world.new_trigger(ada.id, slack.team.id)
    slack.limits = replace(slack.limits, trigger=-1.0)

    assert await error_of(client.views_open(trigger_id=used, view=VIEW)) == "exchanged_trigger_id"
    assert await error_of(client.views_open(trigger_id=fresh, view=VIEW)) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.x", view=VIEW)) == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": plain("x" * 25)}, "invalid_arguments"),
        ({"callback_id": "x" * 256}, "invalid_arguments"),
        ({"private_metadata": "x" * 3001}, "invalid_arguments"),
        ({"submit": None}, "invalid_arguments"),
        ({"type": "dialog"}, "invalid_arguments"),
        ({"blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}] * 101}, "invalid_blocks"),
    ],
)
async def test_a_view_that_slack_does_not_take_is_refused(
    slack: SlackStandIn, client: AsyncWebClient, ada: User, changes: Body, error: str
) -> None:
    trigger = slack.world.new_trigger(ada.id, slack.team.id)
    view = {key: value for key, value in {**VIEW, **changes}.items() if value is not None}

    assert await error_of(client.views_open(trigger_id=trigger, view=view)) == error
    assert slack.views == []


async def test_a_response_url_is_good_for_five_posts(slack: SlackStandIn, general: Channel, ada: User) -> None:
    url = slack.command(ada, general, "/orchestrator").payload["response_url"]
    answers = [await answered(url, {"text": str(number)}) for number in range(6)]

    assert answers == [(200, "")] * 5 + [(404, "used_url")]
    assert [one.text for one in slack.ephemerals()][1:] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_is_refused_when_it_is_old_or_says_nothing(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    url = slack.command(ada, general, "/orchestrator").payload["response_url"]

    assert await answered(url, {"text": ""}) == (400, "no_text")
    assert await answered(url, []) == (400, "invalid_payload")
    slack.limits = replace(slack.limits, response_url=-1.0)
    assert await answered(url, {"text": "x"}) == (404, "expired_url")


async def answered(url: str, body: object) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, (await response.json()).get("error", "")


async def test_a_response_url_of_a_button_may_replace_its_message(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    client = client_of(slack)
    message = await posted(slack, client, general)
    await client.chat_postEphemeral(channel=general.id, user=ada.id, text="psst", blocks=BLOCKS)
    [hidden] = slack.ephemerals()
    urls = [slack.press(ada, one, "stop").payload["response_url"] for one in (message, hidden)]
    for url in urls:
        await answered(url, {"text": "stopped", "replace_original": True})
    said = (message.text, message.blocks, hidden.text, hidden.blocks)
    for url in urls:
        await answered(url, {"delete_original": True})

    assert said == ("stopped", [], "stopped", [])
    assert (message.deleted, hidden.deleted) == (True, True)
    assert await answered(urls[0], {"delete_original": True}) == (400, "message_not_found")


async def test_what_is_pressed_in_an_ephemeral_shows_no_message(
    slack: SlackStandIn, general: Channel, ada: User
) -> None:
    await client_of(slack).chat_postEphemeral(channel=general.id, user=ada.id, text="psst", blocks=BLOCKS)
    told = slack.press(ada, slack.ephemerals()[0], "stop").payload

    assert (told["container"]["is_ephemeral"], "message" in told) == (True, False)
