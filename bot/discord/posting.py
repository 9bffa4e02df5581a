"""**I/O edge.** A turn's messages in Discord: posted once each, no faster than Discord lets us, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.discord.components import DiscordMessage
from bot.discord.metadata import FILE, LIVING, NOTICE, Posted
from bot.discord.parse import Kind
from bot.discord.render import Hint
from bot.discord.sending import message_at, send
from bot.discord.thread import Seen, seen_in
from bot.discord.web import Rest
from core.errors import SurfaceInDoubt
from core.limits.budgets import MemoryBudgets
from core.pace import Paced
from core.ports import Budget, Limit, Pace
from core.shown import file_name
from core.turn import TurnRequest


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast we are. Discord lets a bot post, and update, some five times in five seconds in a channel."""

    updates: Limit = Limit(4, 5.0)  # noqa: RUF009 - frozen
    apart: float = 1.2
    """Seconds between two updates of one message."""
    posts: Limit = Limit(4, 5.0)  # noqa: RUF009 - frozen


PACING = Pacing()


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a turn's messages stand: `channel`. The question is `message`, in `asked_in`. Empty: not known yet."""

    channel: str
    asked_in: str
    message: str
    user: str
    guild: str
    kind: Kind
    hint: Hint

    @classmethod
    def of(cls, turn: TurnRequest) -> Thread:
        at = turn.address.get
        places = at("channel", ""), at("asked_in", ""), at("message", "")
        return cls(*places, at("user", ""), at("guild", ""), Kind(at("kind", Kind.OTHER)), Hint(at("hint", "")))

    @property
    def replies(self) -> bool:
        """Does the answer stand among what others say? Then it is a reply to its question."""
        return self.channel == self.asked_in and bool(self.guild)


class Posting:
    """For one client."""

    def __init__(self, rest: Rest, pacing: Pacing) -> None:
        self._rest = rest
        self._pacing = pacing
        self._budgets = MemoryBudgets()
        self._gone: dict[str, str] = {}

    def pace(self, turn: TurnRequest) -> Pace:
        """A thread that is opened for a turn is a channel of its own, with the id of the message that it is opened on;
        where there are none, all share the channel."""
        thread = Thread.of(turn)
        its_own = thread.message or turn.turn_id
        channel = thread.channel or (thread.asked_in if thread.kind is Kind.OTHER else its_own)
        updates, posts = (f"discord.{what}:{channel}" for what in ("update", "post"))
        return Pace(Budget(updates, self._pacing.updates), Budget(posts, self._pacing.posts), self._pacing.apart)

    def paced(self, turn: TurnRequest) -> Paced:
        return Paced(self._budgets, self.pace(turn))

    def gone(self, turn: TurnRequest, message: str) -> None:
        """This message has been deleted: posted anew, it must not be the same."""
        self._gone[turn.turn_id] = message

    def published(self, turn: TurnRequest) -> None:
        """Nothing of this generation is posted anew any more."""
        self._gone.pop(turn.turn_id, None)

    async def say_once(self, turn: TurnRequest, message: DiscordMessage, part: int, *, answers: str = "") -> str:
        """Post it, and once more only where the thread does not have it. Its id."""
        try:
            return await self._say(turn, message, part, answers)
        except SurfaceInDoubt:
            there = [one for one in await self.ours(turn) if _is(one, turn, part, answers)]
            return there[0].id if there else await self._say(turn, message, part, answers)

    async def _say(self, turn: TurnRequest, message: DiscordMessage, part: int, answers: str) -> str:
        """Within Discord's few minutes a nonce posts no second message; one that was deleted must not be it."""
        thread, client = Thread.of(turn), await self._rest.client()
        gone = self._gone.get(turn.turn_id, "") if part == LIVING else ""
        to = answers or (thread.message if thread.replies and part == LIVING else "")
        await self.paced(turn).post()
        return await send(
            client.get_partial_messageable(int(thread.channel)),
            message,
            nonce=Posted(turn.turn_id + gone, turn.generation, part).nonce,
            answers=message_at(client, thread.channel, to) if to else None,
            called=thread.user if part == NOTICE else "",
        )

    async def ours(self, turn: TurnRequest) -> list[Seen]:
        """The messages of a turn, as far as they say so, the files, and what replies to its messages."""
        thread = Thread.of(turn)
        seen = await seen_in(await self._rest.client(), thread.channel, after=thread.message)
        return [
            _with_file(one, turn)
            for one in seen
            if one.by_us and (one.ours is None or one.ours.turn_id == turn.turn_id)
        ]


def _with_file(one: Seen, turn: TurnRequest) -> Seen:
    """A file's name says of which generation it is."""
    for generation in range(1, turn.generation + 1):
        if file_name(turn.turn_id, generation) in one.files:
            return replace(one, ours=Posted(turn.turn_id, generation, FILE))
    return one


def stands(there: Sequence[Seen], turn: TurnRequest, part: int) -> bool:
    """Is that part of this generation among them?"""
    return any(one.ours == Posted(turn.turn_id, turn.generation, part) for one in there)


def _is(one: Seen, turn: TurnRequest, part: int, answers: str) -> bool:
    if part == NOTICE:
        return one.ours is None and one.answers == answers
    return one.ours == Posted(turn.turn_id, turn.generation, part)
