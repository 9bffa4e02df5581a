"""**I/O edge.** `orchestrator run` with nothing to do: how long it starts, what it takes of a core and of memory."""

from __future__ import annotations

import asyncio
import statistics

from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.processes import bot, customgpt, settings_for
from sandbox.slack import SlackStandIn

SAYS = "`orchestrator run` on SQLite, connected to Slack's stand-in, nobody asking."
STARTS = 3
SETTLED = 3.0
"""Seconds after which its checks at the start are over."""

WATCHED = 8.0


async def measured(ground: Ground) -> list[Figure]:
    starts = []
    async with customgpt() as url, SlackStandIn() as slack:
        for _ in range(STARTS):
            environment = {**settings_for(url, await ground.sqlite()), **slack_settings(slack)}
            async with bot(environment, ground.folder) as ours:
                starts.append(ours.started_in)
                if len(starts) == STARTS:
                    await slack.until(lambda: slack.sockets)
                    await asyncio.sleep(SETTLED)
                    before = ours.cpu
                    await asyncio.sleep(WATCHED)
                    share = 100 * (ours.cpu - before) / WATCHED
                    memory = ours.resident / 2**20
    return [
        Figure("from start to ready", statistics.median(starts), "s"),
        Figure("CPU when idle", share, "% of a core", aim=3.0),
        Figure("memory when idle", memory, "MB"),
    ]


def slack_settings(slack: SlackStandIn) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.url}
