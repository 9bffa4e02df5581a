"""`orchestrator ask` while a bot has the database: it is asked over HTTP, and all looks as if it ran here."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from tests.bot.shell import Shell
from tests.bot.test_main_run import said

pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
async def beside(shell: Shell) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot that is running on the same settings; the shell asks beside it."""
    shell.settings["ORCHESTRATOR_HTTP_PORT"] = str(free_port())
    bot = await shell.start("run", "--only", "http")
    await said(bot, "HTTP is at")
    yield bot
    if bot.returncode is None:
        bot.terminate()
    await bot.communicate()


@pytest.mark.parametrize("tokens", ["", "ada-token-0123456789"], ids=["with-the-key", "with-a-token"])
async def test_the_payload_is_that_of_the_bot_that_runs(shell: Shell, stand_in: CustomGPTStandIn, tokens: str) -> None:
    shell.settings |= {"ORCHESTRATOR_HTTP_PORT": str(free_port()), "ORCHESTRATOR_API_TOKENS": tokens}
    bot = await shell.start("run", "--only", "http")
    await said(bot, "HTTP is at")
    first = await shell.run("ask", "How do bees choose?", "--tone", "friendly", "--conversation", "mine", "--json")
    again = await shell.run("ask", "And at night?", "--conversation", "mine", "--json")
    bot.terminate()
    await bot.communicate()

    payload = json.loads(first.out)
    assert (0, "", 0, "") == (first.code, first.err, again.code, again.err)
    assert ("complete", 4, "mine", {"tone": "friendly"}) == (
        payload["status"],
        payload["usage"]["queries"],
        payload["conversation_id"],
        payload["context"],
    )
    last = stand_in.requests(Endpoint.SEND)[-4].body
    assert isinstance(last, dict)
    assert "How do bees choose?" in last["prompt"]


async def test_a_pipe_gets_the_same_as_from_here(shell: Shell, beside: asyncio.subprocess.Process) -> None:
    there = await shell.run("ask", "How do bees choose?")
    beside.terminate()
    await beside.communicate()
    here = await shell.run("ask", "How do bees choose?")

    def told(out: str) -> str:
        return re.sub(r"[\d.]+ s\b", "N s", out)

    assert (0, "") == (there.code, there.err)
    assert told(here.out) == told(there.out)
    assert there.out.count("✓") == 4


async def test_ctrl_c_stops_it_there(
    shell: Shell, stand_in: CustomGPTStandIn, beside: asyncio.subprocess.Process
) -> None:
    stand_in.agent("build").always = Fault(stall=True)
    process = await shell.start("ask", "How do bees choose?")
    await stand_in.until(lambda: len(stand_in.requests(Endpoint.SEND)) == 3)
    assert process.stdout
    while "Plan" not in (await process.stdout.readline()).decode():
        pass
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    listed = await shell.run("turns", "list")

    assert (130, b"") == (process.returncode, err)
    assert "Stopped by you after Plan. What was done is kept." in out.decode()
    assert "stopped" in listed.out


async def test_a_stage_that_fails_exits_with_one(
    shell: Shell, stand_in: CustomGPTStandIn, beside: asyncio.subprocess.Process
) -> None:
    stand_in.agent("build").always = Fault(status=429, body="quota")
    ended = await shell.run("ask", "How do bees choose?")
    as_json = await shell.run("ask", "How do bees choose?", "--json")

    assert (1, 1) == (ended.code, as_json.code)
    assert "Build did not answer: CustomGPT has no query credits left." in ended.out
    assert ("failed", "no_credits") == (
        json.loads(as_json.out)["status"],
        json.loads(as_json.out)["error"]["code"],
    )


async def test_what_is_not_taken_is_said_as_from_here(shell: Shell, beside: asyncio.subprocess.Process) -> None:
    there = await shell.run("ask", "")
    beside.terminate()
    await beside.communicate()
    here = await shell.run("ask", "")

    assert (1, here.out, here.err) == (there.code, there.out, there.err)


async def test_a_bot_without_http_is_to_be_stopped_first(shell: Shell, tmp_path: Path) -> None:
    shell.settings["ORCHESTRATOR_HTTP_PORT"] = str(free_port())
    bot = await shell.start("run", "--only", "slack")
    await said(bot, "Ready")
    ended = await shell.run("ask", "How do bees choose?")
    bot.terminate()
    await bot.communicate()

    assert 1 == ended.code
    assert "Another orchestrator is running on the database" in ended.err
    assert "It was not to be asked over HTTP, either: http://127.0.0.1:" in ended.err
    assert "ConnectError" in ended.err


async def test_it_is_followed_over_a_restart_of_the_bot(
    shell: Shell, stand_in: CustomGPTStandIn, beside: asyncio.subprocess.Process
) -> None:
    stand_in.agent("build").script(Fault(stall=True))
    process = await shell.start("ask", "How do bees choose?")
    await stand_in.until(lambda: len(stand_in.requests(Endpoint.SEND)) == 3)
    assert process.stdout
    while "Plan" not in (await process.stdout.readline()).decode():
        pass
    beside.kill()
    await beside.communicate()
    again = await shell.start("run", "--only", "http")
    await said(again, "HTTP is at")
    out, err = await process.communicate()
    again.terminate()
    await again.communicate()

    assert (0, b"") == (process.returncode, err)
    assert ["Build", "Review"] == re.findall(r"✓ (\w+)", out.decode())
