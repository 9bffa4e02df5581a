"""What a check has found, as an admin reads it."""

from __future__ import annotations

import re

import discord as library
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.components import MESSAGE
from bot.discord.config import PERMISSIONS
from bot.discord.markdown import escaped, escaped_but_links
from bot.discord.servers import check_permissions, invite_link
from bot.discord.telling import checked
from core.checks import CheckResult, CheckStatus
from tests.bot.discord.test_discord_render import HOSTILE, assert_fits, texts

LINK = invite_link(1_234_567_890_123_456_789)
ADDRESSES = st.sampled_from([LINK, "https://a_b.example/_c_~d~", "http://127.0.0.1:9/api"])


def test_a_link_is_no_markdown_to_be_escaped() -> None:
    assert rf"Open {LINK}, \*now\*." == escaped_but_links(f"Open {LINK}, *now*.", 1_000)
    assert r"a\_b" == escaped_but_links("a_b", 1_000)


@given(st.lists(st.one_of(HOSTILE.map(lambda text: text[:200]), ADDRESSES), max_size=6), st.integers(200, 900))
@settings(max_examples=150, deadline=None)
def test_what_is_said_around_links_fits_and_every_link_stands_whole(said: list[str], limit: int) -> None:
    shown = escaped_but_links(" ".join(said), limit)

    assert len(shown) <= limit
    for address in re.findall(r"https://discord\.com/oauth2\S*", shown):
        assert LINK == address.rstrip("…")


@given(HOSTILE)
@settings(max_examples=50, deadline=None)
def test_without_links_it_is_as_any_text(text: str) -> None:
    if "://" not in text:
        assert escaped(text[:200], 3_000) == escaped_but_links(text[:200], 3_000)


def test_what_takes_more_than_a_message_goes_on_in_the_next() -> None:
    found = [CheckResult(f"check {n}", CheckStatus.FAILED, "wrong " * 90, "mend " * 90) for n in range(20)]
    messages = checked(found)
    whole = "\n".join(text for message in messages for text in texts(message))

    assert 1 < len(messages) < 8
    assert all(len(text) <= MESSAGE for message in messages for text in texts(message))
    assert [f"✗ check {n}: wrong" for n in range(20)] == re.findall(r"✗ check \d+: wrong", whole)
    assert 20 == whole.count("\n-# → mend")


def test_all_that_may_be_missing_finds_room_beside_the_link() -> None:

    (message,) = checked([check_permissions(library.Permissions.none(), "here", LINK)])
    (text,) = texts(message)

    assert LINK in text
    for reason in PERMISSIONS.values():
        assert reason in text


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(CheckStatus))
@settings(max_examples=100, deadline=None)
def test_whatever_a_check_finds_its_messages_fit(name: str, detail: str, remedy: str, status: CheckStatus) -> None:
    for message in checked([CheckResult(name, status, detail, remedy)] * 9):
        assert_fits(message)
