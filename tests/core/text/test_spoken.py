"""Commands that stand where a question would."""

from __future__ import annotations

import pytest

from core.text.spoken import CommandName, command_in, only_emoji


@pytest.mark.parametrize("name", CommandName)
def test_a_word_alone_is_a_command(name: CommandName) -> None:
    assert {name} == {command_in(said) for said in (name.value, f" {name.value.upper()}! ", f"/{name.value}\n")}


@pytest.mark.parametrize("words", ["", "stop the press", "helpful", "new?"])
def test_more_than_a_word_is_none(words: str) -> None:
    assert None is command_in(words)


def test_emoji_say_nothing() -> None:
    assert only_emoji("👍🏽 👩‍💻 ❤️")
    assert only_emoji("")
    assert not only_emoji("👍 yes")
