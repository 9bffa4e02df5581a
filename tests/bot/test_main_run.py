"""`orchestrator run` as a process: one at a time, and it ends when it is told to."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from core.stages import STAGES
from tests.bot.shell import Shell
from tests.core.test_metrics import numbers

SETTINGS = {
    "CUSTOMGPT_API_KEY": "1234|" + "k" * 40,
    "CUSTOMGPT_BASE_URL": "http://127.0.0.1:9",
    "ORCHESTRATOR_HTTP_PORT": "0",
    **{stage.setting: "1" for stage in STAGES},
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, SETTINGS)


async def said(process: asyncio.subprocess.Process, words: str) -> str:
    """The line in which it says so."""
    assert process.stderr is not None
    async for line in process.stderr:
        if words in line.decode():
            return line.decode()
    raise AssertionError(f"it ended without {words!r}")


async def test_a_second_one_on_the_same_database_is_refused_and_the_first_ends_when_told(shell: Shell) -> None:
    first = await shell.start("run")
    assert "is off" in await said(first, "slack")
    assert await said(first, "Ready")

    second = await shell.run("run")
    beside = await shell.run("turns", "list")
    first.send_signal(signal.SIGTERM)
    await first.communicate()

    assert 1 == second.code
    assert "Another orchestrator is running on the database" in second.err
    assert 0 == beside.code
    assert 0 == first.returncode


async def test_it_says_over_http_which_platform_it_waits_for(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/"
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": nowhere}
    run = await Shell(tmp_path, SETTINGS | slack).start("run")
    address = (await said(run, "HTTP is at")).partition("HTTP is at ")[2].partition(",")[0]

    async with httpx.AsyncClient() as client:
        ready, there = await client.get(f"{address}/readyz"), await client.get(f"{address}/healthz")
        metrics = numbers((await client.get(f"{address}/metrics")).content)
    run.send_signal(signal.SIGTERM)
    await run.communicate()

    assert (503, {"ready": False, "waiting_for": ["slack"]}) == (ready.status_code, ready.json())
    assert 200 == there.status_code
    connected = {"http": 1.0, "slack": 0.0}
    assert connected == {name: metrics[f'orchestrator_connected{{surface="{name}"}}'] for name in connected}


async def test_a_database_that_is_none_is_told_and_exits_with_one(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "orchestrator.db").write_bytes(b"This is a letter, not a database. " * 50)

    ended = await shell.run("run")

    assert 1 == ended.code
    assert "is no SQLite database" in ended.err
