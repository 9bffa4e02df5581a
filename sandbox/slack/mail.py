"""**I/O edge.** Deliveries to the app: to any open socket, again if not acknowledged, disturbed as scripted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import uuid4

from sandbox.slack.faults import EventFault, Limits
from sandbox.slack.record import Attempt, Delivery, Json, Kind, Switchboard


class Socket(Protocol):
    """An open connection of the app."""

    @property
    def number(self) -> int: ...
    def send(self, frame: Json) -> None: ...


@dataclass(slots=True, eq=False)
class Letter:
    """A delivery with what is to happen to it."""

    delivery: Delivery
    fault: EventFault
    acks_to_lose: int


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that waits for its acknowledgement."""

    letter: Letter
    attempt: Attempt
    timer: asyncio.TimerHandle


@dataclass(slots=True)
class Hooks:
    """Who is told: of any change, of a delivery acknowledged, of one given up."""

    changed: Callable[[], None]
    acked: Callable[[Delivery], None]
    failed: Callable[[Delivery], None]


@dataclass(slots=True)
class Mail:
    """Only events are delivered again; commands and interactions fail at once, as their user waits."""

    limits: Callable[[], Limits]
    clock: Callable[[], float]
    hooks: Hooks
    deliveries: list[Delivery] = field(default_factory=list)
    faults: Switchboard[EventFault] = field(default_factory=lambda: Switchboard(EventFault()))
    _sockets: list[Socket] = field(default_factory=list)
    _waiting: deque[tuple[Letter, str]] = field(default_factory=deque)
    _held: list[Letter] = field(default_factory=list)
    _unacked: dict[str, Sent] = field(default_factory=dict)
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)
    _turn: int = 0

    @property
    def sockets(self) -> int:
        """How many are open."""
        return len(self._sockets)

    @property
    def quiet(self) -> bool:
        """Whether everything is settled: acknowledged, or given up."""
        return all(delivery.settled for delivery in self.deliveries)

    def enqueue(self, kind: Kind, payload: Json, *, answerable: bool = False) -> Delivery:
        """Send something on its way."""
        fault = self.faults.next()
        letter = Letter(Delivery(kind, payload, self.clock(), answerable), fault, fault.lost_acks)
        self.deliveries.append(letter.delivery)
        if fault.swap:
            self._held.append(letter)
        else:
            self._later(fault.delay, lambda: self._first(letter))
        self.hooks.changed()
        return letter.delivery

    def event(self, payload: Json) -> Delivery:
        return self.enqueue("events_api", payload)

    def opened(self, socket: Socket) -> None:
        """A socket may be used; what waits goes out."""
        self._sockets.append(socket)
        self._flush()
        self.hooks.changed()

    def retired(self, socket: Socket) -> None:
        """Nothing more is sent there; its acknowledgements still count."""
        if socket in self._sockets:
            self._sockets.remove(socket)
        self.hooks.changed()

    def closed(self, socket: Socket) -> None:
        """A socket is gone, and what was not acknowledged there is delivered again."""
        self.retired(socket)
        for sent in [one for one in self._unacked.values() if one.attempt.socket == socket.number]:
            self._missed(sent, "http_error")

    def acknowledged(self, frame: Json) -> None:
        """An acknowledgement came; one that is too late, or for nothing that was sent, changes nothing."""
        envelope, answer = str(frame.get("envelope_id", "")), frame.get("payload")
        sent = self._unacked.get(envelope)
        if sent is None:
            self._too_late(envelope)
        elif sent.letter.acks_to_lose:
            sent.letter.acks_to_lose -= 1
        else:
            self._accept(sent, answer if isinstance(answer, dict) else {})
        self.hooks.changed()

    def stop(self) -> None:
        """Forget all that was to happen later."""
        for timer in [*self._timers, *(sent.timer for sent in self._unacked.values())]:
            timer.cancel()
        self._timers.clear()

    def _accept(self, sent: Sent, answer: Json) -> None:
        delivery = sent.letter.delivery
        self._forget(sent)
        sent.attempt.acked_at, sent.attempt.outcome = self.clock(), "acked"
        sent.attempt.answer = answer if delivery.answerable else {}
        self.hooks.acked(delivery)
        if sent.letter.fault.acked:
            sent.letter.fault.acked(delivery)

    def _too_late(self, envelope: str) -> None:
        attempts = (attempt for delivery in self.deliveries for attempt in delivery.attempts)
        for attempt in attempts:
            if attempt.envelope_id == envelope and attempt.outcome in ("timeout", "http_error"):
                attempt.acked_at, attempt.outcome = self.clock(), "too_late"

    def _first(self, letter: Letter) -> None:
        """The first delivery, with the duplicates that are wanted; what was held goes after it."""
        self._queue(letter, "")
        original = letter.delivery
        for _ in range(letter.fault.copies):
            copy = Delivery(original.kind, original.payload, self.clock(), original.answerable, copy=True)
            self.deliveries.append(copy)
            self._queue(Letter(copy, EventFault(), 0), "")
        held, self._held = self._held, []
        for other in held:
            self._first(other)

    def _queue(self, letter: Letter, reason: str) -> None:
        if letter.delivery.kind != "events_api" and not self._sockets:
            self._give_up(letter, "dispatch_failed")
            return
        self._waiting.append((letter, reason))
        self._flush()

    def _flush(self) -> None:
        while self._waiting and self._sockets:
            letter, reason = self._waiting.popleft()
            self._turn += 1
            self._send(letter, reason, self._sockets[self._turn % len(self._sockets)])

    def _send(self, letter: Letter, reason: str, socket: Socket) -> None:
        delivery = letter.delivery
        attempt = Attempt(str(uuid4()), len(delivery.attempts), reason, self.clock(), socket.number)
        delivery.attempts.append(attempt)
        timer = asyncio.get_running_loop().call_later(self.limits().ack, lambda: self._timed_out(attempt))
        self._unacked[attempt.envelope_id] = Sent(letter, attempt, timer)
        if not (letter.fault.drop and attempt.number == 0):
            socket.send(envelope(delivery, attempt))
        if letter.fault.sent:
            letter.fault.sent(delivery)

    def _timed_out(self, attempt: Attempt) -> None:
        sent = self._unacked.get(attempt.envelope_id)
        if sent is not None:
            self._missed(sent, "timeout")

    def _missed(self, sent: Sent, reason: Literal["timeout", "http_error"]) -> None:
        self._forget(sent)
        sent.attempt.outcome = reason
        retries, number = self.limits().retries, sent.attempt.number
        if sent.letter.delivery.kind != "events_api":
            self._give_up(sent.letter, "operation_timeout")
        elif number >= len(retries):
            self._give_up(sent.letter, "retries_exhausted")
        else:
            self._later(retries[number], lambda: self._queue(sent.letter, reason))
        self.hooks.changed()

    def _give_up(self, letter: Letter, why: str) -> None:
        letter.delivery.failed = why
        self.hooks.failed(letter.delivery)

    def _forget(self, sent: Sent) -> None:
        sent.timer.cancel()
        del self._unacked[sent.attempt.envelope_id]

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        if seconds <= 0:
            act()
            return

        def due() -> None:
            self._timers.discard(timer)
            act()
            self.hooks.changed()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)


def envelope(delivery: Delivery, attempt: Attempt) -> Json:
    """What goes over the socket."""
    told: Json = {
        "envelope_id": attempt.envelope_id,
        "payload": delivery.payload,
        "type": delivery.kind,
        "accepts_response_payload": delivery.answerable,
    }
    if delivery.kind != "events_api":
        return told
    return {**told, "retry_attempt": attempt.number, "retry_reason": attempt.reason}
