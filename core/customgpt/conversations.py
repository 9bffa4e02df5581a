"""**I/O edge.** The CustomGPT conversations of our threads: one for each slot, kept in `Sessions`."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from core.customgpt.client import CustomGPT, Place
from core.ports import Sessions

log = logging.getLogger(__name__)


def conversation_name(conversation_id: str, slot: str) -> str:
    """What a conversation is called on CustomGPT's own pages."""
    return f"{conversation_id} · {slot}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A conversation: of which thread and slot, with which agent, how long its turn has been waiting."""

    conversation_id: str
    slot: str
    project: int
    place: Place

    @property
    def key(self) -> tuple[str, str]:
        return self.conversation_id, self.slot


@dataclass(frozen=True, slots=True)
class Session:
    """Where to send messages. `stored`: it was there before, and may be gone at CustomGPT."""

    id: str
    stored: bool


@dataclass(slots=True, weakref_slot=True)
class _Opening:
    """One at a time opens a slot's conversation; whoever wants it too is told when that must wait."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waits: bool = False
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def join(self, on_wait: Callable[[], None]) -> None:
        self.listeners.append(on_wait)
        if self.waits:
            on_wait()

    def on_wait(self) -> None:
        self.waits = True
        for listener in self.listeners:
            listener()


MOST_REMEMBERED = 1_000


class Conversations:
    """Finds or opens; two who want the same at once get the same. It is kept before it is handed out.

    The latest are remembered, so that a turn's later stages need not look into the database again.
    """

    def __init__(self, client: CustomGPT, *, sessions: Sessions, name: Callable[[str, str], str]) -> None:
        self._client = client
        self._sessions = sessions
        self._name = name
        self._remembered: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._openings: WeakValueDictionary[tuple[str, str], _Opening] = WeakValueDictionary()

    async def stored(self, conversation_id: str, slot: str) -> str | None:
        return await self._sessions.session(conversation_id, slot)

    async def session(self, wanted: Wanted, *, instead_of: str | None = None) -> Session:
        """The slot's session, opened where there is none, or none but `instead_of`. Raises `AgentError`."""
        opening = self._openings.setdefault(wanted.key, _Opening())
        opening.join(wanted.place.on_wait)
        try:
            async with opening.lock:
                opening.waits = False
                kept = self._remembered.get(wanted.key) or await self._sessions.session(*wanted.key)
                if kept is not None and kept != instead_of:
                    return Session(self._remember(wanted, kept), stored=True)
                return await self._open(replace(wanted, place=replace(wanted.place, on_wait=opening.on_wait)))
        finally:
            opening.listeners.remove(wanted.place.on_wait)

    async def _open(self, wanted: Wanted) -> Session:
        name = self._name(*wanted.key)
        session = await self._client.create_conversation(wanted.project, name, wanted.place)
        await self._sessions.keep_session(*wanted.key, session)
        log.debug("opened %s: session %s", name, session)
        return Session(self._remember(wanted, session), stored=False)

    def _remember(self, wanted: Wanted, session: str) -> str:
        self._remembered[wanted.key] = session
        self._remembered.move_to_end(wanted.key)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return session
