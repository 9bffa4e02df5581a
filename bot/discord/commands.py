"""**I/O edge.** Commands in Discord: what they look like, who wants what, and what is done."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, assert_never

import discord

from bot.discord.components import DiscordMessage
from bot.discord.details import details, exported
from bot.discord.layout import files, layout
from bot.discord.metadata import posted, pressed
from bot.discord.parse import Kind, Place, conversation_of
from bot.discord.payload import place_of
from bot.discord.sending import quietly, send
from bot.discord.syncing import Tree
from bot.discord.telling import checked, message, plain, status
from bot.discord.thread import custom_ids
from bot.discord.web import ACKNOWLEDGED, NOBODY, asked, code_of
from core.actions import Pressed
from core.checks import CheckResult
from core.commands import Caller, Commands
from core.errors import OrchestratorError, RequestError, SurfaceError
from core.permissions import Action, Person
from core.ports import Turns
from core.stored import Exported
from core.text import replies
from core.text.spoken import CommandName
from core.text.surrogates import storable
from core.turn import TurnRequest

log = logging.getLogger(__name__)

Asked = discord.Interaction[discord.Client]
Check = Callable[[Asked, Tree], Awaitable[Sequence[CheckResult]]]
"""The checks, with those of the place where a command was given; the tree is what is offered there."""


class DiscordCommands:
    """For one connection. `who`: as whom somebody does something."""

    def __init__(
        self,
        commands: Commands,
        turns: Turns,
        *,
        who: Callable[[discord.User | discord.Member], Person],
        check: Check,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._commands = commands
        self._turns = turns
        self._who = who
        self._check = check
        self._now = now

    async def ask(self, command: Asked, prompt: str, context: Mapping[str, str]) -> None:
        """Defer at once; then the question is kept, and its surface says it where it was asked.

        Also what is deferred already: perhaps by us, and only the reply was lost. Asked twice, it is one question.
        """
        place, caller = self._from(command)
        if why := self._commands.denied(Action.ASK, caller):
            return await tell(command, plain(replies.denied(why)))
        answer = await deferred(command) or ""
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
        place, caller = self._from(command)

        async def done() -> Sequence[DiscordMessage]:
            return [await self._said(name, place, caller)]

        await self._answered(command, done)

    async def settings(self, command: Asked, words: str) -> None:
        """Show what holds in this channel, or change one: `tone friendly`."""
        _, caller = self._from(command)

        async def done() -> Sequence[DiscordMessage]:
            return [plain(await self._commands.settings(caller, words))]

        await self._answered(command, done)

    async def check(self, command: Asked, tree: Tree) -> None:
        """For admins: all that can be checked from here, which takes longer than Discord waits."""
        _, caller = self._from(command)

        async def done() -> Sequence[DiscordMessage]:
            if why := self._commands.denied(Action.CHECK, caller):
                return [plain(replies.denied(why))]
            return checked(await self._check(command, tree))

        await self._answered(command, done)

    async def _answered(self, command: Asked, doing: Callable[[], Awaitable[Sequence[DiscordMessage]]]) -> None:
        """Deferred before anything is done: the database may take its time, and of two connections one does it."""
        if await deferred(command, hidden=True) is None:
            return
        try:
            said = await doing()
        except OrchestratorError as error:
            log.warning("a command of %s failed: %s", command.user.id, error)
            said = [message(replies.BROKEN)]
        for one in said:
            await whisper(command, one)

    async def press(self, press: Asked) -> None:
        """A button, or the option of a menu."""
        given: Mapping[str, Any] = dict(press.data or {})
        wanted = pressed(str(given.get("custom_id", "")), map(str, given.get("values") or ()))
        if wanted is None or wanted.turn_id != _turn_under(press):
            return log.info("a button is none of ours, or of another message")
        if await deferred(press) is None:
            return None
        try:
            said = await self._commands.press(wanted, self._from(press)[1])
        except OrchestratorError as error:
            log.warning("the button %s of %s failed: %s", wanted.action, press.user.id, error)
            said = replies.BROKEN
        await self._show(press, wanted, said)
        return None

    async def said(self, name: CommandName, place: Place, who: Person) -> DiscordMessage:
        """A command by mention: what is answered. It is about the thread that it stands in."""
        try:
            return await self._said(name, place, self._caller(place, who))
        except OrchestratorError as error:
            log.warning("the command %s of %s failed: %s", name, place.user, error)
            return message(replies.BROKEN)

    async def _said(self, name: CommandName, place: Place, caller: Caller) -> DiscordMessage:
        if why := self._commands.kept_out(caller):
            return plain(replies.denied(why))
        return message(await self._words(name, place, caller))

    async def _words(self, name: CommandName, place: Place, caller: Caller) -> str:
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

    def _from(self, asked: Asked) -> tuple[Place, Caller]:
        place = place_of(asked.channel, asked.guild_id, asked.user.id)
        return place, self._caller(place, self._who(asked.user))

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
            "name": storable(command.user.display_name),
            "interaction": str(command.id),
            "application": str(command.application_id),
            "token": command.token,
            **({"message": answer} if answer else {}),
        },
    )


def _turn_under(press: Asked) -> str:
    """The turn of the message that a button stands under, by all that stands there: what is pressed may be made up."""
    found = posted(custom_ids(press.message.components)) if press.message else None
    return found.turn_id if found else ""


async def deferred(command: Asked, *, hidden: bool = False) -> str | None:
    """Say that we are at it: the id of the message that says so. None where that was said before, as by another
    connection of ours. `hidden`: to who gave the command alone.

    Where Discord will not hear it any more, the question is answered all the same, by messages of our own.
    """
    try:
        answer = await asked(
            "defer", lambda: command.response.defer(ephemeral=hidden, thinking=command.command is not None)
        )
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
