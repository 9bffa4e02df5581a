"""**I/O edge.** Is everything set up? Each check says what it found and, where that is wrong, what to do about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex

from sqlalchemy import delete

from core.checks import CheckResult, CheckStatus, check_clock
from core.config import AGENTS_PAGE, KEY_PAGE, Settings
from core.customgpt.client import CustomGPT
from core.customgpt.opening import open_customgpt
from core.customgpt.retry import Policy, Retry
from core.customgpt.wire import Usage
from core.database import Database, insert, riding_out, shown
from core.errors import AgentError, StoreError, Trouble
from core.limits.slots import MemorySlots
from core.migrations.tables import conversations
from core.stages import STAGES
from core.stages.stage import Stage
from core.store import open_store
from core.text.redact import Redactor, tail

FEW_CREDITS = 0.9
"""Of the credits used: from here on it is worth a warning."""

IMPATIENT = Retry(policy=Policy(pauses=4.0))
"""Who checks wants to know now."""

LOCKED = 5.0
"""Seconds that a SQLite file may be locked: a bot that runs writes for milliseconds."""


async def check_core(settings: Settings, *, now: Callable[[], float] = time.time) -> list[CheckResult]:
    """Every check that is not a platform's: settings, database, key, agents, credits, clock. `now` in unix seconds."""
    database, outside = await asyncio.gather(
        check_store(settings.orchestrator_database_url), _check_outside(settings, now)
    )
    return Redactor(settings.secrets).deep([*check_settings(settings), database, *outside])


def check_settings(settings: Settings) -> list[CheckResult]:
    """The offline part, once the settings could be read."""
    key = settings.customgpt_api_key.get_secret_value()
    ids = ", ".join(f"{stage.title} {settings.projects[stage.name]}" for stage in STAGES)
    form = _key_form(key)
    return [form, CheckResult("agent ids", CheckStatus.OK, ids), *_shared_ids(settings.projects)]


def _key_form(key: str) -> CheckResult:
    digits, bar, rest = key.partition("|")
    if digits.isdigit() and bar and len(rest) >= 20:
        return CheckResult("CUSTOMGPT_API_KEY", CheckStatus.OK, f"well-formed ({tail(key)})")
    detail = f"does not look like a CustomGPT key ({tail(key)})"
    return CheckResult("CUSTOMGPT_API_KEY", CheckStatus.WARNING, detail, f"Digits, `|`, letters. {KEY_PAGE}")


def _shared_ids(projects: Mapping[str, int]) -> list[CheckResult]:
    if len(set(projects.values())) == len(projects):
        return []
    said = "some stages share an agent"
    return [CheckResult("agent ids", CheckStatus.WARNING, said, "Fine if meant; else give each stage its own agent.")]


async def check_store(url: str, *, patience: float = LOCKED) -> CheckResult:
    """The database opens and can be written, also beside a bot that runs on it. `patience` in seconds."""
    try:
        async with open_store(url, lock_timeout=patience) as store:
            await riding_out(_write, patience)(store.database)
        return CheckResult("database", CheckStatus.OK, f"{shown(url)} can be written")
    except StoreError as error:
        return CheckResult("database", CheckStatus.FAILED, str(error), "It is named by ORCHESTRATOR_DATABASE_URL.")


async def _write(database: Database) -> None:
    """Something is written, and taken away in the same transaction: nobody ever sees it."""
    mark = f"check:{token_hex(8)}"
    async with database.writing() as connection:
        await connection.execute(insert(connection, conversations).values(id=mark, created_at=0.0))
        await connection.execute(delete(conversations).where(conversations.c.id == mark))


async def _check_outside(settings: Settings, now: Callable[[], float]) -> list[CheckResult]:
    clock: list[CheckResult] = []

    def compare(date: str) -> None:
        clock[:] = check_clock("CustomGPT", date, now())

    concurrency = settings.customgpt_concurrency
    async with open_customgpt(
        settings.customgpt_base_url,
        settings.customgpt_api_key,
        concurrency=concurrency,
        slots=MemorySlots(concurrency),
        retry=IMPATIENT,
        on_date=compare,
    ) as client:
        found = await check_customgpt(settings, client)
    return [*found, *clock]


async def check_customgpt(settings: Settings, client: CustomGPT) -> list[CheckResult]:
    """Asks CustomGPT: is the key accepted, does each agent exist and is it active, are credits left."""
    looks = _Looks(client, settings.customgpt_base_url)
    key = await looks.key()
    found = [key]
    if key.status is not CheckStatus.FAILED:
        agents = [looks.agent(stage, settings.projects[stage.name]) for stage in STAGES]
        found += await asyncio.gather(*agents, looks.credits())
    return Redactor(settings.secrets).deep(found)


