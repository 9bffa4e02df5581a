"""**I/O edge.** The composition root: settings → clients → pipeline → surfaces. The only file that knows them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256

from bot.platforms import check_platforms
from core.check import check_core, check_settings
from core.checks import CheckResult, settings_results
from core.config import Settings, read_settings
from core.customgpt.agents import CustomGPTAgents
from core.customgpt.connection import TIMEOUTS, Timeouts
from core.customgpt.opening import open_customgpt
from core.customgpt.retry import Retry
from core.database import file_of
from core.durable.ledger import Ledger
from core.durable.lock import exclusive
from core.durable.membership import BEATS, Beats, Membership
from core.durable.turns import DurableTurns, open_turns
from core.durable.wiring import LOOK, Wiring
from core.errors import SettingsError
from core.limits.budgets import MemoryBudgets, SharedBudgets
from core.limits.slots import MemorySlots, SharedSlots
from core.metrics import Metrics, Scrape
from core.pipeline import Pipeline
from core.ports import Budgets, Limit, Slots, Surface
from core.stages import STAGES
from core.stages.stage import Stage
from core.store import Store, open_store
from core.stored import StoredTurn
from core.tally import Count
from core.text.redact import Redactor
from core.turn import Question, TurnRequest


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the outside may take, and how often it is asked again."""

    retry: Retry
    timeouts: Timeouts = TIMEOUTS

    def counted(self, count: Count) -> Patience:
        """The same, and each request that is made again is counted."""
        return Patience(self.retry.counted(count), self.timeouts)


PATIENT = Patience(Retry())


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often things are done, in seconds: `interval` between two updates, `look` for what is nobody's, `beats`."""

    interval: float = 0.5
    look: float = LOOK
    beats: Beats = BEATS


SERVING = Rhythm()
BRIEF = Rhythm(interval=0.1)
"""For a process that answers in the terminal and ends: redraws cost nobody a budget."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything wired, ready to take turns. `scrape` is what `/metrics` answers."""

    turns: DurableTurns
    store: Store
    scrape: Scrape

    async def answer(self, turn: TurnRequest) -> StoredTurn:
        """Take a turn on and wait until it has ended; what is kept of it then."""
        await self.turns.submit(turn)
        await self.turns.ended(turn.turn_id)
        kept = await self.store.turn(turn.turn_id)
        assert kept is not None
        return kept


async def numbers(opened: Awaitable[App]) -> bytes:
    """What `/metrics` answers, for adapters that are there before the app is."""
    return await (await opened).scrape.text()


@asynccontextmanager
async def open_app(
    settings: Settings,
    surfaces: Mapping[str, Surface],
    *,
    patience: Patience = PATIENT,
    rhythm: Rhythm = SERVING,
    stages: Sequence[Stage] = STAGES,
    secrets: Sequence[str] = (),
    metrics: Metrics | None = None,
    pages: str = "",
) -> AsyncIterator[App]:
    """Open what turns need, take up those that are nobody's, and close it all again. Raises `StoreError`.

    `secrets` are those that the settings do not know of; `metrics` those in which the adapters count, too; `pages`:
    where turns have pages of their own.
    """
    metrics = metrics or Metrics()
    metrics.expect(surfaces, [stage.name for stage in stages])
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_open_store(settings))
        membership = Membership(store.database, beats=rhythm.beats)
        opened = _open_agents(settings, store, membership, patience.counted(metrics.count), stages)
        agents = await stack.enter_async_context(opened)
        scrape = Scrape(metrics, queue=Ledger(store.database).queue, credits_left=agents.queries_left)
        stack.push_async_callback(scrape.aclose)
        wiring = Wiring(
            budgets=_budgets(store, membership),
            store=store,
            membership=membership,
            pipeline=_pipeline(settings, agents, stages, secrets),
            surfaces=surfaces,
            shutdown=settings.orchestrator_shutdown_seconds,
            retention=settings.orchestrator_retention_days,
            interval=rhythm.interval,
            look=rhythm.look,
            quota=Limit(settings.orchestrator_turns_per_user_hour, 3600.0),
            count=metrics.count,
            pages=pages,
        )
        yield App(await stack.enter_async_context(open_turns(wiring)), store, scrape)


def _pipeline(settings: Settings, agents: CustomGPTAgents, stages: Sequence[Stage], secrets: Sequence[str]) -> Pipeline:
    return Pipeline(
        stages=stages,
        agents=agents,
        redact=Redactor((*settings.secrets, *secrets)),
        prompt_limit=settings.customgpt_prompt_limit,
        on_reject=settings.orchestrator_on_reject,
    )


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[Store]:
    """A SQLite file is locked: it is for one process."""
    url = settings.orchestrator_database_url
    file = file_of(url)
    with exclusive(file) if file else nullcontext():
        async with open_store(url) as store:
            yield store


@asynccontextmanager
async def _open_agents(
    settings: Settings, store: Store, membership: Membership, patience: Patience, stages: Sequence[Stage]
) -> AsyncIterator[CustomGPTAgents]:
    """The four agents. Each request waits for its slot."""
    projects = {stage.name: settings.project(stage) for stage in stages}
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            open_customgpt(
                settings.customgpt_base_url,
                settings.customgpt_api_key,
                concurrency=settings.customgpt_concurrency,
                slots=await stack.enter_async_context(_slots(settings, store, membership)),
                retry=patience.retry,
                timeouts=patience.timeouts,
                count=patience.retry.count,
            )
        )
        agents = CustomGPTAgents(client, projects=projects, sessions=store, retry=patience.retry, reentered=_reentered)
        try:
            yield agents
        finally:
            await agents.aclose()


def _budgets(store: Store, membership: Membership) -> Budgets:
    return SharedBudgets(store.database, lambda: membership.id) if store.database.shared else MemoryBudgets()


@asynccontextmanager
async def _slots(settings: Settings, store: Store, membership: Membership) -> AsyncIterator[Slots]:
    """One budget for each key, over all processes that share the database."""
    limit = settings.customgpt_concurrency
    if not store.database.shared:
        yield MemorySlots(limit)
        return
    key = sha256(settings.customgpt_api_key.get_secret_value().encode()).hexdigest()[:16]
    slots = SharedSlots(store.database, f"customgpt:{key}", limit, lambda: membership.id)
    try:
        yield slots
    finally:
        await slots.aclose()


def _reentered(question: Question) -> bool:
    return question.reentered


async def run_checks(*, offline: bool) -> list[CheckResult]:
    """Every check there is; only the settings' own if these are wrong, or if `offline`."""
    try:
        settings = read_settings()
    except SettingsError as error:
        return [*settings_results(error.problems), *await check_platforms(None)]
    if offline:
        return [*check_settings(settings), *await check_platforms(None)]
    return await check_all(settings)


async def check_all(settings: Settings, only: Collection[str] = ()) -> list[CheckResult]:
    """Every check that can be made from without, of all platforms that are switched on or of `only` some."""
    core, platforms = await asyncio.gather(check_core(settings), check_platforms(settings, only))
    return [*core, *platforms]
