"""**I/O edge.** A disk of its own for the database, small enough to be filled: a tmpfs, where root may mount one."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scripts.soaking.plan import Trouble

MEGABYTES = {"sqlite": 96, "postgres": 640}
BLOCK = b"\0" * 65_536


class Disk:
    """`why_not`: why it cannot be filled; empty where it can."""

    def __init__(self, folder: Path, why_not: str = "") -> None:
        self.folder = folder
        self.why_not = why_not
        self._ballast = folder / "ballast"

    async def fill(self) -> None:
        """To the last byte, also while something is given back."""
        await asyncio.to_thread(self._fill)

    async def free(self) -> None:
        await asyncio.to_thread(self._ballast.unlink, missing_ok=True)

    def _fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            for size in (len(BLOCK), 4096, 1):
                with contextlib.suppress(_Full):
                    while True:
                        _write(file.fileno(), BLOCK[:size])


class _Full(Exception):
    pass


def _write(descriptor: int, block: bytes) -> None:
    try:
        os.write(descriptor, block)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _Full from error
        raise


@asynccontextmanager
async def disk(folder: Path, kind: str) -> AsyncIterator[Disk]:
    """Mounted on `folder` for the length of the block; where that may not be, the folder as it is."""
    options = f"size={MEGABYTES[kind]}m,mode=755"
    code, said = await _run("mount", "-t", "tmpfs", "-o", options, "orchestrator-soak", str(folder))
    if code:
        yield Disk(folder, f"{Trouble.DISK}: a tmpfs cannot be mounted here ({said.strip() or 'needs root'})")
        return
    try:
        yield Disk(folder)
    finally:
        await _run("umount", "--lazy", str(folder))


async def _run(*command: str) -> tuple[int, str]:
    try:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    except OSError as error:
        return 1, str(error)
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()
