"""**I/O edge.** The composition root: settings → clients → pipeline → surfaces. The only file that knows them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.check import CheckResult, check_customgpt, check_settings, check_store, settings_results
from core.config import Settings, read_settings
from core.customgpt.agents import CustomGPTAgents
from core.customgpt.client import CustomGPT
from core.customgpt.connection import TIMEOUTS, Timeouts, connect
from core.customgpt.retry import Policy, Retry
from core.errors import SettingsError
from core.limits import MemorySlots
from core.pipeline import Pipeline
from core.ports import Surface
from core.stages import STAGES
from core.stop import Stop
from core.store import Store, open_store
from core.submit import submit
from core.text.redact import Redactor
from core.turn import Outcome, TurnRequest

TERMINAL_INTERVAL = 0.1
"""Seconds between two redraws: a terminal costs nobody a budget."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the outside may take, and how often it is asked again."""

    retry: Retry
    timeouts: Timeouts = TIMEOUTS


PATIENT = Patience(Retry())
IMPATIENT = Patience(Retry(policy=Policy(pauses=4.0)))
"""For checks: who checks wants to know now."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything wired, ready to take turns."""

    pipeline: Pipeline
    store: Store

    async def ask(self, turn: TurnRequest, surface: Surface, stop: Stop) -> Outcome:
        """Answer one turn on a surface of this process."""
        return await submit(
            turn,
            pipeline=self.pipeline,
            store=self.store,
            surface=surface,
            stop=stop,
            interval=TERMINAL_INTERVAL,
        )


@asynccontextmanager
async def open_customgpt(settings: Settings, patience: Patience) -> AsyncIterator[CustomGPT]:
    """The client, over one pool of connections, within one budget of requests."""
    concurrency, timeouts = settings.customgpt_concurrency, patience.timeouts
    http = connect(settings.customgpt_base_url, settings.customgpt_api_key, concurrency=concurrency, timeouts=timeouts)
    async with http:
        yield CustomGPT(http, slots=MemorySlots(concurrency), retry=patience.retry, timeouts=timeouts)


@asynccontextmanager
async def open_app(settings: Settings, patience: Patience = PATIENT) -> AsyncIterator[App]:
    """Open what turns need, and close it again. Raises `StoreError`."""
    retry = patience.retry
    async with (
        open_store(settings.orchestrator_database_url) as store,
        open_customgpt(settings, patience) as client,
    ):
        agents = CustomGPTAgents(client, projects=settings.projects, sessions=store, retry=retry)
        pipeline = Pipeline(
            stages=STAGES,
            agents=agents,
            redact=Redactor(settings.secrets),
            prompt_limit=settings.customgpt_prompt_limit,
            on_reject=settings.orchestrator_on_reject,
        )
        try:
            yield App(pipeline, store)
        finally:
            await agents.aclose()


async def run_checks(*, offline: bool) -> list[CheckResult]:
    """Every check there is; only the settings' own if these are wrong, or if `offline`."""
    try:
        settings = read_settings()
    except SettingsError as error:
        return settings_results(error.problems)
    results = check_settings(settings)
    if offline:
        return results
    results.append(await check_store(settings.orchestrator_database_url))
    async with open_customgpt(settings, IMPATIENT) as client:
        return [*results, *await check_customgpt(settings, client)]
