"""**I/O edge.** The Web API over HTTP: arguments, tokens, rate limits, faults, in Slack's order."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from math import ceil

from aiohttp import web

from sandbox.changes import Changes
from sandbox.slack.faults import CallHook, Fault
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.methods import Method
from sandbox.slack.record import Call, Json, Switchboard
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import Team, Token
from sandbox.slack.windows import Buckets, Windows

HTML = "<html><body><h1>{status} Service Unavailable</h1><p>Slack is having trouble.</p></body></html>"
APP = Team("", "", "")


class Limited(Exception):
    """Past the rate limit; `seconds` to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, ceil(seconds))


@dataclass(slots=True)
class WebApi:
    """`closing` is set when the stand-in stops."""

    floor: Floor
    methods: Mapping[str, Method]
    changes: Changes
    closing: asyncio.Event
    calls: list[Call] = field(default_factory=list)
    faults: defaultdict[str, Switchboard[Fault]] = field(
        default_factory=lambda: defaultdict(lambda: Switchboard(Fault()))
    )
    _windows: Windows = field(default_factory=Windows)
    _buckets: Buckets = field(default_factory=Buckets)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, and keep a record of it."""
        call = Call(request.match_info["method"], self.floor.world.clock(), {})
        self.calls.append(call)
        reply = await self._reply(request, call)
        reply.headers["Date"] = formatdate(self.floor.world.wall(), usegmt=True)
        call.ended = self.floor.world.clock()
        self.changes.notice()
        return reply

    async def _reply(self, request: web.Request, call: Call) -> web.StreamResponse:
        scopes: tuple[str, ...] = ()
        try:
            method, caller, args = await self._understood(request, call)
            scopes = caller.token.scopes
            self._check_rate(call, caller, args)
        except Refusal as refusal:
            return _said(call, refusal.body, scopes)
        except Limited as limited:
            call.limited = True
            return _limited(call, limited.seconds)
        call.accepted = True
        self.changes.notice()
        return await self._answered(request, call, lambda: self._work(call, method, caller, args), scopes)

    async def _understood(self, request: web.Request, call: Call) -> tuple[Method, Caller, Args]:
        method = self.methods.get(call.method)
        if method is None:
            raise Refusal("unknown_method", req_method=call.method)
        given, token = await arguments_of(request, json_too=method.json)
        call.args = given
        caller = self._caller(method, token)
        call.team = caller.team.id
        return method, caller, Args(given)

    def _caller(self, method: Method, token: str) -> Caller:
        if not token:
            raise Refusal("not_authed")
        known = self.floor.world.tokens.get(token)
        if known is None:
            raise Refusal("invalid_auth")
        if known.revoked:
            raise Refusal(known.revoked)
        if known.kind != method.caller:
            raise Refusal("not_allowed_token_type")
        return Caller(known, self._team(known))

    def _team(self, token: Token) -> Team:
        return self.floor.world.teams[token.team] if token.team else APP

    def _check_rate(self, call: Call, caller: Caller, args: Args) -> None:
        """Raises `Limited`. A refused call does not count."""
        limits, now = self.floor.limits, self.floor.world.clock()
        key, most = (call.method, caller.team.id), limits.calls.get(call.method)
        place = (caller.team.id, args.text("channel")) if call.method == "chat.postMessage" else None
        waits = [0.0 if most is None else self._windows.wait(key, most, limits.window, now)]
        if place:
            waits.append(self._buckets.wait(place, limits.post_burst, limits.post_interval, now))
        if any(waits):
            raise Limited(max(waits))
        self._windows.take(key, now)
        if place:
            self._buckets.take(place, limits.post_burst, limits.post_interval, now)

    async def _answered(
        self, request: web.Request, call: Call, work: Callable[[], Json], scopes: tuple[str, ...]
    ) -> web.StreamResponse:
        """The work and its reply, disturbed as scripted."""
        fault = self.faults[call.method].next()
        await _called(fault.before, call)
        await self._pause(fault.delay)
        body = work() if fault.works else {}
        await _called(fault.after, call)
        await self._pause(fault.delay_reply)
        if fault.drop:
            return aborted(request)
        return _disturbed(call, fault) if fault.replaces else _said(call, body, scopes)

    def _work(self, call: Call, method: Method, caller: Caller, args: Args) -> Json:
        try:
            caller.need(*method.scopes)
            body = method.run(caller, args)
            call.done = True
        except Refusal as refusal:
            body, call.error = refusal.body, refusal.error
        self.changes.notice()
        return body

    async def _pause(self, seconds: float) -> None:
        """Wait; not beyond the end of the stand-in."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


def _disturbed(call: Call, fault: Fault) -> web.Response:
    if fault.retry_after is not None and fault.status in (None, 429):
        return _limited(call, ceil(fault.retry_after))
    if fault.error is not None:
        return _said(call, {"ok": False, "error": fault.error, **fault.fields}, ())
    call.status = fault.status or 200
    wait = {"Retry-After": str(ceil(fault.retry_after))} if fault.retry_after is not None else {}
    kind = {"html": "text/html", "text": "text/plain"}.get(fault.body, "application/json")
    text = {"json": '{"ok": false, "error": "internal_error"}', "html": HTML.format(status=call.status), "empty": ""}
    body = text.get(fault.body, "upstream request timeout")
    return web.Response(status=call.status, text=body, content_type=kind, headers=wait)


def _said(call: Call, body: Json, scopes: tuple[str, ...]) -> web.Response:
    call.status, call.error = 200, str(body.get("error", ""))
    return web.json_response(body, headers={"x-oauth-scopes": ",".join(scopes)} if scopes else {})


def _limited(call: Call, seconds: int) -> web.Response:
    call.status, call.error = 429, "ratelimited"
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)})


def aborted(request: web.Request) -> web.StreamResponse:
    """Cut the connection; the answer that must be returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def arguments_of(request: web.Request, *, json_too: bool) -> tuple[Json, str]:
    """The arguments, and the token apart. A JSON body is for methods that write; others do not look at it."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= _object(await request.text()) if json_too else {}
        token = ""
    else:
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        token = str(given.pop("token", ""))
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return given, (sent if scheme == "Bearer" else "") or token


def _object(text: str) -> Json:
    try:
        read = json.loads(text or "{}")
    except ValueError as error:
        raise Refusal("invalid_json") from error
    if not isinstance(read, dict):
        raise Refusal("json_not_object")
    return read


async def _called(hook: CallHook | None, call: Call) -> None:
    result: Awaitable[None] | None = hook(call) if hook else None
    if inspect.isawaitable(result):
        await result
