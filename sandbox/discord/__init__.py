"""**I/O edge.** The stand-in for Discord: `server.py` serves, `acting.py` is the people, `faults.py` misbehaves."""

from __future__ import annotations

from sandbox.discord.faults import HTML_ERROR, NOT_STORED, REPLY_LOST, EventFault, Fault, Limits
from sandbox.discord.record import Call, most_in_window
from sandbox.discord.server import DiscordServer, DiscordStandIn, serve
from sandbox.discord.state import Channel, Ephemeral, File, Guild, Interaction, Message, Role, State, User

__all__ = [
    "HTML_ERROR",
    "NOT_STORED",
    "REPLY_LOST",
    "Call",
    "Channel",
    "DiscordServer",
    "DiscordStandIn",
    "Ephemeral",
    "EventFault",
    "Fault",
    "File",
    "Guild",
    "Interaction",
    "Limits",
    "Message",
    "Role",
    "State",
    "User",
    "most_in_window",
    "serve",
]
