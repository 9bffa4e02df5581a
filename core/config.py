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
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from core.errors import Problem, SettingsError
from core.stages import STAGES
from core.text.redact import Redactor, tail
from core.turn import OnReject

AGENTS_PAGE = "In CustomGPT open the agent: its id is the number in the address, …/projects/NUMBER/…"
KEY_PAGE = "In CustomGPT: My profile → API keys."
ENV_FILE = ".env"
SMALLEST_PROMPT = 4_000
"""Characters; below that the instructions and a user's prompt leave no room for the work of the other agents."""


def _agent_id(value: object) -> object:
    """Agent ids are integers; the `proj-…` of other products gets a sentence of its own."""
    if isinstance(value, str) and value.strip().lower().startswith("proj"):
        raise PydanticCustomError("agent_id", "is not a CustomGPT agent id: those are plain integers, without `proj-`")
    if isinstance(value, str) and not re.fullmatch(r"\s*\d+\s*", value):
        raise PydanticCustomError("agent_id", "is not an integer")
    return value


_HTTP = TypeAdapter(HttpUrl)


def _base_url(value: str) -> str:
    """As the parser writes it, so that the HTTP library can connect to it: the port in range, the host in ASCII."""
    wrong = PydanticCustomError("base_url", "is not an http(s) address")
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", value):
        raise wrong
    try:
        return str(_HTTP.validate_python(value)).rstrip("/")
    except ValidationError:
        raise wrong from None  # its own message shows the value


def _database_url(value: str) -> str:
    if not re.fullmatch(r"sqlite:///\S.*", value):
        raise PydanticCustomError("database_url", "is not a database address")
    return value


def _whole_key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if re.search(r"\s", key):
        raise PydanticCustomError("api_key", "has white space in it")
    if not re.fullmatch(r"[!-~]+", key):
        raise PydanticCustomError("api_key", "has characters in it that no key has")
    return value


MOST_SHOWN = 60
"""Characters of a value that was not understood."""

AgentId = Annotated[int, BeforeValidator(_agent_id), Field(gt=0)]


class Settings(BaseSettings):
    """All settings but the agents' ids, which the stages name. A field's description says what it should look like."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

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
    orchestrator_retention_days: int = Field(
        30, ge=7, description="Days: a whole number, 7 or more; a turn must be known while its event may come again."
    )
    orchestrator_shutdown_seconds: float = Field(25.0, ge=0, description="Seconds, 0 or more.")
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
        return _with_agents(_Given)(**_lower(given))  # type: ignore[arg-type]
    except ValidationError as error:
        redact = Redactor(_raw_secrets(given))
        problems = tuple(_problem(detail, redact) for detail in error.errors())
        raise SettingsError(problems) from None  # the cause shows values
    except UnicodeDecodeError:
        raise _bad_file("is not UTF-8", "Save it as UTF-8 text.") from None  # the cause holds the file's bytes
    except OSError as error:
        raise _bad_file(f"cannot be read ({error.strerror})", "Give this user the right to read it.") from error


def _lower(given: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in given.items()}


def _raw_secrets(given: Mapping[str, str] | None) -> list[str]:
    """The secrets as they were given, well-formed or not: they may stand in another setting by mistake."""
    settings = _with_agents(Settings)
    values = (
        _lower(given) if given is not None else {**DotEnvSettingsSource(settings)(), **EnvSettingsSource(settings)()}
    )
    return [value for name, value in values.items() if _is_secret(name)]


def _is_secret(name: str) -> bool:
    field = _with_agents(Settings).model_fields.get(name)
    return field is not None and field.annotation is SecretStr


def _bad_file(wrong: str, remedy: str) -> SettingsError:
    return SettingsError((Problem(ENV_FILE, wrong, f"It is {Path(ENV_FILE).absolute()}. {remedy}"),))


def names() -> tuple[str, ...]:
    """Every setting there is."""
    return tuple(name.upper() for name in _with_agents(Settings).model_fields)


def _problem(detail: ErrorDetails, redact: Redactor) -> Problem:
    name = str(detail["loc"][0])
    field = _with_agents(Settings).model_fields[name]
    shown = tail(str(detail["input"])) if _is_secret(name) else repr(_presentable(str(detail["input"]), redact))
    return Problem(name.upper(), _wrong(detail, shown), field.description or "")


def _wrong(detail: ErrorDetails, shown: str) -> str:
    if detail["type"] == "missing":
        return "is missing"
    said = detail["msg"] if detail["type"] in ("agent_id", "base_url", "database_url", "api_key") else _said(detail)
    return f"{said} ({shown})"


def _presentable(value: str, redact: Redactor) -> str:
    """A value that was not understood: nobody knows what it is, so nothing that may be a secret is shown of it."""
    shown = redact(value)
    for may_be_secret, instead in _MAY_BE_SECRET:
        shown = may_be_secret.sub(instead, shown)
    return shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1] + "…"


_MAY_BE_SECRET = (
    (re.compile(r"^(\w[\w+.-]*://)?.*@", re.DOTALL), r"\1…@"),  # the user and the password of an address
    (re.compile(r"(://[^/:\s\[]*):(?!\d+(?:/|$))[^/\s]*"), r"\1:…"),  # what stands for a port and is none
    (re.compile(r"\?.*", re.DOTALL), "?…"),
    (re.compile(r"[\w|.~+-]{24,}"), "…"),  # longer than any word
)


def _said(detail: ErrorDetails) -> str:
    """pydantic's own message in the middle of a sentence: "input should be greater than 0"."""
    return detail["msg"][:1].lower() + detail["msg"][1:]


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
