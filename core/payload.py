"""**Pure.** The unified payload: what programs get of a turn, the same over HTTP, in exports and from `ask --json`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from core.errors import Trouble
from core.outcome import WITHOUT_ANSWER, said
from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.text.wording import trouble
from core.turn import Failure, Outcome, Source, StageRecord, StageStatus, TurnStatus


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class ReplyPart(_Part):
    role: str = "assistant"
    content: str


class SourcePart(_Part):
    n: int
    id: int | None
    title: str
    url: str | None
    needs_login: bool = False


class FindingPart(_Part):
    severity: str
    kind: str
    message: str
    quote: str


class EditPart(_Part):
    """`why` says why an edit was rejected, and is there for those alone."""

    find: str
    replace: str
    reason: str
    status: EditStatus
    why: str | None = None

    @classmethod
    def of(cls, judged: JudgedEdit) -> EditPart:
        edit = judged.edit
        return cls(
            find=edit.find,
            replace=edit.replace,
            reason=edit.reason,
            status=judged.status,
            why=judged.why or None,
        )

    @model_serializer(mode="wrap")
    def _without_empty_why(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_none(serialise(self), "why")


class ReviewPart(_Part):
    score: int | None
    verdict: Verdict | None
    summary: str
    findings: list[FindingPart]
    edits: list[EditPart]


class StagePart(_Part):
    """`shortened` names the material that did not fit into the stage's prompt whole."""

    name: str
    status: StageStatus
    seconds: float | None
    message_id: int | None
    shortened: list[str] = []


class Usage(_Part):
    """`queries` is exact: the messages sent to agents. CustomGPT reports no tokens, so those are estimated."""

    queries: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: bool = True


class ErrorPart(_Part):
    """Why a stage gave no answer, for programs (`code`) and in plain words (`message`)."""

    stage: str
    code: Trouble
    message: str


class Payload(_Part):
    """The whole of it. `error` is there only where a stage failed."""

    turn_id: str
    conversation_id: str
    status: TurnStatus
    reply: ReplyPart
    sources: list[SourcePart]
    review: ReviewPart | None
    stages: list[StagePart]
    usage: Usage
    context: dict[str, str]
    error: ErrorPart | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> Payload:
        return cls(
            turn_id=outcome.turn_id,
            conversation_id=outcome.conversation_id,
            status=outcome.status,
            reply=ReplyPart(content=said(outcome)),
            sources=[SourcePart.model_validate(source) for source in outcome.sources],
            review=_review(outcome),
            stages=[_stage(outcome, n) for n in range(len(outcome.stages))],
            usage=_usage(outcome),
            context=dict(outcome.context),
            error=_error(outcome),
        )

    @model_serializer(mode="wrap")
    def _without_empty_error(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_none(serialise(self), "error")


def _without_none(serialised: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in serialised.items() if name != key or value is not None}


def _review(outcome: Outcome) -> ReviewPart | None:
    review = outcome.review
    if review is None:
        return None
    return ReviewPart(
        score=review.score,
        verdict=review.verdict,
        summary=review.summary,
        findings=[FindingPart.model_validate(finding) for finding in review.findings],
        edits=[EditPart.of(judged) for judged in review.edits],
    )


def _stage(outcome: Outcome, n: int) -> StagePart:
    record = outcome.stages[n]
    seconds = None if record.seconds is None else round(record.seconds, 3)
    return StagePart(
        name=record.name,
        status=record.status,
        seconds=seconds,
        message_id=record.message_id,
        shortened=list(record.shortened),
    )


def _usage(outcome: Outcome) -> Usage:
    prompts = sum(record.prompt_tokens for record in outcome.stages)
    completions = sum(record.completion_tokens for record in outcome.stages)
    return Usage(
        queries=sum(record.queries for record in outcome.stages),
        prompt_tokens=prompts,
        completion_tokens=completions,
        total_tokens=prompts + completions,
    )


def _error(outcome: Outcome) -> ErrorPart | None:
    failure = outcome.failure
    if failure is None:
        return None
    return ErrorPart(stage=failure.stage, code=failure.trouble, message=trouble(failure.trouble))


def outcome_of(payload: Payload) -> Outcome:
    """As far as a payload tells: not who stopped it, nor what it cost; its seconds are those of its stages."""
    return Outcome(
        payload.turn_id,
        payload.conversation_id,
        payload.status,
        payload.reply.content if payload.status not in WITHOUT_ANSWER else "",
        sources=tuple(Source(s.n, s.id, s.title, s.url, s.needs_login) for s in payload.sources),
        review=_review_of(payload.review) if payload.review else None,
        stages=tuple(StageRecord(s.name, s.status, s.seconds) for s in payload.stages),
        context=payload.context,
        failure=Failure(payload.error.stage, payload.error.code) if payload.error else None,
        seconds=sum(s.seconds or 0.0 for s in payload.stages if s.status is StageStatus.DONE),
    )


def _review_of(part: ReviewPart) -> Review:
    """A verdict is what could be read of it, if anything could."""
    findings = tuple(Finding(f.severity, f.kind, f.message, f.quote) for f in part.findings)
    edits = tuple(JudgedEdit(Edit(e.find, e.replace, e.reason), e.status, e.why or "") for e in part.edits)
    return Review(part.score, part.verdict, part.summary, findings, edits, readable=part.verdict is not None)
