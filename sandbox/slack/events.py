"""**Pure.** The payloads that the app gets: events, commands, interactions. Ids are made here, nothing is sent."""

from __future__ import annotations

from sandbox.slack.record import Json
from sandbox.slack.state import APP_ID, BOT_ID, Channel, Ephemeral, Message, Team, User, View, World
from sandbox.slack.wire import VERIFICATION, member_json, message_json, team_json, view_json

SCOPES = {"channel": "channels:history", "group": "groups:history", "im": "im:history", "mpim": "mpim:history"}
SUBSCRIPTIONS = ("app_mention", "message.channels", "message.groups", "message.im", "message.mpim")
TYPES = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}


class Payloads:
    """Makes payloads of what has happened. `base` gives the address that links lead to."""

    def __init__(self, world: World, base: str) -> None:
        self._world = world
        self.base = base

    def posted(self, channel: Channel, message: Message, *, mention_first: bool = True) -> list[Json]:
        """What a new message sends: a mention comes as `app_mention` and as `message`, with two event ids."""
        found = [*self.mentioned(channel, message), *self._message(channel, self._told(channel, message))]
        return found if mention_first else found[::-1]

    def mentioned(self, channel: Channel, message: Message) -> list[Json]:
        """`app_mention`, if it mentions the bot in a channel that it is in: never in a DM, never its own."""
        team = self._world.bot_in(channel)
        speaks = message.subtype in ("", "file_share", "thread_broadcast") and message.bot_id != BOT_ID
        if team is None or channel.kind == "im" or not speaks or not _names(message.text, team.bot_user):
            return []
        told = {**self._told(channel, message), "type": "app_mention"}
        told.pop("subtype", None)
        told.pop("channel_type")
        return self._event(channel, team, told, "app_mention", "app_mentions:read")

    def changed(self, channel: Channel, message: Message, before: Json) -> list[Json]:
        """`message_changed`: of people, and of the bot's own updates too."""
        now = message_json(self._world, channel, message, base=self.base)
        told = {**self._about(channel, "message_changed"), "message": now, "previous_message": before}
        return self._message(channel, told)

    def deleted(self, channel: Channel, ts: str, before: Json) -> list[Json]:
        gone = {"deleted_ts": ts, "previous_message": before}
        return self._message(channel, {**self._about(channel, "message_deleted"), **gone})

    def before(self, channel: Channel, message: Message) -> Json:
        """The message as it is now, to be told later as what it was."""
        return message_json(self._world, channel, message, base=self.base)

    def reacted(self, channel: Channel, message: Message, user: str, name: str, kind: str) -> list[Json]:
        """`reaction_added` or `reaction_removed`, where the app has subscribed to it."""
        team = self._world.bot_in(channel)
        item = {"type": "message", "channel": channel.id, "ts": message.ts}
        told = {"type": kind, "user": user, "reaction": name, "item_user": message.user, "item": item}
        told["event_ts"] = self._world.new_ts()
        return self._event(channel, team, told, kind, "reactions:read") if team else []

    def command(self, team: Team, channel: Channel, user: User, command: str, text: str, response_url: str) -> Json:
        return {
            "token": VERIFICATION,
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": channel.id,
            "channel_name": {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name),
            "user_id": user.id,
            "user_name": user.name.lower(),
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._world.new_trigger(user.id, team.id),
        }

    def pressed(
        self, team: Team, channel: Channel, user: User, on: Message | Ephemeral, action: Json, response_url: str
    ) -> Json:
        """`block_actions` of an element in a message."""
        hidden = isinstance(on, Ephemeral)
        thread = {"thread_ts": on.thread_ts} if on.thread_ts else {}
        container = {"type": "message", "message_ts": on.ts, "channel_id": channel.id, "is_ephemeral": hidden, **thread}
        shown = {"message": message_json(self._world, channel, on, base=self.base)} if isinstance(on, Message) else {}
        return {
            **self._interaction("block_actions", team, user),
            "container": container,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            **shown,
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [{**action, "action_ts": self._world.new_ts()}],
        }

    def view(self, kind: str, team: Team, user: User, view: View, values: Json) -> Json:
        """`view_submission` or `view_closed`."""
        told = {**view_json(view), "state": {"values": values}}
        return {**self._interaction(kind, team, user), "view": told, "response_urls": [], "is_cleared": False}

    def _interaction(self, kind: str, team: Team, user: User) -> Json:
        who = {"user": member_json(user), "team": team_json(team), "api_app_id": APP_ID, "token": VERIFICATION}
        trigger = self._world.new_trigger(user.id, team.id)
        return {"type": kind, **who, "trigger_id": trigger, "enterprise": None, "is_enterprise_install": False}

    def _told(self, channel: Channel, message: Message) -> Json:
        told = message_json(self._world, channel, message, base=self.base)
        return {**told, "channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}

    def _about(self, channel: Channel, subtype: str) -> Json:
        ts = self._world.new_ts()
        place = {"channel": channel.id, "channel_type": channel.kind}
        return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **place}

    def _message(self, channel: Channel, event: Json) -> list[Json]:
        team = self._world.bot_in(channel)
        return self._event(channel, team, event, TYPES[channel.kind], SCOPES[channel.kind]) if team else []

    def _event(self, channel: Channel, team: Team, event: Json, subscription: str, scope: str) -> list[Json]:
        """The event in its cover; nothing, where the app has not subscribed to it or lacks the scope."""
        granted = self._world.tokens[team.bot_token].scopes
        if subscription not in self._world.subscriptions or scope not in granted:
            return []
        return [self._covered(channel, team, event)]

    def _covered(self, channel: Channel, team: Team, event: Json) -> Json:
        installed = {"enterprise_id": None, "team_id": team.id, "user_id": team.bot_user}
        return {
            "token": VERIFICATION,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": self._world.new_id("Ev"),
            "event_time": int(self._world.wall()),
            "authorizations": [{**installed, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": len(channel.teams) > 1,
            "event_context": self._world.new_id("4-"),
        }


def _names(text: str, user: str) -> bool:
    return f"<@{user}>" in text or f"<@{user}|" in text
