"""**Pure.** What the core asks of the outside. Each port is filled by an edge, and by a working fake in tests."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from core.events import Emit
from core.turn import AgentReply, MessageRef, Question, TurnRequest
from core.view import TurnView


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` uses in any `seconds`."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What is limited, by its name over all processes, and how."""

    name: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Pace:
    """What a surface's updates and posts are taken from."""

    updates: Budget
    posts: Budget


class Agents(Protocol):
    """The four agents. Filled by `core.customgpt`."""

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Begin to open the thread's conversations, the first stage's first. Returns at once."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        """Ask one agent; emits `StageWaiting`, `StageStarted`, `StageDelta`. Raises `AgentError`, nothing else."""


class Sessions(Protocol):
    """Which CustomGPT session belongs to which slot of which conversation. Filled by `core.store`."""

    async def session(self, conversation_id: str, slot: str) -> str | None: ...

    async def keep_session(self, conversation_id: str, slot: str, session_id: str) -> None: ...


class Slots(Protocol):
    """A bounded number of requests at once; the oldest turn first. Filled by `core.limits`."""

    def hold(self, seniority: float, on_wait: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Wait for a slot, hold it for the length of the block. `on_wait` is called if it must be waited for."""


class Budgets(Protocol):
    """So many uses in any stretch of time. Filled by `core.limits`."""

    async def take(self, budget: str, limit: Limit, *, keep: int = 0, last: bool = False) -> float:
        """0.0: one use is taken. Else the seconds after which it may be asked for again.

        `keep` uses and all that are reserved stay, but for who takes its `last` one.
        """

    async def pause(self, budget: str, seconds: float) -> None:
        """Nothing is taken for so long: the outside has asked for it."""

    def reserved(self, budget: str) -> AbstractAsyncContextManager[None]:
        """Keep one use back for the length of the block."""


class Surface(Protocol):
    """Where a turn is shown: one message, updated in place. Filled by each platform. Raises `SurfaceError`.

    Whoever inherits from it need not say that nobody counts updates, and that nothing was said before.
    """

    def render(self, view: TurnView) -> Hashable:
        """What the view looks like here. Two views that look alike need no second update."""

    def pace(self, turn: TurnRequest) -> Pace | None:
        """How often the platform lets us; None where it does not matter."""
        return None

    async def background(self, turn: TurnRequest) -> str:
        """What was said in the thread before, as far as the question may be about it; empty where nothing was."""
        return ""

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        """The turn's message, if one was posted: looked for on the platform itself, by turn id."""

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        """A new message. A lost reply is looked for before it is posted again."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        """Often; may be lost."""

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """Once; must arrive. May be done again from its start, where nobody knows how far it came."""


class Turns(Protocol):
    """What an adapter may do. Filled by the durable turns."""

    async def submit(self, turn: TurnRequest) -> bool:
        """Durable once this returns; false for one that is known. Raises `RequestError`, `StoreError`."""

    async def stop(self, turn_id: str, by: str) -> bool: ...

    async def askers(self, conversation_id: str) -> frozenset[str]:
        """Who has asked in a thread."""


class Adapter(Protocol):
    """A surface that can also be spoken to. Filled by each platform."""

    @property
    def name(self) -> str: ...

    @property
    def surface(self) -> Surface: ...

    async def listen(self, turns: Turns) -> None:
        """Hear what is said, until cancelled. Raises `SurfaceError` where the platform does not let us in."""


class Messages(Protocol):
    """Where a turn's message stands, kept so that a crash finds it again. Filled by `core.durable.hold`."""

    async def message(self) -> MessageRef | None: ...

    async def begin_post(self) -> bool:
        """True for the first who begins to post; after that a message may be there already."""

    async def keep_message(self, message: MessageRef) -> None: ...


class Line(Protocol):
    """The line of a turn's thread. Filled by the durable layer."""

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        """Wait until it is this turn's turn; emits `TurnQueued` as it moves."""