def wrong(trouble: Trouble, url: str) -> str:
    """What is wrong, for who runs the check: they can mend it, and need not be told to check."""
    return f"{url} {_OF_THE_ADDRESS[trouble]}" if trouble in _OF_THE_ADDRESS else f"CustomGPT {_OF_THEM[trouble]}"


_OF_THE_ADDRESS = {
    Trouble.UNREACHABLE: "cannot be reached",
    Trouble.REDIRECTED: "leads elsewhere: it is not CustomGPT's API",
    Trouble.NO_CONVERSATION: "is not CustomGPT's API",
    Trouble.REJECTED: "does not take our requests: it may not be CustomGPT's API",
    Trouble.BROKEN: "has an error of its own, or is not CustomGPT's API",
}
_OF_THEM = {
    Trouble.BAD_KEY: "does not accept the API key",
    Trouble.PLAN: "says that the plan does not include this",
    Trouble.FORBIDDEN: "does not let this key look at it, or it is not active",
    Trouble.NO_AGENT: "knows no agent with this id",
    Trouble.NO_CREDITS: "has no query credits left",
    Trouble.BUSY: "is busy",
    Trouble.TIMEOUT: "took too long",
    Trouble.CUT: "broke the connection off",
    Trouble.AGENT_ERROR: "reported an error",
    Trouble.EMPTY: "answered with nothing",
    Trouble.CRASHED: "could not be asked to the end",
}
_ADDRESS = "Look at CUSTOMGPT_BASE_URL (leave it out for CustomGPT itself) and at the network."
_PLAN = "Look at the plan in CustomGPT."
_AGAIN = "Try again in a few minutes."


def _remedy(trouble: Trouble) -> str:
    match trouble:
        case Trouble.BAD_KEY | Trouble.FORBIDDEN:
            return KEY_PAGE
        case Trouble.PLAN | Trouble.NO_CREDITS:
            return _PLAN
        case Trouble.BROKEN:
            return f"{_AGAIN} {_ADDRESS}"
        case _ if trouble in _OF_THE_ADDRESS:
            return _ADDRESS
        case _:
            return _AGAIN


def _without_agent(trouble: Trouble) -> Trouble:
    """A 404 where nobody asked for an agent: who does not know the path is not CustomGPT."""
    return Trouble.NO_CONVERSATION if trouble is Trouble.NO_AGENT else trouble


@dataclass(frozen=True, slots=True)
class _Looks:
    """What can be looked at. `url` is where CustomGPT is said to be."""

    client: CustomGPT
    url: str

    async def key(self) -> CheckResult:
        try:
            account = await self.client.account()
        except AgentError as error:
            trouble = _without_agent(error.trouble)
            return CheckResult("CustomGPT", CheckStatus.FAILED, wrong(trouble, self.url), _remedy(trouble))
        return CheckResult("CustomGPT", CheckStatus.OK, f"the key is accepted, account {account.id}")

    async def agent(self, stage: Stage, project_id: int) -> CheckResult:
        name = f"{stage.title} agent"
        try:
            agent = await self.client.agent(project_id)
        except AgentError as error:
            trouble = Trouble.NO_AGENT if error.trouble is Trouble.NO_CONVERSATION else error.trouble
            by_id = trouble in (Trouble.NO_AGENT, Trouble.FORBIDDEN)
            remedy = f"Correct {stage.setting}. {AGENTS_PAGE}" if by_id else _remedy(trouble)
            return CheckResult(name, CheckStatus.FAILED, f"{project_id}: {wrong(trouble, self.url)}", remedy)
        if not agent.active:
            remedy = "In CustomGPT add sources to it and wait until they are indexed."
            return CheckResult(name, CheckStatus.FAILED, f"{project_id} ({agent.name}) is not active", remedy)
        return CheckResult(name, CheckStatus.OK, f"{project_id} ({agent.name}) is active")

    async def credits(self) -> CheckResult:
        try:
            usage = await self.client.usage()
        except AgentError as error:
            said = f"unknown: {wrong(_without_agent(error.trouble), self.url)}"
            return CheckResult("credits", CheckStatus.WARNING, said, _PLAN)
        return _credits(usage)


def _credits(usage: Usage) -> CheckResult:
    if usage.queries is None or usage.most_queries is None:
        return CheckResult("credits", CheckStatus.OK, "CustomGPT does not say how many there are")
    left = max(0, usage.most_queries - usage.queries)
    detail = f"{left:,} of {usage.most_queries:,} queries left in this billing cycle; a turn takes four or more"
    if left == 0:
        return CheckResult("credits", CheckStatus.FAILED, detail, "Wait for the next cycle, or take a larger plan.")
    if usage.queries >= FEW_CREDITS * usage.most_queries:
        return CheckResult("credits", CheckStatus.WARNING, detail, "They will soon be used up.")
    return CheckResult("credits", CheckStatus.OK, detail)
