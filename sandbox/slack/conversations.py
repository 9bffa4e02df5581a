"""**Pure.** `conversations.*`: what the bot reads."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.events import SCOPES
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import Channel, Message
from sandbox.slack.wire import channel_json, message_json

READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}
KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
T = TypeVar("T")


class Conversations:
    """One function a method; `Refusal` is the method's error."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._world = floor.world

    def history(self, caller: Caller, args: Args) -> Json:
        """Newest first; replies are not in it unless they were broadcast."""
        channel = self._readable(caller, args)
        found = [one for one in reversed(channel.top()) if _between(one, args)]
        page, cursor = self._page(found, args, 100)
        return self._told(channel, page, cursor, args)

    def replies(self, caller: Caller, args: Args) -> Json:
        """Oldest first. The parent stands first on every page; the ts of a reply finds that reply alone."""
        channel = self._readable(caller, args)
        parent = channel.find(args.need("ts"))
        if parent is None:
            raise Refusal("thread_not_found")
        found = [] if parent.is_reply else [one for one in channel.replies(parent.ts) if _between(one, args)]
        page, cursor = self._page(found, args, 1000)
        return self._told(channel, [parent, *page], cursor, args)

    def info(self, caller: Caller, args: Args) -> Json:
        channel = self._known(caller, args)
        told = channel_json(channel, caller.token.user in channel.members)
        counted = {"num_members": len(channel.members)} if args.flag("include_num_members") else {}
        return {"ok": True, "channel": {**told, **counted}}

    def members(self, caller: Caller, args: Args) -> Json:
        channel = self._known(caller, args)
        page, cursor = self._page(channel.members, args, 100)
        return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}

    def mine(self, caller: Caller, args: Args) -> Json:
        """`users.conversations`: those that the bot is in; of each type that is asked for the scope is needed."""
        kinds = _kinds(args.text("types", "public_channel"))
        for kind in kinds:
            caller.need(READ[kind])
        left_out = args.flag("exclude_archived")
        inside = [one for one in self._world.channels.values() if one.kind in kinds and self._is_in(caller, one)]
        page, cursor = self._page([one for one in inside if not (left_out and one.archived)], args, 100)
        told = [_without_membership(channel_json(one, member=True)) for one in page]
        return {"ok": True, "channels": told, "response_metadata": {"next_cursor": cursor}}

    def open(self, caller: Caller, args: Args) -> Json:
        """The DM with one person; several people are not done here."""
        if args.has("channel"):
            found = self._floor.seen(caller, args.text("channel"))
            return {"ok": True, "no_op": True, "already_open": True, "channel": channel_json(found, member=True)}
        user = self._partner(args.text("users"))
        caller.need("im:write")
        known = {channel.id for channel in self._world.channels.values()}
        channel = self._world.dm(caller.team.id, user)
        told = channel_json(channel, member=True) if args.flag("return_im") else {"id": channel.id}
        return {"ok": True, "channel": told, **({"already_open": True, "no_op": True} if channel.id in known else {})}

    def _partner(self, users: str) -> str:
        if not users:
            raise Refusal("users_list_not_supplied")
        if "," in users:
            raise Refusal("too_many_users")
        found = self._world.users.get(users)
        if found is None:
            raise Refusal("user_not_found")
        if found.bot_id:
            raise Refusal("cannot_dm_bot")
        return users

    def _known(self, caller: Caller, args: Args) -> Channel:
        channel = self._floor.seen(caller, args.need("channel"))
        caller.need(READ[channel.kind])
        return channel

    def _is_in(self, caller: Caller, channel: Channel) -> bool:
        return caller.team.id in channel.teams and caller.token.user in channel.members

    def _readable(self, caller: Caller, args: Args) -> Channel:
        channel = self._floor.joined(caller, args.need("channel"))
        caller.need(SCOPES[channel.kind])
        return channel

    def _page(self, items: Sequence[T], args: Args, default: int) -> tuple[list[T], str]:
        """One page and the cursor of the next; "" after the last."""
        limit = args.number("limit", default)
        if limit < 1:
            raise Refusal("invalid_limit")
        size, start = min(limit, self._floor.limits.page_most), _start(args.text("cursor"))
        end = start + size
        return list(items[start:end]), b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""

    def _told(self, channel: Channel, messages: Sequence[Message], cursor: str, args: Args) -> Json:
        asked, base = args.flag("include_all_metadata"), self._floor.payloads.base
        told = [message_json(self._world, channel, one, metadata=asked, base=base) for one in messages]
        more = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
        return {"ok": True, "messages": told, "has_more": bool(cursor), "pin_count": 0, **more}


def _kinds(types: str) -> list[str]:
    """Our kinds of Slack's types."""
    names = [name.strip() for name in types.split(",")]
    if not set(names) <= set(KINDS):
        raise Refusal("invalid_types")
    return [KINDS[name] for name in names]


def _without_membership(told: Json) -> Json:
    """The bot is in all of them, and Slack does not say so of each."""
    return {name: value for name, value in told.items() if name != "is_member"}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = b64decode(cursor, validate=True).decode()
        return int(text.removeprefix("next:"))
    except (binascii.Error, ValueError) as error:
        raise Refusal("invalid_cursor") from error


def _between(message: Message, args: Args) -> bool:
    """Within `oldest` and `latest`; on them only if `inclusive`."""
    oldest, latest, ts = args.text("oldest", "0"), args.text("latest"), _seconds(message.ts)
    if args.flag("inclusive"):
        return _seconds(oldest) <= ts and (not latest or ts <= _seconds(latest))
    return _seconds(oldest) < ts and (not latest or ts < _seconds(latest))


def _seconds(ts: str) -> tuple[int, int]:
    """A ts in parts, which compare exactly. Raises `invalid_ts_oldest`, as Slack says of either."""
    whole, _, part = ts.partition(".")
    if not whole.isdecimal() or not (part or "0").isdecimal():
        raise Refusal("invalid_ts_oldest")
    return int(whole), int(part.ljust(6, "0") or 0)
