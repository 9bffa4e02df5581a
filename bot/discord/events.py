"""**I/O edge.** What people say in Discord, taken on: from then on the question is durable.

Discord delivers a message once, and again only where a lost connection is resumed: what cannot be kept at once is tried
again here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, assert_never
from weakref import WeakValueDictionary

from bot.discord.commands import DiscordCommands
from bot.discord.components import DiscordMessage
from bot.discord.metadata import NOTICE, Posted
from bot.discord.parse import Ask, Command, FollowUp, Ignored, Said, has_place, parse
from bot.discord.sending import message_at, send
from bot.discord.telling import plain
from bot.discord.web import Rest
from core.attached import kept
from core.commands import Caller, Commands
from core.errors import RequestError, StoreError, SurfaceError
from core.permissions import Action, Person
from core.ports import Turns
from core.stored import StoredTurn
from core.text import replies
from core.text.wording import SOMEBODY
from core.turn import FollowUps, TurnRequest, turn_id_of

log = logging.getLogger(__name__)

DELETED = 1_000
"""Messages of which is remembered that they were deleted: a question among them may still be being taken on."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How long the database may keep us waiting. Seconds."""

    accept: float = 2.5
    """For a try before it is worth a line in the log."""
    patience: float = 60.0
    """For all of them; then who asked is told."""
    pause: float = 1.0
    """After the first try; then twice as long each time."""


