from __future__ import annotations

import subprocess
import sys

import pytest
from babel import Locale
from babel.localedata import exists
from hypothesis import given
from hypothesis import strategies as st

from core.text.language import iso_639_1
from core.text.own_names import OWN_NAMES


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("de_AT", "de"),
        ("zh-Hant-TW", "zh"),
        (" pt-BR\n", "pt"),
        ("deu", "de"),
        ("eng", "en"),
        ("iw", "he"),
        ("no", "no"),
        ("nb", "nb"),
        ("tl", "tl"),
        ("German", "de"),
        ("deutsch", "de"),
        ("Deutsch (Österreich)", "de"),
        ("Österreichisches Deutsch", "de"),
        ("français", "fr"),
        ("Francais", "fr"),
        ("in french please", "fr"),
        ("Answer in Spanish, please.", "es"),
        ("日本語", "ja"),
        ("简体中文", "zh"),
        ("Simplified Chinese", "zh"),
        ("Chinese (Taiwan)", "zh"),
        ("Brazilian Portuguese", "pt"),
        ("Norwegian", "no"),
        ("norsk bokmål", "nb"),
        ("हिन्दी", "hi"),
        ("العربية", "ar"),
        ("українська мова", "uk"),
        ("Ελληνικά", "el"),
        ("English, British English", "en"),
    ],
)
def test_a_language_is_known_by_its_tag_and_by_its_names(said: str, code: str) -> None:
    assert iso_639_1(said) == code


@pytest.mark.parametrize("said", [None, "", "  ", "please", "xx", "qqq", "en;q=0.9", "Österreich", "Germany", "\ud800"])
def test_what_names_no_language_is_unknown(said: str | None) -> None:
    assert iso_639_1(said) is None


@pytest.mark.parametrize("said", ["English and German", "français/Deutsch", "isiNdebele"])
def test_what_may_be_two_languages_is_unknown(said: str) -> None:
    assert iso_639_1(said) is None


@pytest.mark.parametrize("said", ["Klingon", "tlh", "Swiss German", "Old English", "gsw", "Cantonese"])
def test_a_language_without_a_code_of_two_letters_is_unknown(said: str) -> None:
    assert iso_639_1(said) is None


def test_a_short_word_in_a_sentence_is_no_tag() -> None:
    assert iso_639_1("it is so, no?") is None


def test_a_long_text_names_no_language() -> None:
    assert iso_639_1("German " * 100) is None


@given(st.text())
def test_whatever_is_said_the_answer_is_a_code_or_none(said: str) -> None:
    code = iso_639_1(said)

    assert code is None or (len(code) == 2 and code.isascii() and code.islower())


@given(st.sampled_from([line for line in OWN_NAMES.splitlines() if "Ndebele" not in line]))
def test_each_language_is_known_by_what_it_calls_itself(line: str) -> None:
    code, _, names = line.partition(" = ")

    assert {iso_639_1(name) for name in names.split(" | ")} == {code}


def test_the_own_names_are_those_of_babel() -> None:
    codes = sorted(code for code in languages("en") if len(code) == 2 and code != "sh" and exists(code))

    lines = [f"{code} = {' | '.join(names)}" for code in codes if (names := own_names(code))]

    assert OWN_NAMES.splitlines() == lines


def own_names(code: str) -> list[str]:
    names = languages(code)
    return [names[key] for key in sorted(names) if key == code or key.startswith(f"{code}_")]


def languages(locale: str) -> dict[str, str]:
    return {str(code): str(name) for code, name in Locale(locale).languages.items()}


def test_babel_is_not_read_before_somebody_asks() -> None:
    script = "import sys, core.text.language; sys.exit('babel' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
