"""**I/O edge.** Commands in Discord: what they look like, who wants what, and what is done."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, assert_never

import discord

from bot.discord.components import DiscordMessage
from bot.discord.details import details, exported
from bot.discord.layout import files, layout
from bot.discord.metadata import pressed
from bot.discord.parse import Kind, Place, conversation_of
from bot.discord.payload import place_of
from bot.discord.people import person
from bot.discord.sending import quietly, send
from bot.discord.telling import message, plain, plain_words, status
from bot.discord.web import ACKNOWLEDGED, NOBODY, asked, code_of
from core.actions import Pressed
from core.commands import Caller, Commands
from core.errors import OrchestratorError, RequestError, SurfaceError
from core.permissions import Action, Person
from core.ports import Turns
from core.stored import Exported
from core.text import replies
from core.text.spoken import CommandName
from core.turn import TurnRequest

log = logging.getLogger(__name__)

Asked = discord.Interaction[discord.Client]


class DiscordCommands:
    """For one connection. `admins`: ids that are admins in place of those who may administer the server."""

    def __init__(
        self,
        commands: Commands,
        turns: Turns,
        *,
        admins: frozenset[str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._commands = commands
        self._turns = turns
        self._admins = admins
        self._now = now

    async def ask(self, command: Asked, prompt: str, context: Mapping[str, str]) -> None:
        """Defer at once; then the question is kept, and its surface says it where it was asked."""
        place = place_of(command.channel, command.guild_id, command.user.id)
        caller = self._caller(place, person(command.user, self._admins))
        if why := self._commands.denied(Action.ASK, caller):
            return await tell(command, plain(replies.denied(why)))
        answer = await deferred(command)
        if answer is None:
            return None
        try:
            preferred = await self._turns.preferences.of(caller.preferences)
            await self._turns.submit(
                question(command, place, prompt, {**preferred, **context}, now=self._now(), answer=answer)
            )
        except OrchestratorError as error:
            log.warning("the question of %s is not taken: %s", command.user.id, error)
            said = replies.refused(error) if isinstance(error, RequestError) else replies.NOT_TAKEN
            await take_back(command, plain(said))
        return None

    async def run(self, command: Asked, name: CommandName) -> None:
        """One of the commands that need no more words."""
        place = place_of(command.channel, command.guild_id, command.user.id)
        await self._answered(command, self.said(name, place, person(command.user, self._admins)))

    async def settings(self, command: Asked, words: str) -> None:
        """Show what holds in this channel, or change one: `tone friendly`."""
        place = place_of(command.channel, command.guild_id, command.user.id)
        await self._answered(command, self._settings(self._caller(place, person(command.user, self._admins)), words))

    async def _settings(self, caller: Caller, words: str) -> str:
        return plain_words(await self._commands.settings(caller, words))

    async def _answered(self, command: Asked, doing: Awaitable[str]) -> None:
        try:
            said = await doing
        except OrchestratorError as error:
            log.warning("a command of %s failed: %s", command.user.id, error)
            said = replies.BROKEN
        await tell(command, message(said))

    async def press(self, press: Asked) -> None:
        """A button, or the option of a menu."""
        given: Mapping[str, Any] = dict(press.data or {})
        wanted = pressed(str(given.get("custom_id", "")), map(str, given.get("values") or ()))
        if wanted is None:
            return log.info("a button is none of ours")
        if await deferred(press) is None:
            return None
        place = place_of(press.channel, press.guild_id, press.user.id)
        try:
            said = await self._commands.press(wanted, self._caller(place, person(press.user, self._admins)))
        except OrchestratorError as error:
            log.warning("the button %s of %s failed: %s", wanted.action, press.user.id, error)
            said = replies.BROKEN
        await self._show(press, wanted, said)
        return None

    async def said(self, name: CommandName, place: Place, who: Person) -> str:
        """A command by mention: what is answered. It is about the thread that it stands in."""
        caller = self._caller(place, who)
        if why := self._commands.kept_out(caller):
            return replies.denied(why)
        match name:
            case CommandName.STOP:
                return await self._commands.stop_here(caller)
            case CommandName.STATUS:
                return status(await self._commands.open_here(caller), self._now())
            case CommandName.NEW if place.kind not in (Kind.THREAD, Kind.DIRECT):
                return replies.NEW_ELSEWHERE
            case CommandName.NEW:
                return await self._commands.new(caller, conversation_of(place, ""))
            case CommandName.HELP:
                return replies.DISCORD_HELP
            case _:
                assert_never(name)

    async def _show(self, press: Asked, wanted: Pressed, said: str | Exported) -> None:
        """An export is for all who can read the thread, details are for one pair of eyes."""
        match said:
            case Exported() if wanted.action is Action.EXPORT and isinstance(press.channel, discord.abc.Messageable):
                await self._export(press, press.channel, said)
            case Exported():
                await whisper(press, details(said))
            case "":
                log.debug("the message shows what came of %s", wanted.action)
            case str():
                await whisper(press, plain(said))

    async def _export(self, press: Asked, place: discord.abc.Messageable, turn: Exported) -> None:
        try:
            await send(place, exported(turn), nonce=str(press.id))
        except SurfaceError as error:
            log.warning("turn %s: the export failed: %s", turn.turn_id, error)
            await whisper(press, plain(replies.BROKEN))

    def _caller(self, place: Place, who: Person) -> Caller:
        where = "channel" if place.kind in (Kind.THREAD, Kind.DIRECT) else "asked_in"
        return Caller(who, "discord", place.ids, {where: place.channel})


def question(
    command: Asked, place: Place, prompt: str, context: Mapping[str, str], *, now: float, answer: str
) -> TurnRequest:
    """The question of an `/ask`; `answer`: the id of the message that it was deferred with, empty where there is none.

    Outside a thread its key is its own: the thread that is opened for it will be another name for it. The token answers
    the command, for 15 minutes.
    """
    identity = f"discord:interaction:{command.id}"
    here = place.kind in (Kind.THREAD, Kind.DIRECT)
    return TurnRequest(
        identity=identity,
        conversation_id=conversation_of(place, "") if here else identity,
        prompt=prompt,
        context=context,
        asker=place.user,
        accepted_at=now,
        surface="discord",
        address={
            "guild": place.guild,
            "asked_in": place.channel,
            "kind": place.kind.value,
            "user": place.user,
            "name": command.user.display_name,
            "interaction": str(command.id),
            "application": str(command.application_id),
            "token": command.token,
            **({"message": answer} if answer else {}),
        },
    )


async def deferred(command: Asked) -> str | None:
    """Say that we are at it: the id of the message that says so. None where another connection of ours was faster.

    Where Discord will not hear it any more, the question is answered all the same, by messages of our own.
    """
    try:
        answer = await asked("defer", lambda: command.response.defer(thinking=command.command is not None))
    except SurfaceError as error:
        log.warning("a command could not be deferred: %s", error)
        return None if code_of(error) == ACKNOWLEDGED else ""
    return str(answer.message_id or "") if answer else ""


async def tell(command: Asked, said: DiscordMessage) -> None:
    """To who gave the command alone. It may be lost."""
    try:
        await asked(
            "answer",
            lambda: command.response.send_message(view=layout(said), ephemeral=True, allowed_mentions=NOBODY),
        )
    except SurfaceError as error:
        log.warning("a command was not answered: %s", error)


async def whisper(command: Asked, said: DiscordMessage) -> bool:
    """To who gave a command, or pressed a button, alone; after it was deferred. False where it is lost."""

    async def told() -> None:
        await command.followup.send(view=layout(said), files=files(said), ephemeral=True, allowed_mentions=NOBODY)

    return await quietly("answer", told)


async def take_back(command: Asked, said: DiscordMessage) -> None:
    """What was deferred for all goes, and who asked alone reads why; where Discord will not have that, all do."""
    await quietly("take back", command.delete_original_response)
    if not await whisper(command, said) and isinstance(command.channel, discord.abc.Messageable):
        try:
            await send(command.channel, said, nonce=str(command.id))
        except SurfaceError as error:
            log.warning("a command was not answered: %s", error)
