"""**I/O edge.** CustomGPT over HTTP: a method for each call, a slot for each request. Raises `AgentError`."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from core.customgpt import wire
from core.customgpt.connection import TIMEOUTS, Timeouts, miss_from
from core.customgpt.miss import Cure, Miss, miss_of, without_echo
from core.customgpt.retry import Retry
from core.customgpt.stream import Decoder, Delta, Failed, Reading, StreamEvent
from core.customgpt.wire import Account, AgentInfo, Message, MessagePage, Usage
from core.errors import Trouble
from core.fence import passed
from core.ports import Slots
from core.tally import Count, TooFast, uncounted
from core.turn import Citation, Opinion

LONGEST_NAME = 255
"""Of a conversation, in characters; the published OpenAPI file says so."""

DRAIN = 0.25
"""Seconds for a stream to end after its last event: then its connection serves the next request."""

T = TypeVar("T")


def nothing() -> None:
    """For who does not want to be told."""


def no_text(_: str) -> None:
    """For who wants the whole answer only."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the line for a slot, the smallest seniority first. `on_wait` is called if it must wait."""

    seniority: float = 0.0
    on_wait: Callable[[], None] = nothing


AT_ONCE = Place()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One prompt on its way into one session. `language` is an ISO 639-1 code; `fresh`: no cached answer."""

    project: int
    session: str
    prompt: str
    external_id: str
    language: str | None = None
    fresh: bool = False

    @property
    def path(self) -> str:
        return f"{_session_path(self.project, self.session)}/messages"

    def params(self, *, stream: bool) -> dict[str, str]:
        language = {"lang": self.language} if self.language else {}
        return {"stream": "true" if stream else "false", "external_id": self.external_id, **language}

    def headers(self, accept: str) -> dict[str, str]:
        return {"Accept": accept, **({"Cache-Control": "no-cache"} if self.fresh else {})}


class CustomGPT:
    """The calls that we make, over a client built by `connection.connect`.

    Messages are sent once: `Retry.answer` repeats them. The rest may be made twice, and is repeated in here.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        slots: Slots,
        retry: Retry,
        timeouts: Timeouts = TIMEOUTS,
        count: Count = uncounted,
    ) -> None:
        self._http = http
        self._slots = slots
        self._retry = retry
        self._timeouts = timeouts
        self._count = count

    async def create_conversation(self, project: int, name: str, place: Place = AT_ONCE) -> str:
        """Open a conversation; its session id. The name is cut to what the API takes."""
        path, named = f"projects/{project}/conversations", {"name": name[:LONGEST_NAME]}
        return await self._call("POST", path, wire.session_of, place, json=named)

    async def agent(self, project: int, place: Place = AT_ONCE) -> AgentInfo:
        return await self._call("GET", f"projects/{project}", wire.agent_of, place)

    async def account(self, place: Place = AT_ONCE) -> Account:
        return await self._call("GET", "user", wire.account_of, place)

    async def usage(self, place: Place = AT_ONCE) -> Usage:
        """Queries of this billing cycle. Not to be asked for each message."""
        return await self._call("GET", "limits/usage", wire.usage_of, place)

    async def citation(self, project: int, citation: int, place: Place = AT_ONCE) -> Citation:
        return await self._call("GET", f"projects/{project}/citations/{citation}", wire.citation_of, place)

    async def feedback(
        self, project: int, session: str, message: int, opinion: Opinion, place: Place = AT_ONCE
    ) -> None:
        """Let a message have this reaction, whatever it had before."""
        path = f"{_session_path(project, session)}/messages/{message}/feedback"
        await self._call("PUT", path, lambda _: None, place, json={"reaction": opinion.value})

    async def messages(self, project: int, session: str, place: Place = AT_ONCE, *, page: int = 1) -> MessagePage:
        """A page of a session's messages, the newest first. Asked once, briefly: who looks, looks again."""
        path, params = f"{_session_path(project, session)}/messages", {"page": str(page), "order": "desc"}
        total = self._timeouts.look
        async with self._exchange("GET", path, place, nothing, total=total, params=params) as response:
            return wire.messages_of(wire.opened(await response.aread()))

    async def send(self, outgoing: Outgoing, place: Place = AT_ONCE, on_held: Callable[[], None] = nothing) -> Message:
        """Send a message once, wait for its answer; raises `Miss`. `on_held` is called in its slot."""
        async with self._message(outgoing, place, on_held, "application/json", stream=False) as response:
            return _answered(await _whole(response))

    async def stream(
        self,
        outgoing: Outgoing,
        place: Place = AT_ONCE,
        on_held: Callable[[], None] = nothing,
        on_delta: Callable[[str], None] = no_text,
    ) -> Message:
        """As `send`, and `on_delta` is called with each piece of the answer as it comes."""
        async with self._message(outgoing, place, on_held, "text/event-stream", stream=True) as response:
            kind = response.headers.get("content-type", "")
            if kind.startswith("application/json"):
                return _answered(await _whole(response))  # it would not stream, and answered all the same
            if kind.startswith("text/html"):
                raise Miss(Trouble.BROKEN, "a page, not an answer", cure=Cure.RECONCILE, counted=True)
            return _answered(await _read(response, outgoing.prompt, on_delta))

    async def _call(
        self, method: str, path: str, read: Callable[[Mapping[str, Any]], T], place: Place, **request: Any
    ) -> T:
        async def once() -> T:
            total = self._timeouts.total
            async with self._exchange(method, path, place, nothing, total=total, **request) as response:
                return read(wire.opened(await response.aread()))

        return await self._retry.harmless(f"{method} {path}", once, place.on_wait)

    def _message(
        self, outgoing: Outgoing, place: Place, on_held: Callable[[], None], accept: str, *, stream: bool
    ) -> AbstractAsyncContextManager[httpx.Response]:
        return self._exchange(
            "POST",
            outgoing.path,
            place,
            on_held,
            total=self._timeouts.total,
            params=outgoing.params(stream=stream),
            headers=outgoing.headers(accept),
            sent=outgoing.prompt,
            json={"prompt": outgoing.prompt},
        )

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        path: str,
        place: Place,
        on_held: Callable[[], None],
        *,
        total: float,
        sent: str = "",
        **request: Any,
    ) -> AsyncIterator[httpx.Response]:
        """A request in its slot, and its success; all else is a `Miss`. Time runs once the slot is held.

        The prompt that is `sent` with it is kept out of what is said about a failure.
        """
        async with self._slots.hold(place.seniority, place.on_wait):
            await passed()  # before the time runs: it may have to wait for the database
            on_held()
            try:
                async with asyncio.timeout(total), self._http.stream(method, path, **request) as response:
                    await self._accept(response, sent)
                    yield response
            except httpx.HTTPError as error:
                raise miss_from(error) from error
            except TimeoutError as error:
                late = f"not done in {total:g} s"
                raise Miss(Trouble.TIMEOUT, late, cure=Cure.RECONCILE, counted=True) from error

    async def _accept(self, response: httpx.Response, sent: str) -> None:
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self._count(TooFast("customgpt"))
        if not response.is_success:
            body, now = await response.aread(), self._retry.clock.now()
            raise miss_of(response.status_code, response.headers, body, now=now, sent=sent)


