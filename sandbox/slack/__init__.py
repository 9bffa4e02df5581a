"""**I/O edge.** The stand-in for Slack: `server.py` serves, `acting.py` is the people, `faults.py` misbehaves."""

from __future__ import annotations

from sandbox.slack.faults import HTML_ERROR, NOT_STORED, REPLY_LOST, EventFault, Fault, Limits
from sandbox.slack.making import APP_TOKEN, BOT_TOKEN, SCOPES
from sandbox.slack.record import Attempt, Call, Delivery, most_in_window
from sandbox.slack.server import SlackStandIn, serve
from sandbox.slack.state import Channel, Ephemeral, File, Message, State, Team, User, View

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "HTML_ERROR",
    "NOT_STORED",
    "REPLY_LOST",
    "SCOPES",
    "Attempt",
    "Call",
    "Channel",
    "Delivery",
    "Ephemeral",
    "EventFault",
    "Fault",
    "File",
    "Limits",
    "Message",
    "SlackStandIn",
    "State",
    "Team",
    "User",
    "View",
    "most_in_window",
    "serve",
]
