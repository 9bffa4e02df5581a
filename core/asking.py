"""**I/O edge.** One stage of a turn: the questions to its agent, the answers, what they cost."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from core.draft import Draft
from core.errors import AgentError
from core.events import Emit, Event, StageDelta, StageProgress, StageStarted
from core.outcome import Ending, record
from core.ports import Agents
from core.stages.stage import Stage
from core.stop import Stop
from core.text.budget import Prompt
from core.text.language import iso_639_1
from core.turn import AgentFailure, AgentReply, Failure, Question, StageRecord, StageStatus, Stopped

log = logging.getLogger(__name__)

Answer = AgentReply | AgentFailure | Stopped


def questions(draft: Draft, stage: Stage, prompts: Sequence[Prompt]) -> list[Question]:
    """One for each prompt; several are the parts of one."""
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
        chapter=turn.chapter,
    )
    return [replace(first, prompt=prompt.text, part=part) for part, prompt in enumerate(prompts, 1)]


async def ask(question: Question, agents: Agents, emit: Emit, stop: Stop) -> Answer:
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


def replies(answers: Sequence[Answer]) -> list[AgentReply]:
    """Those of the answers that are some."""
    return [answer for answer in answers if isinstance(answer, AgentReply)]


def ending(stage: Stage, answers: Sequence[Answer]) -> Ending:
    """Somebody's stop goes before a failure; the first failure stands for all."""
    for answer in answers:
        if isinstance(answer, Stopped):
            return Ending(stopped=answer)
    for answer in answers:
        if isinstance(answer, AgentFailure):
            return Ending(failure=Failure(stage.name, answer.trouble))
    return Ending()


def record_of(stage: Stage, prompts: Sequence[Prompt], answers: Sequence[Answer]) -> StageRecord:
    """What the stage cost, whatever came of it."""
    status = StageStatus.DONE
    if any(isinstance(answer, AgentFailure) for answer in answers):
        status = StageStatus.FAILED
    if any(isinstance(answer, Stopped) for answer in answers):
        status = StageStatus.STOPPED
    return record(
        stage.name,
        [prompt.text for prompt in prompts],
        replies(answers),
        status=status,
        lost_queries=sum(answer.queries for answer in answers if not isinstance(answer, AgentReply)),
        shortened=tuple(dict.fromkeys(name.lower() for prompt in prompts for name in prompt.shortened)),
    )
