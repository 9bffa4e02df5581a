"""Discord for the conformance suite: the real adapter, over the real discord.py, against its stand-in.

discord.py has one address for a whole process, and some points run at once: they share a server, each with a bot, and a
Discord, of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

from bot.app import App, Rhythm, open_app
from bot.discord.adapter import DiscordAdapter, open_discord
from bot.discord.adapter import Ways as DiscordWays
from bot.discord.config import DiscordSettings, read_discord
from bot.discord.events import Tries
from bot.discord.gateway import Pulse
from bot.discord.metadata import posted
from bot.discord.posting import Pacing
from bot.serving import _listen
from core.check import check_core
from core.ports import Limit, Turns
from core.stored import StoredTurn
from core.turn import turn_id_of
from sandbox.changes import Changes
from sandbox.customgpt import CustomGPTStandIn
from sandbox.discord import (
    HTML_ERROR,
    NOT_STORED,
    REPLY_LOST,
    Channel,
    DiscordServer,
    DiscordStandIn,
    EventFault,
    Fault,
    Interaction,
    Limits,
    Message,
    User,
)
from sandbox.discord.kit import walk
from tests.contracts.harness import WAYS, Asked, Loss, Mishap, Shown, Step, Trouble, Ways, held, prepared
from tests.contracts.slack_harness import app_settings

PACING = Pacing(updates=Limit(4, 0.5), apart=0.12, posts=Limit(4, 0.5))
LIMITS = Limits(create=(7, 0.5), update=(7, 0.5), react=(5, 0.1), everything=500)
"""Ten times as fast as Discord, and a little more than that: on a busy machine calls arrive in a bunch."""

PULSE = Pulse(leave=1.0, ready=0.05)
PATIENCE = 40.0
"""Seconds until a test hangs."""

MARKS = {"👀": "at work", "✅": "answered", "⚠️": "not answered"}
FAULTS = {
    Trouble.REPLY_LOST: REPLY_LOST,
    Trouble.NOT_STORED: NOT_STORED,
    Trouble.SERVER_ERROR: Fault(status=500),
    Trouble.HTML: HTML_ERROR,
    Trouble.BUSY: Fault(retry_after=1),
}
STEPS = {
    Step.POST: ("messages.create", 0),
    Step.UPDATE: ("messages.update", 0),
    Step.PUBLISH: ("messages.update", 1),
    Step.PART_2: ("messages.create", 1),
    Step.PART_3: ("messages.create", 2),
}
"""The route, and how many of its calls go well before. The file goes with the last message."""

_servers: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[DiscordServer, int]] = WeakKeyDictionary()


@asynccontextmanager
async def shared_server() -> AsyncIterator[DiscordServer]:
    """The one of this event loop, while anybody uses it."""
    loop = asyncio.get_running_loop()
    server, users = _servers.get(loop) or (DiscordServer(), 0)
    _servers[loop] = server, users + 1
    if not users:
        await server.start()
    try:
        yield server
    finally:
        server, users = _servers[loop]
        _servers[loop] = server, users - 1
        if users == 1:
            del _servers[loop]
            await server.stop()


class Struggles(logging.Handler):
    """Hears when a question could not be kept at once."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "is not kept yet" in record.getMessage():
            self.heard.set()


TAKING = ("discord.py: on_message", "discord.py: on_raw_", "discord.py: on_interaction", "CommandTree-invoker")
"""What discord.py calls the tasks in which something is taken on."""


