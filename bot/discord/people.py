"""**I/O edge.** Who somebody is, by what Discord sends along with what they say: nobody is looked up."""

from __future__ import annotations

from collections.abc import Collection

import discord

from core.permissions import Person
from core.text.surrogates import storable


def person(user: discord.User | discord.Member, admins: Collection[str], guilds: Collection[str] = ()) -> Person:
    """With a name that can be kept. `admins`: ids that are admins in place of those who may administer the server.

    `guilds`: the servers that the bot is for; who speaks in another is a stranger, whatever they may do there.
    """
    member = user if isinstance(user, discord.Member) else None
    allowed = member.guild_permissions if member else None
    outside = bool(guilds and member and str(member.guild.id) not in guilds)
    return Person(
        id=str(user.id),
        name=storable(user.display_name),
        stranger=outside and str(user.id) not in admins,
        admin=str(user.id) in admins if admins else bool(allowed and allowed.administrator),
        groups=frozenset(str(role.id) for role in member.roles) if member else frozenset(),
    )
