from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.printable import printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\n\tb\rc\u2028d", "a\n\tb\nc\nd"),
        ("\x1b[2Ja\0b\x9b", "[2Jab"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\ud83d\ude00 \ud800", "😀 \ufffd"),
    ],
)
def test_lines_and_whole_characters_stay(text: str, expected: str) -> None:
    assert expected == printable(text)


@given(st.text() | st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)))
def test_what_comes_out_can_be_encoded_and_is_printable_already(text: str) -> None:
    said = printable(text)

    said.encode()
    assert said == printable(said)
