"""Whatever becomes of events and connections: nothing is lost, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.turn import FollowUps, TurnStatus
from sandbox.customgpt import Endpoint
from tests.contracts.harness import Harness, Loss, Mishap, Platform, Point, Ways, complaints, each, ended

pytestmark = pytest.mark.timeout(180)


def two_questions_with(mishap: Mishap) -> Point:
    async def point(bot: Harness) -> list[str]:
        bot.befall(mishap)
        first = await bot.ask("How do bees choose?")
        second = await bot.ask("And wasps?")
        await bot.settled()
        asked = len(bot.gpt.requests(Endpoint.SEND))
        return await complaints(bot, first, second) or ([] if asked == 8 else [f"the agents were asked {asked} times"])

    return point


async def test_an_event_is_taken_once_whatever_becomes_of_it(platform: Platform, tmp_path: Path) -> None:
    assert {} == await each(platform, tmp_path, {mishap.name: two_questions_with(mishap) for mishap in Mishap})


def questions_around(loss: Loss) -> Point:
    async def point(bot: Harness) -> list[str]:
        before = await bot.ask("How do bees choose?")
        await bot.lose(loss)
        after = await bot.ask("And wasps?")
        await bot.settled()
        return await complaints(bot, before, after)

    return point


async def test_a_lost_connection_loses_no_question(platform: Platform, tmp_path: Path) -> None:
    assert {} == await each(platform, tmp_path, {loss.name: questions_around(loss) for loss in Loss})


async def test_two_connections_take_each_question_once(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        await bot.second_connection()
        bot.befall(Mishap.FIVE_TIMES, Mishap.OTHER_ORDER, Mishap.NOT_ACKNOWLEDGED)
        asked = [await bot.ask(f"How do bees choose, part {n}?") for n in range(4)]
        await bot.settled()

        assert [] == await complaints(bot, *asked)
        assert 16 == len(bot.gpt.requests(Endpoint.SEND))


async def test_what_cannot_be_made_durable_in_time_is_not_acknowledged_and_taken_when_it_comes_again(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform(tmp_path, Ways(accept=0.4)) as bot:
        async with bot.database_held():
            asked = await bot.ask("How do bees choose?")
            await bot.refused()

        await bot.settled()

        assert [] == await complaints(bot, asked)
        assert 4 == len(bot.gpt.requests(Endpoint.SEND))


MODES: Mapping[FollowUps, Mapping[str, TurnStatus | None]] = {
    FollowUps.PARTICIPANTS: {"Ada": TurnStatus.COMPLETE, "Ben": None},
    FollowUps.ANYONE: {"Ada": TurnStatus.COMPLETE, "Ben": TurnStatus.COMPLETE},
    FollowUps.MENTION: {"Ada": None, "Ben": None},
}


@pytest.mark.parametrize("mode", FollowUps)
async def test_who_may_go_on_without_a_mention(chat: Platform, tmp_path: Path, mode: FollowUps) -> None:
    async with chat(tmp_path, Ways(follow_ups=mode)) as bot:
        asked = await bot.ask("How do bees choose?", who="Ada")
        await bot.settled()
        said = {who: await bot.say("And in three lines?", asked, who=who) for who in ("Ada", "Ben")}
        await bot.settled()

        assert MODES[mode] == {who: await ended(bot, one) for who, one in said.items()}
        assert [] == await complaints(bot, *(one for who, one in said.items() if MODES[mode][who]))


async def test_a_follow_up_is_told_what_was_said_before(platform: Platform, tmp_path: Path) -> None:
    async with platform(tmp_path) as bot:
        asked = await bot.ask("How do bees choose?")
        await bot.settled()
        await bot.say("And in three lines?", asked)
        await bot.settled()
        prompt = str(bot.gpt.requests(Endpoint.SEND)[4].body)

        assert "How do bees choose?" in prompt
        assert "they fly" in prompt
