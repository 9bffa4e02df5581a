from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.caller_context import KEYS, LONGEST, split_context

keys = st.sampled_from(KEYS)
values = st.text("abc äö:, 7", min_size=1, max_size=40).map(str.strip).filter(bool)
contexts = st.dictionaries(keys, values, min_size=1)
prompts = st.text().map(lambda text: f"What about this?\n{text}\nPlease.")


@pytest.mark.parametrize(
    ("text", "prompt", "context"),
    [
        ("Write about bees.\ntone: formal", "Write about bees.", {"tone": "formal"}),
        ("Bees.\n\nTone: warm\n\nLENGTH : 300 words\n", "Bees.", {"tone": "warm", "length": "300 words"}),
        ("Bees.\n  format: a table  \naudience: children", "Bees.", {"format": "a table", "audience": "children"}),
        ("蜜蜂\nlanguage\uff1a中文", "蜜蜂", {"language": "中文"}),
        ("Bees.\r\ntone: dry\r\n", "Bees.", {"tone": "dry"}),
    ],
)
def test_trailing_lines_of_known_keys_are_context(text: str, prompt: str, context: dict[str, str]) -> None:
    assert (prompt, context) == split_context(text)


@pytest.mark.parametrize(
    "text",
    [
        "Write about bees.",
        "",
        "tone: formal",
        "tone: formal\n\nlength: short",
        "tone: formal\nWrite about bees.",
        "Bees.\ntone:",
        "Bees.\ncolour: red",
        "Write it with tone: formal",
        "Bees.\nlength: short\nThank you!",
        "Bees.\n```\nlanguage: python\n```",
        f"Bees.\ntone: {'x' * (LONGEST + 1)}",
        "  Bees, with blanks around them. \n",
    ],
)
def test_all_else_stays_prompt_as_it_is(text: str) -> None:
    assert (text, {}) == split_context(text)


def test_only_the_lines_at_the_very_end_count() -> None:
    assert ("tone: loud\nBees.", {"tone": "dry"}) == split_context("tone: loud\nBees.\ntone: dry")


def test_of_two_lines_with_one_key_the_last_counts() -> None:
    assert ("Bees.", {"tone": "dry"}) == split_context("Bees.\ntone: loud\ntone: dry")


def test_a_line_that_is_no_context_ends_it() -> None:
    assert ("Bees.\ntone: loud\nmood: good", {"length": "short"}) == split_context(
        "Bees.\ntone: loud\nmood: good\nlength: short"
    )


@given(prompts, contexts, st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_what_was_put_behind_a_prompt_is_found_again(prompt: str, context: dict[str, str], end: str) -> None:
    lines = end.join(f"{key.title()}: {value}" for key, value in context.items())

    assert (prompt, context) == split_context(f"{prompt}\n{lines}{end}")


@given(st.text() | st.lists(st.sampled_from([*(f"{key}: x" for key in KEYS), "", "prompt"])).map("\n".join))
def test_the_prompt_is_the_beginning_of_the_text_and_the_context_behind_it(text: str) -> None:
    prompt, context = split_context(text)

    assert text.startswith(prompt)
    assert bool(prompt.strip()) == bool(text.strip())
    assert set(context) <= set(KEYS)
    assert all(value in text[len(prompt) :] for value in context.values())


@given(st.text())
def test_without_context_a_text_is_not_touched(text: str) -> None:
    prompt, context = split_context(text)

    assert context or prompt == text
