"""**I/O edge.** Slack's Web API: one connection pool, no retries of its own, errors in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.fence import passed
from core.tally import Count, uncounted
from core.too_fast import watched

TIMEOUT = aiohttp.ClientTimeout(total=20.0, connect=5.0)
JSON_METHODS = ("chat.", "views.")
"""Those that take JSON; the others take forms (https://docs.slack.dev/apis/web-api/)."""

OWN_TROUBLE = ("internal_error", "fatal_error", "service_unavailable")
_GONE = ("message_not_found", "thread_not_found", "cant_update_message")
RETRY_AFTER = 30.0
"""Seconds, where a 429 does not say."""


PATIENCE = 120.0
"""Seconds that a 429 may cost altogether, where no budget is paused by it."""


@asynccontextmanager
async def connected(token: str, base_url: str, count: Count = uncounted) -> AsyncIterator[AsyncWebClient]:
    """A client; each request is made once: what may be made again is ours to know."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, trace_configs=[watched("slack", count)]) as session:
        yield AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever it is. `data` is empty where it is no JSON object; `headers` in lower case."""

    status: int
    data: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return self.status == 200 and bool(self.data.get("ok"))

    @property
    def error(self) -> str:
        """Slack's code for what is wrong; empty where nothing is, or where this is not Slack."""
        return "" if self.ok else str(self.data.get("error") or "")


async def ask(client: AsyncWebClient, method: str, **arguments: object) -> Answer:
    """Whatever is answered. Raises `SurfaceInDoubt` where nothing is."""
    given = {name: value for name, value in arguments.items() if value is not None}
    as_json = method.startswith(JSON_METHODS)
    await passed()
    try:
        return _answer(await (client.api_call(method, json=given) if as_json else client.api_call(method, data=given)))
    except SlackApiError as error:
        return _answer(error.response)
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SurfaceInDoubt(f"{method}: {type(error).__name__}") from error
    except (AttributeError, ValueError):  # the library takes every body for an object
        return Answer(200, {}, {})


async def call(client: AsyncWebClient, method: str, **arguments: object) -> Mapping[str, Any]:
    """What Slack answers. Raises `SurfaceError`; `SurfaceInDoubt` where nobody knows whether it was done."""
    answer = await ask(client, method, **arguments)
    if answer.ok:
        return answer.data
    raise translated(answer, method)


async def nothing() -> None:
    """For a call that nothing comes before."""


async def patiently(
    client: AsyncWebClient,
    method: str,
    *,
    patience: float = PATIENCE,
    before: Callable[[], Awaitable[None]] = nothing,
    **arguments: object,
) -> Mapping[str, Any]:
    """As `call`, with `before` ahead of each try; where Slack asks us to wait we do, up to `patience` seconds."""
    while True:
        await before()
        try:
            return await call(client, method, **arguments)
        except SurfaceBusy as busy:
            patience -= busy.seconds
            if patience < 0:
                raise
            await asyncio.sleep(busy.seconds)


def with_token(client: AsyncWebClient, token: str | None) -> AsyncWebClient:
    """Another token over the same pool."""
    return AsyncWebClient(token=token, base_url=client.base_url, session=client.session, retry_handlers=[])


def translated(answer: Answer, method: str) -> SurfaceError:
    """What an answer that is none means."""
    status, code = answer.status, answer.error
    if status == 429 or code == "ratelimited":
        return SurfaceBusy(f"{method}: 429", _seconds(answer.headers))
    if code in _GONE:
        return MessageGone(f"{method}: {code}")
    if status >= 500 or not code or code in OWN_TROUBLE:
        return SurfaceInDoubt(f"{method}: {status} {code}".strip())
    return SurfaceError(f"{method}: {code}")


def _answer(came: Any) -> Answer:
    """Of the library's answer, or of the HTTP library's where that was not understood."""
    data, headers = getattr(came, "data", None), getattr(came, "headers", None) or {}
    status = int(getattr(came, "status_code", None) or getattr(came, "status", None) or 0)
    lower = {name.lower(): str(value) for name, value in headers.items()}
    return Answer(status, data if isinstance(data, dict) else {}, lower)


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return max(1.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return RETRY_AFTER
