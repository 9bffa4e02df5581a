"""**Pure.** Slack's JSON: users, bots, channels, messages, files, views."""

from __future__ import annotations

import json
from hashlib import sha256
from mimetypes import guess_type

from sandbox.slack.record import Json
from sandbox.slack.state import APP_ID, BOT_ID, Channel, File, Message, Team, User, View, World

AVATAR = "https://example.com/avatar.png"
VERIFICATION = "sandbox-verification-token"


def user_json(user: User) -> Json:
    """A user, as `users.info` tells it."""
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name.lower(),
        "deleted": user.deleted,
        "real_name": user.name,
        "tz": "Europe/Berlin",
        "tz_offset": 3600,
        "profile": {"real_name": user.name, "display_name": user.name, "image_48": AVATAR, "team": user.team},
        "is_admin": user.admin or user.owner,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": user.restricted or user.ultra_restricted,
        "is_ultra_restricted": user.ultra_restricted,
        "is_bot": bool(user.bot_id),
        "is_app_user": False,
        "updated": 0,
    } | ({"profile": {"bot_id": user.bot_id, "real_name": user.name}} if user.bot_id else {})


def bot_json(user: User, *, team: bool = False) -> Json:
    app = {"app_id": APP_ID} if user.bot_id == BOT_ID else {"app_id": f"A{user.bot_id[1:]}"}
    named = {"id": user.bot_id, "deleted": user.deleted, "name": user.name, "updated": 0, **app}
    return {**named, "icons": {"image_48": AVATAR}, **({"team_id": user.team} if team else {"user_id": user.id})}


def team_json(team: Team) -> Json:
    return {"id": team.id, "domain": team.domain}


def channel_json(channel: Channel, member: bool) -> Json:
    """A conversation, as `conversations.info` tells it."""
    told = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind in ("group", "mpim"),
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_archived": channel.archived,
        "is_ext_shared": len(channel.teams) > 1,
        "is_shared": len(channel.teams) > 1,
        "is_org_shared": False,
        "context_team_id": channel.team,
        "created": 0,
        "updated": 0,
    }
    if channel.kind == "im":
        return {**told, "user": channel.user, "is_open": True}
    shared = {"shared_team_ids": list(channel.teams), "is_member": member, "is_general": False}
    named = {"name": channel.name, "name_normalized": channel.name, "topic": {"value": ""}, "purpose": {"value": ""}}
    return {**told, **named, **shared}


def message_json(world: World, channel: Channel, message: Message, *, metadata: bool = False, base: str = "") -> Json:
    """A message, as history and events tell it; `metadata` only where it is asked for."""
    state = message.now
    told: Json = {
        **({"subtype": message.subtype} if message.subtype else {}),
        **({"user": message.user} if message.user else {}),
        "type": "message",
        "ts": message.ts,
        **({"client_msg_id": message.client_msg_id} if message.client_msg_id else {}),
        "text": state.text,
        "team": message.team,
        **_bot(world, message),
        **({"blocks": state.blocks} if state.blocks else {}),
        **({"attachments": state.attachments} if state.attachments else {}),
        **({"edited": {"user": state.edited, "ts": message.ts}} if state.edited else {}),
        **_thread(channel, message),
    }
    if message.files:
        told["files"] = [file_json(world, world.files[one], base) for one in message.files]
    if message.reactions:
        told["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in message.reactions.items()]
    if metadata and state.metadata:
        told["metadata"] = state.metadata
    return told


def _bot(world: World, message: Message) -> Json:
    if not message.bot_id:
        return {}
    profile = bot_json(world.users[message.user], team=True)
    return {"bot_id": message.bot_id, "app_id": profile["app_id"], "bot_profile": profile}


def _thread(channel: Channel, message: Message) -> Json:
    if message.is_reply:
        parent = channel.messages.get(message.thread_ts)
        return {"thread_ts": message.thread_ts, **({"parent_user_id": parent.user} if parent else {})}
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    counts = {"reply_count": len(replies), "reply_users_count": len(users), "reply_users": users[:5]}
    return {"thread_ts": message.ts, **counts, "latest_reply": replies[-1].ts, "is_locked": False, "subscribed": True}


def file_json(world: World, file: File, base: str) -> Json:
    """A file; its private address wants the token."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    kind = guess_type(file.name)[0] or "application/octet-stream"
    url = f"{base}/files-pri/{file.team}-{file.id}"
    permalink = f"https://{world.teams[file.team].domain}.slack.com/files/{file.user}/{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": kind,
        "filetype": file.name.rpartition(".")[2],
        "user": file.user,
        "user_team": file.team,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "file_access": "visible",
        "url_private": f"{url}/{file.name}",
        "url_private_download": f"{url}/download/{file.name}",
        "permalink": permalink,
        "channels": list(file.shared),
    }


def view_json(view: View, bot_id: str = BOT_ID) -> Json:
    """A view, as its opening answers and its events tell it."""
    body = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None, **view.body}
    flags = {"clear_on_close": False, "notify_on_close": False, **view.body}
    known = {"id": view.id, "team_id": view.team, "app_id": APP_ID, "bot_id": bot_id, "root_view_id": view.id}
    return {**body, **flags, **known, "previous_view_id": None, "hash": view_hash(view), "state": {"values": {}}}


def view_hash(view: View) -> str:
    digest = sha256(json.dumps(view.body, sort_keys=True).encode()).hexdigest()
    return f"{view.updates}.{digest[:8]}"


def permalink(world: World, channel: Channel, message: Message) -> str:
    """Where the message is read in a browser."""
    link = f"https://{world.teams[channel.team].domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else link


def member_json(user: User) -> Json:
    """Who acted, in the payload of an interaction."""
    return {"id": user.id, "username": user.name.lower(), "name": user.name.lower(), "team_id": user.team}
