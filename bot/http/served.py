"""**I/O edge.** What the routes stand on, and how they find it: turns, who may call, whether we are going."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection, Request

from bot.http.access import Access, Caller
from bot.http.config import is_loopback
from bot.http.problems import SOON, Refused, closing, no_token, not_admin, not_found
from core.checks import CheckResult
from core.permissions import Action
from core.ports import Turns
from core.root import all_ready
from core.stored import StoredTurn
from core.text import replies

MOST_STREAMS = 64
"""Turns that a caller may follow at once."""


class Streams:
    """How many each caller has open."""

    def __init__(self) -> None:
        self._open = Counter[str]()

    @contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """For the length of the block. Raises `Refused`."""
        if self._open[caller.id] >= MOST_STREAMS:
            raise Refused(429, replies.TOO_MANY_STREAMS, retry_after=SOON)
        self._open[caller.id] += 1
        try:
            yield
        finally:
            self._open[caller.id] -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`base_url`: what addresses begin with, or nothing. `going` is set once nothing more is accepted.

    `not_ready`: the adapters, this one among them → why they are not; `said` is what `/readyz` has said last of these,
    and of all else.
    """

    turns: Turns
    access: Access
    check: Callable[[], Awaitable[Sequence[CheckResult]]]
    numbers: Callable[[], Awaitable[bytes]]
    going: asyncio.Event
    not_ready: Callable[[], Mapping[str, str]] = all_ready
    base_url: str = ""
    streams: Streams = field(default_factory=Streams)
    said: dict[str, str] = field(default_factory=dict)
    now: Callable[[], float] = time.time

    async def visible(self, turn_id: str, caller: Caller) -> StoredTurn:
        """A turn of this caller's; an admin sees all. Raises `Refused`."""
        turn = await self.turns.turn(turn_id)
        if turn is None or not (caller.admin or turn.conversation_id.startswith(caller.prefix)):
            raise not_found()
        return turn


_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip", "via"})


def served_by(connection: HTTPConnection) -> Served:
    served: Served = connection.app.state.served
    return served


def local(connection: HTTPConnection) -> bool:
    """Do both ends stand on this machine? Whoever comes through a proxy may be from anywhere."""
    if not _FORWARDED.isdisjoint(connection.headers):
        return False
    ends = connection.scope.get("client"), connection.scope.get("server")
    return all(end is not None and is_loopback(end[0]) for end in ends)


_BEARER = HTTPBearer(auto_error=False, description="One of ORCHESTRATOR_API_TOKENS or ORCHESTRATOR_ADMIN_TOKENS.")


async def _here(request: Request) -> Served:
    return served_by(request)


async def _accepting(request: Request) -> Served:
    """Only while something new is accepted."""
    served = served_by(request)
    if served.going.is_set():
        raise closing()
    return served


Given = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


async def _caller(request: Request, given: Given) -> Caller:
    """Who is calling. Raises `Refused`."""
    token = given.credentials if given else ""
    caller = served_by(request).access.caller(token, loopback=local(request))
    if caller is None:
        raise no_token()
    return caller


async def _caller_from_afar(request: Request, given: Given) -> None:
    """On this machine anybody may look. Raises `Refused`."""
    if not local(request):
        await _caller(request, given)


Here = Annotated[Served, Depends(_here)]
Accepting = Annotated[Served, Depends(_accepting)]
Calling = Annotated[Caller, Depends(_caller)]


async def _admin(caller: Calling) -> Caller:
    if not caller.may(Action.CHECK):
        raise not_admin()
    return caller


async def _streaming(caller: Calling, served: Here) -> AsyncIterator[None]:
    with served.streams.one_more(caller):
        yield


async def _its_turn(turn_id: str, caller: Calling, served: Here) -> StoredTurn:
    return await served.visible(turn_id, caller)


Admin = Annotated[Caller, Depends(_admin)]
Anybody = Depends(_caller_from_afar)
"""On this machine; beyond it, who has a token."""

ItsTurn = Annotated[StoredTurn, Depends(_its_turn)]
Streaming = Depends(_streaming)
"""One of so many streams of this caller's."""