class Overheard:
    """The turns, as the adapter sees them; of which one it asked, and how often."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._changes = Changes()
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._turns, name)

    async def turn(self, turn_id: str) -> StoredTurn | None:
        try:
            return await self._turns.turn(turn_id)
        finally:
            self.asked[turn_id] += 1
            self._changes.notice()

    async def until(self, true: Callable[[], object], seconds: float) -> None:
        await self._changes.until(true, seconds)


class DiscordHarness:
    """Fills `Harness`; what is Discord's own is at `discord`, `channel` and `adapter`."""

    def __init__(
        self,
        discord: DiscordStandIn,
        gpt: CustomGPTStandIn,
        app: App,
        adapter: DiscordAdapter,
        before: DiscordHarness | None = None,
    ) -> None:
        self.discord, self.gpt, self.app, self.adapter = discord, gpt, app, adapter
        people = before.people if before else {name: discord.person(name) for name in ("Ada", "Ben")}
        self.people: dict[str, User] = people
        self.ada = self.people["Ada"]
        self.channel: Channel = before.channel if before else discord.channel("general")
        self.told: list[str] = []
        self.listening: list[asyncio.Task[None]] = []
        self._befalls: list[Mishap] = []
        self._struggles = Struggles()
        self.heard = Overheard(app.turns)

    async def listen(self) -> None:
        """One connection more."""
        connections = len(self.discord.gateway.open)
        self.listening.append(asyncio.create_task(_listen(self.adapter, cast(Turns, self.heard), self.told.append)))
        await self.discord.until(lambda: len(self.discord.gateway.open) > connections)

    async def close(self) -> None:
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*self.listening, return_exceptions=True)

    async def ask(self, prompt: str, *, after: Asked | None = None, who: str = "Ada") -> Asked:
        mishap = self._befalls.pop(0) if self._befalls else None
        if mishap:
            self.discord.script_events(self._befallen(mishap))
        return self.asked(self.discord.mention(self.people[who], await self.place(after), prompt))

    async def say(self, text: str, after: Asked, *, who: str = "Ada") -> Asked:
        return self.asked(self.discord.post(self.people[who], await self.place(after), text))

    async def place(self, after: Asked | None) -> Channel:
        """Where something is said: in the thread that is opened on a question, when it is there."""
        if after is None:
            return self.channel
        await self.discord.until(lambda: self.where(after))
        found = self.where(after)
        assert found
        return found

    def where(self, asked: Asked) -> Channel | None:
        """Where a question is answered."""
        message: Message = asked.where
        place = self.discord.world.channels[message.channel]
        return self.discord.thread(message) if place.id == self.channel.id else place

    def asked(self, message: Message) -> Asked:
        in_thread = message.channel != self.channel.id
        key = message.channel if in_thread else message.id
        return Asked(turn_id_of(f"discord:{message.id}"), f"discord:{key}", message.now.content, message)

    def commanded(self, one: Interaction) -> str:
        """The turn of a command."""
        return turn_id_of(f"discord:interaction:{one.id}")

    async def visible(self, asked: Asked) -> None:
        await self.discord.until(lambda: self.messages(asked), PATIENCE)

    async def showing(self, asked: Asked, words: str) -> None:
        await self.discord.until(
            lambda: any(words in self.discord.text(one) for one in self.messages(asked)[:1]), PATIENCE
        )

    async def settled(self) -> None:
        """Who is connected has been told all; what was told has been taken."""
        async with asyncio.timeout(PATIENCE):
            await self.discord.until(lambda: self.discord.gateway.open, PATIENCE)
            await self.taken()
            await self.app.turns.idle()

    async def taken(self) -> None:
        """Something is deleted that nobody knows: when each connection has heard of it, all before it has been."""
        turn_id = turn_id_of(f"discord:{self.discord.delete_unknown(self.channel)}")
        listening = len(self.discord.gateway.open)
        await self.heard.until(lambda: self.heard.asked[turn_id] >= listening, PATIENCE)
        while taking := [task for task in asyncio.all_tasks() if task.get_name().startswith(TAKING)]:
            await asyncio.wait(taking)

    def messages(self, asked: Asked) -> list[Message]:
        """Those that carry the turn's id, in their buttons or in the name of their file; oldest first."""
        return [one for one in self.discord.said(self.where(asked)) if asked.turn_id in self._of(one)]

    def _of(self, message: Message) -> str:
        names = "".join(file.name for file in self.discord.files(message))
        ours = posted(str(one.get("custom_id")) for one in walk(message.now.components))
        return names or (ours.turn_id if ours else "")

    def shown(self, asked: Asked) -> list[Shown]:
        return list(map(self._shown, self.messages(asked)))

    def _shown(self, message: Message) -> Shown:
        contents = [file.content.decode() for file in self.discord.files(message)]
        states = tuple(self.text(message, n) for n in range(len(message.states)))
        return Shown(states, tuple(self.discord.pings(message)), tuple(contents))

    def text(self, message: Message, state: int = -1) -> str:
        """What a person reads; the edge of a frame is no text."""
        return "\n".join(line.removeprefix("│ ") for line in self.discord.text(message, state).splitlines())

    def mark(self, asked: Asked) -> frozenset[str]:
        return frozenset(MARKS[name] for name in asked.where.reactions)

    def fail(self, step: Step, *troubles: Trouble) -> None:
        name, before = STEPS.get(step, ("messages.create", -1))
        if before < 0:  # the message with the file comes after all parts
            return self._fail_file(*troubles)
        return self.discord.script(name, *[Fault()] * before, *(FAULTS[trouble] for trouble in troubles))

    def _fail_file(self, *troubles: Trouble) -> None:
        self.discord.script_file(*(FAULTS[trouble] for trouble in troubles))

    def befall(self, *mishaps: Mishap) -> None:
        self._befalls += mishaps

    def _befallen(self, mishap: Mishap) -> EventFault:
        return {
            Mishap.FIVE_TIMES: EventFault(copies=4),
            Mishap.OTHER_ORDER: EventFault(),
            Mishap.LOST: EventFault(unsent=True),
            Mishap.NOT_ACKNOWLEDGED: EventFault(unsent=True, copies=1),
            Mishap.CUT: EventFault(cut=True),
            Mishap.AFTER_THE_NEXT: EventFault(swap=True),
        }[mishap]

    async def lose(self, loss: Loss) -> None:
        gateway = self.discord.gateway
        await self.taken()
        before = gateway.connections
        match loss:
            case Loss.CUT:
                gateway.cut()
            case Loss.GOODBYE:
                gateway.reconnect()
            case Loss.WARNING:
                gateway.invalidate(resumable=True)
            case Loss.REFUSED:
                self.discord.refuse(0.5)
                gateway.cut()
            case Loss.STALE:
                gateway.invalidate(resumable=False)
        await self.discord.until(lambda: gateway.connections > before, PATIENCE)

    async def second_connection(self) -> None:
        await self.listen()

    def delete_answer(self, asked: Asked) -> None:
        (message,) = self.messages(asked)
        self.discord.delete(message)

    def delete_question(self, asked: Asked) -> None:
        self.discord.delete(asked.where)

    def database_held(self) -> AbstractAsyncContextManager[None]:
        return held(self.file)

    async def marked(self, asked: Asked) -> None:
        await self.discord.until(lambda: asked.where.reactions)

    async def refused(self) -> None:
        """It was heard, and could not be kept."""
        log = logging.getLogger("bot.discord.events")
        log.addHandler(self._struggles)
        try:
            await asyncio.wait_for(self._struggles.heard.wait(), PATIENCE)
        finally:
            log.removeHandler(self._struggles)

    def updates(self, asked: Asked) -> list[float]:
        ids = {message.id for message in self.messages(asked)}
        return [call.at for call in self.discord.calls("messages.update") if call.path["message"] in ids]

    @property
    def hurried(self) -> Sequence[str]:
        return [call.name for call in self.discord.calls() if call.limited]

    file: Path = Path()


