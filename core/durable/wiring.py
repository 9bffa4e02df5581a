"""**I/O edge.** What the durable turns of a process are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.durable.membership import Membership
from core.limits.budgets import MemoryBudgets
from core.pipeline import Pipeline
from core.ports import Budgets, Limit, Surface
from core.store import Store
from core.tally import Count, uncounted

LOOK = 2.0
"""Seconds between two looks for turns that are nobody's, and for stops: the floor, where nothing rang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the turns run with. `shutdown` and `interval` of updates in seconds, `retention` in days."""

    store: Store
    membership: Membership
    pipeline: Pipeline
    surfaces: Mapping[str, Surface]
    transient: frozenset[str] = frozenset({"terminal"})
    """Surfaces that end with their process: nobody is left to read what an earlier one was asked."""
    shutdown: float = 25.0
    retention: float = 30.0
    interval: float = 0.5
    look: float = LOOK
    quota: Limit | None = None
    """Turns that one person may start; transient surfaces are the operator's own."""
    pages: str = ""
    """The address under which turns have pages of their own; empty where they have none."""
    budgets: Budgets = field(default_factory=MemoryBudgets)
    count: Count = uncounted
