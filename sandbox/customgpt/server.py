"""**I/O edge.** A stand-in for CustomGPT: its REST API over real HTTP on loopback, misbehaving on demand.

    async with CustomGPTStandIn() as customgpt:
        customgpt.agent("build").script(Fault(status=429, retry_after=1), Fault())
        customgpt.endpoint(Endpoint.CITATION).always = Fault(status=500)
        … talk to customgpt.url with customgpt.key …
        customgpt.requests(Endpoint.SEND)

The switches are in `faults.py`; over HTTP they are set at `/control`, as `control.py` describes.
Checks come in the order of the contract: key, integer id, agent known, active, body, credits, rate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from types import MappingProxyType, TracebackType
from typing import Self

from aiohttp import web

from sandbox.customgpt.answers import Page
from sandbox.customgpt.api import Api
from sandbox.customgpt.call import Call, Floor, fields_of
from sandbox.customgpt.control import Control
from sandbox.customgpt.faults import Account, Endpoint, Pace
from sandbox.customgpt.record import Recorded
from sandbox.customgpt.sending import Sending
from sandbox.customgpt.state import Agent, Conversation, Platform, Switchboard
from sandbox.customgpt.wire import Refusal, error

KEY = "1234|q7Xw2Lr9Vb4Nt6Yk1Zp8Hs3Jd5Fg0Mc7Qa2We9Ru4Ti6Yo1"
AGENTS: Mapping[str, int] = MappingProxyType({"research": 101, "plan": 102, "build": 103, "review": 104})
NAMES: Mapping[str, str] = MappingProxyType(
    {"research": "Researcher", "plan": "Planner", "build": "Builder", "review": "Reviewer"}
)
DEMO_PACE = Pace(first_byte=0.8, delta=0.06)
BODY_LIMIT = 8 * 1024 * 1024
SHUTDOWN_SECONDS = 1.0

Listener = Callable[[Call], Awaitable[web.StreamResponse]]


class CustomGPTStandIn:
    """A CustomGPT account with an agent for each role, served on loopback while the block lasts.

    `agents` maps roles to project ids; `paces` gives single roles their own pace. `port` 0 picks a free one.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = KEY,
        agents: Mapping[str, int] = AGENTS,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        paces: Mapping[str, Pace] = MappingProxyType({}),
        account: Account = Account(),  # noqa: B008 - frozen
    ) -> None:
        _check_loopback(host)
        self.key = key
        self._host, self._port = host, port
        self._roles, self._pace, self._paces, self._account = agents, pace, paces, account
        self._floor = Floor(platform=self._platform(), key=key)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises `OSError` where the port is taken."""
        self._floor.closing.clear()
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_enveloped])
        app.add_routes([*self._routes(), *Control(self._floor, self.reset).routes()])
        # A client that goes away ends what is under way for it, as a stalled answer must be ended.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = runner.addresses[0][1]

    async def stop(self) -> None:
        """End everything under way and stop listening; `start` goes on with what is remembered."""
        self._floor.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    @property
    def url(self) -> str:
        """What a client takes for `https://app.customgpt.ai`: no path, no slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def agents(self) -> Mapping[str, int]:
        """Role → project id."""
        return self._roles

    def agent(self, which: int | str) -> Agent:
        """An agent by project id or role."""
        return self._floor.platform.agents[self._roles[which] if isinstance(which, str) else which]

    def endpoint(self, endpoint: Endpoint) -> Switchboard:
        """The switches of one kind of endpoint, for all agents; those of `send` come before an agent's."""
        return self._floor.platform.endpoints[endpoint]

    @property
    def account(self) -> Account:
        """The limits, and how many queries are used; may be set."""
        return self._floor.platform.account

    @account.setter
    def account(self, account: Account) -> None:
        self._floor.platform.account = account

    @property
    def conversations(self) -> list[Conversation]:
        """All conversations, oldest first."""
        return list(self._floor.platform.conversations.values())

    def know(self, agent: int | str, *pages: Page) -> None:
        """Let the citation look-up find these pages."""
        self._floor.platform.know(self.agent(agent), *pages)

    def requests(self, endpoint: Endpoint | None = None) -> list[Recorded]:
        """What was asked, oldest first, keys masked."""
        record = self._floor.record
        return list(record.requests) if endpoint is None else record.of(endpoint)

    @property
    def in_flight(self) -> int:
        """Message requests under way now."""
        return self._floor.gauge.now

    @property
    def most_in_flight(self) -> int:
        """Message requests under way at once, at most, since the start."""
        return self._floor.gauge.most

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds: for a request to come, or for one to end."""
        await self._floor.until(true)

    def reset(self) -> None:
        """Everything as it was at the start; what is under way is not ended."""
        platform = self._floor.platform
        fresh = self._platform()
        platform.agents, platform.account = fresh.agents, fresh.account
        platform.conversations, platform.pages = fresh.conversations, fresh.pages
        platform.endpoints = fresh.endpoints
        self._floor.forget()

    def _platform(self) -> Platform:
        agents = {
            number: Agent(number, role, NAMES.get(role, role), self._paces.get(role, self._pace))
            for role, number in self._roles.items()
        }
        return Platform(agents=agents, account=self._account)

    def _routes(self) -> list[web.RouteDef]:
        api, sending = Api(self._floor), Sending(self._floor)
        project = "/projects/{project_id}"
        chat = f"{project}/conversations/{{session_id}}"
        message = f"{chat}/messages/{{prompt_id}}"
        table: list[tuple[Endpoint, str, str, Listener]] = [
            (Endpoint.CREATE, "POST", f"{project}/conversations", api.create),
            (Endpoint.SEND, "POST", f"{chat}/messages", sending.send),
            (Endpoint.LIST, "GET", f"{chat}/messages", api.messages),
            (Endpoint.MESSAGE, "GET", message, api.message),
            (Endpoint.FEEDBACK, "PUT", f"{message}/feedback", api.feedback),
            (Endpoint.CITATION, "GET", f"{project}/citations/{{citation_id}}", api.citation),
            (Endpoint.PROJECT, "GET", project, api.project),
            (Endpoint.PROJECTS, "GET", "/projects", api.projects),
            (Endpoint.STATS, "GET", f"{project}/stats", api.stats),
            (Endpoint.SETTINGS, "GET", f"{project}/settings", api.settings),
            (Endpoint.USER, "GET", "/user", api.user),
            (Endpoint.LIMITS, "GET", "/limits/usage", api.limits),
            (Endpoint.CONVERSATIONS, "GET", f"{project}/conversations", api.conversations),
            (Endpoint.RENAME, "PUT", chat, api.rename),
            (Endpoint.DELETE, "DELETE", chat, api.delete),
        ]
        return [
            web.route(method, f"/api/v1{path}", self._listening(endpoint, listener))
            for endpoint, method, path, listener in table
        ]

    def _listening(
        self, endpoint: Endpoint, listener: Listener
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`listener`, recorded, counted and behind the first checks."""

        async def listen(request: web.Request) -> web.StreamResponse:
            if endpoint is not Endpoint.SEND:
                return await self._answered(request, endpoint, listener)
            with self._floor.gauge.one():
                return await self._answered(request, endpoint, listener)

        return listen

    async def _answered(self, request: web.Request, endpoint: Endpoint, listener: Listener) -> web.StreamResponse:
        fields, body = await fields_of(request)
        self._floor.keep(request, endpoint, body)
        try:
            self._floor.check_key(request)
            agent = self._floor.agent_of(request)
            return await listener(self._floor.call(request, endpoint, fields, agent))
        except Refusal as refusal:
            return _error(request, refusal.status, refusal.message, refusal.headers)


@web.middleware
async def _enveloped(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What the router refuses, in the API's envelope; a client that has gone is nobody's fault."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return _error(request, refused.status, refused.reason, {})
    except ConnectionResetError:
        return web.Response()


def _error(request: web.Request, status: int, message: str, headers: Mapping[str, str]) -> web.Response:
    return web.json_response(error(str(request.url), status, message), status=status, headers=headers)


def _check_loopback(host: str) -> None:
    if not ip_address(host).is_loopback:
        raise ValueError(f"{host} is not on loopback: the stand-in is for this machine only")


async def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    pace: Pace = DEMO_PACE,
    on_ready: Callable[[CustomGPTStandIn], None] | None = None,
) -> None:
    """Serve until cancelled, slowly enough to watch. `on_ready` is called once it listens."""
    async with CustomGPTStandIn(host=host, port=port, pace=pace) as customgpt:
        if on_ready is not None:
            on_ready(customgpt)
        await asyncio.Event().wait()
