"""**Pure.** What is kept of a turn under way, from JSON back to our nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Trouble
from core.surroundings import Background
from core.turn import AgentFailure, AgentReply, Beginning, Citation, Exchange, OnReject


def reply_from(kept: Mapping[str, Any]) -> AgentReply:
    citations = tuple(Citation(**citation) for citation in kept["citations"])
    return AgentReply(**{**kept, "citations": citations})


def failure_from(kept: Mapping[str, Any]) -> AgentFailure:
    return AgentFailure(**{**kept, "trouble": Trouble(kept["trouble"])})


def beginning_from(kept: Mapping[str, Any]) -> Beginning:
    last = kept["last"] and Exchange(**kept["last"])
    background = _background_from(kept.get("background", ""))
    return Beginning(last, kept["prompt_limit"], OnReject(kept["on_reject"]), background)


def _background_from(kept: str | Mapping[str, Any]) -> Background:
    """A text alone is how it was kept by the version before."""
    return Background(kept) if isinstance(kept, str) else Background(kept["text"], tuple(kept["unread"]))
