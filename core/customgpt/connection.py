"""**I/O edge.** The pooled connection to CustomGPT: where to, with which key, how long to wait for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from importlib.metadata import version

import httpx
from pydantic import SecretStr

from core.customgpt.miss import Cure, Miss, presentable
from core.errors import Problem, SettingsError, Trouble

PREFIX = "/api/v1"

SPARE = 5
"""Connections beyond the slots: those of requests that were just ended and are still being closed."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, from when a slot is held. `idle`: to the first byte, and between two. `look`: a whole look.

    A founder's benchmark saw a median of 3 s and a longest of 64.5 s; complex agents take longer.
    """

    connect: float = 10.0
    idle: float = 60.0
    total: float = 180.0
    look: float = 10.0


TIMEOUTS = Timeouts()

OnDate = Callable[[str], None]
"""Is told the `Date` of an answer, as it stands in its head."""


class Bearer(httpx.Auth):
    """The key, put on each request as it leaves: it stands in no default header, and in no repr."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        yield request


def connect(
    base_url: str,
    key: SecretStr,
    *,
    concurrency: int,
    timeouts: Timeouts = TIMEOUTS,
    transport: httpx.AsyncBaseTransport | None = None,
    on_date: OnDate | None = None,
) -> httpx.AsyncClient:
    """A client for `base_url`, with or without `/api/v1`. The caller closes it. Raises `SettingsError`.

    Its pool never waits: who may send is decided by the slots, of which there are `concurrency`.
    """
    most = concurrency + SPARE
    return httpx.AsyncClient(
        auth=Bearer(_sendable(key)),
        base_url=_with_prefix(base_url),
        headers={"Accept": "application/json", "User-Agent": f"orchestrator/{version('orchestrator')}"},
        follow_redirects=False,
        timeout=httpx.Timeout(timeouts.idle, connect=timeouts.connect),
        limits=httpx.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=30.0),
        transport=transport,
        event_hooks={"response": [_telling(on_date)] if on_date else []},
    )


def _telling(on_date: OnDate) -> Callable[[httpx.Response], Awaitable[None]]:
    async def tell(response: httpx.Response) -> None:
        if date := response.headers.get("Date"):
            on_date(date)

    return tell


def _with_prefix(base_url: str) -> str:
    return f"{base_url.strip().rstrip('/').removesuffix(PREFIX)}{PREFIX}"


def _sendable(key: SecretStr) -> SecretStr:
    """The key without blanks around it. The HTTP library would show whole what no header can carry."""
    text = key.get_secret_value().strip()
    if text and text.isascii() and text.isprintable():
        return SecretStr(text)
    wrong = "is empty or holds characters that no header can carry"
    where = "copy it anew from your CustomGPT profile, under API keys"
    raise SettingsError((Problem("CUSTOMGPT_API_KEY", wrong, where),))


def miss_from(error: httpx.HTTPError) -> Miss:
    """What a failure of the connection means: nothing was sent, or nobody knows."""
    what = presentable(f"{type(error).__name__} {error}")
    match error:
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return Miss(Trouble.UNREACHABLE, type(error).__name__)
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return Miss(Trouble.UNREACHABLE, what, cure=Cure.WAIT)
        case httpx.TimeoutException():
            return Miss(Trouble.TIMEOUT, what, cure=Cure.RECONCILE, counted=True)
        case httpx.DecodingError():
            return Miss(Trouble.BROKEN, what, cure=Cure.RECONCILE, counted=True)
        case _:
            return Miss(Trouble.CUT, what, cure=Cure.RECONCILE, counted=True)
