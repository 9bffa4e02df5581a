"""**I/O edge.** run_turn: a turn from its acceptance to its outcome, top to bottom.

A `for` loop over the stages. What the outside has said to an earlier attempt is given (`begin`, `kept`); all else is
pure, so that a turn that is run again takes the same way over it, and emits the same events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.asking import Answer, ask, ending, questions, record_of, replies, without_text
from core.draft import Draft
from core.events import Emit, PartCompleted, StageCompleted, StageFailed, TurnEnded, TurnStarted
from core.outcome import Ending, conclude, elapsed
from core.ports import Agents, Line
from core.reply import LiveReply
from core.stages.stage import Stage
from core.stop import Stop
from core.subject import about
from core.text.redact import Redactor
from core.turn import (
    AgentReply,
    Beginning,
    OnReject,
    Outcome,
    Question,
    StageRecord,
    TurnRequest,
)
from core.view import StageLine, TurnView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The agents in their order, and by what rules they work. `prompt_limit` in characters."""

    stages: Sequence[Stage]
    agents: Agents
    redact: Redactor
    prompt_limit: int
    on_reject: OnReject


NOTHING: Mapping[str, Answer] = MappingProxyType({})


def first_view(stages: Sequence[Stage], turn_id: str = "", generation: int = 1) -> TurnView:
    """The view of a turn of which nothing has happened yet."""
    lines = tuple(StageLine(stage.name, stage.title, stage.drafts) for stage in stages)
    return TurnView(lines, turn_id=turn_id, generation=generation)


async def run_turn(
    turn: TurnRequest,
    *,
    pipeline: Pipeline,
    reply: LiveReply,
    stop: Stop,
    line: Line,
    begin: Callable[[], Awaitable[Beginning]],
    kept: Mapping[str, Answer] = NOTHING,
) -> Outcome:
    """Run a turn when its turn has come, and keep its message up to date. `begin` says what it goes by.

    `kept` is what came of an earlier attempt, by slot: that is not asked again, whoever may have pressed stop since.
    """
    # The thread's conversations are opened meanwhile, so that only the first can cost the turn anything.
    pipeline.agents.prepare(turn, [stage.name for stage in pipeline.stages])
    # Beside what follows: neither the line nor a slow platform shall hold the other up.
    posting = asyncio.create_task(_posted(turn, reply))
    try:
        await stop.guard(line.reached(turn, reply.emit))  # who is stopped meanwhile finds out when it would ask
        reply.emit(TurnStarted(turn.since))
        beginning = await begin()
        draft = Draft(turn, beginning.prompt_limit, beginning.last, background=beginning.background)
        work = Work(pipeline, beginning.on_reject, reply.emit, stop, kept)
        outcome = await work.outcome(draft)
        await posting
        reply.emit(TurnEnded(outcome))
        await reply.publish(turn)
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await reply.close()
    return outcome


async def _posted(turn: TurnRequest, reply: LiveReply) -> None:
    reply.follow(await reply.post(turn))


@dataclass(frozen=True, slots=True)
class Work:
    """The stages of one turn."""

    pipeline: Pipeline
    on_reject: OnReject
    emit: Emit
    stop: Stop
    kept: Mapping[str, Answer]

    async def outcome(self, draft: Draft) -> Outcome:
        """All stages, one after the other, until one brings the turn to its end."""
        records: list[StageRecord] = []
        end = Ending()
        ended_at = draft.turn.since
        for stage in self.pipeline.stages:
            prompts = stage.prompts(draft)
            shown = self.on_reject is not OnReject.WITHHOLD or not draft.text
            answers = await self._ask_all(questions(draft, stage, prompts), self._teller(stage, draft), shown=shown)
            records.append(record_of(stage, prompts, answers))
            end = ending(stage, answers)
            if end != Ending():
                break
            draft = await self._absorb(stage, draft, replies(answers))
            ended_at = max(reply.asked_at + reply.seconds for reply in replies(answers))
        if end.failure:
            self.emit(StageFailed(end.failure.stage, end.failure.trouble))
        seconds = max(0.0, ended_at - draft.turn.since)
        outcome = conclude(draft, records, end, on_reject=self.on_reject, seconds=seconds)
        return self.pipeline.redact.deep(outcome)

    async def _absorb(self, stage: Stage, draft: Draft, answers: Sequence[AgentReply]) -> Draft:
        """In a thread: a merge may take its time, and others need not wait for it."""
        draft = await asyncio.to_thread(stage.absorb, draft, answers)
        self.emit(StageCompleted(stage.name, stage.note(draft), elapsed(answers)))
        return draft

    def _teller(self, stage: Stage, draft: Draft) -> Emit:
        """Where drafts may be withheld, nothing of them is told: neither as they are written nor as they are read."""
        hidden = self.on_reject is OnReject.WITHHOLD and (stage.drafts or bool(draft.text))
        return without_text(self.emit) if hidden else self.emit

    async def _ask_all(self, asked: Sequence[Question], emit: Emit, *, shown: bool) -> list[Answer]:
        """All parts at once; in the order of the parts. `shown`: the log may have what is asked."""
        done = 0

        async def one(question: Question) -> Answer:
            nonlocal done
            answer = self.kept.get(question.slot) or await self._ask(question, emit, shown=shown)
            done += 1
            if question.parts > 1:
                emit(PartCompleted(question.stage, done, question.parts))
            return answer

        async with asyncio.TaskGroup() as group:  # one that cannot go on takes the others with it
            asking = [group.create_task(one(question)) for question in asked]
        return [task.result() for task in asking]

    async def _ask(self, question: Question, emit: Emit, *, shown: bool) -> Answer:
        with about(stage=question.slot):
            if shown and log.isEnabledFor(logging.DEBUG):
                log.debug("asks: %s", self.pipeline.redact(question.prompt))
            return await ask(question, self.pipeline.agents, emit, self.stop)
