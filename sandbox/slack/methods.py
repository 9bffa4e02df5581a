"""**Pure.** Which methods there are, what runs them, and what they want: a kind of token, a scope, a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.chat import Chat
from sandbox.slack.conversations import READ, Conversations
from sandbox.slack.events import SCOPES
from sandbox.slack.files import Files
from sandbox.slack.floor import Args, Caller, Floor
from sandbox.slack.people import People
from sandbox.slack.record import Json
from sandbox.slack.views import Views


@dataclass(frozen=True, slots=True)
class Method:
    """One of `scopes` is enough; with `json` false, a JSON body is not looked at."""

    run: Callable[[Caller, Args], Json]
    scopes: tuple[str, ...] = ()
    json: bool = True
    caller: Literal["bot", "app"] = "bot"


def methods_of(floor: Floor, chat: Chat, views: Views, connect: Callable[[], str]) -> Mapping[str, Method]:
    """All methods by name. `connect` makes the address of a socket."""
    people, talk, files = People(floor), Conversations(floor), Files(floor, chat)
    read, history = tuple(READ.values()), tuple(SCOPES.values())
    write, react, upload = ("chat:write",), ("reactions:write",), ("files:write",)

    def open_connection(caller: Caller, args: Args) -> Json:
        return {"ok": True, "url": connect()}

    return {
        "auth.test": Method(people.auth),
        "apps.connections.open": Method(open_connection, ("connections:write",), caller="app"),
        "chat.postMessage": Method(chat.post, write),
        "chat.update": Method(chat.update, write),
        "chat.delete": Method(chat.delete, write),
        "chat.postEphemeral": Method(chat.ephemeral, write),
        "chat.getPermalink": Method(chat.permalink, json=False),
        "conversations.history": Method(talk.history, history, json=False),
        "conversations.replies": Method(talk.replies, history, json=False),
        "conversations.info": Method(talk.info, read, json=False),
        "conversations.members": Method(talk.members, read, json=False),
        "conversations.open": Method(talk.open),
        "users.conversations": Method(talk.mine, json=False),
        "users.info": Method(people.user, ("users:read",), json=False),
        "bots.info": Method(people.bot, ("users:read",), json=False),
        "reactions.add": Method(people.react, react),
        "reactions.remove": Method(people.unreact, react),
        "files.getUploadURLExternal": Method(files.address, upload, json=False),
        "files.completeUploadExternal": Method(files.complete, upload),
        "files.info": Method(files.info, ("files:read",), json=False),
        "files.delete": Method(files.delete, upload),
        "views.open": Method(views.open),
        "views.update": Method(views.update),
    }
