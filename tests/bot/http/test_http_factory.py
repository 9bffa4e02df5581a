"""`uvicorn --factory bot.http.app:create`: it ends when it is told to, and logs no key of a page."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn, Fault
from tests.bot.http.processes import PATIENCE, QUESTION, TOKEN, shell_for
from tests.bot.shell import Shell

UVICORN = (*("-m", "uvicorn", "--factory", "bot.http.app:create"), *("--port", "0", "--log-level", "info"))


@asynccontextmanager
async def served(shell: Shell) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The process, and where it listens."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *UVICORN,
        cwd=shell.folder,
        env=shell.environment({"ORCHESTRATOR_SHUTDOWN_SECONDS": "0"}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            async for line in child.stdout:
                if found := re.search(r"http://127\.0\.0\.1:\d+", line.decode()):
                    yield child, found[0]
                    return
        raise AssertionError("it ended and never listened")
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


@pytest.mark.timeout(180)
async def test_it_ends_at_the_signal_while_somebody_waits_for_an_answer(
    stand_in: CustomGPTStandIn, tmp_path: Path
) -> None:
    stand_in.agent("research").always = Fault(first_byte_delay=600.0)
    shell = shell_for(stand_in, tmp_path, f"sqlite:///{tmp_path}/kept.db")
    async with served(shell) as (child, url), httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        begun = await client.post("/v1/chat", json=QUESTION, headers={**headers, "Prefer": "respond-async"})
        more = {"Idempotency-Key": "k"}
        asking = asyncio.create_task(client.post("/v1/chat", json=QUESTION, headers={**headers, **more}))
        while len((await client.get("/v1/conversations", headers=headers)).json()["conversations"]) < 2:
            pass
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            answer = await asking
            await child.communicate()

    assert 202 == begun.status_code
    assert 503 == answer.status_code
    assert child.returncode in (0, -signal.SIGTERM)


@pytest.mark.timeout(180)
async def test_what_is_asked_for_is_in_no_log(stand_in: CustomGPTStandIn, tmp_path: Path) -> None:
    shell = shell_for(stand_in, tmp_path, f"sqlite:///{tmp_path}/kept.db")
    async with served(shell) as (child, url), httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        page = await client.get("/t/abcdefgh/the-key-of-a-page")
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            out, _ = await child.communicate()

    assert 404 == page.status_code
    assert b"shut" in out.lower()
    assert b"the-key-of-a-page" not in out
    assert not [line for line in out.splitlines() if not line.startswith(b"{")]
