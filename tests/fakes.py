"""Working fakes, one for each port of the core. They are scripted, never patched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from core.errors import SurfaceError
from core.events import Emit, StageDelta, StageStarted
from core.pipeline import Pipeline
from core.ports import Surface
from core.stages import STAGES
from core.text.redact import Redactor
from core.turn import AgentReply, MessageRef, OnReject, Opinion, Question, TurnRequest
from core.view import TurnView

Scripted = str | AgentReply | Exception

REVIEW = '{"score": 92, "verdict": "approve", "summary": "Good.", "findings": [], "edits": []}'
ANSWERS: Mapping[str, Scripted] = {
    "research": "Bees scout.",
    "plan": "## Outline\n1. Scouts\n2. Dance\n\n## Tasks\n- write",
    "build": "Bees dance. They agree.",
    "review": REVIEW,
}


class ScriptedAgents:
    """Answers each stage (or slot) from a script, streamed word by word. `asked` keeps every question."""

    def __init__(self, **answers: Scripted) -> None:
        self.answers: dict[str, Scripted] = {**ANSWERS, **answers}
        self.asked: list[Question] = []
        self.prepared: list[tuple[str, tuple[str, ...]]] = []
        self.hold: dict[str, asyncio.Event] = {}
        self.begun: dict[str, asyncio.Event] = {stage.name: asyncio.Event() for stage in STAGES}
        self.reactions: list[tuple[str, int | None, Opinion]] = []
        self.unwilling: dict[str, list[Exception]] = {}
        self.reacting = asyncio.Event()
        self.may_react: asyncio.Event | None = None
        self._asked = asyncio.Condition()

    def prepare(self, turn: TurnRequest, stages: Sequence[str]) -> None:
        self.prepared.append((turn.conversation_id, tuple(stages)))

    async def ask(self, question: Question, emit: Emit) -> AgentReply:
        self.asked.append(question)
        async with self._asked:
            self._asked.notify_all()
        emit(StageStarted(question.stage, question.part, question.parts))
        self.begun[question.stage].set()
        answer = self.answers.get(question.slot, self.answers.get(question.stage, ""))
        if isinstance(answer, Exception):
            raise answer
        reply = answer if isinstance(answer, AgentReply) else self._reply(question, answer)
        for piece in reply.text.splitlines(keepends=True):
            emit(StageDelta(question.stage, piece, question.part))
        if question.stage in self.hold:
            await self.hold[question.stage].wait()
        return reply

    async def react(self, stage: str, reply: AgentReply, opinion: Opinion) -> None:
        """Kept in `reactions` as it arrives; `unwilling` has what is raised instead, stage by stage, once each."""
        self.reacting.set()
        if self.may_react:
            await self.may_react.wait()
        if errors := self.unwilling.get(stage):
            raise errors.pop(0)
        self.reactions.append((stage, reply.message_id, opinion))

    async def has_asked(self, count: int) -> None:
        """Wait until so many questions have come."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.asked) >= count)

    def _reply(self, question: Question, text: str) -> AgentReply:
        asked_at = question.accepted_at + len(self.asked)
        return AgentReply(text, message_id=len(self.asked), session_id="s", asked_at=asked_at, seconds=1.0)

    def prompts(self) -> dict[str, str]:
        """What each slot was asked."""
        return {question.slot: question.prompt for question in self.asked}


class MemorySurface(Surface):
    """Keeps every view that it was given, in order, as ("post" | "update" | "publish", view)."""

    def __init__(self, look: Callable[[TurnView], Hashable] = lambda view: view) -> None:
        self.calls: list[tuple[str, TurnView]] = []
        self.look = look
        self.fail: list[SurfaceError] = []
        self.updated = asyncio.Event()
        self.gate: asyncio.Event | None = None
        self.broken: Exception | None = None
        self.deleted = False

    def render(self, view: TurnView) -> Hashable:
        return self.look(view)

    async def find(self, turn: TurnRequest) -> MessageRef | None:
        return MessageRef(turn.turn_id) if "post" in self.kinds and not self.deleted else None

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        await self._take("post", view)
        return MessageRef(turn.turn_id)

    async def update(self, message: MessageRef, view: TurnView) -> None:
        self.updated.set()
        if self.broken:
            raise self.broken
        if self.gate:
            await self.gate.wait()
        await self._take("update", view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        await self._take("publish", view)

    async def _take(self, kind: str, view: TurnView) -> None:
        if self.fail:
            raise self.fail.pop(0)
        self.calls.append((kind, view))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.calls]

    @property
    def last(self) -> TurnView:
        return self.calls[-1][1]


class MemoryNotes:
    """Fills `core.ports.Notes` for as long as the test lives."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}

    async def of(self, name: str) -> Mapping[str, Any] | None:
        return self.kept.get(name)

    async def keep(self, name: str, content: Mapping[str, Any]) -> None:
        self.kept[name] = dict(content)


class NoLine:
    """It is always everybody's turn."""

    async def reached(self, turn: TurnRequest, emit: Emit) -> None:
        return None


def a_turn(prompt: str = "How do bees choose?", **changes: Any) -> TurnRequest:
    """A turn that asks something ordinary."""
    fields = {"identity": "test:1", "conversation_id": "thread", "prompt": prompt, "accepted_at": 1000.0}
    return TurnRequest(**{**fields, **changes})


def a_pipeline(agents: ScriptedAgents, *, on_reject: OnReject = OnReject.WARN, **changes: Any) -> Pipeline:
    """The real stages over scripted agents."""
    fields = {"stages": STAGES, "redact": Redactor(), "prompt_limit": 8_000}
    return Pipeline(agents=agents, on_reject=on_reject, **{**fields, **changes})