def discord_settings(discord: DiscordStandIn, **more: str) -> DiscordSettings:
    return read_discord({"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.url, **more})


def opened_adapter(
    discord: DiscordStandIn, ways: Ways = WAYS, pacing: Pacing = PACING, **more: object
) -> AbstractAsyncContextManager[DiscordAdapter]:
    tries = Tries(accept=ways.accept, patience=PATIENCE, pause=0.1)
    its_own = DiscordWays(
        follow_ups=ways.follow_ups,
        notify_after=ways.notify_after,
        pacing=pacing,
        now=discord.server.wall,
        **{"pulse": PULSE, "tries": tries, **more},  # type: ignore[arg-type]
    )
    return open_discord(discord_settings(discord, **ways.platform), its_own)


@asynccontextmanager
async def open_discord_harness(
    folder: Path, ways: Ways = WAYS, *, limits: Limits = LIMITS, pacing: Pacing = PACING, content: bool = True
) -> AsyncIterator[DiscordHarness]:
    async with CustomGPTStandIn() as gpt, shared_server() as server:
        discord = server.bot(limits=limits, content=content)
        try:
            async with opened_on(discord, prepared(gpt), folder, ways, pacing=pacing) as harness:
                yield harness
        finally:
            server.remove(discord)


@asynccontextmanager
async def opened_on(
    discord: DiscordStandIn,
    gpt: CustomGPTStandIn,
    folder: Path,
    ways: Ways = WAYS,
    *,
    pacing: Pacing = PACING,
    before: DiscordHarness | None = None,
) -> AsyncIterator[DiscordHarness]:
    """A process, on stand-ins that outlive it; `before` is the one that ran there before."""
    settings, rhythm = app_settings(gpt, folder, ways), Rhythm(interval=ways.interval)
    async with (
        opened_adapter(discord, ways, pacing, shared=partial(check_core, settings)) as adapter,
        open_app(settings, {"discord": adapter.surface}, rhythm=rhythm) as app,
    ):
        harness = DiscordHarness(discord, gpt, app, adapter, before)
        harness.file = folder / "demo.db"
        await harness.listen()
        try:
            yield harness
        finally:
            await harness.close()
