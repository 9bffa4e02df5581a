"""**Pure.** An answer as Markdown: where its code is, where it may be cut, how many words it has."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from core.text.citations import keep_known_citations
from core.text.passages import BLOCK_CODE, CODE, LINE_END, Page, read
from core.text.spans import Span

__all__ = ["code_spans", "count_words", "keep_known_citations", "split"]

_BLANK = re.compile(r"[ \t]*(?:\r\n?|\n)")
_SPACE = re.compile(r"\s+")
# What ends a sentence, and what may close behind it; Chinese and Japanese put no space there.
_SENTENCE_END = re.compile(
    r"""(?:(?<![.!?…])[.!?…]++["'”’»)\]*_]*+(?=\s)|[。！？]++[」』”’）]*+)(\s*)"""  # noqa: RUF001
)


def code_spans(text: str) -> list[Span]:
    """Where the code is, in order: blocks by whole lines, fences included; inline code with its backticks."""
    return _code_spans(read(text))


def count_words(text: str) -> int:
    """Words as a reader counts them: what stands between white space and has a letter or digit in it."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def split(text: str, limit: int) -> list[str]:
    """Cut into parts of at most `limit` characters that join to the very text; an empty text has none.

    Cuts stand between blocks, if the next block fits into a part, else at the ends of lines, of sentences,
    of words, else anywhere; in code at the ends of lines. No two neighbours would fit into one part, and
    so one may be blank where the limit is tight.
    """
    if limit < 1:
        raise ValueError("a part holds at least one character")
    levels = _levels(text, limit)
    parts, start = [], 0
    while start < len(text):
        end = _cut(text, levels, start, limit)
        parts.append(text[start:end])
        start = end
    return parts


def _cut(text: str, levels: Sequence[Sequence[int]], start: int, limit: int) -> int:
    """Where the part that begins at `start` ends: what follows a cut fits into a part, or is cut itself."""
    window = start + limit
    if window >= len(text):
        return len(text)
    for cuts in levels:
        at = bisect_right(cuts, window) - 1
        if cuts[at] > start and cuts[at + 1] - cuts[at] <= limit:
            return _with_blank_lines(text, cuts[at], window)
    return window


def _with_blank_lines(text: str, cut: int, window: int) -> int:
    """The line ends behind a cut stay with what is before it, as far as they fit."""
    while (blank := _BLANK.match(text, cut)) and blank.end() <= window:
        cut = blank.end()
    return cut


def _levels(text: str, limit: int) -> list[list[int]]:
    """Where one may cut: between blocks, lines, sentences, words. Each holds those before it."""
    page = read(text)
    small = [span for span in _bare_code_spans(text, page) if span[1] - span[0] <= limit]
    headings = list(_glued_headings(page))
    cuts, levels = {0, len(text)}, []
    for more in (_block_cuts(text, page), _line_cuts(text), _sentence_cuts(text)):
        cuts |= set(_outside(_outside(more, small), headings))
        levels.append(sorted(cuts))
    anywhere = (*_block_cuts(text, page), *_line_cuts(text), *_word_cuts(text), *chain(*small))
    return [*levels, sorted(cuts.union(_outside(anywhere, small)))]


def _outside(cuts: Iterable[int], spans: Sequence[Span]) -> Iterator[int]:
    """The cuts that stand inside none of the spans; these are in order."""
    starts = [start for start, _ in spans]
    for cut in cuts:
        before = bisect_left(starts, cut) - 1
        if before < 0 or cut >= spans[before][1]:
            yield cut


def _block_cuts(text: str, page: Page) -> Iterator[int]:
    for token in page.tokens:
        if token.level == 0 and token.nesting >= 0 and token.map:
            yield from _bare(text, page.span(token))


def _line_cuts(text: str) -> Iterator[int]:
    for match in LINE_END.finditer(text):
        yield from match.span()


def _sentence_cuts(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        yield from match.span(1)


def _word_cuts(text: str) -> Iterator[int]:
    for match in _SPACE.finditer(text):
        yield from match.span()


def _glued_headings(page: Page) -> Iterator[Span]:
    """From each heading to just into what follows it."""
    blocks = [token for token in page.tokens if token.level == 0 and token.nesting >= 0 and token.map]
    for heading, after in pairwise(blocks):
        if heading.type == "heading_open":
            yield page.span(heading)[0], page.span(after)[0] + 1


def _code_spans(page: Page) -> list[Span]:
    blocks = [page.span(token) for token in page.tokens if token.type in BLOCK_CODE]
    inline = [passage.place(span) for passage in page.passages for name, span in passage.notes if name == CODE]
    return sorted(blocks + inline)


def _bare_code_spans(text: str, page: Page) -> list[Span]:
    return [_bare(text, span) for span in _code_spans(page)]


def _bare(text: str, span: Span) -> Span:
    """Without the line ends behind it."""
    start, end = span
    return start, start + len(text[start:end].rstrip("\r\n"))
