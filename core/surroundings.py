"""**Pure.** What stands around a question: the place where it is answered, what was said and attached before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """The place that was made for a turn that had none: its address from now on, and its thread's own key."""

    address: Mapping[str, str]
    alias: str


@dataclass(frozen=True, slots=True)
class Background:
    """What was said or given beside the question, and what of it could not be read: each with why, in words."""

    text: str = ""
    unread: tuple[str, ...] = ()


NO_BACKGROUND = Background()
