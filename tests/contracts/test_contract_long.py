"""An answer that one message cannot hold: every part once, in their order, and the whole as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.customgpt import Fault
from tests.contracts.harness import FOREVER, Harness, Platform, Point, Step, Trouble, Ways, each
from tests.contracts.long import LONG, of_parts

pytestmark = pytest.mark.timeout(180)

WAYS = Ways(interval=FOREVER)


async def a_long_answer(bot: Harness) -> list[str]:
    bot.gpt.agent("build").always = Fault(answer=LONG, cites=(), delta_size=2_000)
    bot.gpt.agent("research").script(Fault(answer="Bees scout.", cites=(), first_byte_delay=0.2))
    asked = await bot.ask("Everything about bees, please")
    await bot.settled()
    return [*of_parts(bot.shown(asked)), *bot.hurried]


def with_trouble(*fails: tuple[Step, Trouble]) -> Point:
    async def point(bot: Harness) -> list[str]:
        for step, trouble in fails:
            bot.fail(step, trouble)
        return await a_long_answer(bot)

    return point


async def test_a_long_answer_goes_on_in_replies_and_is_attached_whole(chat: Platform, tmp_path: Path) -> None:
    async with chat(tmp_path, WAYS) as bot:
        assert 30_000 < len(LONG)
        assert [] == await a_long_answer(bot)


async def test_trouble_with_a_part_costs_none_and_none_comes_twice(chat: Platform, tmp_path: Path) -> None:
    troubles = (Trouble.REPLY_LOST, Trouble.NOT_STORED, Trouble.BUSY)
    steps = (Step.PUBLISH, Step.PART_2, Step.PART_3, Step.FILE_BEGUN, Step.FILE_DONE)
    points = {f"{step}-{trouble}": with_trouble((step, trouble)) for step in steps for trouble in troubles}
    several = (Step.PUBLISH, Step.PART_2, Step.FILE_DONE)
    upon = {f"EVERY-{trouble}": with_trouble(*((step, trouble) for step in several)) for trouble in troubles}

    assert {} == await each(chat, tmp_path, {**points, **upon}, WAYS)