class Events:
    """For one connection. `ours`: the mark-up that mentions us there."""

    def __init__(
        self,
        rest: Rest,
        turns: Turns,
        *,
        allowed: Commands,
        commands: DiscordCommands,
        follow_ups: FollowUps,
        tries: Tries = Tries(),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._rest = rest
        self._turns = turns
        self._allowed = allowed
        self._commands = commands
        self._follow_ups = follow_ups
        self._tries = tries
        self._now = now
        self._deleted: deque[str] = deque(maxlen=DELETED)
        self._in_order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, said: Said, who: Person, ours: tuple[str, ...]) -> None:
        """Take a message on, if it is for us; those of a channel one after the other, as they came."""
        alone = self._in_order.setdefault(said.place.channel, asyncio.Lock())
        async with alone:
            told = await self._taken(said, who, ours)
        if told:
            await self._tell(said, told)

    async def _taken(self, said: Said, who: Person, ours: tuple[str, ...]) -> DiscordMessage | None:
        """What is said to it, where that is not the turn's own message."""
        match parse(said, ours=ours, now=self._now()):
            case Ask() as asked:
                return await self._ask(asked, who)
            case FollowUp() as asked:
                return await self._follow(asked, who)
            case Command(name, said):
                return await self._commands.said(name, said.place, who)
            case Ignored(reason):
                log.debug("a message is not for us: %s", reason)
                return None
            case never:
                assert_never(never)

    async def deleted(self, *messages: str) -> None:
        """If one was a question, or says what was asked by command, its turn shall stop."""
        self._deleted.extend(messages)
        by_command = await self._by_command()
        for message in messages:
            await self._stop(message, by_command.get(message))

    async def _stop(self, message: str, commanded: StoredTurn | None = None) -> None:
        try:
            turn = await self._turns.turn(turn_id_of(f"discord:{message}")) or commanded
            if turn:
                await self._turns.stop(turn.id, turn.address.get("name") or SOMEBODY)
        except StoreError as error:
            log.warning("what message %s has asked is not stopped, though it was deleted: %s", message, error)

    async def _by_command(self) -> dict[str, StoredTurn]:
        """The turns that are open now, by the message that says what was asked."""
        try:
            return {turn.address.get("message", ""): turn for turn in await self._turns.open_on("discord")}
        except StoreError as error:
            log.warning("nobody knows what was asked by command: %s", error)
            return {}

    async def _follow(self, asked: FollowUp, who: Person) -> DiscordMessage | None:
        """Where nobody can say whether it is for us, nothing is said: people talk among themselves, too."""
        try:
            ours = await self._ridden_out(asked.request.turn_id, partial(self._may_follow, asked.request))
        except TimeoutError:
            log.error("nobody knows whether message %s is for us", asked.said.id)
            return None
        if ours:
            return await self._ask(asked, who)
        log.debug("a message in a thread is not for us")
        return None

    async def _ask(self, asked: Ask | FollowUp, who: Person) -> DiscordMessage | None:
        said = asked.said
        caller = Caller(who, "discord", said.place.ids, {})
        if why := self._allowed.denied(Action.ASK, caller):
            log.info("%s may not ask in %s: %s", who.id, said.place.channel, why)
            return plain(replies.denied(why)) if isinstance(asked, Ask) else None
        if not asked.request.prompt.strip():
            return plain(replies.FILES_WITHOUT_WORDS)
        return await self._submit(asked, caller)

    async def _request(self, asked: Ask | FollowUp, caller: Caller) -> TurnRequest:
        """With what is preferred in that place. A reply to one of our answers goes on where that one stands."""
        request, said = asked.request, asked.said
        preferred = await self._turns.preferences.of(caller.preferences)
        address = {**request.address, "name": caller.person.name}
        if said.files:
            address["files"] = kept(said.files)
        request = replace(request, context={**preferred, **request.context}, address=address)
        earlier = await self._turns.turn(said.answers) if said.answers and not has_place(said.place) else None
        if earlier is None or "channel" not in earlier.address:
            return request
        at = {"channel": earlier.address["channel"], "kind": earlier.address.get("kind", "")}
        return replace(request, conversation_id=earlier.conversation_id, address={**address, **at})

    async def _submit(self, asked: Ask | FollowUp, caller: Caller) -> DiscordMessage | None:
        turn_id = asked.request.turn_id

        async def submitted() -> bool:
            return await self._turns.submit(await self._request(asked, caller))

        try:
            await self._ridden_out(turn_id, submitted)
        except RequestError as error:
            log.info("turn %s is not taken: %s", turn_id, error)
            return plain(replies.refused(error))
        except TimeoutError:
            if not await self._is_kept(turn_id):
                log.error("turn %s could not be kept", turn_id)
                return plain(replies.NOT_TAKEN)
        if asked.said.id in self._deleted:  # while the database kept it waiting
            await self._stop(asked.said.id)
        return None

    async def _is_kept(self, turn_id: str) -> bool:
        """The last try was broken off: perhaps when it had been done."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(self._tries.accept):
                return await self._turns.turn(turn_id) is not None
        return False

    async def _ridden_out(self, turn_id: str, call: Callable[[], Awaitable[T]]) -> T:
        """The database may be held, or away, for a while. Raises `TimeoutError`, and what `call` raises."""
        pause = self._tries.pause
        async with asyncio.timeout(self._tries.patience):
            while True:
                try:
                    return await self._tried(turn_id, call)
                except StoreError as error:
                    log.warning("turn %s is not kept yet: %s", turn_id, error)
                await asyncio.sleep(pause)
                pause *= 2

    async def _tried(self, turn_id: str, call: Callable[[], Awaitable[T]]) -> T:
        """Once; it may take as long as there is patience."""
        said = "turn %s is not kept yet: the database keeps us waiting"
        slow = asyncio.get_running_loop().call_later(self._tries.accept, log.warning, said, turn_id)
        try:
            return await call()
        finally:
            slow.cancel()

    async def _may_follow(self, request: TurnRequest) -> bool:
        if self._follow_ups is FollowUps.MENTION:
            return False
        askers = await self._turns.askers(request.conversation_id)
        return bool(askers) if self._follow_ups is FollowUps.ANYONE else request.asker in askers

    async def _tell(self, said: Said, told: DiscordMessage) -> None:
        """Below what was said, once, whoever else heard it. It may be lost: nothing depends on it."""
        try:
            to = message_at(await self._rest.client(), said.place.channel, said.id)
            await send(to.channel, told, nonce=Posted(turn_id_of(said.identity), 0, NOTICE).nonce, answers=to)
        except SurfaceError as error:
            log.warning("%s was not told: %s", said.place.user, error)
