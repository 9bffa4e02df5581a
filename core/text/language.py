"""**Pure.** What somebody calls a language → its ISO 639-1 code, for agents to answer in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from core.text.own_names import OWN_NAMES

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
_WORD = re.compile(r"\w+")
_LONGEST = 200  # characters; who says more names no language
_WITHDRAWN = "sh"  # Serbo-Croatian, withdrawn from ISO 639-1 in 2000; CLDR still has it


def iso_639_1(language: str | None) -> str | None:
    """`de` for "de", "de_AT", "deu", "German", "Deutsch (Österreich)", "in german please".

    None for what is unknown, has no code of two letters, or names two languages.
    """
    said = (language or "").strip()
    if len(said) > _LONGEST:
        return None
    tag = _TAG.fullmatch(said)
    return (_code(tag[1].lower()) if tag else None) or _named(said)


def _code(subtag: str) -> str | None:
    """The code of two letters for a language subtag, also for one of three letters or a former one."""
    known, aliases = _codes(), _aliases()
    if subtag in known:
        return subtag
    alias = aliases.get(subtag, "").partition("_")[0]
    return alias if alias in known else None


def _named(said: str) -> str | None:
    """The one language whose name is among the words."""
    codes = {code for code in _codes_of_names(_words(said)) if code}
    return codes.pop() if len(codes) == 1 else None


def _codes_of_names(words: list[str]) -> Iterator[str | None]:
    """For each name among the words, longest first, its code; "Old English" is a name, and has none."""
    names = _names()
    longest = max(name.count(" ") for name in names) + 1
    start = 0
    while start < len(words):
        sizes = range(min(longest, len(words) - start), 0, -1)
        size = next((size for size in sizes if " ".join(words[start : start + size]) in names), 0)
        if size:
            yield names[" ".join(words[start : start + size])]
        start += size or 1


def _words(said: str) -> list[str]:
    """Without case and accents: "francais" is meant as "français"."""
    letters = unicodedata.normalize("NFKD", said.casefold())
    return _WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter)))


@cache
def _names() -> Mapping[str, str | None]:
    """Names in English and each language's own → code; None if there is none, or several have the name."""
    names: dict[str, str | None] = {}
    for name, code in (*_english_names(), *_own_names()):
        key = " ".join(_words(name))
        names[key] = code if names.get(key, code) == code else None
    return names


def _own_names() -> Iterable[tuple[str, str | None]]:
    for line in OWN_NAMES.splitlines():
        code, _, names = line.partition(" = ")
        for name in names.split(" | "):
            yield name, code


def _english_names() -> Iterable[tuple[str, str | None]]:
    for code, name in _english().items():
        yield name, _code(code.partition("_")[0])


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in _english() if len(code) == 2) - {_WITHDRAWN}


@cache
def _english() -> Mapping[str, str]:
    """Language subtags, some with a region or script, and their names in English."""
    from babel import Locale  # reads files: not before somebody asks

    return dict(Locale("en").languages)


@cache
def _aliases() -> Mapping[str, str]:
    """Subtags of three letters, and former ones → those in use."""
    from babel.core import get_global

    return dict(get_global("language_aliases"))
