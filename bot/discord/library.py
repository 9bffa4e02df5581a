"""**I/O edge.** discord.py, pointed at another address than Discord's own: the library has no parameter for that."""

from __future__ import annotations

import logging

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


class _NoVoice(logging.Filter):
    """We never speak: that the libraries for it are missing concerns nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "voice will NOT be supported" not in record.getMessage()


logging.getLogger("discord.client").addFilter(_NoVoice())


def point_rest(api_url: str) -> None:
    """Where requests go from now on, for the whole process."""
    Route.BASE = api_url.rstrip("/")


async def point_gateway(client: discord.Client) -> None:
    """Where the gateway is from now on, for the whole process: the library asks once, and then goes by its own address.

    Raises what the library raises.
    """
    _, url, _ = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
