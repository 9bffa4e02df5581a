"""**Pure.** What was asked of a stand-in: every request, its secrets masked, and how many at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

SHOWN = 4
SECRET_HEADERS = ("authorization", "cookie", "x-api-key")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request. `headers` in lower case; `body` is what was read of it: an object, or the text."""

    endpoint: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object


def masked(text: str) -> str:
    """A secret, down to its last four characters; one that is too short for that, not at all."""
    return f"****{text[-SHOWN:]}" if len(text) > 2 * SHOWN else "****"


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name; what is secret in them is masked, the scheme is kept."""
    return {
        name.lower(): _masked_value(value) if name.lower() in SECRET_HEADERS else value
        for name, value in headers.items()
    }


def _masked_value(value: str) -> str:
    match = re.fullmatch(r"(Bearer|Basic) (.*)", value, re.DOTALL)
    return f"{match[1]} {masked(match[2])}" if match else masked(value)


def without(secret: str, value: object) -> object:
    """`value`, with `secret` masked wherever it stands in its texts."""
    match value:
        case str():
            return value.replace(secret, masked(secret))
        case dict():
            return {without(secret, key): without(secret, item) for key, item in value.items()}
        case list():
            return [without(secret, item) for item in value]
        case _:
            return value


@dataclass(slots=True)
class Gauge:
    """How many are under way now, and how many at most ever were. `changed` is called at each change."""

    changed: Callable[[], None]
    now: int = 0
    most: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one for the length of the block."""
        self._move(+1)
        try:
            yield
        finally:
            self._move(-1)

    def _move(self, by: int) -> None:
        self.now += by
        self.most = max(self.most, self.now)
        self.changed()


@dataclass(slots=True)
class Record:
    """Every request so far, oldest first."""

    requests: list[Recorded] = field(default_factory=list)

    def of(self, endpoint: str) -> list[Recorded]:
        """The requests to one kind of endpoint."""
        return [request for request in self.requests if request.endpoint == endpoint]
