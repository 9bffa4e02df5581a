"""**I/O edge.** Commands and buttons in Slack: who wants it, what is done, and what they read then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, assert_never

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import SlackMessage
from bot.slack.details import details
from bot.slack.files import upload
from bot.slack.parse import Bot, Place
from bot.slack.people import People
from bot.slack.pressing import Press, Slash, Verb, asked, press, slash
from bot.slack.telling import checked, help_text, message, plain, status
from bot.slack.web import call
from bot.slack.whisper import answer, whisper
from core.checks import CheckResult
from core.commands import Caller, Commands
from core.errors import OrchestratorError, RequestError, SurfaceError
from core.export import as_markdown, export_name
from core.permissions import Action
from core.ports import Turns
from core.stages import TITLES
from core.stored import Exported
from core.text import replies
from core.text.spoken import CommandName

log = logging.getLogger(__name__)

GLANCE = 1.0
"""Seconds for a look before an acknowledgement, for which Slack waits three."""

Check = Callable[[str], Awaitable[Sequence[CheckResult]]]
"""The checks, with those of a channel."""


class SlackCommands:
    """For one connection. What takes longer than Slack waits goes on by itself, until `close`."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        commands: Commands,
        turns: Turns,
        *,
        bot: Bot,
        check: Check,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._people = people
        self._commands = commands
        self._turns = turns
        self._bot = bot
        self._check = check
        self._now = now
        self._doing: set[asyncio.Task[None]] = set()

    async def slash(self, body: Mapping[str, Any]) -> str:
        """A slash command: what its user reads at once. Empty where the channel shows it."""
        command = slash(body)
        if command is None:
            return replies.BROKEN
        try:
            return await self._run(command)
        except OrchestratorError as error:
            log.warning("the command %r of %s failed: %s", command.word[:20], command.user, error)
            return replies.BROKEN

    async def press(self, body: Mapping[str, Any]) -> None:
        """A button. What cannot be done, its user is told."""
        one = press(body)
        if one is None:
            return log.info("a button is none of ours")
        try:
            said = await self._commands.press(one.pressed, await self._caller(one.user, one.team, one.channel))
            await self._show(one, said)
        except OrchestratorError as error:
            log.warning("the button %s of %s failed: %s", one.pressed.action, one.user, error)
            self._soon(self._whisper(one, message(replies.BROKEN)))

    async def said(self, name: CommandName, place: Place) -> None:
        """A command by mention; it is about the thread that it stands in."""
        thread = place.thread_ts if place.in_thread else ""
        caller = await self._caller(place.user, place.team, place.channel, thread)
        why = self._commands.kept_out(caller)
        conversation_id = f"slack:{place.team}:{place.channel}:{place.thread_ts}" if thread else ""
        text = replies.denied(why) if why else await self._said(name, caller, conversation_id)
        self._soon(whisper(self._client, place.channel, place.user, thread, message(text)))

    async def close(self) -> None:
        """Nothing goes on any more."""
        doing = list(self._doing)
        for task in doing:
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

    async def _said(self, name: CommandName, caller: Caller, conversation_id: str = "") -> str:
        match name:
            case CommandName.STOP:
                return await self._commands.stop_here(caller)
            case CommandName.STATUS:
                return await self._status(caller)
            case CommandName.NEW if not conversation_id:
                return replies.NEW_ELSEWHERE
            case CommandName.NEW:
                return await self._commands.new(caller, conversation_id)
            case CommandName.HELP:
                return help_text(self._bot.name)
            case _:
                assert_never(name)

    async def _run(self, command: Slash) -> str:  # noqa: C901 - one flat branch for each command
        caller = await self._caller(command.user, command.team, command.channel)
        if why := self._commands.kept_out(caller):
            return replies.denied(why)
        match command.verb:
            case Verb.ASK:
                return await self._ask(command, caller)
            case Verb.STATUS:
                return await self._said(CommandName.STATUS, caller)
            case Verb.STOP:
                return await self._said(CommandName.STOP, caller)
            case Verb.SETTINGS:
                return plain(await self._commands.settings(caller, command.words)).text
            case Verb.CHECK:
                return self._begin_check(command, caller)
            case Verb.NEW:
                return await self._said(CommandName.NEW, caller)
            case Verb.HELP:
                return await self._said(CommandName.HELP, caller)
            case None:
                return f"{plain(replies.unknown_command(command.word)).text}\n\n{help_text(self._bot.name)}"
            case _:
                assert_never(command.verb)

    async def _ask(self, command: Slash, caller: Caller) -> str:
        """The question becomes a turn before Slack has its acknowledgement; the rest shows in the channel."""
        if not command.words:
            return replies.NO_QUESTION
        if not await self._is_in(command.channel):
            return replies.invite(self._bot.name)
        defaults = await self._turns.preferences.of(caller.preferences)
        try:
            await self._turns.submit(asked(command, self._now(), defaults))
        except RequestError as error:
            return plain(replies.refused(error)).text
        return ""

    async def _status(self, caller: Caller) -> str:
        found = await self._commands.open_here(caller)
        return status(found, await self._people.names(turn.asker for turn in found), self._now())

    def _begin_check(self, command: Slash, caller: Caller) -> str:
        """It asks the outside, which takes longer than Slack waits."""
        if why := self._commands.denied(Action.CHECK, caller):
            return replies.denied(why)
        self._soon(self._checked(command))
        return replies.CHECKING

    async def _checked(self, command: Slash) -> None:
        await answer(self._client, command.answer_url, checked(await self._check(command.channel)))

    async def _show(self, one: Press, said: str | Exported) -> None:
        match said:
            case Exported() if one.pressed.action is Action.EXPORT:
                self._soon(self._export(one, said))
            case Exported():
                await call(self._client, "views.open", trigger_id=one.trigger, view=details(said, TITLES))
            case "":
                log.debug("the message shows what came of %s", one.pressed.action)
            case str():
                self._soon(self._whisper(one, plain(said)))

    async def _export(self, one: Press, turn: Exported) -> None:
        name, text = export_name(turn), as_markdown(turn)
        try:
            await upload(self._client, name, text, channel=one.channel, thread_ts=one.thread_ts)
        except SurfaceError as error:
            log.warning("turn %s: the export failed: %s", turn.turn_id, error)
            await self._whisper(one, message(replies.BROKEN))

    async def _whisper(self, one: Press, said: SlackMessage) -> None:
        await whisper(self._client, one.channel, one.user, one.thread_ts, said)

    async def _caller(self, user: str, team: str, channel: str, thread_ts: str = "") -> Caller:
        address = {"team": team, "channel": channel, **({"thread_ts": thread_ts} if thread_ts else {})}
        return Caller(await self._people.person(user, team), "slack", (team, channel), address)

    async def _is_in(self, channel: str) -> bool:
        """Are we in a channel? Where Slack does not say, or not soon, we try: it waits for us, too."""
        try:
            async with asyncio.timeout(GLANCE):
                await call(self._client, "conversations.history", channel=channel, limit=1)
        except TimeoutError:
            return True
        except SurfaceError as error:
            return not str(error).endswith(("not_in_channel", "channel_not_found"))
        return True

    def _soon(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._doing.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("what was begun for somebody broke off", exc_info=error)
