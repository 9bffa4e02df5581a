"""**I/O edge.** Slack's Web API: one connection pool, no retries of its own, errors in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from core.errors import MessageGone, SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.fence import passed

TIMEOUT = aiohttp.ClientTimeout(total=20.0, connect=5.0)
JSON_METHODS = ("chat.",)
"""Those that take JSON; the others take forms (https://docs.slack.dev/apis/web-api/)."""

_GONE = ("message_not_found", "thread_not_found", "cant_update_message")
RETRY_AFTER = 30.0
"""Seconds, where a 429 does not say."""


PATIENCE = 120.0
"""Seconds that a 429 may cost altogether, where no budget is paused by it."""


@asynccontextmanager
async def connected(token: str, base_url: str) -> AsyncIterator[AsyncWebClient]:
    """A client; each request is made once: what may be made again is ours to know."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        yield AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])


async def call(client: AsyncWebClient, method: str, **arguments: object) -> Mapping[str, Any]:
    """What Slack answers. Raises `SurfaceError`; `SurfaceInDoubt` where nobody knows whether it was done."""
    given = {name: value for name, value in arguments.items() if value is not None}
    as_json = method.startswith(JSON_METHODS)
    await passed()
    try:
        answer = await (client.api_call(method, json=given) if as_json else client.api_call(method, data=given))
    except SlackApiError as error:
        raise translated(error, method) from error
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SurfaceInDoubt(f"{method}: {type(error).__name__}") from error
    data = answer.data
    return data if isinstance(data, dict) else {}


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


def translated(error: SlackApiError, method: str) -> SurfaceError:
    """What an answer that is none means."""
    answer = error.response
    status = int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 0)
    data = getattr(answer, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code == "ratelimited":
        return SurfaceBusy(f"{method}: 429", _seconds(getattr(answer, "headers", {})))
    if code in _GONE:
        return MessageGone(f"{method}: {code}")
    if status >= 500 or not code or code in ("internal_error", "fatal_error", "service_unavailable"):
        return SurfaceInDoubt(f"{method}: {status} {code}".strip())
    return SurfaceError(f"{method}: {code}")


def _seconds(headers: Mapping[str, Any]) -> float:
    found = headers.get("Retry-After") or headers.get("retry-after")
    try:
        return max(1.0, float(found))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return RETRY_AFTER
