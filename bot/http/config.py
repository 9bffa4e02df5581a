"""**I/O edge.** HTTP's settings: where it listens, and who may speak to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.checks import CheckResult, CheckStatus
from core.errors import Problem, SettingsError
from core.settings import FromEnvironment, WebAddress, read, wrong
from core.text.wording import plural

LONG_ENOUGH = 16
"""Characters of a token: a shorter one may be guessed."""

_TOKENS = "Long random words, with commas between them: `openssl rand -hex 24` makes one."


def _tokens(value: object) -> object:
    """`one, two` → a set of secrets."""
    if not isinstance(value, str):
        return value
    found = frozenset(filter(None, re.split(r"[\s,]+", value)))
    if not all(re.fullmatch(r"[!-~]+", token) for token in found):
        raise wrong("has characters in it that no header carries")
    return frozenset(map(SecretStr, found))


def _host(value: object) -> object:
    if isinstance(value, str) and re.search(r"[\s/@?#]", value):
        raise wrong("is not a host: it is an address like 127.0.0.1, or a name, without a port")
    return value


Tokens = Annotated[frozenset[SecretStr], NoDecode, BeforeValidator(_tokens)]


class HTTPSettings(FromEnvironment):
    """HTTP is on unless `--only` leaves it out."""

    orchestrator_base_url: WebAddress | None = Field(
        None, description="The address under which clients reach it, like https://ask.example.com."
    )
    orchestrator_http_host: Annotated[str, BeforeValidator(_host)] = Field(
        "127.0.0.1", min_length=1, description="An address of this machine; 0.0.0.0 is all of them."
    )
    orchestrator_http_port: int = Field(8000, ge=0, le=65535, description="A port; 0 takes a free one.")
    orchestrator_api_tokens: Tokens = Field(frozenset(), description=_TOKENS)
    orchestrator_admin_tokens: Tokens = Field(frozenset(), description=_TOKENS)

    @property
    def is_beyond(self) -> bool:
        """Do clients reach it from beyond this machine, by what is said of its address?"""
        url = self.orchestrator_base_url
        return url is not None and not is_loopback(urlsplit(url).hostname or "")

    @property
    def secrets(self) -> tuple[str, ...]:
        tokens = self.orchestrator_api_tokens | self.orchestrator_admin_tokens
        return (*super().secrets, *sorted(token.get_secret_value() for token in tokens))


def read_http(given: Mapping[str, str] | None = None) -> HTTPSettings:
    """HTTP's settings, of this process or of `given` alone.

    Raises `SettingsError`, also where it would listen beyond this machine to who has no token.
    """
    settings = read(HTTPSettings, given)
    if not settings.orchestrator_api_tokens and not is_loopback(settings.orchestrator_http_host):
        said = f"is missing, and ORCHESTRATOR_HTTP_HOST ({settings.orchestrator_http_host}) is not this machine alone"
        raise SettingsError((Problem("ORCHESTRATOR_API_TOKENS", said, _TOKENS),))
    return settings


def is_loopback(host: str) -> bool:
    """Does an address, or a name, lead no further than this machine?"""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def check_http(settings: HTTPSettings) -> list[CheckResult]:
    """What the settings say: where, for whom, and whether a token could be guessed."""
    where = f"{settings.orchestrator_http_host}, port {settings.orchestrator_http_port}"
    api, admin = settings.orchestrator_api_tokens, settings.orchestrator_admin_tokens
    nobody = "nobody, as ORCHESTRATOR_API_TOKENS is not set" if settings.is_beyond else "the CustomGPT key"
    whose = f"{plural(len(api), 'token')}, {plural(len(admin), 'admin token')}" if api | admin else nobody
    found = [CheckResult("http", CheckStatus.OK, f"{where}; for {whose}")]
    if any(len(token.get_secret_value()) < LONG_ENOUGH for token in api | admin):
        said = f"a token has fewer than {LONG_ENOUGH} characters, and may be guessed"
        found.append(CheckResult("http tokens", CheckStatus.WARNING, said, _TOKENS))
    return found


def own_door(settings: HTTPSettings, key: SecretStr) -> tuple[str, str]:
    """Where the bot of these settings is to be reached from its own machine, and what opens it; `key`: CustomGPT's."""
    host = _within(settings.orchestrator_http_host)
    tokens = sorted(token.get_secret_value() for token in settings.orchestrator_api_tokens)
    return f"http://{host}:{settings.orchestrator_http_port}", [*tokens, key.get_secret_value()][0]


def _within(host: str) -> str:
    """An address for clients: who listens at all of them is asked at loopback's."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host
    if address.version == 6:
        return "[::1]" if address.is_unspecified else f"[{address}]"
    return "127.0.0.1" if address.is_unspecified else str(address)
