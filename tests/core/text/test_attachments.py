from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.attachments import MOST_BYTES, MOST_CHARACTERS, NO_TEXT, TOO_LARGE, decoded, joined, obstacle, unread


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("notes.md", "application/octet-stream"),
        ("NOTES.TXT", ""),
        ("table", "text/csv; charset=utf-8"),
        ("data", "application/ld+json"),
        ("page", "text/html"),
        ("query", "application/sql"),
    ],
)
def test_what_says_that_it_is_a_text_is_read(name: str, kind: str) -> None:
    assert "" == obstacle(name, kind, 12)


@pytest.mark.parametrize(("name", "kind"), [("bee.png", "image/png"), ("bees", ""), ("bees.pdf", "application/pdf")])
def test_what_does_not_is_not(name: str, kind: str) -> None:
    assert NO_TEXT == obstacle(name, kind, 12)


def test_a_file_may_have_a_mebibyte() -> None:
    assert ["", TOO_LARGE] == [obstacle("a.txt", "text/plain", size) for size in (MOST_BYTES, MOST_BYTES + 1)]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_text_is_read_whichever_unicode_it_is_in(text: str) -> None:
    plain = text.lstrip("\ufeff")

    assert plain == decoded(plain.encode()) or plain.encode()[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert plain == decoded(b"\xef\xbb\xbf" + plain.encode())
    assert plain == decoded(b"\xff\xfe" + plain.encode("utf-16-le"))


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00", b"a\0b", b"\xff\xfea", b"\x80"])
def test_bytes_that_are_no_text_are_none(content: bytes) -> None:
    assert decoded(content) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(content: bytes) -> None:
    text = decoded(content)

    assert text is None or "\0" not in text


def test_texts_stand_below_their_names() -> None:
    assert "File a.txt:\nBees.\n\nFile b.txt:\nWasps." == joined([("a.txt", "Bees.\n"), ("b.txt", "Wasps.")])


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    said = joined([("a.txt", "a" * MOST_CHARACTERS), ("b.txt", "b")])

    assert f"[… {MOST_CHARACTERS // 2:,} further characters are left out]" in said
    assert said.endswith("File b.txt:\nb")


def test_a_name_is_one_line_whatever_is_in_it() -> None:
    assert "a b (not a text)" == unread("a\n\x1b\u202e b", NO_TEXT)
    assert "a file (empty)" == unread("\0", "empty")
