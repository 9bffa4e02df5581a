"""`orchestrator run` with an address: an answer in Slack leads to its own page."""

from __future__ import annotations

import json
import re
import signal
import socket

import httpx

from bot.demo import lines_for_slack
from sandbox.slack import SlackStandIn
from tests.bot.shell import Shell

PATIENCE = 50.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def test_an_answer_in_slack_leads_to_its_page(shell: Shell) -> None:
    port = free_port()
    async with SlackStandIn() as slack:
        channel = slack.channel("bees", [ada := slack.person("Ada")])
        changes = dict(line.split("=", 1) for line in lines_for_slack(slack))
        base = f"http://127.0.0.1:{port}"
        changes |= {"ORCHESTRATOR_HTTP_PORT": str(port), "ORCHESTRATOR_BASE_URL": base}
        process = await shell.start("run", changes=changes)
        await slack.until(lambda: slack.sockets, PATIENCE)
        question = slack.mention(ada, channel, "How do bees choose?")

        def link() -> str:
            said = json.dumps([message.blocks for message in slack.thread(question)])
            found = re.search(rf"<({base}/t/[^|]+)\|Open as a page>", said)
            return found[1] if found else ""

        await slack.until(link, PATIENCE)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            page = await client.get(link())
            other = await client.get(link()[:-1])
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert (page.status_code, other.status_code) == (200, 404)
    assert "How do bees choose?" in page.text
    assert 'class="answer"' in page.text
