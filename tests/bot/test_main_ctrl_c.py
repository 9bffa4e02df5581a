"""Ctrl-C, at any moment: silence, exit code 130, and never a long wait."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from tests.bot.shell import Shell


async def until(stream: asyncio.StreamReader | None, said: str) -> None:
    """Read on until a line says it."""
    assert stream is not None
    while said not in (line := (await stream.readline()).decode()):
        assert line, f"it never said {said}"


@pytest.mark.parametrize("module", ["typer", "rich.console", "pydantic", "sqlalchemy.sql", "psycopg.errors"])
async def test_while_it_starts(shell: Shell, module: str) -> None:
    process = await shell.start("ask", "Hi", python=(sys.executable, "-X", "importtime"))
    await until(process.stderr, f" {module}\n")
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()

    assert (130, b"") == (process.returncode, out)
    assert not [line for line in err.splitlines() if not line.startswith(b"import time:")]


async def test_while_another_program_holds_the_database(shell: Shell, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "orchestrator.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        process = await shell.start("ask", "Hi")
        await until(process.stderr, "Waiting for the database …")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):  # of the 30 s that SQLite waits
            out, err = await process.communicate()

    assert (130, b"", b"") == (process.returncode, out, err)


async def test_the_second_leaves_at_once(shell: Shell, stand_in: CustomGPTStandIn, tmp_path: Path) -> None:
    stand_in.agent("build").always = Fault(stall=True)
    process = await shell.start("ask", "Hi")
    await stand_in.until(lambda: len(stand_in.requests(Endpoint.SEND)) == 3)
    with closing(sqlite3.connect(tmp_path / "orchestrator.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # so that the first cannot be kept
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            while process.returncode is None:
                with suppress(ProcessLookupError):  # `send_signal` would take its end from who waits for it
                    os.kill(process.pid, signal.SIGINT)  # two that come together count as one
                await asyncio.sleep(0.05)
        _, err = await process.communicate()

    assert (130, b"") == (process.returncode, err)


async def test_the_end_of_a_demo_that_was_kept_is_a_good_one(tmp_path: Path) -> None:
    process = await Shell(tmp_path, {}).start("demo", "--keep", "--pace", "0")
    await until(process.stdout, "REVIEW_AGENT_PROJECT_ID=")
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert (0, b"") == (process.returncode, err)


async def test_a_demo_that_was_stopped_says_so(tmp_path: Path) -> None:
    process = await Shell(tmp_path, {}).start("demo", "--pace", "20")
    await until(process.stdout, "Explain how bees")
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()

    assert (130, b"") == (process.returncode, err)
    assert b"That was the local stand-in" not in out


async def test_where_whoever_started_it_ignores_ctrl_c(tmp_path: Path) -> None:
    ignoring = ("sh", "-c", 'trap "" INT; exec "$0" "$@"', sys.executable)
    process = await Shell(tmp_path, {}).start("sandbox", "--port", "0", python=ignoring)
    await until(process.stdout, "REVIEW_AGENT_PROJECT_ID=")
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert (130, b"") == (process.returncode, err)
