"""**Pure.** A turn as one file: what was asked, what each agent was sent and answered, sources, review, usage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from core.stages import STAGES
from core.stored import Exported
from core.text import telling, wording
from core.text.printable import printable
from core.text.surrogates import whole_characters
from core.turn import AgentReply

_DRAFTED = next(n for n, stage in enumerate(STAGES) if stage.drafts)
_BEFORE = frozenset(stage.name for stage in STAGES[:_DRAFTED])
_FIRST_DRAFT = STAGES[_DRAFTED].name


def export_name(turn: Exported) -> str:
    """The name of the file: `turn-TURN-gN.md`."""
    return f"turn-{turn.turn_id}-g{turn.generation}.md"


def concealed(turn: Exported) -> Exported:
    """The turn as it may be read by those who are no admins: without a draft that is withheld, and what quotes it.

    In the payload it is not: `core.outcome` saw to that. What was written before the draft stays.
    """
    if not turn.withheld or turn.concealed:
        return turn
    said = telling.left_out(turn.status)
    replies = {slot: _concealed(slot.partition(".")[0], *asked, said) for slot, asked in turn.replies.items()}
    return replace(turn, replies=replies, concealed=True)


def _concealed(stage: str, prompt: str, reply: AgentReply | None, said: str) -> tuple[str, AgentReply | None]:
    """A stage that nobody knows any more may have come after the draft."""
    if stage in _BEFORE:
        return prompt, reply
    shown = prompt if stage == _FIRST_DRAFT else said
    return shown, reply and replace(reply, text=said)


def as_json(turn: Exported) -> str:
    """For programs."""
    times = {"accepted_at": _moment(turn.accepted_at), "retried_at": turn.retried_at and _moment(turn.retried_at)}
    fields = asdict(turn) | times
    asked = [_stage(slot, prompt, reply) for slot, (prompt, reply) in turn.replies.items()]
    return whole_characters(json.dumps({**fields, "replies": asked}, ensure_ascii=False, indent=2))


def _stage(slot: str, prompt: str, reply: AgentReply | None) -> dict[str, Any]:
    return {"slot": slot, "prompt": prompt, "reply": asdict(reply) if reply else None}


def as_markdown(turn: Exported) -> str:
    """For people."""
    state = telling.state(turn.status, turn.generation)
    blocks = [
        f"# {_first_line(turn.prompt)}",
        f"Turn {turn.turn_id} · {state} · asked by {turn.asker} · {_moment(turn.accepted_at)}",
        *_warning(turn),
        "## Prompt",
        turn.prompt,
        *(f"- {key}: {value}" for key, value in turn.context.items()),
        *_answer(turn.payload),
        *(block for slot, asked in turn.replies.items() for block in _agent(slot, *asked)),
    ]
    return printable("\n\n".join(blocks) + "\n")


def _warning(turn: Exported) -> list[str]:
    """Who reads this must know that something is missing, or that it is not for everybody."""
    if not turn.withheld:
        return []
    return [telling.left_out(turn.status) if turn.concealed else telling.FOR_ADMINS]


def _answer(payload: Mapping[str, Any]) -> list[str]:
    if not payload:
        return ["## Answer", "None yet."]
    sources = [f"{s['n']}. {s['title']} {s['url'] or ''}".rstrip() for s in payload["sources"]]
    return [
        "## Answer",
        payload["reply"]["content"],
        "## Sources",
        "\n".join(sources) or "None.",
        *_review(payload["review"]),
        "## Usage",
        telling.spent(payload["usage"]),
    ]


def _review(review: Mapping[str, Any] | None) -> list[str]:
    if review is None:
        return ["## Review", "None."]
    found = [_finding(finding) for finding in review["findings"]]
    edits = [_edit(edit) for edit in review["edits"]]
    score = "no score" if review["score"] is None else f"{review['score']}/100"
    said = f"{score}, {review['verdict'] or 'no verdict'}. {review['summary']}".rstrip()
    return ["## Review", said, "\n".join(found + edits) or "No findings, no edits."]


def _finding(finding: Mapping[str, Any]) -> str:
    said = f"- {finding['severity']}, {finding['kind']}: {finding['message']}"
    return f"{said} {_code(finding['quote'])}" if finding["quote"] else said


def _edit(edit: Mapping[str, Any]) -> str:
    fate = edit["status"] + (f" ({edit['why']})" if edit.get("why") else "")
    return f"- {fate}: {_code(edit['find'])} → {_code(edit['replace'])} {edit['reason']}".rstrip()


def _agent(slot: str, prompt: str, reply: AgentReply | None) -> list[str]:
    if reply is None:
        return [f"## {slot}: asked", _fenced(prompt), f"## {slot}: no answer"]
    cited = ", ".join(str(citation.url or citation.id) for citation in reply.citations) or "none"
    took = f"{wording.duration(reply.seconds)}, message {reply.message_id}, citations: {cited}"
    return [f"## {slot}: asked", _fenced(prompt), f"## {slot}: answered", took, _fenced(reply.text)]


def _fenced(text: str) -> str:
    """In a fence that the text cannot close."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def _code(text: str) -> str:
    """In ticks that the text cannot close; what has several lines in a fence below."""
    if not text:
        return "nothing"
    if "\n" in text:
        return f"\n{_fenced(text)}\n"
    ticks = "`" * (_longest_run(text) + 1)
    return f"{ticks} {text} {ticks}" if len(ticks) > 1 else f"`{text}`"


def _longest_run(text: str) -> int:
    """Of backticks."""
    return max(map(len, "".join(c if c == "`" else " " for c in text).split()), default=0)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:100]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
