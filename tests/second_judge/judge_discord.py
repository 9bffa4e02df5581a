"""A second judge, which this project did not write: the same adapter under simcord.

In a pytest process of its own (`tests/bot/discord/test_second_judge.py`): simcord puts a loop of its own around a test.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import discord
import pytest
import simcord

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.discord.adapter import DiscordAdapter, Ways
from bot.discord.components import MESSAGE
from bot.discord.config import read_discord
from bot.discord.gateway import PULSE, Gateway, intents_for
from bot.discord.posting import Pacing
from bot.discord.render import render
from bot.discord.sending import send
from bot.discord.syncing import sync
from bot.discord.telling import plain
from bot.discord.web import Rest
from core.errors import TooManyTurns, Trouble
from core.ports import Limit, Turns
from core.review import Review, Verdict
from core.stored import StoredTurn
from core.turn import Failure, FollowUps, Outcome, Source, StageStatus, TurnRequest, TurnStatus
from core.view import StageLine, TurnView

PART = "## Part {n}\n\n" + "Bees dance, and others look on. " * 40 + " [1]\n\n```py\nbee({n})\n```"
LONG = "\n\n".join(PART.format(n=n) for n in range(25))
AT_ONCE = Pacing(updates=Limit(100, 1.0), apart=0.0, posts=Limit(100, 1.0))
SOURCES = tuple(Source(n, n, f"Honey, volume {n}", f"https://honey.example/{n}") for n in range(1, 41))


NOTHING: Mapping[str, str] = {}


class NoPreferences:
    async def of(self, place: str) -> dict[str, str]:
        return {}

    async def change(self, place: str, changes: Mapping[str, str]) -> dict[str, str]:
        return dict(changes)


@dataclass
class MemoryNotes:
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def of(self, name: str) -> Mapping[str, Any] | None:
        return self.kept.get(name)

    async def keep(self, name: str, content: Mapping[str, Any]) -> None:
        self.kept[name] = content


@dataclass
class Kept:
    """Fills `core.ports.Turns` as far as it is asked for; remembers what it was given."""

    taken: list[TurnRequest] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    full: bool = False
    preferences: NoPreferences = field(default_factory=NoPreferences)
    notes: MemoryNotes = field(default_factory=MemoryNotes)

    async def submit(self, turn: TurnRequest) -> bool:
        if self.full:
            raise TooManyTurns(20, 600.0)
        self.taken.append(turn)
        return True

    async def stop(self, turn_id: str, by: str) -> bool:
        self.stopped.append(turn_id)
        return True

    async def askers(self, conversation_id: str) -> frozenset[str]:
        return frozenset(turn.asker for turn in self.taken if turn.conversation_id == conversation_id)

    async def turn(self, turn_id: str) -> StoredTurn | None:
        found = next((turn for turn in self.taken if turn.turn_id == turn_id), None)
        if found is None:
            return None
        return StoredTurn(
            id=turn_id, conversation_id=found.conversation_id, generation=1, asker=found.asker, prompt=found.prompt,
            context={}, status=TurnStatus.RUNNING, accepted_at=0.0, ended_at=None, answer=None, payload=None,
            surface="discord", address=found.address,
        )  # fmt: skip

    async def open_on(self, surface: str) -> list[StoredTurn]:
        return []


@dataclass
class Court:
    env: Any
    bot: Gateway
    adapter: DiscordAdapter
    turns: Kept

    def __post_init__(self) -> None:
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("general")
        self.ada = self.guild.add_member(self.env.create_user("ada"))

    async def posted(self, turn: TurnRequest) -> tuple[TurnRequest, Any]:
        """A turn at its place, and where its message stands."""
        opened = await self.adapter.surface.open(turn, again=False)
        placed = replace(turn, address=opened.address) if opened else turn
        return placed, await self.adapter.surface.post(placed, running(turn))


@asynccontextmanager
async def court(*, content: bool = True, settings: Mapping[str, str] = NOTHING) -> AsyncIterator[Court]:
    held: dict[str, Gateway] = {}

    async def login() -> discord.Client:
        return held["bot"]

    ours = read_discord({"DISCORD_BOT_TOKEN": "a.b.c", **settings})
    ways = Ways(follow_ups=FollowUps.PARTICIPANTS, notify_after=60.0, pacing=AT_ONCE)
    adapter = DiscordAdapter(ours, Rest(login), ways)
    turns = Kept()
    bot = held["bot"] = Gateway(adapter.listener(cast(Turns, turns)), intents_for(content=content), PULSE)
    async with simcord.run(bot, shard_count=1) as env:
        await sync(bot.tree, None, turns.notes)
        yield Court(env, bot, adapter, turns)


LINES = tuple(StageLine(name, name.title(), drafts=name == "build") for name in ("research", "plan", "build", "review"))


def running(turn: TurnRequest) -> TurnView:
    return TurnView(LINES, TurnStatus.RUNNING, turn_id=turn.turn_id)


def ended(turn: TurnRequest, status: TurnStatus, answer: str, **more: Any) -> TurnView:
    review = Review(92, Verdict.APPROVE, "Good.")
    given: dict[str, Any] = {"review": review, "sources": SOURCES, "seconds": 41.0, **more}
    outcome = Outcome(turn.turn_id, turn.conversation_id, status, answer, **given)
    return replace(running(turn), status=status, outcome=outcome)


def text_of(message: Any) -> str:
    """All that a message says."""
    return "\n".join(_texts(message.components))


def _texts(components: Any) -> list[str]:
    said: list[str] = []
    for one in components:
        said += [one.content] if hasattr(one, "content") else []
        said += _texts(getattr(one, "children", None) or [])
    return said


async def test_a_command_is_deferred_and_becomes_the_question_with_a_thread_on_it() -> None:
    async with court() as it:
        result = await it.ada.slash(it.channel, "ask", prompt="How do bees choose?", tone="friendly")
        (turn,) = it.turns.taken
        placed, message = await it.posted(turn)
        await it.adapter.surface.publish(placed, message, ended(turn, TurnStatus.COMPLETE, "They dance."))

        assert not result.ephemeral
        place = it.bot.get_channel(it.channel.id)
        assert isinstance(place, discord.TextChannel)
        question = text_of(await place.fetch_message(int(placed.address["message"])))
        assert "ada asked:" in question
        assert "How do bees choose?" in question
        thread = it.bot.get_channel(int(placed.address["channel"]))
        assert isinstance(thread, discord.Thread)
        assert "How do bees choose?" == thread.name
        assert {"tone": "friendly"} == dict(turn.context)


async def test_a_mention_gets_a_thread_and_a_message_in_it_its_follow_up() -> None:
    async with court() as it:
        assert it.bot.user
        await it.ada.send(it.channel, f"<@{it.bot.user.id}> How do bees choose?")
        (turn,) = it.turns.taken
        placed, _ = await it.posted(turn)

        assert f"discord:{placed.address['channel']}" == turn.conversation_id


async def test_without_the_intent_a_mention_is_heard_and_plain_words_are_not() -> None:
    async with court(content=False) as it:
        assert it.bot.user
        await it.ada.send(it.channel, f"<@{it.bot.user.id}> How do bees choose?")
        await it.ada.send(it.channel, "And wasps?")

        assert ["How do bees choose?"] == [turn.prompt for turn in it.turns.taken]


async def test_six_thousand_characters_are_taken_and_shown_within_the_limits() -> None:
    async with court() as it:
        await it.ada.slash(it.channel, "ask", prompt="*_~`|<@1> [x](y) " * 352 + "#" * 16)
        (turn,) = it.turns.taken
        await it.posted(turn)

        assert 6_000 == len(turn.prompt)
        assert 4_000 >= len(text_of(it.channel.last_message))


async def test_where_threads_may_not_be_opened_the_answer_stands_in_the_channel() -> None:
    async with court() as it:
        nobody = {it.guild.default_role: discord.PermissionOverwrite(create_public_threads=False)}
        quiet = it.guild.create_text_channel("quiet", overwrites=nobody)
        await it.ada.slash(quiet, "ask", prompt="How do bees choose?")
        (turn,) = it.turns.taken
        placed, _ = await it.posted(turn)

        assert str(quiet.id) == placed.address["channel"]
        assert "I may not open threads here" in text_of(quiet.last_message)


@pytest.mark.parametrize("settings", [{"DISCORD_ALLOWED_USERS": "1"}, {"DISCORD_ALLOWED_CHANNELS": "1"}])
async def test_who_may_not_ask_is_refused_alone(settings: dict[str, str]) -> None:
    async with court(settings=settings) as it:
        result = await it.ada.slash(it.channel, "ask", prompt="How do bees choose?")

        assert result.ephemeral
        assert [] == it.turns.taken


async def test_who_has_asked_too_often_is_told_alone() -> None:
    async with court() as it:
        it.turns.full = True
        result = await it.ada.slash(it.channel, "ask", prompt="How do bees choose?")

        assert "as many as one person may" in text_of(it.channel.last_message)
        assert result.response is None


VIEWS = {
    "complete": lambda turn: ended(turn, TurnStatus.COMPLETE, "They *dance* [1, 2]."),
    "long": lambda turn: ended(turn, TurnStatus.COMPLETE, LONG),
    "rejected": lambda turn: ended(turn, TurnStatus.REJECTED, LONG),
    "withheld": lambda turn: ended(turn, TurnStatus.WITHHELD, ""),
    "stopped": lambda turn: ended(turn, TurnStatus.STOPPED, "", stopped_by="Ada"),
    "failed": lambda turn: ended(turn, TurnStatus.FAILED, "", failure=Failure("build", Trouble.NO_CREDITS)),
    "unreviewed": lambda turn: ended(turn, TurnStatus.UNREVIEWED, LONG, failure=Failure("review", Trouble.BUSY)),
}


@pytest.mark.parametrize("name", VIEWS)
async def test_every_end_of_a_turn_is_taken_as_a_message_and_twice_is_once(name: str) -> None:
    async with court() as it:
        await it.ada.slash(it.channel, "ask", prompt="How do bees choose?")
        (turn,) = it.turns.taken
        placed, message = await it.posted(turn)
        drafting = replace(LINES[2], status=StageStatus.RUNNING, text=LONG[:9_000], words=1_500)
        await it.adapter.surface.update(message, replace(running(turn), lines=(*LINES[:2], drafting, LINES[3])))
        view = VIEWS[name](turn)
        for _ in range(2):
            await it.adapter.surface.publish(placed, message, view)
        thread = it.bot.get_channel(int(placed.address["channel"]))
        assert isinstance(thread, discord.Thread)
        there = [one async for one in thread.history(limit=None) if it.bot.user and one.author.id == it.bot.user.id]
        rendered = render(view)

        assert 1 + len(rendered.parts) + bool(rendered.file) == len(there)


async def test_the_stop_button_stops() -> None:
    async with court() as it:
        await it.ada.slash(it.channel, "ask", prompt="How do bees choose?")
        (turn,) = it.turns.taken
        placed, message = await it.posted(turn)
        thread = it.bot.get_channel(int(placed.address["channel"]))
        assert isinstance(thread, discord.Thread)
        living = await thread.fetch_message(int(message.split(":")[1]))
        await it.ada.click(living, label="Stop")

        assert [turn.turn_id] == it.turns.stopped


async def test_help_is_deferred_and_answered_for_one_pair_of_eyes() -> None:
    async with court() as it:
        result = await it.ada.slash(it.channel, "orchestrator help")

        assert result.ephemeral
        assert result.response
        assert "mentioning me. Four agents" in text_of(result.response.message)


async def test_the_check_is_refused_to_who_is_no_admin() -> None:
    async with court() as it:
        result = await it.ada.slash(it.channel, "orchestrator check")

        assert result.ephemeral
        assert result.response
        assert "Only an admin can do that." == text_of(result.response.message)


async def test_who_has_asked_goes_on_in_the_thread_without_a_mention() -> None:
    async with court() as it:
        assert it.bot.user
        await it.ada.send(it.channel, f"<@{it.bot.user.id}> How do bees choose?")
        (turn,) = it.turns.taken
        await it.posted(turn)
        (thread,) = it.channel.threads
        await it.ada.send(thread, "And wasps?")

        assert ["How do bees choose?", "And wasps?"] == [one.prompt for one in it.turns.taken]
        assert turn.conversation_id == it.turns.taken[1].conversation_id


async def test_a_text_of_just_so_much_as_one_message_holds_is_taken() -> None:
    async with court() as it:
        place = it.bot.get_channel(it.channel.id)
        assert isinstance(place, discord.TextChannel)
        await send(place, plain("x" * MESSAGE), nonce="1")

        assert "x" * MESSAGE == text_of(it.channel.last_message)
