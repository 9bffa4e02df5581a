"""**Pure.** What a step returns, as JSON and back: exceptions and types do not survive a crash, values do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.errors import Trouble
from core.turn import AgentFailure, AgentReply, Beginning, Citation, Exchange, OnReject, Stopped

Result = None | str | AgentReply | AgentFailure | Stopped | Beginning


def to_json(result: Result) -> Any:
    """A value that the engine can keep."""
    if result is None or isinstance(result, str):
        return result
    return {"kind": type(result).__name__, **asdict(result)}


def from_json(kept: Any) -> Result:
    """What `to_json` was given. Raises `ValueError` for anything else."""
    if kept is None or isinstance(kept, str):
        return kept
    fields = {str(name): value for name, value in kept.items() if name != "kind"}
    match kept["kind"]:
        case "AgentReply":
            return reply_from(fields)
        case "AgentFailure":
            return AgentFailure(**{**fields, "trouble": Trouble(fields["trouble"])})
        case "Stopped":
            return Stopped(**fields)
        case "Beginning":
            return _beginning(fields)
        case kind:
            raise ValueError(f"a step was kept as {kind}, which nobody knows")


def reply_from(fields: Mapping[str, Any]) -> AgentReply:
    citations = tuple(Citation(**citation) for citation in fields["citations"])
    return AgentReply(**{**fields, "citations": citations})


def _beginning(fields: Mapping[str, Any]) -> Beginning:
    last = fields["last"] and Exchange(**fields["last"])
    return Beginning(last, fields["prompt_limit"], OnReject(fields["on_reject"]))
