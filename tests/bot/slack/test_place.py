"""The question of a command, as it is said in the channel."""

from __future__ import annotations

import pytest

from bot.slack.place import question
from core.turn import TurnRequest
from tests.bot.slack.test_hostile import assert_taken


def said(prompt: str) -> str:
    message = question(TurnRequest("i", "c", prompt, {"tone": "friendly"}), "Ada").as_json()
    assert_taken(message)
    return "\n".join(block["text"]["text"] for block in message["blocks"])


def test_it_is_said_as_it_was_typed_and_by_whom() -> None:
    assert "Ada asked:\nHow do bees choose?\ntone: friendly" == said("How do bees choose?")


@pytest.mark.parametrize("prompt", ["bees " * 1_200, "&" * 2_000, "a\n" * 3_000])
def test_a_long_one_is_said_whole(prompt: str) -> None:
    """But for the white space where it is divided."""
    words = prompt.replace("&", "&amp;").split()

    assert "".join(["Adaasked:", *words, "tone:friendly"]) == "".join(said(prompt).split())


@pytest.mark.parametrize("prompt", ["bees " * 6_000, "&" * 6_000, "&" * 60_000])
def test_of_one_that_is_longer_than_a_message_its_beginning_is_said(prompt: str) -> None:
    assert said(prompt).endswith("…")
