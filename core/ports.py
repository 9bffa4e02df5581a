"""**Pure.** What the core asks of the outside. Each port is filled by an edge, and by a working fake in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from core.events import Emit
from core.stored import Conversation, Exported, Happening, StoredTurn
from core.surroundings import NO_BACKGROUND, Background, Opened
from core.turn import AgentReply, Exchange, MessageRef, Opinion, Question, TurnRequest
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
    """What a surface's updates and posts are taken from. `apart`: seconds between two updates of one message."""

    updates: Budget
    posts: Budget
    apart: float = 0.0


class Agents(Protocol):
    """The four agents. Filled by `core.customgpt`."""

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        """Begin to open the thread's conversations, the first stage's first. Returns at once."""

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        """Ask one agent; emits `StageWaiting`, `StageStarted`, `StageDelta`. Raises `AgentError`, nothing else."""

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Tell the agent of a stage what people think of a reply. May be done twice. Raises `AgentError`."""


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

    async def background(self, turn: TurnRequest) -> Background:
        """What was said in the thread before, as far as the question may be about it, and what was attached."""
        return NO_BACKGROUND

    async def said_last(self, turn: TurnRequest) -> Exchange | None:
        """The exchange before the turn, as who asks it tells; None: as we have kept it."""
        return None

    async def open(self, turn: TurnRequest, *, again: bool) -> Opened | None:
        """Make the place of a turn that was asked where no thread was; None where it has one.

        `again`: it may have been made before, and is looked for first.
        """
        return None

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        """The turn's message, if one was posted: looked for on the platform itself, by turn id."""

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        """A new message. A lost reply is looked for before it is posted again."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        """Often; may be lost."""

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """Once; must arrive. May be done again from its start, where nobody knows how far it came."""


class Feedback(Protocol):
    """What people think of answers. Filled by the durable turns."""

    async def give(self, turn_id: str, generation: int, person: str, opinion: Opinion) -> bool:
        """Remember it in place of the one before, and tell CustomGPT. False where there is no such answer."""

    async def opinion(self, turn_id: str, generation: int, person: str) -> Opinion | None: ...


class Preferences(Protocol):
    """What turns in a place go by where they do not say otherwise. Filled by the durable turns."""

    async def of(self, place: str) -> dict[str, str]: ...

    async def change(self, place: str, changes: Mapping[str, str]) -> dict[str, str]:
        """What holds from now on; an empty value is a preference no more. Raises `RequestError`."""


class Records(Protocol):
    """What is kept of turns, and said in them just now, for who only reads. Filled by the durable turns."""

    def watch(self, turn_id: str, after: int = 0) -> AsyncIterator[Happening]:
        """All that is kept since number `after`, then what comes, until the turn has ended, wherever it runs.

        Pieces of streamed text are in between where it runs in this process; who is slow misses some of those alone.
        """

    async def conversations(self, prefix: str, *, limit: int, before: int | None = None) -> list[Conversation]:
        """Those whose id begins so, the last used first; `before`: used last before the turn of that number."""

    def shown(self, turn: TurnRequest) -> TurnRequest:
        """A turn as it may be shown: what is kept is read so, and compared so."""

    async def events(self, turn_id: str) -> list[Happening]:
        """What is kept of it by now, in its order; nothing is waited for."""

    async def turns_of(self, conversation_id: str, *, limit: int, before: str | None = None) -> list[StoredTurn]:
        """The latest turns of a conversation, of those before the turn `before`, in the order of acceptance."""

    async def ready(self) -> Mapping[str, str]:
        """What turns need of this process → why it is not ready; empty where it is."""


class Notes(Protocol):
    """What is to be remembered of the outside, whichever process comes next. Filled by the durable turns."""

    async def of(self, name: str) -> Mapping[str, Any] | None: ...

    async def keep(self, name: str, content: Mapping[str, Any]) -> None:
        """In place of what was kept under the name before. As JSON."""


class Turns(Protocol):
    """What an adapter may do. Filled by the durable turns."""

    async def submit(self, turn: TurnRequest) -> bool:
        """Durable once this returns; false for one that is known. Raises `RequestError`, `StoreError`."""

    async def stop(self, turn_id: str, by: str) -> bool:
        """Stop a turn wherever it runs; false if it has ended, or somebody else has stopped it."""

    async def retry(
        self, turn_id: str, stage: str | None = None, *, generation: int | None = None, by: str = ""
    ) -> bool:
        """An ended turn once more, from a stage, or from where it ended. False if it has not ended.

        `generation`: the one that was seen. `by`: whose turns it counts among. Raises `TooManyTurns`.
        """

    async def askers(self, conversation_id: str) -> frozenset[str]:
        """Who has asked in a thread."""

    async def begin_anew(self, conversation_id: str) -> bool:
        """What was said in a thread before is known to nobody any more. False if nothing was."""

    async def turn(self, turn_id: str) -> StoredTurn | None:
        """What is kept of a turn."""

    async def open_on(self, surface: str) -> list[StoredTurn]:
        """The turns of a surface that have not ended, in the order of acceptance."""

    async def exported(self, turn_id: str) -> Exported | None:
        """A turn with all that its agents were asked and have said."""

    async def hear(self, surface: str) -> None:
        """Keep that something was heard of a platform just now."""

    async def lead(self, what: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this work once no other process does it; raises what it raises.

        It is cancelled where this process was taken for dead, and done again when it is our turn again.
        """

    @property
    def feedback(self) -> Feedback: ...

    @property
    def preferences(self) -> Preferences: ...

    @property
    def records(self) -> Records: ...

    @property
    def notes(self) -> Notes: ...


NOT_CONNECTED = "not connected"

Reached = Callable[[bool], None]
"""Told whether there is a connection, whenever that changes or is looked at."""


class Adapter(Protocol):
    """A surface that can also be spoken to. Filled by each platform."""

    @property
    def name(self) -> str: ...

    @property
    def not_ready(self) -> str:
        """Why nothing is heard; empty where it is, and where that is for another process now."""

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

    async def keep_place(self, opened: Opened) -> None: ...


class Line(Protocol):
    """The line of a turn's thread. Filled by the durable layer."""

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        """Wait until it is this turn's turn; emits `TurnQueued` as it moves."""
