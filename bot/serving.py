"""**I/O edge.** `orchestrator run`: listens where it can, and runs turns, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial

from bot.app import App, check_all, numbers, open_app
from bot.platforms import PLATFORMS, Opened, pages, secrets
from bot.terminal.render import printable
from core.checks import CheckResult, CheckStatus
from core.config import Settings
from core.errors import Problem, SettingsError, SurfaceError
from core.metrics import Metrics
from core.ports import Adapter, Turns
from core.root import Root

log = logging.getLogger(__name__)

Say = Callable[[str], None]
LONGEST_PAUSE = 60.0
"""Seconds between two tries to connect to a platform."""


async def serve(settings: Settings, say: Say, *, only: Collection[str] = ()) -> None:
    """`serve_until` SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows ends the process itself
            loop.add_signal_handler(number, told.set)
    await serve_until(told, settings, say, only=only)


async def serve_until(told: asyncio.Event, settings: Settings, say: Say, *, only: Collection[str] = ()) -> None:
    """Take turns until `told` to end; then let what is under way end, and leave the rest to the next start.

    `only` names platforms; without it each that has its token. Raises `SettingsError`, `StoreError`.
    """
    metrics = Metrics()
    opened: asyncio.Future[App] = asyncio.get_running_loop().create_future()
    check = partial(check_all, settings, only)
    adapters: list[Adapter] = []
    ready = partial(_not_ready, adapters)
    root = Root(count=metrics.count, check=check, numbers=partial(numbers, opened), not_ready=ready)
    async with AsyncExitStack() as stack:
        for one in _switched_on(settings, say, only, root):
            adapters.append(adapter := await stack.enter_async_context(one))
            metrics.watch(adapter.name, partial(_is_ready, adapter))
        surfaces = {adapter.name: adapter.surface for adapter in adapters}
        opening = open_app(settings, surfaces, secrets=secrets(), metrics=metrics, pages=pages())
        app = await stack.enter_async_context(opening)
        opened.set_result(app)
        tasks = [asyncio.create_task(_listen(adapter, app.turns, say)) for adapter in adapters]
        tasks.append(asyncio.create_task(_check(settings, say, only)))
        stack.push_async_callback(_ended, tasks)  # first, so that nothing more is accepted
        say("Ready. Ctrl-C ends it." if adapters else "Ready, but nothing is listened to; Ctrl-C ends it.")
        await told.wait()
        say(f"Ending: what is under way has up to {settings.orchestrator_shutdown_seconds:g} s.")


def _is_ready(adapter: Adapter) -> bool:
    return not adapter.not_ready


def _not_ready(adapters: Sequence[Adapter]) -> dict[str, str]:
    return {adapter.name: adapter.not_ready for adapter in adapters if adapter.not_ready}


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _check(settings: Settings, say: Say, only: Collection[str]) -> None:
    """Say what is not as it should be. Nobody waits for it."""
    try:
        for result in await check_all(settings, only):
            if result.status is not CheckStatus.OK:
                say(_in_lines(result))
    except Exception:  # what cannot be checked may work all the same
        log.exception("the configuration could not be checked")


def _in_lines(result: CheckResult) -> str:
    mark = "✗" if result.status is CheckStatus.FAILED else "!"
    said = f"{mark} {result.name}  {result.detail}"
    return printable(f"{said}\n    {result.remedy}" if result.remedy else said)


def _switched_on(settings: Settings, say: Say, only: Collection[str], root: Root) -> Iterator[Opened]:
    """Those that have their token; of the others it is said."""
    if unknown := set(only) - set(PLATFORMS):
        remedy = f"There are: {', '.join(PLATFORMS)}."
        raise SettingsError(tuple(Problem("--only", f"names {name}, which is no platform", remedy) for name in unknown))
    for name, platform in PLATFORMS.items():
        if not only or name in only:
            opened = platform.from_env(settings, root)
            if opened:
                yield opened
            else:
                say(f"{name} is off: {platform.token} is not set.")


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
