"""**I/O edge.** What people say in Slack, taken on: a question is durable before its event is acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, assert_never

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.commands import SlackCommands
from bot.slack.parse import Ask, Bot, Command, Deleted, FollowUp, Ignored, Place, parse
from bot.slack.people import People, mentioned
from bot.slack.telling import plain
from bot.slack.whisper import whisper
from core.attached import kept
from core.commands import Caller, Commands
from core.errors import RequestError, StoreError
from core.permissions import Action
from core.ports import Turns
from core.text import replies
from core.text.wording import SOMEBODY
from core.turn import FollowUps, TurnRequest

log = logging.getLogger(__name__)

MOST_TOLD = 1_000
"""Events of which is remembered that their author was told something: one comes twice, and may come again."""

OFTEN = 60.0
"""Seconds between two notes in the database that something was heard."""


@dataclass(slots=True)
class Heard:
    """When something was heard, in unix seconds: since when we listen, the last event, the last that was noted."""

    since: float
    last: float | None = None
    noted: float = 0.0


class Events:
    """For one connection."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        turns: Turns,
        *,
        allowed: Commands,
        commands: SlackCommands,
        bot: Bot,
        follow_ups: FollowUps,
        heard: Heard,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._people = people
        self._turns = turns
        self._allowed = allowed
        self._commands = commands
        self._bot = bot
        self._follow_ups = follow_ups
        self._heard = heard
        self._now = now
        self._told: OrderedDict[str, None] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()

    async def take(self, body: Mapping[str, Any]) -> None:
        """Take an event on, durably. Whatever is raised, Slack delivers it again."""
        match parse(body, bot=self._bot, now=self._now()):
            case Ask() as asked:
                await self._ask(body, asked)
            case FollowUp() as asked if await self._may_follow(asked.request):
                await self._ask(body, asked)
            case FollowUp():
                log.debug("a message in a thread is not for us")
            case Deleted() as deleted:
                await self._deleted(deleted)
            case Command() as command:
                await self._command(command)
            case Ignored(reason):
                log.debug("an event is not for us: %s", reason)
            case never:
                assert_never(never)
        await self._note()

    async def close(self) -> None:
        """Nobody is told anything any more."""
        telling = list(self._telling)
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)

    async def _deleted(self, deleted: Deleted) -> None:
        """If it was a question, its turn shall stop. Most of what people delete is none: nothing is written for it."""
        if await self._turns.turn(deleted.turn_id):
            await self._turns.stop(deleted.turn_id, await self._people.name(deleted.user) or SOMEBODY)

    async def _command(self, command: Command) -> None:
        if self._first_time(command.place.identity):
            try:
                await self._commands.said(command.name, command.place)
            except BaseException:
                self._told.pop(command.place.identity, None)  # it comes again
                raise

    async def _ask(self, body: Mapping[str, Any], asked: Ask | FollowUp) -> None:
        """First who it is, and whether they may: only then the event is anything to us."""
        place = asked.place
        caller = Caller(await self._people.person(place.user, place.team), "slack", (place.team, place.channel), {})
        if why := self._allowed.denied(Action.ASK, caller):
            log.info("%s may not ask in %s: %s", place.user, place.channel, why)
            if isinstance(asked, Ask):
                self._tell(place, replies.denied(why))
        elif not asked.request.prompt.strip() and asked.files:
            self._tell(place, replies.FILES_WITHOUT_WORDS)
        else:
            await self._submit(await self._request(body, asked, caller), place)

    async def _request(self, body: Mapping[str, Any], asked: Ask | FollowUp, caller: Caller) -> TurnRequest:
        """Only now that it is for us, whoever is mentioned is looked up."""
        names = await self._people.names(user for user in mentioned(_text(body)) if user != self._bot.user_id)
        parsed = parse(body, bot=self._bot, now=self._now(), names=names)
        request = parsed.request if isinstance(parsed, Ask | FollowUp) else asked.request
        preferred = await self._turns.preferences.of(caller.preferences)
        files = {"files": kept(asked.files)} if asked.files else {}
        return replace(request, context={**preferred, **request.context}, address={**request.address, **files})

    async def _submit(self, request: TurnRequest, place: Place) -> None:
        try:
            await self._turns.submit(request)
        except RequestError as error:
            log.info("turn %s is not taken: %s", request.turn_id, error)
            self._tell(place, replies.refused(error))

    async def _may_follow(self, request: TurnRequest) -> bool:
        if self._follow_ups is FollowUps.MENTION:
            return False
        askers = await self._turns.askers(request.conversation_id)
        return bool(askers) if self._follow_ups is FollowUps.ANYONE else request.asker in askers

    def _tell(self, place: Place, text: str) -> None:
        """Word to who asked alone, once, without holding up the acknowledgement."""
        if self._first_time(place.identity):
            thread = place.thread_ts if place.in_thread else ""
            task = asyncio.create_task(whisper(self._client, place.channel, place.user, thread, plain(text)))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    def _first_time(self, identity: str) -> bool:
        """One mention comes as two events, and each may come again."""
        if identity in self._told:
            return False
        self._told[identity] = None
        if len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        return True

    async def _note(self) -> None:
        """Events come: the checks of another process want to know, too."""
        self._heard.last = now = self._now()
        if now - self._heard.noted > OFTEN:
            self._heard.noted = now
            with suppress(StoreError):
                await self._turns.hear("slack")


def _text(body: Mapping[str, Any]) -> str:
    text = body["event"].get("text")  # it has been parsed before
    return text if isinstance(text, str) else ""
