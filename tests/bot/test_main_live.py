"""The message in a real terminal: one, whatever else is written to it."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from contextlib import suppress
from typing import Any

from sandbox.customgpt import CustomGPTStandIn, Fault
from tests.bot.shell import Shell
from tests.bot.terminal.screen import screen


def read_all(terminal: int) -> bytes:
    said = b""
    with suppress(OSError):  # Linux: nobody holds the other end any more
        while piece := os.read(terminal, 65_536):
            said += piece
    return said


async def on_a_terminal(shell: Shell, *arguments: str, **changes: str) -> tuple[int | None, str]:
    """Exit code and everything that came out, where input, output and errors are one terminal."""
    ours, theirs = pty.openpty()
    environment = shell.environment({"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", **changes})
    streams: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    command = (sys.executable, "-m", "bot", *arguments)
    process = await asyncio.create_subprocess_exec(*command, cwd=shell.folder, env=environment, **streams)
    os.close(theirs)
    said = await asyncio.to_thread(read_all, ours)
    os.close(ours)
    return await process.wait(), said.decode()


async def test_a_line_of_the_log_leaves_one_message(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("plan").script(Fault(status=503))

    code, said = await on_a_terminal(shell, "ask", "How do bees choose?", ORCHESTRATOR_LOG_LEVEL="info")

    lines = screen(said)
    assert 0 == code
    assert "Working" in said
    assert 1 == len([line for line in lines if "again in" in line])
    assert [] == [line for line in lines if "Working" in line or "○" in line]


async def test_who_watches_reads_of_retries_in_the_message_alone(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("plan").script(Fault(status=503))

    code, said = await on_a_terminal(shell, "ask", "How do bees choose?")

    assert 0 == code
    assert "waiting for CustomGPT" in said
    assert "again in" not in said
