"""The stand-in for Discord, as the real discord.py sees it, and as strict as Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
from discord import ui

from bot.discord.library import point_rest
from sandbox.discord import HTML_ERROR, NOT_STORED, REPLY_LOST, DiscordStandIn, Fault, Limits
from sandbox.discord.state import THREAD


@pytest.fixture
async def world() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(limits=Limits(create=(50, 0.1), update=(50, 0.1), react=(5, 0.1))) as stand_in:
        yield stand_in


@pytest.fixture
async def client(world: DiscordStandIn) -> AsyncIterator[discord.Client]:
    point_rest(world.url)
    made = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30.0)
    await made.login(world.token)
    yield made
    await made.close()


def view(*texts: str) -> ui.LayoutView:
    made = ui.LayoutView(timeout=None)
    for text in texts:
        made.add_item(ui.TextDisplay(text))
    return made


async def refused(call: object) -> int:
    """Discord's code for what is wrong."""
    with pytest.raises(discord.HTTPException) as raised:
        await call  # type: ignore[misc]
    return raised.value.code


async def test_a_message_is_posted_updated_read_and_deleted(world: DiscordStandIn, client: discord.Client) -> None:
    channel = world.channel("general")
    place = client.get_partial_messageable(int(channel.id))
    posted = await place.send(view=view("one"))
    await posted.edit(view=view("two"))
    (read,) = [message async for message in place.history()]

    assert ["one", "two"] == [world.text(world.message(channel, str(posted.id)), n) for n in (0, 1)]
    assert posted.id == read.id

    await posted.delete()

    assert [] == world.said(channel)
    assert 10008 == await refused(posted.edit(view=view("three")))


async def test_a_nonce_posts_once_for_some_minutes(world: DiscordStandIn, client: discord.Client) -> None:
    place = client.get_partial_messageable(int(world.channel("general").id))
    first = await place.send(view=view("one"), nonce="a")
    again = await place.send(view=view("one"), nonce="a")
    other = await place.send(view=view("one"), nonce="b")

    assert first.id == again.id != other.id


@pytest.mark.parametrize(
    "texts", [["x" * 4_001], ["x" * 2_001, "y" * 2_000], [" "], ["x"] * 41], ids=["long", "together", "blank", "many"]
)
async def test_what_no_message_may_hold_is_refused(
    world: DiscordStandIn, client: discord.Client, texts: list[str]
) -> None:
    place = client.get_partial_messageable(int(world.channel("general").id))
    raw = [{"type": 10, "content": text} for text in texts]
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.id)

    assert 50035 == await refused(client.http.request(route, json={"flags": 1 << 15, "components": raw}))


async def test_a_thread_is_opened_on_a_message_once(world: DiscordStandIn, client: discord.Client) -> None:
    channel = world.channel("general")
    asked = world.post(world.person("Ada"), channel, "How?")
    found = await client.fetch_channel(int(channel.id))
    assert isinstance(found, discord.TextChannel)
    message = found.get_partial_message(int(asked.id))
    thread = await message.create_thread(name="How?")

    assert (asked.id, THREAD) == (str(thread.id), world.world.channels[asked.id].kind)
    assert 160004 == await refused(message.create_thread(name="How?"))


@pytest.mark.parametrize(
    ("permission", "code"),
    [("view_channel", 50001), ("send_messages", 50013), ("attach_files", 50013)],
)
async def test_what_the_bot_may_not_do_is_refused(
    world: DiscordStandIn, client: discord.Client, permission: str, code: int
) -> None:
    channel = world.channel("general")
    world.deny(channel, permission)
    made = view("one")
    made.add_item(ui.File("attachment://a.txt"))
    file = discord.File(__file__, filename="a.txt")

    assert code == await refused(client.get_partial_messageable(int(channel.id)).send(view=made, file=file))


async def test_an_archived_thread_takes_no_update_and_is_opened_by_a_message(
    world: DiscordStandIn, client: discord.Client
) -> None:
    channel = world.channel("general")
    thread = world._floor.open_thread(channel, "bees", on=None, owner=world.world.me)
    place = client.get_partial_messageable(int(thread.id))
    posted = await place.send(view=view("one"))
    world.archive(thread)

    assert 50083 == await refused(posted.edit(view=view("two")))

    await place.send(view=view("three"))

    assert not thread.archived

    world.archive(thread, locked=True)

    assert 160005 == await refused(place.send(view=view("four")))


async def test_answers_to_commands_count_among_nothing_else(world: DiscordStandIn) -> None:
    world.limits = Limits(everything=1)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {world.token}"}) as session:
        for _ in range(3):
            answer = await session.post(f"{world.url}/interactions/1/secret/callback", json={"type": 5})
            assert 404 == answer.status
        answers = [await session.get(f"{world.url}/users/@me") for _ in range(2)]

    assert [200, 429] == [answer.status for answer in answers]


