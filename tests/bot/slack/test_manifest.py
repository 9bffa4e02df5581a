"""`manifest.yml` asks for what the code needs, and for no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bot.slack.config import COMMAND, REQUIRED_EVENTS, REQUIRED_SCOPES
from sandbox.slack import SlackStandIn
from sandbox.slack.chat import Chat
from sandbox.slack.events import SCOPES, SUBSCRIPTIONS, TYPES
from sandbox.slack.methods import Method, methods_of
from sandbox.slack.views import Views

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "manifest.yml").read_text()
MANIFEST: dict[str, Any] = import_module("yaml").safe_load(TEXT)
SETTINGS = MANIFEST["settings"]


def methods() -> dict[str, Method]:
    """Every method that the stand-in knows, with what it wants."""
    floor = SlackStandIn().floor
    return dict(methods_of(floor, Chat(floor), Views(floor), lambda: ""))


def texts(source: str) -> Iterator[str]:
    """The texts in a source; of those that are put together the beginning."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def used() -> dict[str, Method]:
    """The methods that the adapter calls."""
    sources = [path.read_text() for path in (ROOT / "bot" / "slack").glob("*.py")]
    said = {text for source in sources for text in texts(source)}
    families = {text for text in said if text.endswith(".") and text.count(".") == 1 and " " not in text} - {"chat."}
    return {
        name: method
        for name, method in methods().items()
        if name in said or any(name.startswith(family) for family in families)
    }


def event_scopes() -> set[str]:
    """What the events that are subscribed to want."""
    kinds = {event: SCOPES[kind] for kind, event in TYPES.items()} | {"app_mention": "app_mentions:read"}
    return {kinds[event] for event in REQUIRED_EVENTS}


def test_the_scopes_are_those_that_the_code_requires() -> None:
    assert sorted(REQUIRED_SCOPES) == sorted(MANIFEST["oauth_config"]["scopes"]["bot"])
    assert ["bot"] == list(MANIFEST["oauth_config"]["scopes"])


@pytest.mark.parametrize("scope", REQUIRED_SCOPES)
def test_each_scope_says_what_it_is_for(scope: str) -> None:
    (line,) = [line for line in TEXT.splitlines() if line.strip().startswith(f"- {scope} ")]

    assert REQUIRED_SCOPES[scope] == line.partition("# ")[2]


@pytest.mark.parametrize("scope", REQUIRED_SCOPES)
def test_each_scope_is_needed(scope: str) -> None:
    needed = event_scopes() | {wanted for method in used().values() for wanted in method.scopes}
    if MANIFEST["features"]["slash_commands"]:
        needed.add("commands")
    if "url_private" in (ROOT / "bot" / "slack" / "parse.py").read_text():  # its content is for who may read files
        needed.add("files:read")
    # which of these two it is depends on the channels that are asked for
    if "users.conversations" in used():
        needed |= {"channels:read", "groups:read"}

    assert scope in needed


@pytest.mark.parametrize("name", sorted(used()))
def test_each_method_that_is_called_may_be_called(name: str) -> None:
    method = used()[name]

    assert method.caller == "app" or not method.scopes or set(method.scopes) & set(REQUIRED_SCOPES)


def test_the_events_are_those_that_the_code_requires_and_the_stand_in_sends() -> None:
    assert list(REQUIRED_EVENTS) == SETTINGS["event_subscriptions"]["bot_events"]
    assert set(REQUIRED_EVENTS) == set(SUBSCRIPTIONS)


def test_the_command_is_there_and_gets_mentions_as_they_were_typed() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]

    assert (COMMAND, False) == (command["command"], command["should_escape"])
    assert ["ask …", "status", "stop", "new", "settings", "check", "help"] == command["usage_hint"].split(" | ")


def test_everything_comes_over_the_socket() -> None:
    assert SETTINGS["socket_mode_enabled"]
    assert SETTINGS["interactivity"] == {"is_enabled": True}
    assert not SETTINGS["token_rotation_enabled"]
    assert not [key for key in keys(MANIFEST) if "url" in key]


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from keys(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys(inner)
