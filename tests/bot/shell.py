"""The command line as a process, in an empty folder and an empty environment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Said:
    """What a process left."""

    code: int
    out: str
    err: str


class Shell:
    """Runs the command line in an empty folder, with nothing in the environment but what it is given."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.settings = settings

    async def start(
        self,
        *arguments: str,
        python: tuple[str, ...] = (sys.executable,),
        stdout: int = asyncio.subprocess.PIPE,
        stderr: int = asyncio.subprocess.PIPE,
        changes: Mapping[str, str] = MappingProxyType({}),
    ) -> asyncio.subprocess.Process:
        """Start it. `python` may name a program that starts it, or options."""
        environment = self.environment(changes)
        streams: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": stdout, "stderr": stderr}
        command = (*python, "-m", "bot", *arguments)
        return await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=environment, **streams)

    def environment(self, changes: Mapping[str, str]) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **self.settings, **changes}

    async def run(self, *arguments: str, stdin: str = "", **changes: str) -> Said:
        process = await self.start(*arguments, changes=changes)
        out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())
