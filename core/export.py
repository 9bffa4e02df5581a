"""**Pure.** A turn as one file: what was asked, what each agent was sent and answered, sources, review, usage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.stored import Exported
from core.text import wording
from core.turn import AgentReply


def as_json(turn: Exported) -> str:
    """For programs."""
    fields = asdict(turn) | {"accepted_at": _moment(turn.accepted_at)}
    asked = [_stage(slot, prompt, reply) for slot, (prompt, reply) in turn.replies.items()]
    return json.dumps({**fields, "replies": asked}, ensure_ascii=False, indent=2)


def _stage(slot: str, prompt: str, reply: AgentReply | None) -> dict[str, Any]:
    return {"slot": slot, "prompt": prompt, "reply": asdict(reply) if reply else None}


def as_markdown(turn: Exported) -> str:
    """For people."""
    blocks = [
        f"# {_first_line(turn.prompt)}",
        f"Turn {turn.turn_id} · {turn.status} · asked by {turn.asker} · {_moment(turn.accepted_at)}",
        "## Prompt",
        turn.prompt,
        *(f"- {key}: {value}" for key, value in turn.context.items()),
        *_answer(turn.payload),
        *(block for slot, asked in turn.replies.items() for block in _agent(slot, *asked)),
    ]
    return "\n\n".join(blocks) + "\n"


def _answer(payload: Mapping[str, Any]) -> list[str]:
    if not payload:
        return ["## Answer", "None yet."]
    sources = [f"{s['n']}. {s['title']} {s['url'] or ''}".rstrip() for s in payload["sources"]]
    usage = payload["usage"]
    spent = f"{wording.plural(usage['queries'], 'query', 'queries')}, about {usage['total_tokens']:,} tokens"
    return [
        "## Answer",
        payload["reply"]["content"],
        "## Sources",
        "\n".join(sources) or "None.",
        *_review(payload["review"]),
        "## Usage",
        spent,
    ]


def _review(review: Mapping[str, Any] | None) -> list[str]:
    if review is None:
        return ["## Review", "None."]
    found = [f"- {f['severity']}, {f['kind']}: {f['message']}" for f in review["findings"]]
    edits = [_edit(edit) for edit in review["edits"]]
    said = f"{review['score']}/100, {review['verdict']}. {review['summary']}"
    return ["## Review", said, "\n".join(found + edits) or "No findings, no edits."]


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
    longest = max((len(run) for run in _runs_of_backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _runs_of_backticks(text: str) -> list[str]:
    return "".join(c if c == "`" else " " for c in text).split()


def _code(text: str) -> str:
    return _fenced(text) if "\n" in text else f"`{text}`"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:100]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
