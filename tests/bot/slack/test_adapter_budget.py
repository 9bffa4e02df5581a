"""Twenty turns at once share what Slack allows a workspace."""

from __future__ import annotations

from pathlib import Path

from bot.slack.surface import Pacing
from core.ports import Limit
from sandbox.customgpt import Fault
from sandbox.slack import Limits
from tests.contracts.harness import ANSWER, APPROVED, Asked, Ways, complaints
from tests.contracts.slack_harness import LIMITS, PACING, SlackHarness, beside, open_slack_harness
from tests.postgres import Server

MOST = 45
WINDOW = 1.0
"""Seconds, in the place of Slack's minute."""

STRICT = Limits(
    window=WINDOW,
    calls={"chat.update": MOST},
    post_burst=LIMITS.post_burst,
    post_interval=LIMITS.post_interval,
    ack=8.0,
    retries=LIMITS.retries,
)
OURS = Pacing(updates=Limit(MOST, WINDOW + 0.6), posts=PACING.posts)
"""Two processes that did not share it would still send more than the limit."""
TWENTY = Ways(concurrency=20, accept=6.0)


async def twenty(bot: SlackHarness) -> list[Asked]:
    channels = [bot.channel, *(bot.another_channel(f"channel-{n}") for n in range(3))]
    return [bot.asked(bot.slack.mention(bot.ada, channels[n % 4], f"How do bees choose? {n}")) for n in range(20)]


def slowly(bot: SlackHarness, seconds: float, *, piece: int) -> None:
    """The draft comes letter by letter, each of which would be worth an update."""
    answers = {"research": "Bees scout.", "plan": "1. Scouts", "build": ANSWER, "review": APPROVED}
    for stage, answer in answers.items():
        bot.gpt.agent(stage).always = Fault(answer=answer, cites=(), first_byte_delay=seconds)
    deltas = len(ANSWER) / piece
    bot.gpt.agent("build").always = Fault(answer=ANSWER, cites=(), delta_size=piece, delta_delay=seconds / deltas)


def updates_are_within_the_limit(bot: SlackHarness) -> bool:
    return not bot.hurried and bot.slack.most_in_window("chat.update", seconds=WINDOW) <= MOST


def boundaries(bot: SlackHarness, asked: Asked) -> set[int]:
    """How many stages were shown as done, while it was running."""
    return {state.count("✓") for state in bot.shown(asked)[0].states if "Working" in state}


async def test_twenty_turns_are_within_the_limit_and_every_boundary_comes_before_any_preview(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path, TWENTY, limits=STRICT, pacing=OURS) as bot:
        slowly(bot, 3.0, piece=2)
        asked = await twenty(bot)
        await bot.settled()

        assert [] == await complaints(bot, *asked)
        assert updates_are_within_the_limit(bot)
        assert [{0, 1, 2, 3}] * 20 == [boundaries(bot, one) for one in asked]


async def test_two_processes_share_one_limit_and_where_that_is_far_too_little_every_last_state_arrives(
    tmp_path: Path, postgres: Server
) -> None:
    ways = Ways(database=postgres.fresh(), concurrency=20, accept=6.0)
    async with (
        open_slack_harness(tmp_path, ways, limits=STRICT, pacing=OURS) as bot,
        beside(bot, tmp_path, ways, pacing=OURS),
    ):
        slowly(bot, 0.3, piece=1)
        asked = await twenty(bot)
        await bot.settled()

        assert [] == await complaints(bot, *asked)
        assert updates_are_within_the_limit(bot)
