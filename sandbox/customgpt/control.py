"""**I/O edge.** The switches of the CustomGPT stand-in over HTTP, for other processes and the curious.

    GET  /control                          what can be set, as JSON Schema, and which endpoints there are
    GET  /control/account                  limits, messages in flight now and at most
    PUT  /control/account                  {"max_queries": 10, "requests_per_second": 5}: sets these
    GET  /control/agents/{id}              the standing behaviour of an agent, and how much script is left
    PUT  /control/agents/{id}              {"is_chat_active": 0, "event_lines": false, …}: sets what it names
    POST /control/agents/{id}/script       [{"status": 429, "retry_after": 1}, {}]: one a message, in order
    PUT  /control/endpoints/{kind}         {"status": 503}: every request of that kind, until reset
    POST /control/endpoints/{kind}/script  [{"status": 500}, {}]: one a request of that kind, in order
    GET  /control/requests                 all that was asked, keys masked; ?endpoint=send for one kind
    POST /control/reset                    everything as it was at the start

An entry of a script is the whole behaviour of its request: nothing is taken over from what stands. `{}` is a
faithful answer. An entry is used up once key and agent are known to be right. For a message, a script of the
endpoint `send` comes before the agent's own.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from sandbox.customgpt.call import Floor
from sandbox.customgpt.faults import ControlError, Endpoint, Fault, changed, schema, script_of
from sandbox.customgpt.state import Agent, Platform, Switchboard

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Control:
    """The control endpoint. `reset` puts the platform back as it was."""

    def __init__(self, floor: Floor, reset: Callable[[], None]) -> None:
        self._floor = floor
        self._reset = reset

    @property
    def _platform(self) -> Platform:
        return self._floor.platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control", _told(self.describe)),
            web.get("/control/account", _told(self.account)),
            web.put("/control/account", _told(self.set_account)),
            web.get("/control/agents/{id}", _told(self.agent)),
            web.put("/control/agents/{id}", _told(self.set_agent)),
            web.post("/control/agents/{id}/script", _told(self.script_agent)),
            web.put("/control/endpoints/{kind}", _told(self.set_endpoint)),
            web.post("/control/endpoints/{kind}/script", _told(self.script_endpoint)),
            web.get("/control/requests", _told(self.requests)),
            web.post("/control/reset", _told(self.reset)),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        paths = [f"{route.method} {route.path}" for route in self.routes()]
        agents = {agent.id: agent.role for agent in self._platform.agents.values()}
        return web.json_response({"paths": paths, "endpoints": list(Endpoint), "agents": agents, **schema()})

    async def account(self, request: web.Request) -> web.Response:
        gauge = self._floor.gauge
        return web.json_response(
            {**asdict(self._platform.account), "in_flight": gauge.now, "most_in_flight": gauge.most}
        )

    async def set_account(self, request: web.Request) -> web.Response:
        self._platform.account = changed(self._platform.account, await _read(request))
        return await self.account(request)

    async def agent(self, request: web.Request) -> web.Response:
        agent = self._agent(request)
        return web.json_response({**asdict(agent.always), "script_left": agent.messages.waiting})

    async def set_agent(self, request: web.Request) -> web.Response:
        agent = self._agent(request)
        agent.always = changed(agent.always, await _read(request))
        return await self.agent(request)

    async def script_agent(self, request: web.Request) -> web.Response:
        return await _script(self._agent(request).messages, request)

    async def set_endpoint(self, request: web.Request) -> web.Response:
        switchboard = self._switchboard(request)
        switchboard.always = changed(switchboard.always or Fault(), await _read(request))
        return web.json_response(asdict(switchboard.always))

    async def script_endpoint(self, request: web.Request) -> web.Response:
        return await _script(self._switchboard(request), request)

    async def requests(self, request: web.Request) -> web.Response:
        kind = request.query.get("endpoint")
        kept = self._floor.record.of(kind) if kind else self._floor.record.requests
        return web.json_response([asdict(one) for one in kept])

    async def reset(self, request: web.Request) -> web.Response:
        self._reset()
        return await self.account(request)

    def _agent(self, request: web.Request) -> Agent:
        text = request.match_info["id"]
        agent = self._platform.agents.get(int(text)) if text.isascii() and text.isdigit() else None
        if agent is None:
            raise ControlError(f"id: there is no agent {text}; there are {', '.join(map(str, self._platform.agents))}")
        return agent

    def _switchboard(self, request: web.Request) -> Switchboard:
        kind = request.match_info["kind"]
        if kind not in list(Endpoint):
            raise ControlError(f"kind: there is no endpoint {kind}; there are {', '.join(Endpoint)}")
        return self._platform.endpoints[Endpoint(kind)]


def _told(listener: Answer) -> Answer:
    """`listener`, with a 400 that says what is wrong with the input."""

    async def told(request: web.Request) -> web.Response:
        try:
            return await listener(request)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    return told


async def _script(switchboard: Switchboard, request: web.Request) -> web.Response:
    switchboard.script(*script_of(await _read(request)))
    return web.json_response({"script_left": switchboard.waiting})


async def _read(request: web.Request) -> object:
    try:
        read: object = json.loads(await request.text())
    except ValueError as error:
        raise ControlError("body: must be JSON") from error
    return read