async def test_who_is_too_fast_is_asked_to_wait_and_the_library_does(world: DiscordStandIn) -> None:
    world.limits = Limits(create=(2, 0.3))
    channel = world.channel("general")
    headers = {"Authorization": f"Bot {world.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [
            await session.post(f"{world.url}/channels/{channel.id}/messages", json={"content": "x"}) for _ in range(3)
        ]

    assert [200, 200, 429] == [answer.status for answer in answers]
    assert "Via" in answers[2].headers
    assert [False, False, True] == [call.limited for call in world.calls("messages.create")]


@pytest.mark.parametrize(
    ("fault", "stored", "error"),
    [
        (REPLY_LOST, 1, aiohttp.ClientError),
        (NOT_STORED, 0, aiohttp.ClientError),
        (HTML_ERROR, 0, discord.HTTPException),
        (Fault(code=50013), 0, discord.Forbidden),
    ],
)
async def test_it_misbehaves_as_it_is_told(
    world: DiscordStandIn, client: discord.Client, fault: Fault, stored: int, error: type[Exception]
) -> None:
    channel = world.channel("general")
    world.script("messages.create", fault)
    with pytest.raises(error):
        await client.get_partial_messageable(int(channel.id)).send(view=view("one"))

    assert stored == len(world.said(channel))


async def test_a_stranger_is_let_in_nowhere(world: DiscordStandIn) -> None:
    point_rest(world.url)
    made = discord.Client(intents=discord.Intents(guilds=True))
    try:
        with pytest.raises(discord.LoginFailure):
            await made.login("some.other.token")
    finally:
        await made.close()


async def test_who_asks_for_the_intent_without_having_it_is_sent_away() -> None:
    async with DiscordStandIn(content=False) as stand_in, aiohttp.ClientSession() as session:
        base = stand_in.server.base.replace("http", "ws", 1)
        async with session.ws_connect(f"{base}/gateway/?v=10&encoding=json") as ws:
            assert 10 == (await ws.receive_json())["op"]
            await ws.send_json({"op": 2, "d": {"token": stand_in.token, "intents": 1 << 15}})
            await ws.receive()

            assert 4014 == ws.close_code


async def test_who_resumes_is_told_what_was_missed(world: DiscordStandIn) -> None:
    base = world.server.base.replace("http", "ws", 1)
    address = f"{base}/gateway/?v=10&encoding=json"
    channel, ada = world.channel("general"), world.person("Ada")
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address) as ws:
            await ws.receive_json()
            await ws.send_json({"op": 2, "d": {"token": world.token, "intents": (1 << 0) | (1 << 9) | (1 << 15)}})
            ready = await ws.receive_json()
        await world.until(lambda: not world.gateway.open)
        world.post(ada, channel, "missed")
        async with session.ws_connect(address) as ws:
            await ws.receive_json()
            again = {"token": world.token, "session_id": ready["d"]["session_id"], "seq": ready["s"]}
            await ws.send_json({"op": 6, "d": again})
            seen = [await ws.receive_json() for _ in range(3)]

    assert ["GUILD_CREATE", "MESSAGE_CREATE", "RESUMED"] == [one["t"] for one in seen]
    assert "missed" == seen[1]["d"]["content"]


async def test_a_command_must_be_known_and_fit(world: DiscordStandIn) -> None:
    ada, channel = world.person("Ada"), world.channel("general")
    with pytest.raises(LookupError, match="knows no /ask"):
        world.command(ada, channel, "ask", prompt="How?")
    option = {"name": "prompt", "type": 3, "description": "what", "required": True, "max_length": 5}
    world.world.commands[""] = [{"id": "1", "name": "ask", "options": [option]}]
    with pytest.raises(LookupError, match="must be given"):
        world.command(ada, channel, "ask")
    with pytest.raises(LookupError, match="6 characters"):
        world.command(ada, channel, "ask", prompt="too lo")

    assert world.command(ada, channel, "ask", prompt="How?").token


async def test_people_act_over_http_too(world: DiscordStandIn) -> None:
    async with aiohttp.ClientSession(world.server.base) as session:
        said = await session.post("/control/say", json={"user": "Ada", "channel": "general", "text": "Hello"})
        wrong = await session.post("/control/say", json={"user": "Ada", "channel": "general"})
        seen = await (await session.get("/control/transcript?channel=general")).text()

    assert (200, 400) == (said.status, wrong.status)
    assert "#general\n\nAda\nHello\n" == seen


async def test_several_bots_share_a_server_and_see_nothing_of_each_other(world: DiscordStandIn) -> None:
    other = world.server.bot(name="Other")
    place = other.channel("elsewhere")
    headers = {"Authorization": f"Bot {world.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.get(f"{world.url}/channels/{place.id}")
        body = await answer.json()

    assert 10003 == body["code"]
    await asyncio.sleep(0)
    world.server.remove(other)
