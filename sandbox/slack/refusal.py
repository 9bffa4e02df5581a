"""**Pure.** An error of the Web API."""

from __future__ import annotations

from typing import Any

from sandbox.slack.record import Json


class Refusal(Exception):
    """A call that is answered with `ok: false`; `fields` stand beside the error."""

    def __init__(self, error: str, **fields: Any) -> None:
        super().__init__(error)
        self.error = error
        self.fields = fields

    @property
    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.fields}


def arguments(*problems: str) -> Refusal:
    """`invalid_arguments`, with what is wrong."""
    return Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in problems]})
