"""**I/O edge.** `orchestrator run`: listens where it can, and runs turns, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import AsyncExitStack, suppress

from bot.app import open_app
from bot.platforms import PLATFORMS, Opened, secrets
from core.config import Settings
from core.errors import Problem, SettingsError, SurfaceError
from core.ports import Adapter, Turns

log = logging.getLogger(__name__)

Say = Callable[[str], None]
LONGEST_PAUSE = 60.0
"""Seconds between two tries to connect to a platform."""


async def serve(settings: Settings, say: Say, *, only: Collection[str] = ()) -> None:
    """Take turns until SIGTERM or SIGINT; then let what is under way end, and leave the rest to the next start.

    `only` names platforms; without it each that has its token. Raises `SettingsError`, `StoreError`.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows ends the process itself
            loop.add_signal_handler(number, told.set)
    async with AsyncExitStack() as stack:
        adapters = [await stack.enter_async_context(opened) for opened in _switched_on(settings, say, only)]
        surfaces = {adapter.name: adapter.surface for adapter in adapters}
        app = await stack.enter_async_context(open_app(settings, surfaces, secrets=secrets()))
        listening = [asyncio.create_task(_listen(adapter, app.turns, say)) for adapter in adapters]
        say("Ready. Ctrl-C ends it." if adapters else "Ready, but nothing is listened to; Ctrl-C ends it.")
        await told.wait()
        for task in listening:  # first, so that nothing more is accepted
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        say(f"Ending: what is under way has up to {settings.orchestrator_shutdown_seconds:g} s.")


def _switched_on(settings: Settings, say: Say, only: Collection[str]) -> Iterator[Opened]:
    """Those that have their token; of the others it is said."""
    if unknown := set(only) - set(PLATFORMS):
        remedy = f"There are: {', '.join(PLATFORMS)}."
        raise SettingsError(tuple(Problem("--only", f"names {name}, which is no platform", remedy) for name in unknown))
    for name, platform in PLATFORMS.items():
        if not only or name in only:
            opened = platform.from_env(settings)
            if opened:
                yield opened
            else:
                say(f"{name} is off: {name.upper()}_BOT_TOKEN is not set.")


async def _listen(adapter: Adapter, turns: Turns, say: Say) -> None:
    """Until cancelled; a platform that cannot be reached is tried again, while the others run."""
    pause = 1.0
    while True:
        try:
            await adapter.listen(turns)
        except SurfaceError as error:
            say(f"{adapter.name} does not let us in ({error}); trying again in {pause:g} s.")
        except Exception:  # one platform that breaks must not take the others with it
            log.exception("%s broke off; it is begun again", adapter.name)
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, 2 * pause)
