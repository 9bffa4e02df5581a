"""**I/O edge.** How settings are read: from the environment or `.env`, typed, everything that is wrong at once.

What is wrong is said in words, and without a secret: nobody knows what a value that was not understood may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BeforeValidator, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from core.errors import Problem, SettingsError
from core.text.redact import Redactor, tail

ENV_FILE = ".env"
MOST_SHOWN = 60
"""Characters of a value that was not understood."""


class FromEnvironment(BaseSettings):
    """Settings. A field's description says what it should look like, and where to find it."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be shown."""
        given = (getattr(self, name) for name in type(self).model_fields)
        return tuple(one.get_secret_value() for one in given if isinstance(one, SecretStr))


S = TypeVar("S", bound=FromEnvironment)

_OURS = "ours"


def wrong(said: str) -> PydanticCustomError:
    """For validators: what is wrong with a value, to stand behind the setting's name."""
    return PydanticCustomError(_OURS, "{said}", {"said": said})


_HTTP = TypeAdapter(HttpUrl)


def _web_address(value: str) -> str:
    """As the parser writes it, so that the HTTP library can connect to it: the port in range, the host in ASCII."""
    if not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", value):
        raise wrong("is not an http(s) address")
    try:
        return str(_HTTP.validate_python(value)).rstrip("/")
    except ValidationError:
        raise wrong("is not an http(s) address") from None  # its own message shows the value


WebAddress = Annotated[str, AfterValidator(_web_address)]


def _printable(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if re.search(r"\s", key):
        raise wrong("has white space in it")
    if not re.fullmatch(r"[!-~]+", key):
        raise wrong("has characters in it that no key has")
    return value


Key = Annotated[SecretStr, AfterValidator(_printable)]


def ids(form: str, of_what: str) -> BeforeValidator:
    """`T0AAA, T0BBB` → a set, of ids that look like `form`. Which one is none is seen in the value, shown behind it."""

    def split(value: object) -> object:
        if not isinstance(value, str):
            return value
        found = frozenset(filter(None, re.split(r"[\s,]+", value)))
        if all(re.fullmatch(form, one) for one in found):
            return found
        raise wrong(f"holds what is no id of {of_what}")

    return BeforeValidator(split)


def read(model: type[S], given: Mapping[str, str] | None = None) -> S:
    """The settings of this process, or of `given` alone. Raises `SettingsError` naming everything that is wrong."""
    try:
        return model() if given is None else cast(S, _from_given(model)(**_lower(given)))
    except ValidationError as error:
        redact = Redactor(_raw_secrets(model, given))
        problems = tuple(_problem(model, detail, redact) for detail in error.errors())
        raise SettingsError(problems) from None  # the cause shows values
    except UnicodeDecodeError:
        raise _bad_file("is not UTF-8", "Save it as UTF-8 text.") from None  # the cause holds the file's bytes
    except OSError as error:
        raise _bad_file(f"cannot be read ({error.strerror})", "Give this user the right to read it.") from error


def names_of(model: type[FromEnvironment]) -> tuple[str, ...]:
    """Every setting of a model."""
    return tuple(name.upper() for name in model.model_fields)


class _GivenAlone(BaseSettings):
    """No environment, no file."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@cache
def _from_given(model: type[FromEnvironment]) -> type[FromEnvironment]:
    return type(model.__name__, (_GivenAlone, model), {})


def _lower(given: Mapping[str, str]) -> dict[str, Any]:
    return {name.lower(): value for name, value in given.items()}


def _raw_secrets(model: type[FromEnvironment], given: Mapping[str, str] | None) -> list[str]:
    """The secrets as they were given, well-formed or not: they may stand in another setting by mistake."""
    values = _lower(given) if given is not None else {**DotEnvSettingsSource(model)(), **EnvSettingsSource(model)()}
    return [value for name, value in values.items() if _is_secret(model, name)]


def _is_secret(model: type[FromEnvironment], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and "SecretStr" in str(field.annotation)


def _bad_file(said: str, remedy: str) -> SettingsError:
    return SettingsError((Problem(ENV_FILE, said, f"It is {Path(ENV_FILE).absolute()}. {remedy}"),))


def _problem(model: type[FromEnvironment], detail: ErrorDetails, redact: Redactor) -> Problem:
    name = str(detail["loc"][0])
    field = model.model_fields[name]
    given = str(detail["input"])
    shown = tail(given) if _is_secret(model, name) else repr(_presentable(given, redact))
    return Problem(name.upper(), _wrong(detail, shown), field.description or "")


def _wrong(detail: ErrorDetails, shown: str) -> str:
    if detail["type"] == "missing":
        return "is missing"
    return f"{detail['msg'] if detail['type'] == _OURS else _said(detail)} ({shown})"


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
