"""What Slack answers, in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.files import upload
from bot.slack.people import PATIENCE, People, mentioned
from bot.slack.thread import said_in
from bot.slack.web import RETRY_AFTER, call, connected, patiently, with_token
from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.tally import Tallied, TooFast
from sandbox.slack import HTML_ERROR, NOT_STORED, REPLY_LOST, Channel, Fault, Limits, SlackStandIn, User


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits(post_interval=0.0)) as stand_in:
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with connected(slack.bot_token, slack.url) as opened:
        yield opened


@pytest.fixture
def ada(slack: SlackStandIn) -> User:
    return slack.person("Ada")


@pytest.fixture
def general(slack: SlackStandIn, ada: User) -> Channel:
    return slack.channel("general", [ada])


IN_DOUBT = {
    "reply lost": REPLY_LOST,
    "not stored": NOT_STORED,
    "503 html": HTML_ERROR,
    "500": Fault(status=500),
    "502 text": Fault(status=502, body="text"),
    "504 empty": Fault(status=504, body="empty"),
    "200 html": Fault(body="html"),
    "200 text": Fault(body="text"),
    "200 empty": Fault(body="empty"),
    "internal_error": Fault(error="internal_error"),
    "fatal_error": Fault(error="fatal_error"),
}


@pytest.mark.parametrize("fault", IN_DOUBT.values(), ids=IN_DOUBT)
async def test_who_hears_nothing_good_does_not_know_whether_it_was_done(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, fault: Fault
) -> None:
    slack.script("chat.postMessage", fault)

    with pytest.raises(SurfaceInDoubt, match=r"^chat\.postMessage: "):
        await call(client, "chat.postMessage", channel=general.id, text="Hello")


@pytest.mark.parametrize("fault", IN_DOUBT.values(), ids=IN_DOUBT)
async def test_nothing_is_asked_twice_by_the_library(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel, fault: Fault
) -> None:
    slack.script("chat.postMessage", fault)

    with pytest.raises(SurfaceInDoubt):
        await call(client, "chat.postMessage", channel=general.id, text="Hello")

    assert 1 == len(slack.calls("chat.postMessage"))


async def test_a_refusal_is_a_refusal(client: AsyncWebClient) -> None:
    with pytest.raises(SurfaceError, match=r"^chat\.postMessage: channel_not_found$") as raised:
        await call(client, "chat.postMessage", channel="C404", text="Hello")

    assert SurfaceError is type(raised.value)


async def test_a_message_that_is_not_there_is_gone(client: AsyncWebClient, general: Channel) -> None:
    with pytest.raises(MessageGone, match=r"^chat\.update: message_not_found$"):
        await call(client, "chat.update", channel=general.id, ts="1.000001", text="Hello")


async def test_slack_says_how_long_to_wait(slack: SlackStandIn, client: AsyncWebClient, general: Channel) -> None:
    slack.script("chat.postMessage", Fault(retry_after=7), Fault(status=429))

    with pytest.raises(SurfaceBusy) as told:
        await call(client, "chat.postMessage", channel=general.id, text="Hello")
    with pytest.raises(SurfaceBusy) as untold:
        await call(client, "chat.postMessage", channel=general.id, text="Hello")

    assert (7.0, RETRY_AFTER) == (told.value.seconds, untold.value.seconds)


async def test_nobody_answers_where_nobody_is() -> None:
    async with connected("xoxb-1", "http://127.0.0.1:9") as client:
        with pytest.raises(SurfaceInDoubt, match=r"^auth\.test: ClientConnectorError$"):
            await call(client, "auth.test")


async def test_who_is_patient_waits_as_long_as_slack_asks_and_no_longer_than_that(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.script("auth.test", Fault(retry_after=1), Fault(), Fault(retry_after=9))

    assert (await patiently(client, "auth.test"))["ok"]
    with pytest.raises(SurfaceBusy):
        await patiently(client, "auth.test", patience=5.0)

    first, second, _ = (one.at for one in slack.calls("auth.test"))
    assert first + 1.0 <= second


async def test_another_token_goes_over_the_same_pool(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert "url" in await call(with_token(client, slack.app_token), "apps.connections.open")
    with pytest.raises(SurfaceError, match=r"^auth\.test: not_authed$"):
        await call(with_token(client, None), "auth.test")


async def test_a_file_is_uploaded_as_it_is(
    slack: SlackStandIn, client: AsyncWebClient, ada: User, general: Channel
) -> None:
    root = slack.post(ada, general, "Hello")

    await upload(client, "answer.md", "Grüße, 🐝", channel=general.id, thread_ts=root.ts)

    (message,) = slack.thread(root)
    assert ["Grüße, 🐝"] == [(file.content or b"").decode() for file in slack.files(message)]


async def test_of_a_thread_only_what_lies_between_is_read(
    slack: SlackStandIn, client: AsyncWebClient, ada: User, general: Channel
) -> None:
    root = slack.post(ada, general, "0")
    first, *_, last = [slack.post(ada, general, str(n), thread=root) for n in range(1, 6)]

    said = await said_in(client, general.id, root.ts, after=first.ts, before=last.ts)

    assert ["2", "3", "4"] == [one.text for one in said]


async def test_a_thread_is_read_over_all_its_pages(
    slack: SlackStandIn, client: AsyncWebClient, ada: User, general: Channel
) -> None:
    slack.limits = Limits(page_most=15)
    root = slack.post(ada, general, "0")
    for n in range(1, 41):
        slack.post(ada, general, str(n), thread=root)

    said = await said_in(client, general.id, root.ts)

    assert [str(n) for n in range(41)] == [one.text for one in said]
    assert 3 == len(slack.calls("conversations.replies"))


async def test_everybody_is_looked_up_once_however_many_ask(
    slack: SlackStandIn, client: AsyncWebClient, ada: User
) -> None:
    people = People(client)

    assert "Ada" == await people.name(ada.id)
    assert {ada.id: "Ada"} == await people.names([ada.id, ada.id, "U404", ""])
    assert "U404" == await people.name("U404")
    assert [ada.id, "U404"] == [one.args["user"] for one in slack.calls("users.info")]

    await people.close()


async def test_who_is_still_looked_up_at_the_end_is_left(
    slack: SlackStandIn, client: AsyncWebClient, ada: User
) -> None:
    slack.script("users.info", Fault(delay=60.0))
    people = People(client)

    assert ada.id == await people.name(ada.id)
    await people.close()

    assert PATIENCE <= 1.0
    assert 1 == len(slack.calls("users.info"))


def test_who_is_mentioned_can_be_told() -> None:
    assert ["U1", "W2"] == mentioned("<@U1> and <@W2|wolf>, not <!here> nor @U3")


async def test_each_429_is_counted_whoever_asked_and_whatever_came_of_it(slack: SlackStandIn, general: Channel) -> None:
    counted: list[Tallied] = []
    slack.script("chat.postMessage", Fault(status=429, retry_after=1.0), Fault(status=500))
    async with connected(slack.bot_token, slack.url, counted.append) as client:
        for _ in range(2):
            with pytest.raises(SurfaceError):
                await call(client, "chat.postMessage", channel=general.id, text="Hi")
        await call(client, "chat.postMessage", channel=general.id, text="Hi")

    assert [TooFast("slack")] == counted
