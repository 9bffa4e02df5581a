"""**I/O edge.** One request to the CustomGPT stand-in: read, recorded, checked, disturbed as scripted."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any

from aiohttp import web

from sandbox.customgpt.faults import Endpoint, Fault
from sandbox.customgpt.record import Gauge, Record, Recorded, masked_headers, without
from sandbox.customgpt.state import Agent, Platform
from sandbox.customgpt.wire import Plain, Refusal, refused

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `fields` is its body, None where that is no JSON object; `fault` is what happens to it,
    `manner` what its agent says of itself."""

    request: web.Request
    endpoint: Endpoint
    fields: dict[str, Any] | None
    project: Agent | None
    fault: Fault
    manner: Fault

    @property
    def agent(self) -> Agent:
        """The agent in the path. Only endpoints whose path has one may ask."""
        assert self.project is not None
        return self.project

    @property
    def body(self) -> dict[str, Any]:
        """The fields; 400 where there are none to read."""
        if self.fields is None:
            raise Refusal(400, "The request body must be a JSON object")
        return self.fields

    @property
    def session_id(self) -> str:
        return self.request.match_info["session_id"]

    def number(self, name: str) -> int:
        """A number in the path; anything else is not found."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit()):
            raise Refusal(404, f"Nothing with id {text} found")
        return int(text)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits until something holds."""

    true: Callable[[], bool]
    woken: asyncio.Future[None]


@dataclass(slots=True)
class Floor:
    """What all requests share. `closing` is set when the stand-in stops."""

    platform: Platform
    key: str
    record: Record = field(default_factory=Record)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    gauge: Gauge = field(init=False)
    _recent: deque[float] = field(default_factory=deque)
    _waiters: list[Waiter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gauge = Gauge(self.notice)

    def notice(self) -> None:
        """Something has changed: wake those who waited for just that."""
        for waiter in self._waiters:
            if not waiter.woken.done() and waiter.true():
                waiter.woken.set_result(None)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds; asked now, and whenever a request comes, ends or gets a delta."""
        waiter = Waiter(true, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self.notice()
        try:
            await waiter.woken
        finally:
            self._waiters.remove(waiter)

    def check_key(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise Refusal(401, "API Token is either missing or invalid")

    def agent_of(self, request: web.Request) -> Agent | None:
        """The agent in the path; None where the path has none. 400 and 404 as the API does."""
        text = request.match_info.get("project_id")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise Refusal(400, "Agent id must be integer")
        agent = self.platform.agents.get(int(text))
        if agent is None:
            raise Refusal(404, f"Agent with id {text} not found")
        return agent

    def call(
        self, request: web.Request, endpoint: Endpoint, fields: dict[str, Any] | None, agent: Agent | None
    ) -> Call:
        """The request with the fault that is its turn."""
        scripted = self.platform.endpoints[endpoint].next()
        if agent and endpoint is Endpoint.SEND:
            fault = scripted or agent.next()
            return Call(request, endpoint, fields, agent, fault, fault)
        manner = scripted or (agent.always if agent else Fault())
        return Call(request, endpoint, fields, agent, scripted or Fault(), manner)

    def forget(self) -> None:
        """No requests recorded, none counted."""
        self.record.requests.clear()
        self.gauge.most = self.gauge.now
        self._recent.clear()

    def keep(self, request: web.Request, endpoint: Endpoint, fields: object) -> None:
        """Record a request, its secrets masked."""
        kept = Recorded(
            endpoint=endpoint,
            method=request.method,
            path=request.path,
            query={name: str(without(self.key, value)) for name, value in request.query.items()},
            headers=masked_headers(request.headers),
            body=without(self.key, fields),
        )
        self.record.requests.append(kept)
        self.notice()

    def check_rate(self) -> None:
        """429 past so many requests in a second."""
        limit = self.platform.account.requests_per_second
        if limit is None:
            return
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= limit:
            wait = str(ceil(self._recent[0] + 1.0 - now))
            left = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
            raise Refusal(429, "Too many requests", {"Retry-After": wait, **left})
        self._recent.append(now)

    async def admit(self, call: Call) -> web.StreamResponse | None:
        """The last gate: the rate, and what is scripted. An answer from here stands for the API's own."""
        self.check_rate()
        return await self.disturb(call)

    async def disturb(self, call: Call) -> web.StreamResponse | None:
        """Do what the fault says, before the first byte; None where the answer may be as it should."""
        fault = call.fault
        pace = call.agent.pace.first_byte if call.endpoint is Endpoint.SEND else 0.0
        await self.pause(fault.first_byte_delay if fault.first_byte_delay is not None else pace)
        if fault.stall:
            await self.closing.wait()
        if fault.drop or fault.stall:
            return aborted(call.request)
        if fault.status is not None:
            return plain(refused(fault, fault.status, str(call.request.url)))
        return None

    async def pause(self, seconds: float) -> None:
        """Wait; not beyond the end of the stand-in."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


def aborted(request: web.Request) -> web.StreamResponse:
    """Cut the connection; the answer that must be returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def plain(answer: Plain) -> web.Response:
    headers = {"Content-Type": f"{answer.content_type}; charset=utf-8", **answer.headers}
    return web.Response(status=answer.status, body=answer.body.encode(), headers=headers)


async def fields_of(request: web.Request) -> tuple[dict[str, Any] | None, object]:
    """The body as an object, None where it is none; and as it is to be recorded."""
    if request.content_type in FORMS:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        return form, form
    text = await request.text()
    try:
        read = json.loads(text) if text.strip() else {}
    except ValueError:
        return None, text
    return (read if isinstance(read, dict) else None), read


def utc_now() -> datetime:
    return datetime.now(UTC)
