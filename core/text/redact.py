"""**Pure.** The one choke point for secrets: all outbound text, to users and to logs, passes a `Redactor`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast
from urllib.parse import quote

T = TypeVar("T")

SHORTEST = 8
"""A secret shorter than this would blank out ordinary words."""

_LOOKS_LIKE_A_SECRET = re.compile(
    r"\b\d{2,}\|[A-Za-z0-9]{20,}"  # a CustomGPT key
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}"  # Slack tokens
    r"|\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"  # a Discord bot token
    r"|(?<=Bearer )(?=[^\s'\"`,]*\d)[^\s'\"`,]{19,}[^\s'\"`,.]"  # whatever else is sent as a key, no placeholder
)


def tail(secret: str) -> str:
    """A secret as it may be shown: its last four characters at most, and none of a short one."""
    return f"…{secret[-4:]}" if len(secret) >= 2 * SHORTEST else "…"


class Redactor:
    """Replaces the secrets it was told of, and whatever looks like one, by their last four characters."""

    __slots__ = ("_known",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        known = self._known.sub(_shown, text) if self._known else text
        return _LOOKS_LIKE_A_SECRET.sub(_shown, known)

    def deep(self, value: T) -> T:
        """The same value with every string in it redacted: dataclasses, mappings, tuples, lists."""
        return cast(T, self._deep(value))

    def _deep(self, value: Any) -> Any:
        match value:
            case Enum():
                return value
            case str():
                return self(value)
            case Mapping():
                return {self._deep(key): self._deep(item) for key, item in value.items()}
            case list() | tuple():
                return type(value)(self._deep(item) for item in value)
            case _ if is_dataclass(value) and not isinstance(value, type):
                return replace(value, **{f.name: self._deep(getattr(value, f.name)) for f in fields(value)})
            case _:
                return value


def _forms(secret: str) -> tuple[str, ...]:
    """A key as it is, as it stands in an address, and the part behind its `digits|`."""
    return (secret, quote(secret, safe=""), secret.rpartition("|")[2])


def _shown(match: re.Match[str]) -> str:
    return tail(match.group())
