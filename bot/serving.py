"""**I/O edge.** `orchestrator run`: serves until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from bot.app import open_app
from core.config import Settings


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Take turns until SIGTERM or SIGINT; then let what is under way end, and leave the rest to the next start."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows ends the process itself
            loop.add_signal_handler(number, told.set)
    async with open_app(settings, {}):
        say("Ready. No chat platform is part of this version yet, so nothing is listened to; Ctrl-C ends it.")
        await told.wait()
        say(f"Ending: what is under way has up to {settings.orchestrator_shutdown_seconds:g} s.")
