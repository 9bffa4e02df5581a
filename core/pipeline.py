"""**I/O edge.** run_turn: a turn from its acceptance to its outcome, top to bottom.

A `for` loop over the stages. Everything that reaches the outside is a step; everything between the steps is pure, so
that a turn that is run again over kept steps takes the same way and emits the same events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from core.draft import Draft
from core.errors import AgentError
from core.events import (
    Emit,
    Event,
    PartCompleted,
    StageCompleted,
    StageDelta,
    StageFailed,
    StageProgress,
    StageStarted,
    TurnEnded,
    TurnStarted,
)
from core.outcome import Ending, conclude, elapsed, record
from core.ports import Agents, Step
from core.reply import LiveReply
from core.stages.stage import Stage
from core.stop import Stop
from core.text.budget import Prompt
from core.text.language import iso_639_1
from core.text.redact import Redactor
from core.turn import (
    AgentFailure,
    AgentReply,
    Exchange,
    Failure,
    OnReject,
    Outcome,
    Question,
    StageRecord,
    StageStatus,
    Stopped,
    TurnRequest,
)
from core.view import StageLine, TurnView

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Answer = AgentReply | AgentFailure | Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The agents in their order, and by what rules they work. `prompt_limit` in characters."""

    stages: Sequence[Stage]
    agents: Agents
    redact: Redactor
    prompt_limit: int
    on_reject: OnReject


def prepare(turn: TurnRequest, pipeline: Pipeline) -> None:
    """Begin to open the thread's conversations with the agents, so that only the first can cost the turn anything."""
    pipeline.agents.prepare(turn, [stage.name for stage in pipeline.stages])


async def directly(name: str, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """A step that keeps nothing (fills `core.ports.Step`)."""
    return await call(*args, **kwargs)


def first_view(stages: Sequence[Stage]) -> TurnView:
    """The view of a turn of which nothing has happened yet."""
    return TurnView(tuple(StageLine(stage.name, stage.title, stage.drafts) for stage in stages))


async def run_turn(
    turn: TurnRequest,
    last: Exchange | None,
    *,
    pipeline: Pipeline,
    reply: LiveReply,
    stop: Stop,
    step: Step = directly,
) -> Outcome:
    """Run a turn and keep its message up to date. `last` is what the thread said before."""
    reply.emit(TurnStarted(turn.accepted_at))
    # Beside the first agent: a slow platform shall not hold it up.
    posting = asyncio.create_task(step("post", reply.post, turn))
    try:
        draft = Draft(turn=turn, limit=pipeline.prompt_limit, last=last)
        outcome = await _work(draft, pipeline, reply.emit, stop, step)
        await posting
        reply.emit(TurnEnded(outcome))
        await step("publish", reply.publish, turn)
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await reply.close()
    return outcome


async def _work(draft: Draft, pipeline: Pipeline, emit: Emit, stop: Stop, step: Step) -> Outcome:
    records: list[StageRecord] = []
    ending = Ending()
    ended_at = draft.turn.accepted_at
    for stage in pipeline.stages:
        prompts = stage.prompts(draft)
        hidden = pipeline.on_reject is OnReject.WITHHOLD and (stage.drafts or bool(draft.text))
        tell = without_text(emit) if hidden else emit
        answers = await _ask_all(_questions(draft, stage, prompts), pipeline.agents, tell, stop, step)
        records.append(_record(stage, prompts, answers))
        ending = _ending(stage, answers)
        if ending != Ending():
            if ending.failure:
                emit(StageFailed(stage.name, ending.failure.trouble))
            break
        replies = _replies(answers)
        draft = await asyncio.to_thread(stage.absorb, draft, replies)  # a merge may take its time; others need not wait
        ended_at = max(reply.asked_at + reply.seconds for reply in replies)
        emit(StageCompleted(stage.name, stage.note(draft), elapsed(replies)))
    seconds = max(0.0, ended_at - draft.turn.accepted_at)
    outcome = conclude(draft, records, ending, on_reject=pipeline.on_reject, seconds=seconds)
    return pipeline.redact.deep(outcome)


def _questions(draft: Draft, stage: Stage, prompts: Sequence[Prompt]) -> list[Question]:
    turn = draft.turn
    first = Question(
        turn_id=turn.turn_id,
        generation=turn.generation,
        conversation_id=turn.conversation_id,
        stage=stage.name,
        prompt="",
        parts=len(prompts),
        accepted_at=turn.accepted_at,
        language=iso_639_1(turn.context.get("language")),
        fresh=turn.generation > 1,
    )
    return [replace(first, prompt=prompt.text, part=part) for part, prompt in enumerate(prompts, 1)]


async def _ask_all(questions: Sequence[Question], agents: Agents, emit: Emit, stop: Stop, step: Step) -> list[Answer]:
    """Every part its own step, all at once; in the order of the parts."""
    done = 0

    async def ask(question: Question) -> Answer:
        nonlocal done
        answer = await step(question.slot, _ask, question, agents, emit, stop)
        done += 1
        if question.parts > 1:
            emit(PartCompleted(question.stage, done, question.parts))
        return answer

    return await asyncio.gather(*map(ask, questions))


async def _ask(question: Question, agents: Agents, emit: Emit, stop: Stop) -> Answer:
    """Ask one agent. What may go wrong comes back as a value: exceptions do not survive a durable step."""
    attempts = 0

    def counting(event: Event) -> None:
        nonlocal attempts
        attempts += isinstance(event, StageStarted)
        emit(event)

    try:
        answer = await stop.guard(agents.ask(question, counting))
    except AgentError as error:
        log.warning("turn %s: %s did not answer: %s", question.turn_id, question.slot, error)
        return AgentFailure(error.trouble, error.detail, error.queries)
    return replace(answer, queries=attempts) if isinstance(answer, Stopped) else answer


def without_text(emit: Emit) -> Emit:
    """Passes events on, but of what is streamed only how many words there are: the draft may yet be withheld."""
    text = ""

    def tell(event: Event) -> None:
        nonlocal text
        match event:
            case StageDelta(stage, piece, _):
                text += piece
                emit(StageProgress(stage, len(text.split())))
            case StageStarted():
                text = ""
                emit(event)
            case _:
                emit(event)

    return tell


def _replies(answers: Sequence[Answer]) -> list[AgentReply]:
    return [answer for answer in answers if isinstance(answer, AgentReply)]


def _ending(stage: Stage, answers: Sequence[Answer]) -> Ending:
    """Somebody's stop goes before a failure; the first failure stands for all."""
    for answer in answers:
        if isinstance(answer, Stopped):
            return Ending(stopped=answer)
    for answer in answers:
        if isinstance(answer, AgentFailure):
            return Ending(failure=Failure(stage.name, answer.trouble))
    return Ending()


def _record(stage: Stage, prompts: Sequence[Prompt], answers: Sequence[Answer]) -> StageRecord:
    status = StageStatus.DONE
    if any(isinstance(answer, AgentFailure) for answer in answers):
        status = StageStatus.FAILED
    if any(isinstance(answer, Stopped) for answer in answers):
        status = StageStatus.STOPPED
    return record(
        stage.name,
        [prompt.text for prompt in prompts],
        _replies(answers),
        status=status,
        lost_queries=sum(answer.queries for answer in answers if not isinstance(answer, AgentReply)),
        shortened=tuple(dict.fromkeys(name.lower() for prompt in prompts for name in prompt.shortened)),
    )
