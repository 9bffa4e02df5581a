"""What the README says of HTTP, word for word, against the demo and against `orchestrator run`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bot.shell import Shell

README = (Path(__file__).parents[3] / "README.md").read_text()
ADDRESS = "127.0.0.1:8000"
"""As the README has it; here a free one is taken."""


def block(language: str, words: str) -> str:
    """The code of that language in which these words stand."""
    (found,) = [code for code in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if words in code]
    return str(found)


@asynccontextmanager
async def process(shell: Shell, *arguments: str, **changes: str) -> AsyncIterator[tuple[str, str]]:
    """One that is listening: where, and the line in which it says so."""
    started = await shell.start(*arguments, changes=changes, stderr=asyncio.subprocess.STDOUT)
    assert started.stdout is not None
    try:
        async for line in started.stdout:
            if found := re.search(r"http://(127\.0\.0\.1:\d+)/(v1/chat|docs)", line.decode()):
                yield found[1], line.decode()
                break
        else:
            raise AssertionError("it ended and never listened")
    finally:
        started.send_signal(signal.SIGINT)
        await started.communicate()


async def output(*command: str) -> str:
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    return out.decode()


async def assert_readme_holds(address: str) -> None:
    answer = json.loads(await output("bash", "-c", block("sh", "curl").replace(ADDRESS, address)))
    seen = await output(sys.executable, "-c", block("python", "websockets").replace(ADDRESS, address))

    assert ("complete", "demo-123") == (answer["status"], answer["conversation_id"])
    assert {"tone": "friendly", "length": "150 words"} == answer["context"]
    assert 4 == answer["usage"]["queries"]
    assert ["research", "plan", "build", "review"] == re.findall(r"stage\.completed (\w+)", seen)
    assert re.search(r"^\[\d+\] complete", seen, re.MULTILINE)


@pytest.mark.timeout(180)
async def test_the_readme_holds_against_the_demo_and_so_does_the_line_that_it_prints(tmp_path: Path) -> None:
    async with process(Shell(tmp_path, {}), "demo", "--keep", "--pace", "0", "--port", "0") as (address, line):
        await assert_readme_holds(address)
        printed = json.loads(await output("bash", "-c", line))

    assert "complete" == printed["status"]


@pytest.mark.timeout(180)
async def test_the_demo_takes_another_port_where_that_one_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with process(Shell(tmp_path, {}), "demo", "--keep", "--pace", "0", "--port", port) as (address, _):
            assert not address.endswith(f":{port}")


@pytest.mark.timeout(180)
async def test_the_readme_holds_against_a_server_of_ones_own(shell: Shell) -> None:
    own = {"ORCHESTRATOR_HTTP_PORT": "0", "ORCHESTRATOR_API_TOKENS": "demo-token"}
    async with process(shell, "run", "--only", "http", **own) as (address, _):
        await assert_readme_holds(address)


async def listening_at(child: asyncio.subprocess.Process) -> str:
    """Host and port, as uvicorn says them."""
    assert child.stderr is not None
    async for line in child.stderr:
        if found := re.search(r"http://(127\.0\.0\.1:\d+)", line.decode()):
            return found[1]
    raise AssertionError("it ended and never listened")


@pytest.mark.timeout(180)
async def test_uvicorn_serves_it_by_the_factory(shell: Shell) -> None:
    python = (sys.executable, "-m", "uvicorn", "--factory", "bot.http.app:create", "--port", "0", "--log-level", "info")
    child = await asyncio.create_subprocess_exec(
        *python,
        cwd=shell.folder,
        env=shell.environment({"ORCHESTRATOR_API_TOKENS": "demo-token"}),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await assert_readme_holds(await listening_at(child))
    finally:
        child.send_signal(signal.SIGINT)
        await child.communicate()
