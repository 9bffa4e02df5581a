"""**I/O edge.** Discord's gateway: what is said there comes over a WebSocket, and is taken on, each on its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
from discord import app_commands
from pydantic import SecretStr

from bot.discord.commands import whisper
from bot.discord.library import point_gateway
from bot.discord.parse import Said
from bot.discord.payload import ours_in, said_in
from bot.discord.syncing import told
from bot.discord.telling import message
from bot.discord.web import LONGEST_WAIT, NOBODY, asked
from core.errors import SurfaceError
from core.ports import Notes, Reached
from core.tally import Count, uncounted
from core.text import replies
from core.too_fast import watched

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """What is heard. `message` also gets who wrote it, and the mark-up that mentions us; `deleted` the ids of messages.

    `commands` are put into the tree; `press` takes buttons and menus.
    """

    message: Callable[[Said, discord.User | discord.Member, tuple[str, ...]], Coroutine[Any, Any, None]]
    deleted: Callable[..., Coroutine[Any, Any, None]]
    commands: Callable[[app_commands.CommandTree[discord.Client]], None]
    press: Callable[[discord.Interaction[discord.Client]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Seconds."""

    leave: float = 5.0
    """For what is being taken on when we leave."""
    ready: float = 2.0
    """The library waits so long for further servers before it takes itself for ready."""
    tell: float = 5.0
    """For telling Discord our commands before we connect; it may take its time, or ask us to wait."""
    away: float = 300.0
    """Without a connection; then we give up, as the library never does: another process may reach Discord."""


PULSE = Pulse()


async def nothing() -> None:
    """Where nothing is to be done."""


def unasked(_: bool) -> None:
    """Where nobody asks whether there is a connection."""


class Gateway(discord.AutoShardedClient):
    """One connection. It remembers no messages and no members: whoever speaks is sent along."""

    def __init__(
        self,
        listener: Listener,
        intents: discord.Intents,
        pulse: Pulse,
        count: Count = uncounted,
        reached: Reached = unasked,
    ) -> None:
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=NOBODY,
            max_ratelimit_timeout=LONGEST_WAIT,
            guild_ready_timeout=pulse.ready,
            http_trace=watched("discord", count),
        )
        self._listener = listener
        self._pulse = pulse
        self._reached = reached
        self._busy: set[asyncio.Task[Any]] = set()
        self._leaving = False
        self._away: set[int | None] = {None}
        self._there, self._lost = asyncio.Event(), asyncio.Event()
        self.welcomed: Callable[[], Coroutine[Any, Any, None]] = nothing
        """What is done when a server has let us in, be it while we came."""
        self.tree: app_commands.CommandTree[discord.Client] = Tree(self, self._enters)
        listener.commands(self.tree)

    async def on_message(self, message: discord.Message) -> None:
        if self.user and message.author.id != self.user.id:
            ours = ours_in(message, self.user)
            await self._take(self._listener.message(said_in(message, self.user), message.author, ours))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self._take(self._listener.deleted(str(payload.message_id)))

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        await self._take(self._listener.deleted(*map(str, payload.message_ids)))

    async def on_interaction(self, interaction: discord.Interaction[discord.Client]) -> None:
        if interaction.type is discord.InteractionType.component:
            await self._take(self._listener.press(interaction))

    async def on_ready(self) -> None:
        await self.welcomed()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.welcomed()

    async def on_shard_connect(self, shard: int) -> None:
        self._is_there(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self._is_there(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        self._away.add(shard)
        self._there.clear()
        self._lost.set()
        self._reached(False)

    def _is_there(self, shard: int) -> None:
        self._away -= {None, shard}
        if not self._away:
            self._lost.clear()
            self._there.set()
            self._reached(True)

    async def away(self) -> None:
        """Return once there has been no connection, or not all of it, for so long."""
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(self._pulse.away):
                    await self._there.wait()
                await self._lost.wait()

    async def leave(self) -> None:
        """Take nothing more on; what is being taken on may come to its end."""
        self._leaving = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._pulse.leave)

    async def _take(self, taking: Coroutine[Any, Any, None]) -> None:
        return await taking if self._enters() else taking.close()

    def _enters(self) -> bool:
        """May what this task is for be taken on? Then it is waited for."""
        task = asyncio.current_task()
        if task and not self._leaving:
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        return not self._leaving


class Tree(app_commands.CommandTree[discord.Client]):
    """What goes wrong in a command is for the log; who gave it is told that nothing came of it.

    `enters`: asked within the task of each, which the library has made for it.
    """

    def __init__(self, client: discord.Client, enters: Callable[[], bool]) -> None:
        super().__init__(client)
        self._enters = enters

    async def interaction_check(self, interaction: discord.Interaction[discord.Client], /) -> bool:
        return self._enters()

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError, /
    ) -> None:
        log.error("the command %s failed", interaction.command and interaction.command.name, exc_info=error)
        if interaction.response.is_done():  # or "thinking …" stays
            await whisper(interaction, message(replies.BROKEN))


def intents_for(*, content: bool) -> discord.Intents:
    """No more than we need, and what people say only where Discord lets us: asked for in vain, it closes (4014)."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)


async def hear(
    listener: Listener,
    token: SecretStr,
    intents: discord.Intents,
    notes: Notes,
    *,
    guild: str | None = None,
    elsewhere: bool = False,
    pulse: Pulse = PULSE,
    count: Count = uncounted,
    reached: Reached = unasked,
) -> None:
    """Hear what is said until cancelled. Raises `SurfaceError` where there is no connection, or none any more.

    Commands are for all servers, or for the one `guild` alone. `elsewhere`: this is not Discord's own address.
    """
    gateway = Gateway(listener, intents, pulse, count, reached)
    try:
        await asked("login", lambda: gateway.login(token.get_secret_value()))
        if elsewhere:
            await asked("gateway", lambda: point_gateway(gateway))
        if guild:
            gateway.welcomed = partial(told, gateway.tree, guild, notes)
        async with _beside(told(gateway.tree, guild, notes), pulse.tell):
            await _connected(gateway)
    finally:
        reached(False)
        await gateway.leave()
        await gateway.close()


@asynccontextmanager
async def _beside(telling: Coroutine[Any, Any, None], seconds: float) -> AsyncIterator[None]:
    """Our commands are told first; where that takes longer, people are heard meanwhile."""
    task = asyncio.create_task(telling)
    try:
        await asyncio.wait({task}, timeout=seconds)
        yield
    finally:
        task.cancel()
        (failed,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(failed, Exception):
            log.error("the telling of our commands broke off", exc_info=failed)


async def _connected(gateway: Gateway) -> None:
    """Until it is lost for good: what can be resumed, or begun anew, the library does by itself."""
    connecting, away = asyncio.create_task(gateway.connect()), asyncio.create_task(gateway.away())
    try:
        await asyncio.wait({connecting, away}, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise SurfaceError("there has been no connection to Discord for too long")
        await connecting
    except discord.PrivilegedIntentsRequired as error:
        raise SurfaceError("Discord does not grant the Message Content intent any more") from error
    except discord.ConnectionClosed as error:
        raise SurfaceError(f"Discord has closed the connection ({error.code})") from error
    finally:
        for task in (connecting, away):
            task.cancel()
        await asyncio.gather(connecting, away, return_exceptions=True)
    raise SurfaceError("the connection to Discord has ended")
