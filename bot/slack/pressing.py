"""**Pure.** A slash command, a pressed button → what somebody wants. Whatever may be sent, nothing raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.slack.payload import id_at, mapping_at, text_at, ts_at
from core.actions import Choice, Pressed
from core.permissions import Action
from core.text.caller_context import split_context
from core.turn import TurnRequest

PREFIX = "turn:"
"""What the action_id of each of our buttons begins with."""

_TRIGGER = re.compile(r"[A-Za-z0-9._-]{1,200}")
"""It goes into the identity of a turn, so it must look like one."""


class Verb(StrEnum):
    """What can be said behind the slash command."""

    HELP = "help"
    ASK = "ask"
    STATUS = "status"
    STOP = "stop"
    NEW = "new"
    SETTINGS = "settings"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash command. `verb` is None where we do not know the first word; `words` are those behind it."""

    team: str
    channel: str
    user: str
    trigger: str
    verb: Verb | None
    word: str
    words: str
    answer_url: str

    @property
    def identity(self) -> str:
        return f"slack:{self.team}:{self.channel}:{self.trigger}"


@dataclass(frozen=True, slots=True)
class Press:
    """A button under one of our messages. `trigger` opens a modal, for three seconds."""

    team: str
    channel: str
    thread_ts: str
    user: str
    pressed: Pressed
    trigger: str


def slash(body: object) -> Slash | None:
    """The body of a slash command; None for what is none."""
    given = body if isinstance(body, Mapping) else {}
    team, channel, user = (id_at(given, key) for key in ("team_id", "channel_id", "user_id"))
    trigger = text_at(given, "trigger_id")
    if not (team and channel and user and _TRIGGER.fullmatch(trigger)):
        return None
    word, _, words = text_at(given, "text").strip().partition(" ")
    known = {verb.value: verb for verb in Verb}
    verb = known.get(word.casefold()) if word else Verb.HELP
    return Slash(team, channel, user, trigger, verb, word, words.strip(), text_at(given, "response_url"))


def asked(command: Slash, now: float, defaults: Mapping[str, str]) -> TurnRequest:
    """The question of an `ask`. Its key is its own: the thread that is opened for it will be another name for it."""
    prompt, context = split_context(command.words)
    return TurnRequest(
        identity=command.identity,
        conversation_id=command.identity,
        prompt=prompt,
        context={**defaults, **context},
        asker=command.user,
        accepted_at=now,
        surface="slack",
        address={"team": command.team, "channel": command.channel, "user": command.user},
    )


def press(body: object) -> Press | None:
    """The body of a `block_actions`; None for what no button of ours can have sent."""
    given = body if isinstance(body, Mapping) else {}
    actions = given.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    pressed = _pressed(action)
    user, container = mapping_at(given, "user"), mapping_at(given, "container")
    channel = id_at(mapping_at(given, "channel"), "id") or id_at(container, "channel_id")
    message = mapping_at(given, "message")
    # The message is ours: its team is the one that we are in, whoever presses.
    team = id_at(message, "team") or id_at(mapping_at(given, "team"), "id") or id_at(user, "team_id")
    if pressed is None or not (team and channel and id_at(user, "id")):
        return None
    thread = ts_at(container, "thread_ts") or ts_at(message, "thread_ts")
    return Press(team, channel, thread, id_at(user, "id"), pressed, text_at(given, "trigger_id"))


def action_id(choice: Choice) -> str:
    return f"{PREFIX}{choice.action}"


def value(turn_id: str, generation: int, stage: str) -> str:
    """What a button, or an option, says of its turn: all that is needed to know it again after a restart."""
    return f"{turn_id}:{generation}:{stage}"


def _pressed(action: Mapping[str, Any]) -> Pressed | None:
    names = {f"{PREFIX}{one.value}": one for one in Action}
    known = names.get(text_at(action, "action_id"))
    said = text_at(action, "value") or text_at(mapping_at(action, "selected_option"), "value")
    turn_id, _, rest = said.partition(":")
    generation, _, stage = rest.partition(":")
    if known is None or not turn_id or not (generation.isascii() and generation.isdigit() and len(generation) < 9):
        return None
    return Pressed(known, turn_id[:64], int(generation), stage[:64])
