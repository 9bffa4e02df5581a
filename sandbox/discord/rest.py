"""**I/O edge.** Discord's REST API: who calls, how often, what becomes of it."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.discord.buckets import Buckets
from sandbox.discord.faults import Fault, Limits, Script
from sandbox.discord.record import Call, Json
from sandbox.discord.refusal import Refusal
from sandbox.discord.sending import json_response
from sandbox.discord.state import World

Uploads = dict[str, tuple[str, bytes]]
Work = Callable[[Json, Any, Uploads], Any]

_ID, _ONE = r"[0-9]+", r"[^/]+"


class Route:
    """`pattern` with names in braces: `/channels/{channel}/messages`."""

    def __init__(self, name: str, method: str, pattern: str, work: Work, *, open_to_all: bool = False) -> None:
        self.name, self.method, self.work, self.open_to_all = name, method, work, open_to_all
        kinds = {"emoji": _ONE, "token": _ONE, "message": r"[0-9]+|@original"}
        expression = re.sub(r"\{(\w+)\}", lambda match: f"(?P<{match[1]}>{kinds.get(match[1], _ID)})", pattern)
        self.pattern = re.compile(expression)


class Rest:
    """`routes` in the order in which they are tried."""

    def __init__(
        self,
        world: World,
        routes: list[Route],
        limits: Callable[[], Limits],
        changed: Callable[[], None],
        closing: asyncio.Event,
    ) -> None:
        self._world = world
        self._routes = routes
        self._changed = changed
        self._closing = closing
        self._buckets = Buckets(limits, world.clock, world.wall)
        self.scripts: defaultdict[str, Script] = defaultdict(Script)
        self.calls: list[Call] = []

    async def listen(self, request: web.Request, tail: str) -> web.StreamResponse:
        """`tail`: the path behind the base."""
        found = [(route, match) for route in self._routes if (match := route.pattern.fullmatch(tail))]
        route, match = next((one for one in found if one[0].method == request.method), (None, None))
        if route is None or match is None:
            return json_response({"message": "404: Not Found", "code": 0}, status=405 if found else 404)
        body, uploads = await _read(request)
        call = Call(
            route.name, self._world.clock(), body if isinstance(body, dict) else {"list": body}, match.groupdict()
        )
        self.calls.append(call)
        try:
            return await self._answered(request, route, call, body, uploads)
        finally:
            self._changed()

    async def _answered(
        self, request: web.Request, route: Route, call: Call, body: Any, uploads: Uploads
    ) -> web.StreamResponse:
        if not route.open_to_all and request.headers.get("Authorization") != f"Bot {self._world.token}":
            return _refused(call, Refusal(0), {})
        wait, headers = self._buckets.take(route.name, call.channel)
        if wait:
            call.limited = True
            return _busy(call, wait, headers)
        fault = self.scripts[f"{route.name}+file" if uploads else route.name].take()
        await self._pause(fault.delay)
        await _hook(fault.before, call)
        done = self._work(route, call, body, uploads, headers) if fault.works else None
        await _hook(fault.after, call)
        return self._faulty(request, fault, call, headers) if fault.replaces or done is None else done

    def _work(
        self, route: Route, call: Call, body: Any, uploads: Uploads, headers: dict[str, str]
    ) -> web.StreamResponse:
        try:
            found = route.work(call.path, body, uploads)
        except Refusal as refusal:
            return _refused(call, refusal, headers)
        call.done, call.status = True, 200 if found is not None else 204
        return json_response(found, headers=headers) if found is not None else web.Response(status=204, headers=headers)

    def _faulty(self, request: web.Request, fault: Fault, call: Call, headers: dict[str, str]) -> web.StreamResponse:
        call.status = 0
        if fault.drop:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        if fault.retry_after is not None:
            return _busy(call, fault.retry_after, headers)
        if fault.code is not None:
            return _refused(call, Refusal(fault.code), headers)
        call.status = fault.status or 200
        if fault.body == "html":
            return web.Response(status=call.status, text="<html>no</html>", content_type="text/html")
        return json_response({"message": f"{call.status}: scripted", "code": 0}, status=call.status)

    async def _pause(self, seconds: float) -> None:
        if seconds:
            try:
                await asyncio.wait_for(self._closing.wait(), seconds)
            except TimeoutError:
                return


async def _hook(hook: Any, call: Call) -> None:
    if hook is not None and inspect.isawaitable(found := hook(call)):
        await found


def _refused(call: Call, refusal: Refusal, headers: dict[str, str]) -> web.Response:
    call.status, call.code = refusal.status, refusal.code
    if refusal.status == 429:
        return _busy(call, 60.0, headers, code=refusal.code)
    return json_response(refusal.as_json(), status=refusal.status, headers=headers)


def _busy(call: Call, seconds: float, headers: dict[str, str], code: int = 0) -> web.Response:
    """With `Via`, by which a client knows that Discord itself says so."""
    call.status = 429
    more = {**headers, "Via": "1.1 google", "Retry-After": f"{max(1, round(seconds))}"}
    body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": False, "code": code}
    return json_response(body, status=429, headers=more)


async def _read(request: web.Request) -> tuple[Any, Uploads]:
    """The JSON of a body, or the query; and the files of a form."""
    if request.method == "GET":
        return dict(request.query), {}
    if not request.content_type.startswith("multipart/"):
        text = await request.text()
        return (json.loads(text) if text.strip() else {}), {}
    body, uploads = {}, Uploads()
    async for part in await request.multipart():
        content = bytes(await part.read(decode=False))  # type: ignore[union-attr]
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = json.loads(content)
        else:
            uploads[str(part.name)] = (str(part.filename), content)  # type: ignore[union-attr]
    return body, uploads
