"""**Pure.** What is remembered, in the form in which Discord sends it."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.discord.permissions import granted
from sandbox.discord.record import Json
from sandbox.discord.state import (
    DM,
    THREADS,
    VOICE,
    Channel,
    Guild,
    Interaction,
    Message,
    State,
    User,
    World,
    moment_of,
)

CONTENT = 1 << 15
"""The intent without which nobody is told what others say."""


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user(one: User) -> Json:
    return {
        "id": one.id,
        "username": one.name,
        "discriminator": "0",
        "global_name": one.name,
        "avatar": None,
        "bot": one.bot,
    }


def member(world: World, guild: str, one: User) -> Json:
    roles = sorted(world.guilds[guild].members.get(one.id, ()))
    said = {"roles": roles, "joined_at": moment(moment_of(guild)), "nick": None, "deaf": False, "mute": False}
    return {**said, "flags": 0, "avatar": None, "premium_since": None, "pending": False}


def guild(world: World, one: Guild) -> Json:
    here = [channel for channel in world.channels.values() if channel.guild == one.id and not channel.deleted]
    base = dict.fromkeys(("icon", "afk_channel_id", "application_id", "system_channel_id", "rules_channel_id"))
    base |= dict.fromkeys(("vanity_url_code", "description", "banner", "public_updates_channel_id"))
    levels = dict.fromkeys(("verification_level", "default_message_notifications", "explicit_content_filter"), 0)
    lists: Json = {
        key: [] for key in ("emojis", "stickers", "features", "voice_states", "presences", "stage_instances")
    }
    more = {"guild_scheduled_events": [], "soundboard_sounds": [], "mfa_level": 0, "premium_tier": 0, "nsfw_level": 0}
    more |= {"system_channel_flags": 0, "preferred_locale": "en-US", "premium_progress_bar_enabled": False}
    more |= {"afk_timeout": 300, "joined_at": moment(moment_of(one.id)), "large": False, "unavailable": False}
    return {
        **base, **levels, **lists, **more,
        "id": one.id, "name": one.name, "owner_id": one.owner, "member_count": len(one.members),
        "roles": [role(world, one, id_) for id_ in one.roles],
        "members": [{**member(world, one.id, world.me), "user": user(world.me)}],
        "channels": [channel(world, place) for place in here if place.kind not in THREADS],
        "threads": [channel(world, place) for place in here if place.kind in THREADS and not place.archived],
    }  # fmt: skip


def role(world: World, server: Guild, id_: str) -> Json:
    one = server.roles[id_]
    said = {"id": one.id, "name": one.name, "color": 0, "hoist": False, "icon": None, "unicode_emoji": None, "flags": 0}
    tags = {"tags": {"bot_id": world.me.id}} if one.managed else {}
    place = {"position": list(server.roles).index(id_), "permissions": str(one.permissions), "mentionable": False}
    return {**said, **place, "managed": one.managed, "colors": {"primary_color": 0}, **tags}


def channel(world: World, one: Channel) -> Json:
    last = next(reversed(one.messages), None)
    if one.kind == DM:
        return {
            "id": one.id,
            "type": DM,
            "last_message_id": last,
            "recipients": [user(world.users[one.recipient])],
            "flags": 0,
        }
    base = {
        "id": one.id,
        "type": one.kind,
        "guild_id": one.guild,
        "name": one.name,
        "last_message_id": last,
        "flags": 0,
    }
    base |= {"parent_id": one.parent or None, "rate_limit_per_user": 0}
    if one.kind in THREADS:
        times = {"archive_timestamp": moment(world.wall()), "create_timestamp": moment(moment_of(one.id))}
        state = {"archived": one.archived, "locked": one.locked, "auto_archive_duration": 1440, **times}
        counts = {"message_count": len(one.messages), "member_count": 1, "total_message_sent": len(one.messages)}
        return {**base, **counts, "owner_id": world.me.id, "thread_metadata": state}
    overwrites = [
        {"id": id_, "type": int(id_ in world.users), "allow": str(allow), "deny": str(deny)}
        for id_, (allow, deny) in one.overwrites.items()
    ]
    voice = {"bitrate": 64_000, "user_limit": 0, "rtc_region": None} if one.kind == VOICE else {}
    return {**base, **voice, "position": 0, "topic": None, "nsfw": False, "permission_overwrites": overwrites}


def message(world: World, one: Message, *, seen: bool = True, base: str = "") -> Json:
    """`seen`: whether the bot may know what it says."""
    now, place = one.now, world.channels[one.channel]
    said = {
        "id": one.id, "channel_id": one.channel, "author": user(one.author), "type": one.kind, "tts": False,
        "timestamp": moment(moment_of(one.id)), "pinned": False, "embeds": [], "flags": now.flags,
        "edited_timestamp": moment(world.wall()) if len(one.states) > 1 else None,
        "mention_everyone": "everyone" in now.pings and seen,
        "mentions": [_mentioned(world, place, id_) for id_ in _named(world, now)],
        "mention_roles": [], "content": now.content if seen else "",
        "components": list(now.components) if seen else [],
        "attachments": [attachment(world, place, id_, base) for id_ in now.files] if seen else [],
    }  # fmt: skip
    if one.webhook:
        said |= {"webhook_id": one.webhook}
    if one.interaction:
        said |= {"interaction_metadata": one.interaction, "application_id": world.application}
    if one.answers:
        answered = place.find(one.answers)
        said["message_reference"] = {
            "type": 0,
            "message_id": one.answers,
            "channel_id": one.channel,
            "guild_id": place.guild or None,
        }
        said["referenced_message"] = message(world, answered, base=base) if answered else None
    return said


def _named(world: World, state: State) -> list[str]:
    """Whom the text names, whether they are called or not."""
    return [id_ for id_ in world.users if f"<@{id_}>" in state.content or f"<@!{id_}>" in state.content]


def _mentioned(world: World, place: Channel, id_: str) -> Json:
    one = world.users[id_]
    return {**user(one), **({"member": member(world, place.guild, one)} if place.guild else {})}


def attachment(world: World, place: Channel, id_: str, base: str) -> Json:
    file = world.files[id_]
    url = f"{base}/cdn/attachments/{place.id}/{file.id}/{file.name}"
    return {
        "id": file.id,
        "filename": file.name,
        "size": len(file.content),
        "url": url,
        "proxy_url": url,
        "content_type": file.kind,
    }


def event(world: World, one: Message, intents: int, base: str) -> Json:
    """A message as an event: with who wrote it as a member of the server."""
    place = world.channels[one.channel]
    said = message(world, one, seen=readable(world, one, intents), base=base)
    said["nonce"] = one.nonce or None
    if place.guild:
        said |= {"guild_id": place.guild, "member": member(world, place.guild, one.author)}
    return said


def readable(world: World, one: Message, intents: int) -> bool:
    """Does the bot see what a message says?"""
    place, ours = world.channels[one.channel], one.author.id == world.me.id
    return (
        bool(intents & CONTENT)
        or ours
        or place.kind == DM
        or world.me.id in _named(world, one.now)
        or world.me.id in one.now.pings
    )


def interaction(world: World, one: Interaction, base: str) -> Json:
    place = world.channels[one.channel]
    said: Json = {
        "id": one.id, "application_id": world.application, "type": one.kind, "token": one.token, "version": 1,
        "data": one.data, "channel_id": place.id, "channel": channel(world, place), "locale": "en-US",
        "entitlements": [], "authorizing_integration_owners": {"0": place.guild or "0"},
        "attachment_size_limit": 10 << 20,
        "app_permissions": str(granted(world, place, world.me.id)), "context": 0 if place.guild else 1,
    }  # fmt: skip
    if one.message:
        said["message"] = message(world, one.message, base=base)
    if not place.guild:
        return {**said, "user": user(one.user)}
    rights = str(granted(world, place, one.user.id))
    asker = {**member(world, place.guild, one.user), "user": user(one.user), "permissions": rights}
    server = {"id": place.guild, "locale": "en-US", "features": []}
    return {**said, "member": asker, "guild_id": place.guild, "guild": server, "guild_locale": "en-US"}
