"""**I/O edge.** The socket itself: its ticket, its greeting, how it ends and comes back."""

from __future__ import annotations

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, SlackStandIn, User
from tests.sandbox.slack.conftest import app_of, connected


async def address(slack: SlackStandIn, client: AsyncWebClient) -> str:
    return str((await client.apps_connections_open(app_token=slack.app_token))["url"])


def listening(slack: SlackStandIn, heard: list[str]) -> AsyncApp:
    """An app that writes down what is said."""
    app = app_of(slack)

    @app.event("message")
    async def listen(event: dict[str, str]) -> None:
        heard.append(event["text"])

    return app


async def test_a_socket_greets_and_answers_pings(slack: SlackStandIn, client: AsyncWebClient) -> None:
    url = await address(slack, client)
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as ws:
        hello = await ws.receive_json()
        await ws.ping(b"are you there")
        pong = await ws.receive()

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0SANDBOX"}
    assert hello["debug_info"]["approximate_connection_time"] > 0
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"are you there")


async def test_a_ticket_works_once(slack: SlackStandIn, client: AsyncWebClient) -> None:
    url = await address(slack, client)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await session.ws_connect(url.partition("?")[0])


async def test_there_are_at_most_so_many_sockets(slack: SlackStandIn, client: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as session:
        open_ones = [await session.ws_connect(await address(slack, client)) for _ in range(10)]
        one_more = await session.ws_connect(await address(slack, client))
        told = await one_more.receive_json()
        closed = await one_more.receive()
        for ws in open_ones:
            await ws.close()

    assert (told["type"], told["reason"]) == ("disconnect", "too_many_websockets")
    assert closed.type is aiohttp.WSMsgType.CLOSE


async def test_new_sockets_may_be_refused_for_a_while(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.refuse_sockets(60)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(await address(slack, client))

    assert slack.connections == 0


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_bolt_comes_back_when_it_is_told_to_go(
    slack: SlackStandIn, general: Channel, ada: User, reason: str
) -> None:
    heard: list[str] = []
    async with connected(slack, listening(slack, heard)):
        slack.post(ada, general, "before")
        await slack.until(lambda: slack.quiet)
        slack.disconnect("warning" if reason == "warning" else "refresh_requested")
        slack.post(ada, general, "between")
        await slack.until(lambda: slack.connections == 2)
        slack.post(ada, general, "after")
        await slack.until(lambda: slack.quiet)

    assert sorted(set(heard)) == ["after", "before", "between"]
    assert all(delivery.acked for delivery in slack.deliveries())


async def test_bolt_comes_back_after_a_cut(slack: SlackStandIn, general: Channel, ada: User) -> None:
    heard: list[str] = []
    async with connected(slack, listening(slack, heard)):
        slack.cut_sockets()
        slack.post(ada, general, "between")
        await slack.until(lambda: slack.connections == 2)
        await slack.until(lambda: slack.quiet)

    assert set(heard) == {"between"}


async def test_bolt_comes_back_after_slack_was_away(slack: SlackStandIn, general: Channel, ada: User) -> None:
    """Stopped and started again at the same address, with everything still known."""
    heard: list[str] = []
    async with connected(slack, listening(slack, heard)):
        await slack.stop()
        slack.post(ada, general, "meanwhile")
        await slack.start()
        await slack.until(lambda: slack.connections == 2)
        await slack.until(lambda: slack.quiet)

    assert heard == ["meanwhile"]


async def test_two_apps_share_the_events(slack: SlackStandIn, general: Channel, ada: User) -> None:
    heard: list[str] = []
    async with connected(slack, listening(slack, heard)), connected(slack, listening(slack, heard)):
        assert slack.sockets == 2
        for number in range(4):
            slack.post(ada, general, str(number))
        await slack.until(lambda: slack.quiet)

    assert sorted(heard) == ["0", "1", "2", "3"]
    assert {one.attempts[0].socket for one in slack.deliveries()} == {1, 2}
