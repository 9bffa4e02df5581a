"""What is sent to Discord, call by call: whom it may ping, by which nonce it is known, and what it counts among."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.discord.metadata import FILE, LIVING, NOTICE, Posted
from bot.discord.parse import Kind
from bot.discord.posting import PACING, Posting
from bot.discord.web import Rest
from core.limits.budgets import MemoryBudgets
from core.ports import Limit
from core.turn import TurnRequest
from sandbox.customgpt import Fault as AgentFault
from sandbox.discord import Call, Fault
from tests.contracts.discord_harness import DiscordHarness, open_discord_harness
from tests.contracts.harness import Ways, complaints
from tests.contracts.long import LONG
from tests.fakes import a_turn

WRITES = ("messages.create", "messages.update", "original.update", "webhooks.create")
LATE = Ways(notify_after=0.0)
"""Every answer calls its asker."""


def pinged(call: Call) -> tuple[str, ...]:
    """Whom a call lets its message ping. `KeyError` where it does not say: Discord would go by the text then."""
    allowed = call.body["allowed_mentions"]
    replied = ("who is answered",) if allowed.get("replied_user") else ()
    return (*allowed["parse"], *map(str, allowed.get("users", ())), *allowed.get("roles", ()), *replied)


async def a_long_answer(bot: DiscordHarness) -> None:
    """By mention, by command, and retried."""
    bot.gpt.agent("build").always = AgentFault(answer=f"@everyone <@{bot.ada.id}>\n\n{LONG}", cites=())
    asked = await bot.ask("How do bees choose?")
    bot.discord.command(bot.ada, bot.channel, "ask", prompt="And wasps?")
    await bot.settled()
    living, *_ = bot.messages(asked)
    bot.discord.press(bot.ada, living, bot.discord.button(living, "Retry from …"), "review")
    await bot.settled()


async def test_no_message_and_no_update_may_ping_anybody_but_the_notice_its_asker(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, LATE) as bot:
        await a_long_answer(bot)
        calls = [call for name in WRITES for call in bot.discord.calls(name)]
        notices = [call for call in calls if "your answer is ready" in str(call.body)]

        assert {(): len(calls) - len(notices), (bot.ada.id,): len(notices)} == Counter(map(pinged, calls))
        assert 2 == len(notices)


async def test_the_library_keeps_nothing_of_what_was_said(tmp_path: Path) -> None:
    """It would keep each view that has buttons, for ever; presses are ours."""
    async with open_discord_harness(tmp_path, LATE) as bot:
        await a_long_answer(bot)
        client = await bot.adapter.surface._rest.client()

        assert {} == client._connection._view_store._views
        assert {} == client._connection._view_store._synced_message_views


def nonces(turn_id: str, generations: int, parts: Iterable[int]) -> set[str]:
    return {Posted(turn_id, generation, part).nonce for generation in range(1, generations + 1) for part in parts}


async def test_every_post_has_the_nonce_of_its_turn_generation_and_part_and_it_is_enforced(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path, LATE) as bot:
        bot.gpt.agent("build").always = AgentFault(answer=LONG, cites=())
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        posts = bot.discord.calls("messages.create")
        shown = bot.shown(asked)
        parts = [*range(LIVING, len(shown)), FILE, NOTICE]

        assert nonces(asked.turn_id, 1, parts) == {call.body["nonce"] for call in posts}
        assert {True} == {call.body["enforce_nonce"] for call in posts}
        assert len(parts) == len(posts)


async def test_the_file_is_named_after_its_turn_and_generation(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("build").always = AgentFault(answer=LONG, cites=())
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        names = [file.name for one in bot.messages(asked) for file in bot.discord.files(one)]

        assert [f"answer-{asked.turn_id}-g1.md"] == names


@pytest.mark.parametrize("step", ["post", "part", "notice"])
async def test_after_a_lost_reply_the_thread_is_looked_through_and_nothing_is_posted_twice(
    tmp_path: Path, step: str
) -> None:
    """Also where Discord has forgotten the nonce by then."""
    before = {"post": 0, "part": 1, "notice": -1}[step]
    async with open_discord_harness(tmp_path, LATE) as bot:
        bot.discord.limits = replace(bot.discord.limits, nonce=0.0)
        bot.gpt.agent("build").always = AgentFault(answer=LONG, cites=())
        first = await bot.ask("How do bees choose?")
        await bot.settled()
        posted = len(bot.discord.said(bot.where(first)))
        lost = posted - 1 if before < 0 else before
        bot.discord.script("messages.create", *[Fault()] * (lost - (step == "notice")), Fault(drop=True, stored=True))
        looks = len(bot.discord.calls("messages.list"))
        second = await bot.ask("And wasps?")
        await bot.settled()

        assert posted == len(bot.discord.said(bot.where(second)))
        assert looks < len(bot.discord.calls("messages.list"))


async def test_nothing_is_remembered_of_a_message_that_was_posted_anew(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        bot.gpt.agent("research").script(AgentFault(answer="Bees scout.", cites=(), first_byte_delay=0.5))
        asked = await bot.ask("How do bees choose?")
        await bot.visible(asked)
        bot.delete_answer(asked)
        await bot.settled()

        assert [] == await complaints(bot, asked)
        assert {} == bot.adapter.surface._posting._gone


async def test_a_message_is_found_again_in_a_channel_where_much_was_said_since(tmp_path: Path) -> None:
    """Without threads it stands among what others say."""
    async with open_discord_harness(tmp_path) as bot:
        bot.discord.deny(bot.channel, "create_public_threads")
        question = bot.discord.mention(bot.ada, bot.channel, "How do bees choose?")
        await bot.settled()
        (ours,) = bot.discord.said(bot.channel)
        for n in range(250):
            bot.discord.post(bot.ada, bot.channel, f"{n} bees")
        at = {"channel": bot.channel.id, "asked_in": bot.channel.id, "message": question.id, "kind": Kind.CHANNEL.value}
        found = await bot.adapter.surface.find(a_turn(identity=f"discord:{question.id}", address=at))

        assert found
        assert ours.id == found.split(":")[1]


def test_it_is_no_faster_than_the_limits_that_are_written_down() -> None:
    assert (Limit(4, 5.0), 1.2) == (PACING.updates, PACING.apart)


@pytest.mark.parametrize(
    ("kind", "channel", "shared"),
    [(Kind.CHANNEL, "", False), (Kind.OTHER, "", True), (Kind.THREAD, "7", True), (Kind.DIRECT, "7", True)],
)
def test_turns_in_one_channel_share_its_limits_and_a_thread_of_its_own_is_another_channel(
    kind: Kind, channel: str, shared: bool
) -> None:
    posting = Posting(Rest(nobody), PACING)
    one, other = (posting.pace(placed(n, kind, channel)) for n in (1, 2))

    assert shared == (one == other)


def test_a_thread_has_the_limits_that_its_question_had_before_it_was_opened() -> None:
    """It has the id of the message that it is opened on."""
    posting = Posting(Rest(nobody), PACING)
    before = placed(1, Kind.CHANNEL, "")
    before = replace(before, address={**before.address, "message": "9"})
    opened = replace(before, address={**before.address, "channel": "9"})

    assert posting.pace(before) == posting.pace(opened)


async def test_two_turns_in_a_channel_without_threads_share_its_limits(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot:
        budgets = Named()
        turns = bot.app.turns._running
        turns._wiring = replace(turns._wiring, budgets=budgets)
        bot.discord.deny(bot.channel, "create_public_threads")
        for prompt in ("How do bees choose?", "And wasps?"):
            bot.discord.mention(bot.ada, bot.channel, prompt)
        await bot.settled()

        assert {f"discord.{what}:{bot.channel.id}" for what in ("update", "post")} == budgets.taken
        assert 2 == budgets.kept[f"discord.update:{bot.channel.id}"]


class Named(MemoryBudgets):
    """Which were taken from, and how often something was kept back of each."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()
        self.kept: Counter[str] = Counter()

    async def take(self, budget: str, limit: Limit, *, keep: int = 0, last: bool = False) -> float:
        self.taken.add(budget)
        return await super().take(budget, limit, keep=keep, last=last)

    @asynccontextmanager
    async def reserved(self, budget: str) -> AsyncIterator[None]:
        self.kept[budget] += 1
        async with super().reserved(budget):
            yield


async def nobody() -> discord.Client:
    raise AssertionError("nobody asks")


def placed(n: int, kind: Kind, channel: str) -> TurnRequest:
    address = {"asked_in": "7", "kind": kind.value, **({"channel": channel} if channel else {})}
    return a_turn("How?", identity=f"discord:{n}", address=address)
