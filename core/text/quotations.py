"""**Pure.** Finds what one text quotes of another, however it is spaced and punctuated, and hides it.

Characters are compared, not words: Chinese, Japanese and Thai put nothing between those.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from core.text.spans import Span, replace_spans

HIDDEN = "[…]"

_WORD = re.compile(r"\w+")
_MARKUP = frozenset("|`~<>^")


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as it is compared. `origins`: where each character stood."""

    text: str
    origins: tuple[int, ...]


class _Look:
    """The runs of a source, as they are found when only some kinds of characters are looked at."""

    __slots__ = ("_keeps", "_run", "_runs")

    def __init__(self, source: str, keeps: Callable[[str], bool], run: int) -> None:
        self._keeps = keeps
        self._run = run
        self._runs = _runs(_folded(source, keeps).text, run)

    def quoted(self, text: str, harmless: Collection[str]) -> list[Span]:
        """The stretches of the text that are covered by runs, in order, apart from each other."""
        free = [word.span() for word in _WORD.finditer(text) if word[0].casefold() in harmless]
        spans: list[Span] = []
        end = 0
        for at, span in self._found(_folded(text, self._keeps)):
            if any(start <= span[0] and span[1] <= stop for start, stop in free):
                continue
            if spans and (at <= end or span[0] < spans[-1][1]):
                spans[-1] = spans[-1][0], span[1]
            else:
                spans.append(span)
            end = at + self._run
        return spans

    def _found(self, folded: _Folded) -> Iterator[tuple[int, Span]]:
        """Where each run begins among the folded characters, and where it stands in the text."""
        for at in range(len(folded.text) - self._run + 1):
            if folded.text[at : at + self._run] in self._runs:
                yield at, (folded.origins[at], folded.origins[at + self._run - 1] + 1)


def without_quotations(text: str, source: str, *, run: int, harmless: Collection[str] = ()) -> str:
    """The text with each run of `run` or more characters that also stands in the source replaced by "[…]".

    Case, accents' encoding, white space, punctuation do not count; of Chinese and Japanese signs, which each say
    more, half as many will do. A run within one of the `harmless` words (in lower case) is none. Repeated until
    nothing is left to hide: what a marker parts may belong together.
    """
    half = -(-run // 2)
    return _hidden(
        text, [_Look(source, _shows, run), _Look(source, str.isalnum, run), _Look(source, _says_much, half)], harmless
    )


def without_whole(text: str, source: str) -> str:
    """The text without the source, where all of it stands there, however short it is."""
    lengths = [(keeps, len(_folded(source, keeps).text)) for keeps in (_shows, str.isalnum)]
    return _hidden(text, [_Look(source, keeps, length) for keeps, length in lengths if length], ())


def _hidden(text: str, looks: Sequence[_Look], harmless: Collection[str]) -> str:
    before = None
    while text != before:
        before = text
        for look in looks:
            text = replace_spans(text, [(span, HIDDEN) for span in look.quoted(text, harmless)])
    return text


def folded_length(text: str) -> int:
    """How many characters of a text are compared."""
    return len(_folded(text, _shows).text)


def _folded(text: str, keeps: Callable[[str], bool]) -> _Folded:
    signs = [(sign, at) for at, raw in enumerate(text) for sign in _signs(raw) if keeps(sign)]
    return _Folded("".join(sign for sign, _ in signs), tuple(at for _, at in signs))


def _signs(raw: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", raw).casefold())


def _shows(sign: str) -> bool:
    """Letters, marks, numbers, symbols; no separators, no punctuation, nothing invisible, no Markdown."""
    return unicodedata.category(sign)[0] in "LMNS" and sign not in _MARKUP


def _says_much(sign: str) -> bool:
    return sign.isalnum() and unicodedata.east_asian_width(sign) == "W"


def _runs(folded: str, run: int) -> frozenset[str]:
    return frozenset(folded[at : at + run] for at in range(len(folded) - run + 1))
