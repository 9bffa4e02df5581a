"""**I/O edge.** The values of `components.py` as discord.py's: it makes them within a running event loop."""

from __future__ import annotations

from io import BytesIO
from typing import Any, assert_never

import discord
from discord import ui

from bot.discord.components import Attached, Box, Button, Component, DiscordMessage, Menu, Row, Text


def layout(message: DiscordMessage) -> ui.LayoutView:
    """What nobody listens to by itself: presses come as interactions, also after a restart."""
    view = ui.LayoutView(timeout=None)
    for component in message.components:
        view.add_item(_item(component))
    view.stop()  # or the library keeps it for ever, to hand presses on to it
    return view


def files(message: DiscordMessage) -> list[discord.File]:
    """What is uploaded with it."""
    return [discord.File(BytesIO(one.content.encode()), filename=one.name) for one in message.attached]


def _item(component: Component) -> ui.Item[Any]:
    match component:
        case Text(text):
            return ui.TextDisplay(text)
        case Row(elements):
            return ui.ActionRow(*map(_element, elements))
        case Attached(name):
            return ui.File(f"attachment://{name}")
        case Box(inside, colour):
            return ui.Container(*map(_item, inside), accent_colour=colour)
        case never:
            assert_never(never)


def _element(element: Button | Menu) -> ui.Item[Any]:
    match element:
        case Button(label, custom_id, danger, disabled):
            style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.secondary
            return ui.Button(label=label, custom_id=custom_id, style=style, disabled=disabled)
        case Menu(label, custom_id, options):
            chosen = [discord.SelectOption(label=text, value=value) for text, value in options]
            return ui.Select(custom_id=custom_id, placeholder=label, options=chosen)
        case never:
            assert_never(never)
