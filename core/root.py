"""**Pure.** What the composition root hands to every adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from core.checks import CheckResult
from core.tally import Count, uncounted


async def unchecked() -> list[CheckResult]:
    """Where nobody has said what is to be checked."""
    return []


async def unnumbered() -> bytes:
    """Where nobody keeps numbers."""
    return b""


def all_ready() -> dict[str, str]:
    """Where nobody else is asked."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """`count` takes what is counted; `check` makes every check, of all that is switched on.

    `numbers` is the page of `/metrics`, of type `core.metrics.CONTENT_TYPE`. `not_ready`: adapter → why it is not.
    """

    count: Count = uncounted
    check: Callable[[], Awaitable[Sequence[CheckResult]]] = unchecked
    numbers: Callable[[], Awaitable[bytes]] = unnumbered
    not_ready: Callable[[], Mapping[str, str]] = all_ready


ALONE = Root()
"""Of an adapter that nobody has put together with others."""
