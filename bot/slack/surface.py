"""**I/O edge.** A turn in Slack: one message in its thread, and what follows the answer. Every call is idempotent.

A message says in its metadata which it is; after a lost reply, or a crash, the thread is looked through for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.attachments import fetched
from bot.slack.blocks import Section, SlackMessage
from bot.slack.files import upload
from bot.slack.metadata import LIVING, NOTICE, Posted
from bot.slack.mrkdwn import escaped, to_markdown
from bot.slack.people import People, mentioned
from bot.slack.place import opened
from bot.slack.render import Rendered, render
from bot.slack.thread import Said, said_in
from bot.slack.web import call, patiently
from core.attached import read
from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.limits.budgets import MemoryBudgets
from core.pace import Paced
from core.ports import Budget, Limit, Pace, Surface
from core.shown import file_name
from core.stages import TITLES
from core.surroundings import NO_BACKGROUND, Background, Opened
from core.text import wording
from core.turn import MessageRef, Outcome, TurnRequest, TurnStatus
from core.view import TurnView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast Slack lets us be."""

    updates: Limit = Limit(45, 61.0)  # noqa: RUF009 - frozen
    """`chat.update`, workspace and app: Slack allows some 50 a minute (Tier 3). The second more is for what is on its
    way: one call may take longer to Slack than the next."""
    posts: Limit = Limit(1, 1.05)  # noqa: RUF009 - frozen
    """`chat.postMessage`, channel: one a second."""


PACING = Pacing()

AT_WORK, ANSWERED, NOT_ANSWERED = "eyes", "white_check_mark", "warning"
BACKGROUND = 4_000
"""Characters of what was said before; the last words are kept."""

REASON = 500
"""Characters of why there is no answer, where somebody is told of it."""

BACKGROUND_PATIENCE = 10.0
"""Seconds for which a 429 may keep a turn from its begin."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a turn's messages stand; `ts` is the question's."""

    channel: str
    thread_ts: str
    ts: str
    user: str

    @classmethod
    def of(cls, turn: TurnRequest) -> Thread:
        address = turn.address
        return cls(address["channel"], address["thread_ts"], address["ts"], address["user"])


