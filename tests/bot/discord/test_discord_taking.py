"""What becomes in Discord of what people say while the database cannot be used."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.discord.events import Tries
from core.errors import StoreError
from core.ports import Turns
from core.stored import StoredTurn
from core.text import replies
from core.turn import FollowUps, TurnRequest, TurnStatus
from sandbox.customgpt import Fault
from tests.bot.discord.cast import command
from tests.contracts.discord_harness import (
    PATIENCE,
    DiscordHarness,
    Overheard,
    open_discord_harness,
    opened_adapter,
)
from tests.contracts.harness import Ways, complaints, ended

PROMPT = "How do bees choose?"
PATIENT = Tries(accept=PATIENCE, patience=PATIENCE, pause=0.01)
SOON = Tries(accept=PATIENCE, patience=0.05, pause=0.01)
EVER = 10**9


class Troubled(Overheard):
    """The turns, over a database that fails so often at each call; a submission may also never return."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns)
        self.fails: Counter[str] = Counter()
        self.taken: list[str] = []
        self.error: Exception = StoreError("the database is away")
        self.looked = 0
        self.stopped: list[str] = []
        self.hangs = False
        self._hanging: asyncio.Future[bool] | None = None

    def _fail(self, call: str) -> None:
        if self.fails[call] > 0:
            self.fails[call] -= 1
            self._changes.notice()
            raise self.error

    async def submit(self, turn: TurnRequest) -> bool:
        self._fail("submit")
        self.taken.append(turn.prompt)
        if not self.hangs:
            return await self._turns.submit(turn)
        self._hanging = asyncio.ensure_future(self._turns.submit(turn))
        return await asyncio.Event().wait()

    async def turn(self, turn_id: str) -> StoredTurn | None:
        self._fail("turn")
        if self._hanging:
            await self._hanging
        return await super().turn(turn_id)

    async def stop(self, turn_id: str, by: str) -> bool:
        self._fail("stop")
        self.stopped.append(turn_id)
        return await self._turns.stop(turn_id, by)

    async def open_on(self, surface: str) -> list[StoredTurn]:
        self.looked += 1
        return await self._turns.open_on(surface)

    async def askers(self, conversation_id: str) -> frozenset[str]:
        self._fail("askers")
        return await self._turns.askers(conversation_id)

    @property
    def preferences(self) -> Troubled:
        return self

    async def of(self, name: str) -> Mapping[str, str]:
        self._fail("preferences")
        return await self._turns.preferences.of(name)


@asynccontextmanager
async def troubled(bot: DiscordHarness, tries: Tries = PATIENT) -> AsyncIterator[Troubled]:
    """From now on the bot hears what is said over such a database."""
    await bot.close()
    await bot.discord.until(lambda: not bot.discord.gateway.open, PATIENCE)
    async with opened_adapter(bot.discord, Ways(follow_ups=FollowUps.ANYONE), tries=tries) as bot.adapter:
        bot.heard = turns = Troubled(bot.app.turns)
        await bot.listen()
        try:
            yield turns
        finally:
            await bot.close()


async def test_what_is_said_in_a_channel_is_taken_in_its_order(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        place = bot.discord.dm(bot.ada)
        turns.fails["submit"] = 2
        for prompt in ("first", "second", "third"):
            bot.discord.post(bot.ada, place, prompt)
        await bot.settled()

        assert ["first", "second", "third"] == turns.taken


@pytest.mark.parametrize("call", ["submit", "preferences"])
async def test_a_question_is_taken_when_the_database_is_there_again(tmp_path: Path, call: str) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        turns.fails[call] = 2
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert [] == await complaints(bot, asked)


async def test_so_is_what_is_said_in_its_thread(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        first = await bot.ask(PROMPT)
        await bot.settled()
        turns.fails["askers"] = 2
        second = await bot.say("And wasps?", first)
        await bot.settled()

        assert [] == await complaints(bot, first, second)


async def test_a_reply_to_an_answer_goes_on_with_it_when_the_database_is_there_again(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        bot.discord.deny(bot.channel, "create_public_threads")
        bot.discord.mention(bot.ada, bot.channel, PROMPT)
        await bot.settled()
        (answer,) = bot.discord.said(bot.channel)
        turns.fails["turn"] = 2
        bot.discord.post(bot.ada, bot.channel, "And wasps?", answers=answer)
        await bot.discord.until(lambda: 2 == len(bot.discord.said(bot.channel)), PATIENCE)
        await bot.settled()
        ours = await bot.app.store.turns()

        assert 2 == len(ours)
        assert 1 == len({one.conversation_id for one in ours})


async def test_who_asks_while_it_stays_away_is_told(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot, tries=SOON) as turns:
        turns.fails["submit"] = EVER
        asked = await bot.ask(PROMPT)
        await bot.settled()
        (told,) = bot.discord.said(bot.channel)

        assert replies.NOT_TAKEN == bot.discord.text(told)
        assert asked.where.id == told.answers
        assert None is await ended(bot, asked)


async def test_what_is_perhaps_not_for_the_bot_is_not_answered_then(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot, tries=SOON) as turns:
        start = bot.discord.post(bot.ada, bot.channel, "Bees!")
        thread = bot.discord._floor.open_thread(bot.channel, "bees", on=start, owner=bot.ada)
        turns.fails["askers"] = EVER
        bot.discord.post(bot.ada, thread, "They swarm.")
        await bot.settled()

        assert [] == bot.discord.said(thread)


async def test_nobody_is_told_that_a_question_was_not_taken_that_was(tmp_path: Path) -> None:
    """Its submission did not return in time, and had been done."""
    tries = replace(SOON, patience=1.0)
    async with open_discord_harness(tmp_path) as bot, troubled(bot, tries=tries) as turns:
        turns.hangs = True
        asked = await bot.ask(PROMPT)
        await bot.settled()

        assert [] == bot.discord.said(bot.channel)
        assert [] == await complaints(bot, asked)


async def test_of_a_command_that_breaks_who_gave_it_is_told(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        turns.error = RuntimeError("unforeseen")
        turns.fails["preferences"] = 1

        assert replies.BROKEN == await command(bot, bot.ada, "settings")


# Questions that are deleted


def slow(bot: DiscordHarness) -> None:
    bot.gpt.agent("research").always = Fault(answer="Bees scout.", cites=(), first_byte_delay=30.0)


async def test_a_question_that_is_deleted_before_it_is_taken_is_stopped(tmp_path: Path) -> None:
    async with open_discord_harness(tmp_path) as bot, troubled(bot) as turns:
        slow(bot)
        turns.fails["submit"] = EVER
        asked = await bot.ask(PROMPT)
        await turns.until(lambda: turns.fails["submit"] < EVER, PATIENCE)
        bot.delete_question(asked)
        await turns.until(lambda: turns.asked[asked.turn_id], PATIENCE)
        turns.fails["submit"] = 0
        await bot.settled()

        assert TurnStatus.STOPPED is await ended(bot, asked)


async def test_of_a_purge_the_database_is_asked_once_what_was_asked_by_command(tmp_path: Path) -> None:
    """And who cannot be stopped for now keeps nobody else from being stopped."""
    async with open_discord_harness(tmp_path, Ways(shutdown=0.1)) as bot, troubled(bot) as turns:
        slow(bot)
        asked = [await bot.ask(PROMPT), await bot.ask("And wasps?")]
        for one in asked:
            await bot.showing(one, "Working")
        turns.fails["stop"] = 1
        bot.discord.purge(bot.channel, *(one.where for one in asked))
        await bot.taken()  # one more is deleted for that

        assert 2 == turns.looked
        assert 1 == len(turns.stopped)
