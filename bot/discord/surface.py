"""**I/O edge.** A turn in Discord: one message in its thread, and what follows the answer. Every call is idempotent.

A message says in its buttons which it is; after a lost reply, or a crash, the thread is looked through for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import discord

from bot.discord.components import DiscordMessage, Text
from bot.discord.markdown import escaped
from bot.discord.metadata import FILE, LIVING, NOTICE
from bot.discord.parse import Kind
from bot.discord.place import opened
from bot.discord.posting import PACING, Pacing, Posting, Thread, stands
from bot.discord.render import Hint, Rendered, render
from bot.discord.sending import message_at, quietly, update
from bot.discord.thread import Seen, seen_in
from bot.discord.trouble import Troubles
from bot.discord.web import ARCHIVED, Rest, asked, code_of
from core.attached import Fetch, read
from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.ports import Pace, Surface
from core.stages import TITLES
from core.surroundings import NO_BACKGROUND, Background, Opened
from core.text import wording
from core.turn import MessageRef, Outcome, TurnRequest, TurnStatus
from core.view import TurnView

log = logging.getLogger(__name__)


AT_WORK, ANSWERED, NOT_ANSWERED = "👀", "✅", "⚠️"
BACKGROUND = 4_000
"""Characters of what was said before; the last words are kept."""

MOST_SAID = 50
"""Messages before a question that are read for what it is about."""

REASON = 500
"""Characters of why there is no answer, where somebody is told of it."""


OLD = 3600.0
"""Seconds. Messages that are older may be updated only so often (30046), which Discord says by asking to wait."""


class TooOld(SurfaceError):
    """A message may not be updated any more."""


class DiscordSurface(Surface):
    """`notify_after`: seconds after which an asker is called back.

    The turn's first message is paced by who asks for it, over all processes; all messages are by ourselves.
    """

    def __init__(
        self,
        rest: Rest,
        *,
        fetch: Fetch,
        notify_after: float,
        pacing: Pacing = PACING,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._rest = rest
        self._fetch = fetch
        self._notify_after = notify_after
        self._posting = Posting(rest, pacing)
        self._now = now
        self._troubles = Troubles(rest)

    def render(self, view: TurnView) -> Hashable:
        return render(view)

    def pace(self, turn: TurnRequest) -> Pace:
        return self._posting.pace(turn)

    async def background(self, turn: TurnRequest) -> Background:
        """What people said in the thread since we last did, and attached: the question is about that, perhaps."""
        given = await read(files, self._fetch) if (files := turn.address.get("files")) else NO_BACKGROUND
        try:
            said = await self._said_before(turn)
        except SurfaceError as error:
            log.warning("turn %s: nothing is known of what was said before: %s", turn.turn_id, error)
            said = ""
        return replace(given, text="\n\n".join(filter(None, (said, given.text))))

    async def _said_before(self, turn: TurnRequest) -> str:
        """Of a thread that was there before; nothing of a whole channel."""
        thread = Thread.of(turn)
        if thread.kind is not Kind.THREAD:
            return ""
        question = thread.message or turn.address["interaction"]
        said = await seen_in(await self._rest.client(), thread.asked_in, before=question, most=MOST_SAID)
        since = max((n for n, one in enumerate(said) if one.by_us), default=-1)
        lines = [f"{one.name}: {one.text}" for one in said[since + 1 :] if one.text and not one.bot]
        return "\n".join(lines)[-BACKGROUND:]

    async def open(self, turn: TurnRequest, *, again: bool) -> Opened | None:
        """A question in a channel gets a thread of its own, where we may open one."""
        if "channel" in turn.address:
            return None
        client = await self._rest.client()
        return await opened(client, turn, mention=not self._rest.reads, before=self._posting.paced(turn).post)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        found = [one for one in await self._posting.ours(turn) if one.ours and one.ours.part == LIVING]
        return _ref(turn, found[0].id) if found else None

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        thread = Thread.of(turn)
        first = render(view, thread.hint).first
        try:
            _, message = await asyncio.gather(self._mark(thread, AT_WORK), self._posting.say_once(turn, first, LIVING))
        except SurfaceError as error:
            await self._troubles.tell(turn, error)
            raise
        return _ref(turn, message)

    async def update(self, message: MessageRef, view: TurnView) -> None:
        await self._update(message, view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """The answer, what goes on below it, and word to who asked. May be done again from its start."""
        try:
            await self._publish(turn, message, view)
        except SurfaceError as error:
            if isinstance(error, MessageGone):
                self._posting.gone(turn, _id(message))
            await self._troubles.tell(turn, error)
            raise

    async def _publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        rendered = await self._update_last(message, view)
        late = self._now() - turn.since > self._notify_after
        if rendered.parts or late or turn.generation > 1:
            await self._follow(turn, message, rendered, _notice(turn, view.outcome) if late and view.outcome else None)
        await self._sign(turn, view.status)
        self._posting.published(turn)

    async def _follow(
        self, turn: TurnRequest, message: MessageRef, rendered: Rendered, notice: DiscordMessage | None
    ) -> None:
        there = await self._posting.ours(turn)
        for number, part in enumerate(rendered.parts, LIVING + 1):
            if not stands(there, turn, number):
                await self._posting.say_once(turn, part, number)
        if rendered.file and not stands(there, turn, FILE):
            await self._attach(turn, rendered.file)
        await self._tidy(turn, there)
        if notice and not _notified(there, message):
            await self._posting.say_once(turn, notice, NOTICE, answers=_id(message))

    async def _attach(self, turn: TurnRequest, file: DiscordMessage) -> None:
        """What may not be attached is left out: all of it stands in the thread."""
        try:
            await self._posting.say_once(turn, file, FILE)
        except (MessageGone, SurfaceBusy, SurfaceInDoubt):
            raise
        except SurfaceError as error:
            log.warning("turn %s: the file is left out: %s", turn.turn_id, error)

    async def _tidy(self, turn: TurnRequest, there: Sequence[Seen]) -> None:
        """What an earlier generation left below its answer goes, now that there is another."""
        for one in there:
            if one.ours and one.ours.generation < turn.generation and one.ours.part != LIVING:
                message = await self._message(_ref(turn, one.id))
                await quietly("delete", message.delete)

    async def _sign(self, turn: TurnRequest, status: TurnStatus) -> None:
        thread, well = Thread.of(turn), status in (TurnStatus.COMPLETE, TurnStatus.UNREVIEWED)
        await self._mark(thread, ANSWERED if well else NOT_ANSWERED)
        await self._mark(thread, AT_WORK, remove=True)
        if turn.generation > 1:
            await self._mark(thread, NOT_ANSWERED if well else ANSWERED, remove=True)

    async def _mark(self, thread: Thread, emoji: str, *, remove: bool = False) -> None:
        client = await self._rest.client()
        question, me = message_at(client, thread.asked_in, thread.message), client.user
        if not remove:
            await quietly("mark", lambda: question.add_reaction(emoji))
        elif me:
            await quietly("unmark", lambda: question.remove_reaction(emoji, me))

    async def _update_last(self, message: MessageRef, view: TurnView) -> Rendered:
        """Where an old message may be updated no more, the answer stands in a new one."""
        try:
            return await self._update(message, view)
        except TooOld:
            old = await self._message(message)
            await asked("delete", old.delete)
            raise MessageGone("it may not be updated any more") from None

    async def _update(self, message: MessageRef, view: TurnView) -> Rendered:
        """Also in a thread that was archived meanwhile."""
        rendered = render(view, Hint(message.split(":")[2]))
        known = await self._message(message)
        try:
            await update(known, rendered.first)
        except SurfaceBusy as error:
            if self._now() - known.created_at.timestamp() > OLD:
                raise TooOld(str(error)) from error
            raise
        except SurfaceError as error:
            if code_of(error) != ARCHIVED or not await self._reopened(message):
                raise
            await update(known, rendered.first)
        return rendered

    async def _reopened(self, message: MessageRef) -> bool:
        """False where only a moderator can: the thread is locked."""
        client = await self._rest.client()

        async def reopen() -> None:
            thread = await client.fetch_channel(int(message.partition(":")[0]))
            if isinstance(thread, discord.Thread):
                await thread.edit(archived=False)

        return await quietly("reopen", reopen)

    async def _message(self, message: MessageRef) -> discord.PartialMessage:
        client = await self._rest.client()
        channel, id_, _ = message.split(":")
        return message_at(client, channel, id_)


def _notified(there: Sequence[Seen], message: MessageRef) -> bool:
    return any(one.ours is None and one.answers == _id(message) for one in there)


def _ref(turn: TurnRequest, message: str) -> MessageRef:
    """`CHANNEL:MESSAGE:HINT`."""
    thread = Thread.of(turn)
    return MessageRef(f"{thread.channel}:{message}:{thread.hint}")


def _id(message: MessageRef) -> str:
    return message.split(":")[1]


def _notice(turn: TurnRequest, outcome: Outcome) -> DiscordMessage:
    """The one message that may ping, and only who asked: the answer is there, or why there is none."""
    why = "" if outcome.answer.strip() else wording.headline(outcome, TITLES)
    return DiscordMessage((Text(f"<@{Thread.of(turn).user}> {escaped(why, REASON) or wording.NOTICE}"),))