def _session_path(project: int, session: str) -> str:
    return f"projects/{project}/conversations/{quote(session, safe='')}"


async def _whole(response: httpx.Response) -> Message:
    return wire.message_of(wire.opened(await response.aread()))


def _answered(message: Message) -> Message:
    """An answer of nothing is none: so it is while an agent reads its documents."""
    if not message.text.strip():
        raise Miss(Trouble.EMPTY, counted=True)
    return message


async def _read(response: httpx.Response, sent: str, on_delta: Callable[[str], None]) -> Message:
    reading, decoder = Reading(), Decoder()
    pieces = response.aiter_bytes()
    head = await _beginning(pieces)
    if head.startswith(b"{"):  # no line of an event stream does: this is the whole answer, whatever its label says
        return wire.message_of(wire.opened(head + b"".join([piece async for piece in pieces])))
    if not _take_all(decoder.push(head), reading, on_delta):
        await _until_the_end(pieces, decoder, reading, on_delta)
    if isinstance(reading.end, Failed):
        raise Miss(Trouble.AGENT_ERROR, without_echo(reading.end.message, sent), counted=True)
    if reading.end is None:
        raise Miss(Trouble.CUT, "no last event", cure=Cure.RECONCILE, counted=True)
    with suppress(TimeoutError, httpx.HTTPError):  # the answer is whole, whatever still becomes of the stream
        async with asyncio.timeout(DRAIN):
            async for _ in pieces:
                pass
    return reading.message(reading.end)


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    """The first bytes that are more than blanks and a byte order mark, without these."""
    head = b""
    async for piece in pieces:
        head = (head + piece).removeprefix(BOM_UTF8).lstrip()
        if head and not BOM_UTF8.startswith(head):
            break
    return head


async def _until_the_end(
    pieces: AsyncIterator[bytes], decoder: Decoder, reading: Reading, on_delta: Callable[[str], None]
) -> None:
    async for piece in pieces:
        if _take_all(decoder.push(piece), reading, on_delta):
            return
    _take_all(decoder.flush(), reading, on_delta)


def _take_all(events: list[StreamEvent], reading: Reading, on_delta: Callable[[str], None]) -> bool:
    """Whether the last event of the stream was among them."""
    for event in events:
        reading.take(event)
        if isinstance(event, Delta):
            on_delta(event.text)
        if reading.end:
            return True
    return False
