"""**Pure.** How a turn ends: from the work so far and what stopped it to an outcome that its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.draft import Draft
from core.errors import Trouble
from core.review import Review, Verdict
from core.stages import STAGES, TITLES
from core.text.withhold import conceal
from core.text.wording import headline
from core.turn import AgentReply, Failure, OnReject, Outcome, StageRecord, StageStatus, Stopped, TurnRequest, TurnStatus

CHARACTERS_PER_TOKEN = 4
"""The usual estimate for English; CustomGPT reports no counts."""

WITHOUT_ANSWER = (TurnStatus.FAILED, TurnStatus.WITHHELD, TurnStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the pipeline ended before or at its end: at most one of them is set, none when all went well."""

    failure: Failure | None = None
    stopped: Stopped | None = None


def conclude(
    draft: Draft, records: Sequence[StageRecord], ending: Ending, *, on_reject: OnReject, seconds: float
) -> Outcome:
    """The outcome. A withheld draft is not in it, and nothing that quotes it."""
    status = _status(draft, ending, on_reject)
    hidden = on_reject is OnReject.WITHHOLD and status in WITHOUT_ANSWER
    return Outcome(
        turn_id=draft.turn.turn_id,
        conversation_id=draft.turn.conversation_id,
        status=status,
        answer="" if status in WITHOUT_ANSWER else draft.text,
        sources=draft.sources,
        review=_concealed(draft) if hidden else draft.review,
        stages=tuple(records),
        context=draft.turn.context,
        failure=ending.failure,
        stopped_by=ending.stopped.by if ending.stopped else None,
        seconds=seconds,
        unread=draft.background.unread,
    )


def _concealed(draft: Draft) -> Review | None:
    drafts = [draft.text, *(draft.output(stage.name) for stage in STAGES if stage.drafts)]
    return draft.review and conceal(draft.review, *drafts)


def _status(draft: Draft, ending: Ending, on_reject: OnReject) -> TurnStatus:
    if ending.stopped:
        return TurnStatus.STOPPED
    if ending.failure and not draft.text:
        return TurnStatus.FAILED
    if on_reject is OnReject.WITHHOLD and _verdict(draft.review) not in (Verdict.APPROVE, Verdict.REVISE):
        return TurnStatus.WITHHELD
    if ending.failure:
        return TurnStatus.UNREVIEWED
    return TurnStatus.REJECTED if _verdict(draft.review) is Verdict.REJECT else TurnStatus.COMPLETE


def _verdict(review: Review | None) -> Verdict | None:
    return review.verdict if review else None


def abandoned(turn: TurnRequest) -> Outcome:
    """The end of a turn whose surface ended before it."""
    by = "the end of its process"
    return Outcome(turn.turn_id, turn.conversation_id, TurnStatus.STOPPED, "", context=turn.context, stopped_by=by)


def broken(turn: TurnRequest) -> Outcome:
    """The end of a turn that breaks whatever it is done with."""
    failure = Failure(STAGES[0].name, Trouble.CRASHED)
    return Outcome(turn.turn_id, turn.conversation_id, TurnStatus.FAILED, "", context=turn.context, failure=failure)


def said(outcome: Outcome) -> str:
    """The assistant's words: the answer, or where there is none, the sentence that says why."""
    return outcome.answer or headline(outcome, TITLES)


def record(
    name: str,
    prompts: Sequence[str],
    replies: Sequence[AgentReply],
    *,
    status: StageStatus = StageStatus.DONE,
    lost_queries: int = 0,
    shortened: tuple[str, ...] = (),
) -> StageRecord:
    """What a stage cost. `lost_queries` are those that brought no reply."""
    return StageRecord(
        name=name,
        status=status,
        seconds=elapsed(replies) if status is StageStatus.DONE else None,
        message_id=replies[0].message_id if replies else None,
        queries=sum(reply.queries for reply in replies) + lost_queries,
        prompt_tokens=sum(map(_tokens, prompts)),
        completion_tokens=sum(_tokens(reply.text) for reply in replies),
        shortened=shortened,
    )


def elapsed(replies: Sequence[AgentReply]) -> float:
    """Seconds from the first question to the last answer of replies that may have overlapped."""
    return max(r.asked_at + r.seconds for r in replies) - min(r.asked_at for r in replies)


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)
