"""**Pure.** What people do in the Slack stand-in: write, press, command; each sends what Slack would send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import uuid4

from sandbox.slack.answering import Answering
from sandbox.slack.blocks import elements
from sandbox.slack.floor import Floor
from sandbox.slack.making import Making
from sandbox.slack.record import Delivery, Json, Kind
from sandbox.slack.state import Channel, Ephemeral, File, Message, State, Team, User, View

MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")


class Sending(Protocol):
    """Where commands and interactions are sent on their way."""

    def enqueue(self, kind: Kind, payload: Json, *, answerable: bool = False) -> Delivery: ...


class Acting:
    """One method for each thing that a person does; whoever writes in a channel is in it from then on."""

    def __init__(self, making: Making, floor: Floor, mail: Sending, answering: Answering) -> None:
        self._making, self._floor, self._sending, self._answering = making, floor, mail, answering
        self._world = floor.world

    def post(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        thread: Message | str = "",
        files: Iterable[tuple[str, bytes]] = (),
        subtype: str = "",
        mention_first: bool = True,
    ) -> Message:
        """Write a message, or with `thread` a reply; `mention_first`: which of a mention's two events goes first."""
        self._enter(channel, user.id)
        root = thread.root if isinstance(thread, Message) else thread
        ts, state = self._world.new_ts(), State(self._world.clock(), text, _rich(text) if not user.bot_id else [])
        message = Message(channel.id, ts, user.id, user.team, [state], bot_id=user.bot_id, thread_ts=root)
        message.files = [self._file(user, channel, name, content) for name, content in files]
        message.subtype = subtype or ("file_share" if message.files else "")
        message.client_msg_id = "" if user.bot_id or subtype else str(uuid4())
        return self._floor.add(channel, message, mention_first=mention_first)

    def mention(
        self, user: User, channel: Channel, text: str, *, thread: Message | str = "", mention_first: bool = True
    ) -> Message:
        """Write a message that begins with a mention of the bot."""
        bot = next(filter(None, map(self._world.bot_user, channel.teams)), self._making.bot_user)
        said = f"<@{bot}> {text}"
        return self.post(user, channel, said, thread=thread, mention_first=mention_first)

    def edit(self, user: User, message: Message, text: str) -> None:
        state = State(self._world.clock(), text, _rich(text), edited=user.id)
        self._floor.change(self._place(message), message, state, by=user.id)

    def delete(self, user: User, message: Message) -> None:
        self._floor.remove(self._place(message), message, by=user.id)

    def react(self, user: User, message: Message, name: str) -> None:
        self._floor.react(self._place(message), message, user.id, name, add=True)

    def join(self, user: User, channel: Channel) -> Message:
        """Join a channel, which the channel is told."""
        self._enter(channel, user.id)
        return self.post(user, channel, f"<@{user.id}> has joined the channel", subtype="channel_join")

    def invite(self, channel: Channel, because_of: Message | None = None) -> None:
        """The bot gets into a channel. It hears of the message that mentioned it before, if there was one."""
        team = next(team for team in map(self._world.teams.__getitem__, channel.teams) if team.bot_user)
        self._enter(channel, team.bot_user)
        if because_of is not None:
            self._floor.tell(because_of.user, self._floor.payloads.mentioned(channel, because_of))

    def remove_bot(self, channel: Channel) -> None:
        bots = {team.bot_user for team in self._world.teams.values()}
        channel.members[:] = [one for one in channel.members if one not in bots]

    def command(self, user: User, channel: Channel, command: str, text: str = "") -> Delivery:
        """A slash command; also where the bot is not, never in a thread."""
        team = self._team(channel)
        url = self._answering.address(channel.id, user.id, team.id)
        payload = self._floor.payloads.command(team, channel, user, command, text, url)
        return self._sending.enqueue("slash_commands", payload, answerable=True)

    def press(self, user: User, on: Message | Ephemeral, action_id: str, value: str | None = None) -> Delivery:
        """Press a button, or choose the option with this `value`. `LookupError` where there is none."""
        channel = self._world.channels[on.channel]
        action = action_of(on.blocks, action_id, value)
        team = self._team(channel)
        url = self._answering.address(channel.id, user.id, team.id, on.ts)
        payload = self._floor.payloads.pressed(team, channel, user, on, action, url)
        return self._sending.enqueue("interactive", payload)

    def submit(self, user: User, view: View, values: Mapping[str, Mapping[str, Json]] | None = None) -> Delivery:
        """Submit a modal; `values`: block id → action id → what was put in."""
        return self._viewed("view_submission", user, view, {key: dict(one) for key, one in (values or {}).items()})

    def close(self, user: User, view: View) -> Delivery | None:
        """Close a modal, of which the app hears only if it asked to."""
        view.closed = True
        return self._viewed("view_closed", user, view, {}) if view.body.get("notify_on_close") else None

    def press_in_view(self, user: User, view: View, action_id: str, value: str | None = None) -> Delivery:
        """Press a button in a modal."""
        action = action_of(view.body["blocks"], action_id, value)
        payload = self._floor.payloads.view("block_actions", self._world.teams[view.team], user, view, {})
        acted = {**payload, "container": {"type": "view", "view_id": view.id}, "actions": [action]}
        return self._sending.enqueue("interactive", acted)

    def _viewed(self, kind: str, user: User, view: View, values: Json) -> Delivery:
        payload = self._floor.payloads.view(kind, self._world.teams[view.team], user, view, values)
        return self._sending.enqueue("interactive", payload, answerable=kind == "view_submission")

    def _place(self, message: Message) -> Channel:
        return self._world.channels[message.channel]

    def _enter(self, channel: Channel, user: str) -> None:
        if user not in channel.members:
            channel.members.append(user)

    def _team(self, channel: Channel) -> Team:
        """The workspace that serves the channel: where the app is installed, its home first."""
        teams = [self._world.teams[one] for one in channel.teams]
        return next((team for team in teams if team.bot_user), teams[0])

    def _file(self, user: User, channel: Channel, name: str, content: bytes) -> str:
        team = self._team(channel).id
        file = File(self._world.new_id("F"), name, name, user.id, team, len(content), content, True, [channel.id])
        self._world.files[file.id] = file
        return file.id


def action_of(blocks: list[Json], action_id: str, value: str | None) -> Json:
    """The action that an element sends. `LookupError` where nobody could press that."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id:
            known = {"action_id": action_id, "block_id": block["block_id"], "type": element["type"]}
            return {**known, **_said(element, value)}
    raise LookupError(f"nothing with action_id {action_id!r} can be pressed here")


def _said(element: Json, value: str | None) -> Json:
    match element["type"]:
        case "button" | "icon_button":
            return {key: element[key] for key in ("text", "value", "style") if element.get(key) is not None}
        case "feedback_buttons":
            buttons = [element["positive_button"], element["negative_button"]]
            return dict(_option(buttons, value))
        case "users_select":
            return {"selected_user": value}
        case _:
            return {"selected_option": _option(element.get("options", []), value)}


def _option(options: list[Json], value: str | None) -> Json:
    for option in options:
        if option["value"] == value:
            return option
    raise LookupError(f"there is no option with value {value!r}")


def _rich(text: str) -> list[Json]:
    """The blocks that Slack makes of what a person types."""
    parts: list[Json] = []
    for number, part in enumerate(MENTION.split(text)):
        named = number % 2
        parts += [{"type": "user", "user_id": part} if named else {"type": "text", "text": part}] if part else []
    section = {"type": "rich_text_section", "elements": parts}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}] if parts else []
