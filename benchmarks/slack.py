"""**I/O edge.** `orchestrator run` in Slack's stand-in while 200 turns run: the first message, and the updates.

Slack's limits are its own, but for what has to do with so many questions in one minute: people, reactions.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.durable import percentile
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.processes import Bot, bot, customgpt, paced, settings_for
from benchmarks.startup import slack_settings
from bot.slack.metadata import posted
from sandbox.slack import Limits, Message, SlackStandIn
from sandbox.slack.faults import CALLS

SAYS = "`orchestrator run` on SQLite in Slack's stand-in, agents of 15 s, each question in a channel of its own."
RUNNING, MEASURED = 200, 50
FASTER, GAP = 0.1, 0.2
"""Seconds between two questions: of those that are to run, and of those that are measured."""

AGENT_SECONDS = 15.0
BUDGET = 45
WATCHED = 65.0
"""Seconds from the first question on in which the updates are counted: a minute, and some more."""

LIMITS = Limits(calls=Limits(calls=CALLS).allowing(users_info=10_000, reactions_add=10_000, reactions_remove=10_000))


async def measured(ground: Ground) -> list[Figure]:
    async with customgpt() as url, SlackStandIn(limits=LIMITS) as slack:
        await paced(url, AGENT_SECONDS)
        environment = {**settings_for(url, await ground.sqlite()), **slack_settings(slack)}
        async with bot(environment, ground.folder) as ours:
            await slack.until(lambda: slack.sockets)
            return await _watched(slack, ours)


async def _watched(slack: SlackStandIn, ours: Bot) -> list[Figure]:
    begun, cpu = time.monotonic(), ours.cpu
    alone = [await _asked_alone(slack, n) for n in range(10)]
    before, at_rest = ours.resident, ours.cpu
    await _asked(slack, "running", RUNNING, FASTER)
    measured = await _asked(slack, "measured", MEASURED, GAP)
    await slack.until(lambda: all(_first(slack, one) for one in measured), 120.0)
    grown, starting = ours.resident - before, ours.cpu - at_rest
    await asyncio.sleep(begun + WATCHED - time.monotonic())
    limited = sum(call.limited for call in slack.calls("chat.update"))
    under_way = RUNNING + MEASURED
    return [
        Figure("first visible message, p95, nothing else running", 1e3 * percentile(_waits(slack, alone), 95), "ms"),
        Figure("first visible message, p95, 200 running", 1e3 * percentile(_waits(slack, measured), 95), "ms", 300.0),
        Figure("CPU from question to first message, 250 turns", 1e3 * starting / under_way, "ms a turn"),
        Figure("CPU of 250 running turns", 100 * (ours.cpu - cpu) / WATCHED, "% of a core"),
        Figure("memory of a running turn", grown / under_way / 1024, "KB"),
        Figure("updates in the fullest minute", slack.most_in_window("chat.update"), aim=float(BUDGET)),
        Figure("updates that Slack refused", limited, aim=0.0),
    ]


async def _asked_alone(slack: SlackStandIn, n: int) -> Message:
    (question,) = await _asked(slack, f"alone-{n}", 1, 0.0)
    await slack.until(lambda: _first(slack, question))
    return question


async def _asked(slack: SlackStandIn, kind: str, count: int, gap: float) -> list[Message]:
    """So many questions, each in a channel of its own, by twenty people."""
    people = [slack.person(f"{kind} {n}") for n in range(min(count, 20))]
    questions = []
    for n in range(count):
        who = people[n % len(people)]
        questions.append(slack.mention(who, slack.channel(f"{kind}-{n}", [who]), "How do bees choose a nest?"))
        await asyncio.sleep(gap)
    return questions


def _first(slack: SlackStandIn, question: Message) -> Message | None:
    """The message that became visible first in its thread."""
    return next((one for one in slack.thread(question) if posted({"metadata": one.metadata})), None)


def _waits(slack: SlackStandIn, questions: list[Message]) -> list[float]:
    """Seconds from each question until something is seen."""
    answered = [(one, _first(slack, one)) for one in questions]
    return [first.states[0].at - one.states[0].at for one, first in answered if first]
