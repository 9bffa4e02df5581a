"""**Pure.** An error of ours as the command line says it: in a sentence, or as an object for programs."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from core.errors import AgentError, OrchestratorError, PromptTooLong, RequestError, SettingsError
from core.text import wording
from core.text.redact import Redactor

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def in_words(error: OrchestratorError) -> str:
    """For people: what is wrong, and what can be done."""
    match error:
        case SettingsError(problems=problems):
            lines = [f"✗ {p.name} {p.wrong}\n    {p.remedy}" for p in problems]
            return Redactor()("\n".join([*lines, "Nothing was asked. `orchestrator demo` needs no settings."]))
        case _:
            return f"✗ {_message(error)}"


def as_object(error: OrchestratorError) -> dict[str, Any]:
    """For programs: `{"error": {"code", "message"}}`, with `problems` or `field` where these are known."""
    code = _WORDS.sub("_", type(error).__name__.removesuffix("Error")).lower()
    said: dict[str, Any] = {"code": code, "message": _message(error)}
    match error:
        case SettingsError(problems=problems):
            said["problems"] = [asdict(problem) for problem in problems]
        case RequestError(field=field):
            said["field"] = field
    return {"error": Redactor().deep(said)}


def _message(error: OrchestratorError) -> str:
    match error:
        case PromptTooLong():
            said = wording.prompt_too_long(error)
        case AgentError():
            said = wording.trouble(error.trouble)
        case _:
            said = str(error)
    return Redactor()(said)
