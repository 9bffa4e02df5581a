"""**I/O edge.** The composition root: settings → clients → pipeline → surfaces. The only file that knows them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from core.check import CheckResult, check_customgpt, check_settings, check_store, settings_results
from core.config import Settings, read_settings
from core.customgpt.agents import CustomGPTAgents
from core.customgpt.client import CustomGPT
from core.customgpt.connection import TIMEOUTS, Timeouts, connect
from core.customgpt.retry import Policy, Retry
from core.durable.lock import exclusive
from core.durable.turns import DurableTurns, Wiring, open_turns
from core.errors import SettingsError
from core.limits import MemorySlots
from core.pipeline import Pipeline
from core.ports import Surface
from core.sqlite import path_in
from core.stages import STAGES
from core.store import Store, StoredTurn, open_store
from core.text.redact import Redactor
from core.turn import Question, TurnRequest


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the outside may take, and how often it is asked again."""

    retry: Retry
    timeouts: Timeouts = TIMEOUTS


PATIENT = Patience(Retry())
IMPATIENT = Patience(Retry(policy=Policy(pauses=4.0)))
"""For checks: who checks wants to know now."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often things are looked at, in seconds: `interval` between two updates, `poll` of the engine's threads."""

    interval: float = 0.5
    poll: float = 1.0


SERVING = Rhythm()
BRIEF = Rhythm(interval=0.1, poll=0.1)
"""For a process that answers in the terminal and ends: redraws cost nobody a budget, and closing shall not wait."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything wired, ready to take turns."""

    turns: DurableTurns
    store: Store

    async def answer(self, turn: TurnRequest) -> StoredTurn:
        """Take a turn on and wait until it has ended; what is kept of it then."""
        await self.turns.submit(turn)
        await self.turns.ended(turn.turn_id)
        kept = await self.store.turn(turn.turn_id)
        assert kept is not None
        return kept


@asynccontextmanager
async def open_customgpt(settings: Settings, patience: Patience) -> AsyncIterator[CustomGPT]:
    """The client, over one pool of connections, within one budget of requests."""
    concurrency, timeouts = settings.customgpt_concurrency, patience.timeouts
    http = connect(settings.customgpt_base_url, settings.customgpt_api_key, concurrency=concurrency, timeouts=timeouts)
    async with http:
        yield CustomGPT(http, slots=MemorySlots(concurrency), retry=patience.retry, timeouts=timeouts)


@asynccontextmanager
async def open_app(
    settings: Settings, surfaces: Mapping[str, Surface], *, patience: Patience = PATIENT, rhythm: Rhythm = SERVING
) -> AsyncIterator[App]:
    """Open what turns need, resume those under way, and close it all again. Raises `StoreError`."""
    retry = patience.retry
    path = path_in(settings.orchestrator_database_url)
    async with AsyncExitStack() as stack:
        stack.enter_context(exclusive(path))
        store = await stack.enter_async_context(open_store(settings.orchestrator_database_url))
        client = await stack.enter_async_context(open_customgpt(settings, patience))
        agents = CustomGPTAgents(client, projects=settings.projects, sessions=store, retry=retry, reentered=_reentered)
        stack.push_async_callback(agents.aclose)
        pipeline = Pipeline(
            stages=STAGES,
            agents=agents,
            redact=Redactor(settings.secrets),
            prompt_limit=settings.customgpt_prompt_limit,
            on_reject=settings.orchestrator_on_reject,
        )
        wiring = Wiring(
            store=store,
            pipeline=pipeline,
            surfaces=surfaces,
            shutdown=settings.orchestrator_shutdown_seconds,
            retention=settings.orchestrator_retention_days,
            interval=rhythm.interval,
            poll=rhythm.poll,
        )
        yield App(await stack.enter_async_context(open_turns(wiring, path)), store)


def _reentered(question: Question) -> bool:
    return question.reentered


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
