"""**Pure.** The body of an event as Slack sends it → the fields that matter, each of the type that it should have.

Ids and times go into identities and addresses, so they must look like some; what does not is taken as missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    """An `app_mention` or a `message`. What is missing is empty. `deleted_ts`: it says that this message is gone."""

    team: str
    channel: str
    ts: str
    thread_ts: str
    user: str
    text: str
    mention: bool
    subtype: str = ""
    channel_type: str = ""
    bot_id: str = ""
    user_team: str = ""
    edited: bool = False
    deleted_ts: str = ""
    files: tuple[Mapping[str, Any], ...] = ()


def message_of(body: object) -> Message | str:
    """The message in an `event_callback`; a sentence, if there is none or nothing can be told of its place."""
    event = mapping_at(_mapping(body), "event")
    kind = text_at(event, "type")
    if kind not in ("app_mention", "message"):
        return f"an event of type {kind[:40] or 'nothing'}"
    team, channel = _team(_mapping(body)), id_at(event, "channel")
    if not team or not channel:
        return "no team, or no channel"
    gone = _deleted_ts(event)
    subtype = text_at(event, "subtype")[:80]
    if subtype in ("message_changed", "message_deleted") and not gone:
        return f"subtype {subtype}"
    return _message(event, kind, team, channel) if not gone else _gone(event, team, channel, gone)


def _message(event: Mapping[str, Any], kind: str, team: str, channel: str) -> Message:
    return Message(
        team=team,
        channel=channel,
        ts=ts_at(event, "ts"),
        thread_ts=ts_at(event, "thread_ts"),
        user=id_at(event, "user"),
        text=text_at(event, "text"),
        mention=kind == "app_mention",
        subtype=text_at(event, "subtype")[:80],
        channel_type=text_at(event, "channel_type"),
        bot_id=text_at(event, "bot_id"),
        user_team=id_at(event, "user_team") or id_at(event, "source_team") or id_at(event, "team"),
        edited=bool(event.get("edited")),
        files=_files(event),
    )


def _gone(event: Mapping[str, Any], team: str, channel: str, ts: str) -> Message:
    """What was there before; of a message that left only its thread Slack hides who wrote it."""
    before = mapping_at(event, "previous_message")
    user = id_at(before, "user") if text_at(before, "subtype") != "tombstone" else ""
    return Message(team, channel, ts, "", user, "", mention=False, bot_id=text_at(before, "bot_id"), deleted_ts=ts)


def _deleted_ts(event: Mapping[str, Any]) -> str:
    """Of a question with replies Slack keeps a tombstone: the message has changed into one."""
    if text_at(event, "subtype") == "message_deleted":
        return ts_at(event, "deleted_ts") or ts_at(mapping_at(event, "previous_message"), "ts")
    now = mapping_at(event, "message")
    changed = text_at(event, "subtype") == "message_changed" and text_at(now, "subtype") == "tombstone"
    return ts_at(now, "ts") if changed else ""


def _team(body: Mapping[str, Any]) -> str:
    """The workspace whose token answers: that of the authorization, then of the body.

    `event.team` is the team of who wrote it, in a channel shared by Slack Connect somebody else's.
    """
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    return id_at(_mapping(first), "team_id") or id_at(body, "team_id")


def _files(event: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    files = event.get("files")
    return tuple(file for file in files if isinstance(file, Mapping)) if isinstance(files, list) else ()


def text_at(values: Mapping[str, Any], key: str) -> str:
    """The string there; empty if there is none."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def id_at(values: Mapping[str, Any], key: str) -> str:
    """The id there; empty if there is none, or nothing that looks like one."""
    value = text_at(values, key)
    return value if _ID.fullmatch(value) else ""


def ts_at(values: Mapping[str, Any], key: str) -> str:
    """The time there, which is a message's name; empty as above."""
    value = text_at(values, key)
    return value if _TS.fullmatch(value) else ""


def mapping_at(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object there; an empty one if there is none."""
    return _mapping(values.get(key))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
