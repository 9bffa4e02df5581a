"""**I/O edge.** Is everything set up? Each check says what it found and, where that is wrong, what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.config import AGENTS_PAGE, KEY_PAGE, Settings
from core.customgpt.client import CustomGPT
from core.errors import AgentError, Problem, StoreError, Trouble
from core.stages import STAGES
from core.stages.stage import Stage
from core.store import open_store
from core.text import wording
from core.text.redact import tail

FEW_CREDITS = 0.9
"""Of the credits used: from here on it is worth a warning."""


class CheckStatus(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `remedy` is empty where nothing is to be done."""

    name: str
    status: CheckStatus
    detail: str
    remedy: str = ""


def passed(results: list[CheckResult]) -> bool:
    return all(result.status is not CheckStatus.FAILED for result in results)


def settings_results(problems: tuple[Problem, ...]) -> list[CheckResult]:
    """What is wrong with the settings, as checks."""
    return [CheckResult(p.name, CheckStatus.FAILED, p.wrong, p.remedy) for p in problems]


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


async def check_store(url: str) -> CheckResult:
    """The database opens and can be written."""
    try:
        async with open_store(url):
            return CheckResult("database", CheckStatus.OK, url)
    except StoreError as error:
        return CheckResult("database", CheckStatus.FAILED, str(error), "See ORCHESTRATOR_DATABASE_URL.")


async def check_customgpt(settings: Settings, client: CustomGPT) -> list[CheckResult]:
    """Asks CustomGPT: is the key accepted, does each agent exist and is it active, are credits left."""
    key = await _key(client)
    if key.status is CheckStatus.FAILED:
        return [key]
    agents = [_agent(client, stage, settings.projects[stage.name]) for stage in STAGES]
    return [key, *await asyncio.gather(*agents, _credits(client))]


async def _key(client: CustomGPT) -> CheckResult:
    try:
        account = await client.account()
    except AgentError as error:
        remedy = KEY_PAGE if error.trouble is Trouble.BAD_KEY else _remedy(error)
        return CheckResult("CustomGPT", CheckStatus.FAILED, _said(error), remedy)
    return CheckResult("CustomGPT", CheckStatus.OK, f"the key is accepted, account {account.id}")


async def _agent(client: CustomGPT, stage: Stage, project_id: int) -> CheckResult:
    name = f"{stage.title} agent"
    try:
        agent = await client.agent(project_id)
    except AgentError as error:
        remedy = f"Correct {stage.setting}. {AGENTS_PAGE}"
        return CheckResult(name, CheckStatus.FAILED, f"{project_id}: {_said(error)}", remedy)
    if not agent.active:
        remedy = "In CustomGPT add sources to it and wait until they are indexed."
        return CheckResult(name, CheckStatus.FAILED, f"{project_id} ({agent.name}) is not active", remedy)
    return CheckResult(name, CheckStatus.OK, f"{project_id} ({agent.name}) is active")


async def _credits(client: CustomGPT) -> CheckResult:
    try:
        usage = await client.usage()
    except AgentError as error:
        return CheckResult("credits", CheckStatus.WARNING, f"unknown: {_said(error)}", "Look at the plan in CustomGPT.")
    if usage.queries is None or usage.most_queries is None:
        return CheckResult("credits", CheckStatus.OK, "CustomGPT does not say how many there are")
    left = max(0, usage.most_queries - usage.queries)
    detail = f"{left:,} of {usage.most_queries:,} queries left in this billing cycle; a turn takes four or more"
    if left == 0:
        return CheckResult("credits", CheckStatus.FAILED, detail, "Wait for the next cycle, or take a larger plan.")
    if usage.queries >= FEW_CREDITS * usage.most_queries:
        return CheckResult("credits", CheckStatus.WARNING, detail, "They will soon be used up.")
    return CheckResult("credits", CheckStatus.OK, detail)


def _said(error: AgentError) -> str:
    return wording.trouble(error.trouble)


def _remedy(error: AgentError) -> str:
    if error.trouble in (Trouble.UNREACHABLE, Trouble.REDIRECTED, Trouble.NO_AGENT, Trouble.BROKEN):
        return "Look at CUSTOMGPT_BASE_URL (leave it out for CustomGPT itself) and at the network."
    return "Try again in a few minutes."