class SlackSurface(Surface):
    """`notify_after`: seconds after which an asker is called back.

    The turn's first message is paced by who asks for it, over all processes; all messages are by ourselves.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        people: People,
        *,
        notify_after: float,
        pacing: Pacing = PACING,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._people = people
        self._notify_after = notify_after
        self._pacing = pacing
        self._budgets = MemoryBudgets()
        self._now = now

    def render(self, view: TurnView) -> Hashable:
        return render(view)

    def pace(self, turn: TurnRequest) -> Pace:
        team, channel = turn.address["team"], turn.address["channel"]
        updates, posts = self._pacing.updates, self._pacing.posts
        return Pace(Budget(f"slack.update:{team}", updates), Budget(f"slack.post:{team}:{channel}", posts))

    async def background(self, turn: TurnRequest) -> Background:
        """What people said in the thread since we last did, and attached: the question is about that, perhaps."""
        given = NO_BACKGROUND
        if files := turn.address.get("files"):
            given = await read(files, partial(fetched, client=self._client))
        try:
            said = await self._said_before(turn)
        except SurfaceError as error:
            log.warning("turn %s: nothing is known of what was said before: %s", turn.turn_id, error)
            said = ""
        return replace(given, text="\n\n".join(filter(None, (said, given.text))))

    async def _said_before(self, turn: TurnRequest) -> str:
        if turn.address.get("ts") == turn.address.get("thread_ts"):
            return ""
        thread = Thread.of(turn)
        place = thread.channel, thread.thread_ts
        said = await said_in(self._client, *place, before=thread.ts, patience=BACKGROUND_PATIENCE)
        since = max((n for n, one in enumerate(said) if one.ours), default=-1)
        people = [one for one in said[since + 1 :] if one.text and not one.bot]
        names = await self._people.names(user for one in people for user in (one.user, *mentioned(one.text)))
        lines = [f"{names.get(one.user, one.user)}: {to_markdown(one.text, names)}" for one in people]
        return "\n".join(lines)[-BACKGROUND:]

    async def open(self, turn: TurnRequest, *, again: bool) -> Opened | None:
        """A command's question is said in its channel; the answer stands in the thread of that."""
        if "thread_ts" in turn.address:
            return None
        asker = await self._people.name(turn.asker)
        return await opened(self._client, turn, asker, again=again, before=Paced(self._budgets, self.pace(turn)).post)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        found = [one for one in await self._ours(turn) if one.ours and one.ours.part == LIVING]
        return _ref(turn, found[0].ts) if found else None

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        _, ts = await asyncio.gather(
            self._mark(Thread.of(turn), "add", AT_WORK), self._say_once(turn, render(view).first, LIVING)
        )
        return _ref(turn, ts)

    async def update(self, message: MessageRef, view: TurnView) -> None:
        await self._update(message, render(view).first)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """The answer, what goes on below it, and word to who asked. May be done again from its start."""
        rendered = render(view)
        posted = Posted(turn.turn_id, turn.generation, LIVING)
        await self._update(message, rendered.first, metadata=posted.as_json())
        late = self._now() - turn.since > self._notify_after
        if rendered.parts or late or turn.generation > 1:
            await self._follow(turn, rendered, _notice(turn, view.outcome) if late and view.outcome else None)
        await self._sign(turn, view.status)

    async def _follow(self, turn: TurnRequest, rendered: Rendered, notice: SlackMessage | None) -> None:
        there = await self._ours(turn)
        await self._parts(turn, rendered, there)
        await self._attach(turn, rendered, there)
        await self._tidy(turn, there)
        if notice and not _stands(there, turn, NOTICE):
            await self._say_once(turn, notice, NOTICE)

    async def _parts(self, turn: TurnRequest, rendered: Rendered, there: Sequence[Said]) -> None:
        """One after the other, in their order."""
        for number, part in enumerate(rendered.parts, LIVING + 1):
            if not _stands(there, turn, number):
                await self._say_once(turn, part, number)

    async def _attach(self, turn: TurnRequest, rendered: Rendered, there: Sequence[Said]) -> None:
        """What may not be attached is left out: all of it stands in the thread."""
        name, thread = file_name(turn.turn_id, turn.generation), Thread.of(turn)
        if not rendered.file or any(name in one.files for one in there):
            return
        try:
            await upload(self._client, name, rendered.file, channel=thread.channel, thread_ts=thread.thread_ts)
        except (MessageGone, SurfaceBusy, SurfaceInDoubt):
            raise
        except SurfaceError as error:
            log.warning("turn %s: the file is left out: %s", turn.turn_id, error)

    async def _tidy(self, turn: TurnRequest, there: Sequence[Said]) -> None:
        """What an earlier generation left below its answer goes, now that there is another."""
        for one in there:
            older = one.ours and one.ours.generation < turn.generation and one.ours.part != LIVING
            for name, file_id in one.files.items():
                if name.startswith(f"answer-{turn.turn_id}-g") and name != file_name(turn.turn_id, turn.generation):
                    await self._quietly("files.delete", file=file_id)
            if older:
                await self._quietly("chat.delete", channel=Thread.of(turn).channel, ts=one.ts)

    async def _sign(self, turn: TurnRequest, status: TurnStatus) -> None:
        thread, well = Thread.of(turn), status in (TurnStatus.COMPLETE, TurnStatus.UNREVIEWED)
        await self._mark(thread, "add", ANSWERED if well else NOT_ANSWERED)
        await self._mark(thread, "remove", AT_WORK)
        if turn.generation > 1:  # else nothing else stands there, and removing has the smallest limit of all
            await self._mark(thread, "remove", NOT_ANSWERED if well else ANSWERED)

    async def _mark(self, thread: Thread, verb: str, name: str) -> None:
        await self._quietly(f"reactions.{verb}", channel=thread.channel, timestamp=thread.ts, name=name)

    async def _quietly(self, method: str, **arguments: object) -> None:
        """What is nice to have. It may be done already, or the scope for it may be missing."""
        try:
            await call(self._client, method, **arguments)
        except SurfaceError as error:
            log.info("left out: %s", error)

    async def _say_once(self, turn: TurnRequest, message: SlackMessage, part: int) -> str:
        """Post it, and once more only where the thread does not have it. Its ts."""
        try:
            return await self._say(turn, message, part)
        except SurfaceInDoubt:
            there = [one for one in await self._ours(turn) if one.ours == Posted(turn.turn_id, turn.generation, part)]
            return there[0].ts if there else await self._say(turn, message, part)

    async def _say(self, turn: TurnRequest, message: SlackMessage, part: int) -> str:
        thread = Thread.of(turn)
        posted = await patiently(
            self._client,
            "chat.postMessage",
            before=Paced(self._budgets, self.pace(turn)).post,
            channel=thread.channel,
            thread_ts=thread.thread_ts,
            metadata=Posted(turn.turn_id, turn.generation, part).as_json(),
            unfurl_links=False,
            unfurl_media=False,
            **message.as_json(),
        )
        return str(posted["ts"])

    async def _update(self, message: MessageRef, shown: SlackMessage, **more: Any) -> None:
        channel, _, ts = message.partition(":")
        await call(self._client, "chat.update", channel=channel, ts=ts, **shown.as_json(), **more)

    async def _ours(self, turn: TurnRequest) -> list[Said]:
        """The messages of a turn, and those that carry files."""
        thread = Thread.of(turn)
        said = await said_in(self._client, thread.channel, thread.thread_ts, after=thread.ts)
        return [one for one in said if (one.ours.turn_id == turn.turn_id if one.ours else one.bot and one.files)]


def _stands(there: Sequence[Said], turn: TurnRequest, part: int) -> bool:
    return any(one.ours == Posted(turn.turn_id, turn.generation, part) for one in there)


def _ref(turn: TurnRequest, ts: str) -> MessageRef:
    return MessageRef(f"{turn.address['channel']}:{ts}")


def _notice(turn: TurnRequest, outcome: Outcome) -> SlackMessage:
    """The one message that may ping, and only who asked: the answer is there, or why there is none."""
    why = "" if outcome.answer.strip() else wording.headline(outcome, TITLES)
    said = f"<@{Thread.of(turn).user}> {escaped(why, REASON) or wording.NOTICE}"
    return SlackMessage(said, (Section(said),))
