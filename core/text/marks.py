"""**Pure.** Citation marks in an answer, `[1]` or `[1, 7]`, as links to the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from core.text.passages import Passage, read
from core.text.spans import Span, replace_spans

_MARK = re.compile(r"(?<!\[)\[(?P<numbers>[1-9][0-9]{0,2}(?:[ \t]*,[ \t]*[1-9][0-9]{0,2})*)\](?!\])")
_NUMBER = re.compile(r"[0-9]+")


def link_citations(text: str, addresses: Mapping[int, str], *, once: bool = False) -> str:
    """`[1]` becomes `[[1](address)]` where the source has an address; with `once`, the first mark of each source.

    What is code, a link, escaped and so on is no mark. The brackets stay around the link: not every parser takes
    brackets inside one.
    """
    links = {n: f"[{n}]({address})" for n, address in addresses.items()}
    changes: list[tuple[Span, str]] = []
    for passage in read(text).passages:
        for span, n in _numbers(passage):
            if n in links:
                changes.append((passage.place(span), links.pop(n) if once else links[n]))
    return replace_spans(text, changes)


def _numbers(passage: Passage) -> Iterator[tuple[Span, int]]:
    """Each number in a mark, and where it stands in the passage."""
    for mark in _MARK.finditer(_plain(passage)):
        for number in _NUMBER.finditer(mark.string, *mark.span("numbers")):
            yield number.span(), int(number[0])


def _plain(passage: Passage) -> str:
    """The content with all that is code, a link, escaped and so on blotted out, at the same length."""
    plain = list(passage.content)
    for _, (start, end) in passage.notes:
        plain[start:end] = "\0" * (end - start)
    return "".join(plain)
