"""**Pure.** What the core asks of the outside. Each port is filled by an edge, and by a working fake in tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ParamSpec, Protocol, TypeVar

from core.events import Emit
from core.turn import AgentReply, MessageRef, Question, TurnRequest
from core.view import TurnView

P = ParamSpec("P")
T = TypeVar("T")


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


class Surface(Protocol):
    """Where a turn is shown: one message, updated in place. Filled by each platform. Raises `SurfaceError`."""

    def render(self, view: TurnView) -> Hashable:
        """What the view looks like here. Two views that look alike need no second update."""

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        """The turn's message, if one was posted: looked for on the platform itself, by turn id."""

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        """A new message. A lost reply is looked for before it is posted again."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        """Often; may be lost."""

    async def publish(self, message: MessageRef, view: TurnView) -> None:
        """Once; must arrive."""


class Messages(Protocol):
    """Where a turn's message stands, kept so that a crash finds it again. Filled by the durable ledger."""

    async def message(self, turn_id: str) -> MessageRef | None: ...

    async def begin_post(self, turn_id: str) -> bool:
        """True for the first who begins to post; after that a message may be there already."""

    async def keep_message(self, turn_id: str, message: MessageRef) -> None: ...


class Line(Protocol):
    """The line of a turn's thread. Filled by the durable layer."""

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        """Wait until it is this turn's turn; emits `TurnQueued` as it moves."""


class Step(Protocol):
    """A durable checkpoint: a step that has returned is not called again. Filled by the engine; by a dict in tests."""

    def __call__(
        self, name: str, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
