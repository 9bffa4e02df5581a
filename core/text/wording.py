"""**Pure.** Every word that a user reads, wherever it is shown. Plain sentences, each with what can be done."""

from __future__ import annotations

from typing import assert_never

from core.errors import PromptTooLong, Trouble
from core.review import EditStatus, Review
from core.turn import Outcome, Source, StageStatus, TurnStatus
from core.view import StageLine, TurnView

MARKS = {
    StageStatus.PENDING: "○",
    StageStatus.RUNNING: "◐",
    StageStatus.DONE: "✓",
    StageStatus.FAILED: "✗",
    StageStatus.STOPPED: "■",
}
KEPT = "What was done is kept."
UNREVIEWED = "The reviewer did not answer; this draft is unreviewed."
UNREADABLE_REVIEW = "The review could not be read as one; its text stands here, and no edits were made."
UNCLEAR_VERDICT = "The reviewer's verdict could not be understood; what else the review says was used."
WITHHELD_UNREVIEWED = "The answer is withheld: it was not reviewed, and here drafts are shown only after their review."
NEEDS_LOGIN = "needs login"
SOURCES = "Sources"
QUESTION = "Question"
WAITING = "waiting for CustomGPT …"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """ "1 source", "5 sources"; `nouns` where it is not the noun with an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {nouns or noun + 's'}"


def ordinal(n: int) -> str:
    """ "1st", "2nd", "11th"."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def duration(seconds: float) -> str:
    """ "0.4 s", "12 s", "2 min 5 s": as long as something took."""
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def clock(seconds: float) -> str:
    """ "0:19": how long it has been running."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def queued(position: int) -> str:
    return f"Queued, {ordinal(position)} in line in this thread"


def working(view: TurnView) -> str:
    return f"Working · {view.number} of {len(view.lines)} · {clock(view.elapsed)}"


def stage_line(line: StageLine) -> str:
    """What is said of a stage behind its title: "5 sources · 12 s", "640 words so far …"."""
    match line.status:
        case StageStatus.DONE:
            return " · ".join(filter(None, (line.note, duration(line.seconds or 0.0))))
        case StageStatus.RUNNING:
            return _running(line)
        case StageStatus.FAILED:
            return "did not answer"
        case StageStatus.STOPPED:
            return "stopped"
        case StageStatus.PENDING:
            return ""
        case _:
            assert_never(line.status)


def _running(line: StageLine) -> str:
    if line.waiting:
        return WAITING
    if line.parts > 1:
        return f"{line.done} of {line.parts} parts …"
    return f"{plural(line.words, 'word')} so far …" if line.words else ""


def source_label(source: Source) -> str:
    return f"{source.title} ({NEEDS_LOGIN})" if source.needs_login else source.title


def reviewed(outcome: Outcome) -> str:
    """The footer: "Reviewed 92/100 · 3 edits applied, 1 left out · 41 s"."""
    review = outcome.review
    said = [] if review is None else [_score(review), _edits(review)]
    return " · ".join(filter(None, [*said, duration(outcome.seconds)]))


def _score(review: Review) -> str:
    return "Reviewed" if review.score is None else f"Reviewed {review.score}/100"


def _edits(review: Review) -> str:
    applied = sum(edit.status is EditStatus.APPLIED for edit in review.edits)
    left_out = len(review.edits) - applied
    if not review.edits:
        return "no edits" if review.readable else ""
    return f"{plural(applied, 'edit')} applied" + (f", {left_out} left out" if left_out else "")


def not_read(unread: tuple[str, ...]) -> str:
    """What was attached to the question and could not be taken into account, each with why."""
    return f"Not read: {'; '.join(unread)}"


NOTICE = "your answer is ready, above."


def continued(replies: int) -> str:
    """What stands under the first part of an answer that one message cannot hold."""
    below = "the reply" if replies == 1 else f"{replies:,} replies"
    return f"Continued in {below} below; the whole answer is attached as a file."


def unknown_citation(n: int) -> str:
    return f"The draft cited [{n}], which is not among the sources; the mark was removed."


def headline(outcome: Outcome, titles: dict[str, str]) -> str:
    """What stands above (or, for `unreviewed`, below) the answer; empty where the answer speaks for itself."""
    match outcome.status:
        case TurnStatus.REJECTED:
            return f"The reviewer advises against using this: {_summary(outcome)}"
        case TurnStatus.WITHHELD:
            return _withheld(outcome)
        case TurnStatus.FAILED:
            return _failed(outcome, titles)
        case TurnStatus.STOPPED:
            return _stopped(outcome, titles)
        case TurnStatus.UNREVIEWED:
            return f"{UNREVIEWED} {_why(outcome)}".rstrip()
        case TurnStatus.COMPLETE | TurnStatus.QUEUED | TurnStatus.RUNNING:
            return _unreadable(outcome.review) if outcome.review and not outcome.review.readable else ""
        case _:
            assert_never(outcome.status)


def _unreadable(review: Review) -> str:
    return UNREADABLE_REVIEW if review.score is None and not review.edits else UNCLEAR_VERDICT


def _summary(outcome: Outcome) -> str:
    return outcome.review.summary if outcome.review and outcome.review.summary else "no reason was given."


def _withheld(outcome: Outcome) -> str:
    if outcome.review is None or outcome.review.verdict is None:
        return f"{WITHHELD_UNREVIEWED} {_why(outcome)}".rstrip()
    return f"The answer is withheld: the reviewer advises against using it. {_summary(outcome)}"


def _why(outcome: Outcome) -> str:
    return _capitalised(trouble(outcome.failure.trouble)) if outcome.failure else ""


def _failed(outcome: Outcome, titles: dict[str, str]) -> str:
    assert outcome.failure is not None
    failed = titles.get(outcome.failure.stage, outcome.failure.stage)
    done = [titles[r.name] for r in outcome.stages if r.status is StageStatus.DONE and r.name in titles]
    return f"{failed} did not answer: {trouble(outcome.failure.trouble)} {_kept(done)}".rstrip()


YOU, AN_ADMIN, SOMEBODY = "you", "an admin", "somebody"
"""Who has stopped a turn, where nobody has a name: to who asked; to others it was somebody."""

_STOPPED_BY = "Stopped by"


def _stopped(outcome: Outcome, titles: dict[str, str]) -> str:
    done = [titles[r.name] for r in outcome.stages if r.status is StageStatus.DONE and r.name in titles]
    after = f" after {done[-1]}" if done else ""
    return f"{_STOPPED_BY} {outcome.stopped_by}{after}. {KEPT}"


def for_others(said: str) -> str:
    """A sentence that was made for who asked, as others read it."""
    by_you = f"{_STOPPED_BY} {YOU}"
    return f"{_STOPPED_BY} {SOMEBODY}{said.removeprefix(by_you)}" if said.startswith(by_you) else said


def _kept(done: list[str]) -> str:
    if not done:
        return ""
    names = [done[0], *(name.lower() for name in done[1:])]
    joined = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{joined} {'is' if len(done) == 1 else 'are'} kept."


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def trouble(why: Trouble) -> str:
    """Why an agent did not answer, and what can be done: the end of a sentence that names the stage."""
    return _TROUBLES[why]


_ADMIN = "An admin can run `orchestrator check`."

_TROUBLES = {
    Trouble.BAD_KEY: f"CustomGPT does not accept the API key. {_ADMIN}",
    Trouble.PLAN: "the CustomGPT plan does not include what was asked for. An admin can look at the plan.",
    Trouble.FORBIDDEN: f"CustomGPT does not let this key use the agent, or the agent is not active. {_ADMIN}",
    Trouble.NO_AGENT: f"CustomGPT does not know an agent with this id. {_ADMIN}",
    Trouble.NO_CONVERSATION: "CustomGPT lost the conversation. Please try again.",
    Trouble.REJECTED: "CustomGPT did not accept the request. The log says what it objected to.",
    Trouble.NO_CREDITS: "CustomGPT has no query credits left. They return with the next billing cycle.",
    Trouble.BUSY: "CustomGPT is busy and asked us to wait too long. Please try again in a few minutes.",
    Trouble.UNREACHABLE: f"CustomGPT cannot be reached. Please try again. {_ADMIN}",
    Trouble.BROKEN: "CustomGPT has an error of its own. Please try again in a few minutes.",
    Trouble.TIMEOUT: "CustomGPT took too long. Please try again.",
    Trouble.CUT: "the connection to CustomGPT broke before the answer was whole. Please try again.",
    Trouble.AGENT_ERROR: "CustomGPT reported an error while it was answering. Please try again.",
    Trouble.EMPTY: "CustomGPT answered with nothing. The agent may still be reading its sources; try again later.",
    Trouble.CRASHED: "the bot itself stopped again and again while this was asked. An admin can look at the log.",
    Trouble.REDIRECTED: "`CUSTOMGPT_BASE_URL` does not lead to CustomGPT's API. An admin can correct it.",
}


NO_PROMPT = "There is no prompt. Please say what is to be answered; nothing was asked."


def a_nul(where: str) -> str:
    """What is said of a character that no keyboard writes."""
    return f"Your {where} holds a NUL character, which cannot be kept. Please send it without; nothing was asked."


def half_a_character(where: str) -> str:
    """What is said of a lone surrogate."""
    return f"Your {where} holds half a character, which cannot be sent. Please type it again; nothing was asked."


def prompt_too_long(error: PromptTooLong) -> str:
    over = error.length - error.limit
    return (
        f"Your prompt is too long: {error.length:,} characters with its context, and at most {error.limit:,} fit. "
        f"Please shorten it by {over:,}; nothing was asked."
    )


PREVIEW_LINES = 4
PREVIEW_CHARACTERS = 320


def preview(text: str) -> tuple[str, ...]:
    """The last lines of a draft as it grows."""
    tail = text[-PREVIEW_CHARACTERS:]
    if len(text) > len(tail) and "\n" not in tail:
        tail = "…" + tail.partition(" ")[2]
    elif len(text) > len(tail):
        tail = tail.partition("\n")[2]
    return tuple(line for line in tail.splitlines() if line.strip())[-PREVIEW_LINES:]
