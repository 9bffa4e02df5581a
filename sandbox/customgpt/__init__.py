"""**I/O edge.** The stand-in for CustomGPT: `server.py` serves, `faults.py` misbehaves, `answers.py` has the words."""

from __future__ import annotations

from sandbox.customgpt.faults import Account, Endpoint, Fault, Pace
from sandbox.customgpt.server import AGENTS, DEMO_PACE, KEY, NAMES, CustomGPTStandIn, serve

__all__ = [
    "AGENTS",
    "DEMO_PACE",
    "KEY",
    "NAMES",
    "Account",
    "CustomGPTStandIn",
    "Endpoint",
    "Fault",
    "Pace",
    "serve",
]
