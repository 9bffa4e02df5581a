"""**I/O edge.** Settings: from the environment or `.env` in the working directory, typed, and checked all at once.

python -m core.config --check     the offline part of `orchestrator check`
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from core.errors import SettingsError
from core.settings import FromEnvironment, Key, WebAddress, names_of, read, wrong
from core.stages import STAGES
from core.stages.stage import Stage
from core.text.redact import tail
from core.turn import FollowUps, OnReject

AGENTS_PAGE = "In CustomGPT open the agent: its id is the number in the address, …/projects/NUMBER/…"
KEY_PAGE = "In CustomGPT: My profile → API keys."
SMALLEST_PROMPT = 4_000
"""Characters; below that the instructions and a user's prompt leave no room for the work of the other agents."""


def _agent_id(value: object) -> object:
    """Agent ids are integers; the `proj-…` of other products gets a sentence of its own."""
    if isinstance(value, str) and value.strip().lower().startswith("proj"):
        raise wrong("is not a CustomGPT agent id: those are plain integers, without `proj-`")
    if isinstance(value, str) and not re.fullmatch(r"\s*\d+\s*", value):
        raise wrong("is not an integer")
    return value


def _database_url(value: str) -> str:
    """Its password can be told from the rest: a `/` or `?` in one is written %2F, %3F."""
    if not re.fullmatch(
        r"sqlite:///\S.*|postgres(ql)?://([^/?#\s]*@)?(\[[^]\s]*\]|[^/?#\s@:[]*)(:\d*)?([/?]\S*)?", value
    ):
        raise wrong("is not a database address")
    return value


def _passwords(url: str) -> tuple[str, ...]:
    """Those in a database address, as they stand there and as they are meant."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    password = parts.password or ""
    return password, unquote(password), *query.get("password", ()), *query.get("sslpassword", ())


AgentId = Annotated[int, BeforeValidator(_agent_id), Field(gt=0)]


class Settings(FromEnvironment):
    """All settings but the agents' ids, which the stages name, and those of the platforms."""

    customgpt_api_key: Key = Field(
        description=f"A key like `1234|` and some 40 letters and digits, in quotes. {KEY_PAGE}"
    )
    customgpt_base_url: WebAddress = Field(
        "https://app.customgpt.ai",
        description="An address like https://app.customgpt.ai; leave it out normally.",
    )
    customgpt_concurrency: int = Field(5, ge=1, le=1000, description="A whole number, 1 to 1000.")
    customgpt_prompt_limit: int = Field(
        8000,
        ge=SMALLEST_PROMPT,
        description=f"Characters a prompt may have: a whole number, {SMALLEST_PROMPT} or more.",
    )
    orchestrator_database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        "sqlite:///orchestrator.db",
        repr=False,  # it may hold a password
        description="`sqlite:///PATH`, with a fourth slash for an absolute path, or `postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    orchestrator_retention_days: int = Field(
        30, ge=7, description="Days: a whole number, 7 or more; a turn must be known while its event may come again."
    )
    orchestrator_shutdown_seconds: float = Field(25.0, ge=0, description="Seconds, 0 or more.")
    orchestrator_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="One of debug, info, warning, error."
    )
    orchestrator_log_format: Literal["auto", "text", "json"] = Field("auto", description="One of auto, text, json.")
    orchestrator_on_reject: OnReject = Field(OnReject.WARN, description="One of warn, withhold.")
    orchestrator_follow_ups: FollowUps = Field(
        FollowUps.PARTICIPANTS, description="One of participants, anyone, mention."
    )
    orchestrator_notify_after: float = Field(60.0, ge=0, description="Seconds, 0 or more.")
    orchestrator_turns_per_user_hour: int = Field(20, ge=1, description="A whole number, 1 or more.")

    @property
    def projects(self) -> dict[str, int]:
        """Stage name → agent id."""
        return {stage.name: self.project(stage) for stage in STAGES}

    def project(self, stage: Stage) -> int:
        """The id of a stage's agent."""
        found: int = getattr(self, stage.setting.lower())
        return found

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be shown; a database address may hold a password."""
        found = (*super().secrets, *_passwords(self.orchestrator_database_url))
        return tuple(secret for secret in dict.fromkeys(found) if secret)


@cache
def _with_agents() -> type[Settings]:
    """The settings with an id for each stage's agent: a new stage brings its own."""
    described = {stage.setting.lower(): f"An integer, the {stage.title} agent's id. {AGENTS_PAGE}" for stage in STAGES}
    fields: dict[str, Any] = {name: (AgentId, Field(description=said)) for name, said in described.items()}
    return create_model(Settings.__name__, __base__=Settings, **fields)


def read_settings(given: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, or of `given` alone. Raises `SettingsError` naming everything that is wrong."""
    return read(_with_agents(), given)


def names() -> tuple[str, ...]:
    """Every setting that is not a platform's."""
    return names_of(_with_agents())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every problem with the settings; 0 if there is none."""
    parser = argparse.ArgumentParser(prog="python -m core.config", description="Checks the settings, offline.")
    parser.add_argument("--check", action="store_true", required=True, help="name what is missing or malformed")
    parser.parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without a ✓ gets a ?
    try:
        settings = read_settings()
    except SettingsError as error:
        for problem in error.problems:
            print(f"✗ {problem.name} {problem.wrong}\n  {problem.remedy}")
        return 1
    print(f"✓ All settings are well-formed; key {tail(settings.customgpt_api_key.get_secret_value())}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
