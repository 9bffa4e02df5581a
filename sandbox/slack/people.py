"""**Pure.** `auth.test`, `users.info`, `bots.info`, and reactions."""

from __future__ import annotations

import re

from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import BOT_ID, Channel, Message
from sandbox.slack.wire import bot_json, user_json

EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")
MOST_REACTIONS = 23


class People:
    """One function a method; `Refusal` is the method's error."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._world = floor.world

    def auth(self, caller: Caller, args: Args) -> Json:
        team, user = caller.team, self._world.users[caller.token.user]
        return {
            "ok": True,
            "url": f"https://{team.domain}.slack.com/",
            "team": team.name,
            "user": user.name.lower(),
            "team_id": team.id,
            "user_id": user.id,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def user(self, caller: Caller, args: Args) -> Json:
        found = self._world.users.get(args.need("user"))
        if found is None or not self._visible(caller, found.id, found.team):
            raise Refusal("user_not_found")
        stranger = {"is_stranger": True} if found.team != caller.team.id else {}
        return {"ok": True, "user": {**user_json(found), **stranger}}

    def bot(self, caller: Caller, args: Args) -> Json:
        wanted = args.need("bot")
        found = next((user for user in self._world.users.values() if user.bot_id == wanted), None)
        if found is None:
            raise Refusal("bot_not_found")
        return {"ok": True, "bot": bot_json(found)}

    def react(self, caller: Caller, args: Args) -> Json:
        return self._reacted(caller, args, add=True)

    def unreact(self, caller: Caller, args: Args) -> Json:
        return self._reacted(caller, args, add=False)

    def _reacted(self, caller: Caller, args: Args, *, add: bool) -> Json:
        name = args.text("name")
        if not EMOJI.fullmatch(name):
            raise Refusal("invalid_name")
        channel, message = self._item(caller, args)
        if add and name not in message.reactions and len(message.reactions) >= MOST_REACTIONS:
            raise Refusal("too_many_emoji")
        self._floor.react(channel, message, caller.token.user, name, add=add)
        return {"ok": True}

    def _item(self, caller: Caller, args: Args) -> tuple[Channel, Message]:
        if not args.text("channel") or not args.text("timestamp"):
            raise Refusal("no_item_specified")
        channel = self._floor.joined(caller, args.text("channel"))
        if channel.archived:
            raise Refusal("is_archived")
        message = channel.find(args.text("timestamp"))
        if message is None:
            raise Refusal("message_not_found")
        return channel, message

    def _visible(self, caller: Caller, user: str, team: str) -> bool:
        """One's own people, and strangers that share a channel with the workspace."""
        shared = (one for one in self._world.channels.values() if caller.team.id in one.teams)
        return team == caller.team.id or any(user in channel.members for channel in shared)
