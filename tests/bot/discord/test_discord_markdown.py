"""Agents' Markdown as Discord shows it, and texts in which it finds no marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.markdown import escaped, link, shown
from tests.bot.discord.test_discord_render import HOSTILE


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("# One\n## Two\n### Three", "# One\n## Two\n### Three"),
        ("#### Four\n\n##### Five #####", "**Four**\n\n**Five**"),
        ("a || b || c", "a |\u200b| b |\u200b| c"),
        ("`a || b`", "`a || b`"),
        ("```\n#### no\na || b\n```", "```\n#### no\na || b\n```"),
        ("Ring @everyone, @here!", "Ring @\u200beveryone, @\u200bhere!"),
        ("one\n\n---\n\ntwo", "one\n\n──────────\n\ntwo"),
        ("one\n***\ntwo", "one\n──────────\ntwo"),
        ("Title\n---\ntext", "Title\n---\ntext"),
    ],
)
def test_what_discord_does_not_know_is_said_otherwise(written: str, seen: str) -> None:
    assert seen == shown(written)


def test_a_narrow_table_is_drawn_in_columns() -> None:
    table = "| Bee | Job |\n|---|---|\n| **Scout** | looks |\n| Queen | [stays](https://a.b) |\n"

    assert "```\nBee    Job\n─────  ─────\nScout  looks\nQueen  stays\n```\n" == shown(table)


def test_a_wide_table_is_listed_row_by_row() -> None:
    table = f"| Bee | Job | Pay |\n|---|---|---|\n| Scout | {'looks ' * 12} | none |\n"

    assert f"- **Scout** Job: {('looks ' * 12).strip()} · Pay: none\n" == shown(table)


@pytest.mark.parametrize("ping", ["@EVERYONE", "@here"])
def test_a_table_that_is_listed_calls_nobody(ping: str) -> None:
    assert ping not in shown(f"| Bee | Job |\n|---|---|\n| {ping} | {'looks ' * 12} |\n")


@given(HOSTILE)
@settings(max_examples=150, deadline=None)
def test_done_twice_it_changes_no_more(text: str) -> None:
    once = shown(text)

    assert once == shown(once)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("*a* _b_ ~c~ `d` |e|", r"\*a\* \_b\_ \~c\~ \`d\` \|e\|"),
        ("<@1> [x](y)", r"\<@1\> \[x\](y)"),
        ("# no\n- no\n1. no", "\\# no\n\\- no\n\\1. no"),
        ("@everyone", "@\u200beveryone"),
    ],
)
def test_any_text_as_words_alone(text: str, safe: str) -> None:
    assert safe == escaped(text, 200)


@given(HOSTILE, st.integers(1, 400))
@settings(max_examples=150, deadline=None)
def test_what_is_escaped_fits(text: str, limit: int) -> None:
    assert len(escaped(text, limit)) <= limit


def test_a_link_leads_where_it_says() -> None:
    assert "[Honey](https://honey.example/1)" == link("Honey", "https://honey.example/1", 200)
    assert "[honey.example (wax.example)](https://wax.example/)" == link("honey.example", "https://wax.example/", 200)
    assert "Honey" == link("Honey", "javascript:alert(1)", 200)
    assert "Honey" == link("Honey", None, 200)


def test_no_words_of_a_link_look_like_an_address() -> None:
    assert "[a.example](https://a.example)" == link("https://a.example", "https://a.example", 200)
