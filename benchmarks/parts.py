"""**Pure.** What is measured: one line a part, in the order of the table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from benchmarks import durable, http, overhead, slack, startup, throughput, waiting
from benchmarks.figures import Figure
from benchmarks.ground import Ground


class Part(Protocol):
    """A module. `SAYS` how it was measured, in a sentence or two."""

    SAYS: str

    async def measured(self, ground: Ground) -> list[Figure]: ...


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "overhead": overhead,
        "slack": slack,
        "durable": durable,
        "http": http,
        "throughput": throughput,
        "waiting": waiting,
        "startup": startup,
    }
)
