"""**I/O edge.** Settings: from the environment or `.env` in the working directory, typed, and checked all at once.

python -m core.config --check     the offline part of `orchestrator check`
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, create_model
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import Problem, SettingsError
from core.stages import STAGES
from core.text.redact import tail
from core.turn import OnReject

AGENTS_PAGE = "In CustomGPT open the agent: its id is the number in the address, …/projects/NUMBER/…"
KEY_PAGE = "In CustomGPT: My profile → API keys."
SMALLEST_PROMPT = 4_000
"""Characters; below that the instructions and a user's prompt leave no room for the work of the other agents."""


def _agent_id(value: object) -> object:
    """Agent ids are integers; the `proj-…` of other products gets a sentence of its own."""
    if isinstance(value, str) and value.strip().lower().startswith("proj"):
        raise PydanticCustomError("agent_id", "is not a CustomGPT agent id: those are plain integers, without `proj-`")
    if isinstance(value, str) and not re.fullmatch(r"\s*\d+\s*", value):
        raise PydanticCustomError("agent_id", "is not an integer")
    return value


def _base_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", value):
        raise PydanticCustomError("base_url", "is not an http(s) address")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    if not re.fullmatch(r"sqlite:///\S.*", value):
        raise PydanticCustomError("database_url", "is not a database address")
    return value


def _whole_key(value: SecretStr) -> SecretStr:
    if re.search(r"\s", value.get_secret_value()):
        raise PydanticCustomError("api_key", "has white space in it")
    return value


AgentId = Annotated[int, BeforeValidator(_agent_id), Field(gt=0)]


class Settings(BaseSettings):
    """All settings but the agents' ids, which the stages name. A field's description says what it should look like."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    customgpt_api_key: Annotated[SecretStr, AfterValidator(_whole_key)] = Field(
        description=f"A key like `1234|` and some 40 letters and digits, in quotes. {KEY_PAGE}"
    )
    customgpt_base_url: Annotated[str, AfterValidator(_base_url)] = Field(
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
        "sqlite:///orchestrator.db", description="`sqlite:///PATH`, with a fourth slash for an absolute path."
    )
    orchestrator_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="One of debug, info, warning, error."
    )
    orchestrator_log_format: Literal["auto", "text", "json"] = Field("auto", description="One of auto, text, json.")
    orchestrator_on_reject: OnReject = Field(OnReject.WARN, description="One of warn, withhold.")

    @property
    def projects(self) -> dict[str, int]:
        """Stage name → agent id."""
        return {stage.name: getattr(self, stage.setting.lower()) for stage in STAGES}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be shown."""
        return (self.customgpt_api_key.get_secret_value(),)


class _Given(Settings):
    """The same, from given values alone: no environment, no file."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@cache
def _with_agents(base: type[Settings]) -> type[Settings]:
    """The settings with an id for each stage's agent: a new stage brings its own."""
    described = {stage.setting.lower(): f"An integer, the {stage.title} agent's id. {AGENTS_PAGE}" for stage in STAGES}
    fields: dict[str, Any] = {name: (AgentId, Field(description=said)) for name, said in described.items()}
    return create_model(base.__name__.strip("_"), __base__=base, **fields)


def read_settings(given: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, or of `given` alone. Raises `SettingsError` naming everything that is wrong."""
    try:
        if given is None:
            return _with_agents(Settings)()
        return _with_agents(_Given)(**{name.lower(): value for name, value in given.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(tuple(map(_problem, error.errors()))) from None  # the cause shows values


def names() -> tuple[str, ...]:
    """Every setting there is."""
    return tuple(name.upper() for name in _with_agents(Settings).model_fields)


def _problem(detail: ErrorDetails) -> Problem:
    name = str(detail["loc"][0])
    field = _with_agents(Settings).model_fields[name]
    return Problem(name.upper(), _wrong(detail, secret="key" in name), field.description or "")


def _wrong(detail: ErrorDetails, *, secret: bool) -> str:
    if detail["type"] == "missing":
        return "is missing"
    shown = tail(str(detail["input"])) if secret else repr(detail["input"])
    said = detail["msg"] if detail["type"] in ("agent_id", "base_url", "database_url", "api_key") else _said(detail)
    return f"{said} ({shown})"


def _said(detail: ErrorDetails) -> str:
    """pydantic's own message in the middle of a sentence: "input should be greater than 0"."""
    return detail["msg"][:1].lower() + detail["msg"][1:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every problem with the settings; 0 if there is none."""
    parser = argparse.ArgumentParser(prog="python -m core.config", description="Checks the settings, offline.")
    parser.add_argument("--check", action="store_true", required=True, help="name what is missing or malformed")
    parser.parse_args(arguments)
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
