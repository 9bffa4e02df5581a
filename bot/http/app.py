"""**I/O edge.** The whole of it for `uvicorn --factory bot.http.app:create`: HTTP alone, opened with the server."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from types import FrameType

from fastapi import FastAPI

from bot.app import App, check_all, numbers, open_app
from bot.http import from_env
from bot.http.api import api
from bot.http.config import read_http
from bot.http.parse import SURFACE
from bot.platforms import secrets
from bot.terminal.troubles import in_words
from core.config import read_settings
from core.errors import OrchestratorError
from core.logs import set_up_logging
from core.metrics import Metrics
from core.root import Root
from core.text.redact import Redactor


def create() -> FastAPI:
    """The application. Ends the process with a sentence where the settings are wrong."""
    try:
        settings, others = read_settings(), secrets()
        read_http()
    except OrchestratorError as error:
        raise SystemExit(in_words(error)) from None
    redact = Redactor((*settings.secrets, *others))
    set_up_logging(settings.orchestrator_log_level, settings.orchestrator_log_format, redact)
    _take_logs_of_uvicorn()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        metrics = Metrics()
        opened: asyncio.Future[App] = asyncio.get_running_loop().create_future()
        check = partial(check_all, settings, [SURFACE])
        root = Root(count=metrics.count, check=check, numbers=partial(numbers, opened))
        async with (
            from_env(settings, root) as adapter,
            open_app(settings, {adapter.name: adapter.surface}, secrets=others, metrics=metrics) as ours,
        ):
            opened.set_result(ours)
            app.state.served = adapter.served(ours.turns)
            try:
                with _told_at_once(adapter.going.set):
                    yield
            finally:
                adapter.going.set()

    return api(lifespan)


def _take_logs_of_uvicorn() -> None:
    """Its lines pass our redactor; the addresses that are asked for, which may hold the key of a page, are in none."""
    for name in ("uvicorn", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


@contextmanager
def _told_at_once(tell: Callable[[], None]) -> Iterator[None]:
    """`tell` at the signal itself: uvicorn ends the lifespan only once nobody waits for an answer any more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        if callable(former := before[signal.Signals(number)]):
            former(number, frame)

    for number, former in before.items():
        if callable(former):
            signal.signal(number, told)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
