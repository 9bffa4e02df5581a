"""**Pure.** The details and the export of a turn: what each agent wrote, what the reviewer found and changed."""

from __future__ import annotations

from bot.discord.components import MESSAGE, Attached, DiscordMessage, Text
from bot.discord.markdown import shown
from core.export import as_markdown, export_name
from core.stored import Exported
from core.text import telling
from core.text.links import safe_links
from core.text.parts import closed_parts

ROOM = MESSAGE - 400
"""Characters of the beginning: what writing it for Discord adds finds room, too."""


def details(turn: Exported) -> DiscordMessage:
    """Its beginning to read, and where that is not all, the whole as a file. Who is no admin gets what
    `core.export.concealed` has left."""
    whole = as_markdown(turn)
    first, *more = closed_parts(shown(safe_links(whole)), ROOM) or [telling.NOT_ASKED]
    if not more:
        return DiscordMessage((Text(first),))
    return DiscordMessage((Text(first), Text(f"-# {telling.REST_ATTACHED}"), Attached(export_name(turn), whole)))


def exported(turn: Exported) -> DiscordMessage:
    """The whole as a file."""
    return DiscordMessage((Attached(export_name(turn), as_markdown(turn)),))
