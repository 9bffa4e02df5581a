"""**I/O edge.** discord.py's messages → the values that `parse.py` takes. Nothing is asked of Discord here."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from bot.discord.metadata import posted
from bot.discord.parse import Kind, Place, Said
from bot.discord.thread import custom_ids
from core.attached import MOST_FILES, File

_TALK = (discord.MessageType.default, discord.MessageType.reply)

_KINDS: dict[discord.ChannelType, Kind] = {
    discord.ChannelType.private: Kind.DIRECT,
    discord.ChannelType.group: Kind.DIRECT,
    discord.ChannelType.text: Kind.CHANNEL,
    discord.ChannelType.news: Kind.CHANNEL,
    discord.ChannelType.public_thread: Kind.THREAD,
    discord.ChannelType.private_thread: Kind.THREAD,
    discord.ChannelType.news_thread: Kind.THREAD,
}


def ours_in(message: discord.Message, me: discord.ClientUser) -> tuple[str, ...]:
    """The mark-up that mentions us: by our name, or by the role that Discord has made for us."""
    role = message.guild.self_role if message.guild else None
    return (f"<@{me.id}>", f"<@!{me.id}>", *([f"<@&{role.id}>"] if role else []))


def place_of(channel: object, guild: int | None, user: int) -> Place:
    """A channel that is not known is taken for one without threads."""
    kind = _KINDS.get(getattr(channel, "type", None), Kind.OTHER)  # type: ignore[arg-type]
    parent = getattr(channel, "parent_id", None) if kind is Kind.THREAD else None
    return Place(
        guild=str(guild or ""),
        channel=str(getattr(channel, "id", "")),
        kind=kind,
        user=str(user),
        parent=str(parent or ""),
    )


def said_in(message: discord.Message, me: discord.ClientUser) -> Said:
    """A message. What it replies to is sent along."""
    answered = message.reference.resolved if message.reference else None
    theirs = answered if isinstance(answered, discord.Message) and answered.author.id == me.id else None
    of_turn = posted(custom_ids(theirs.components)) if theirs else None
    return Said(
        id=str(message.id),
        place=place_of(message.channel, message.guild.id if message.guild else None, message.author.id),
        text=message.content,
        human=not message.author.bot and message.webhook_id is None and message.type in _TALK,
        mentions_us=any(ours in message.content for ours in ours_in(message, me)),
        mentions_others=_mentions_others(message, me),
        answers_us=theirs is not None,
        answers=of_turn.turn_id if of_turn else "",
        names=dict(_names(message)),
        files=tuple(_file(one) for one in message.attachments[:MOST_FILES]),
    )


def _mentions_others(message: discord.Message, me: discord.ClientUser) -> bool:
    people = [user for user in message.mentions if user.id != me.id]
    return bool(people or message.role_mentions or message.mention_everyone)


def _names(message: discord.Message) -> Iterator[tuple[str, str]]:
    for user in message.mentions:
        yield f"<@{user.id}>", f"@{user.display_name}"
    for role in message.role_mentions:
        yield f"<@&{role.id}>", f"@{role.name}"
    for channel in message.channel_mentions:
        yield f"<#{channel.id}>", f"#{channel.name}"


def _file(one: discord.Attachment) -> File:
    return File(str(one.id), one.filename, one.content_type or "", one.size, one.url)
