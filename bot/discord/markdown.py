"""**Pure.** Agents' Markdown as Discord shows it, and any text so that Discord takes no mark in it for one.

Discord knows three levels of headings, no tables, no rules and no images.
<https://support.discord.com/hc/en-us/articles/210298617>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.shown import bare_words
from core.text.links import BREAK, honest_label, web_address
from core.text.markdown import code_spans
from core.text.printable import printable
from core.text.spans import Span, overlap, replace_spans

WIDEST = 56
"""Columns of a table that is drawn as one: wider than that it would be folded on a phone."""

_LABEL = 150
"""Characters of a link's words: a title is no paragraph."""

_HEADING = re.compile(r"^(?P<before> {0,3})#{4,6}[ \t]+(?P<words>[^\n]*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"(?<=\n\n) {0,3}(?:-[ \t]*){3,}(?=\n)|^ {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
_SPOILER = re.compile(r"(?<!\\)\|(?=\|)")
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_MARKS = re.compile(r"([\\*_~`|<>\[\]])")
_LINE = re.compile(r"^([ \t]*)(#|-|\+|\d+\.)(?=\s|#|$)", re.MULTILINE)
_ADDRESS = re.compile(r"(https?://[\w.~:/?#&=%+-]*[\w/])")
_LINE_RULE = "──────────"


def shown(markdown: str) -> str:
    """Headings, rules and tables in forms that Discord has; code stays as it is. Done twice it changes no more."""
    tables = list(_tables(markdown))
    kept = [*code_spans(markdown), *(span for span, _ in tables)]
    changes = [*tables, *_marks(markdown, kept)]
    return replace_spans(markdown, changes) if changes else markdown


def _marks(text: str, kept: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    for pattern, instead in _INSTEAD:
        for match in pattern.finditer(text):
            if not any(overlap(match.span(), span) for span in kept):
                yield match.span(), match.expand(instead)


_INSTEAD = (
    (_HEADING, r"\g<before>**\g<words>**"),
    (_RULE, _LINE_RULE),
    (_SPOILER, "|" + BREAK),
    (_EVERYBODY, "@" + BREAK),
)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable("inline")


def _tables(text: str) -> Iterator[tuple[Span, str]]:
    """Each table at the margin, and what stands in its place."""
    if "|" not in text:
        return
    lines = text.splitlines(keepends=True)
    bounds = [0]
    for line in lines:
        bounds.append(bounds[-1] + len(line))
    for rows, (first, last) in _rows(_parser().parse(text.replace("\0", " "))):
        end = min(last, len(lines))
        yield (bounds[first], bounds[end]), _drawn(rows) + "\n"


def _rows(tokens: Sequence[Token]) -> Iterator[tuple[list[list[str]], tuple[int, int]]]:
    rows: list[list[str]] = []
    place = (0, 0)
    for token in tokens:
        if token.type == "table_open" and token.level == 0 and token.map:
            rows, place = [], (token.map[0], token.map[1])
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and place[1]:
            rows[-1].append(_cell(token.content))
        elif token.type == "table_close" and place[1]:
            yield rows, place
            rows, place = [], (0, 0)


_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def _cell(content: str) -> str:
    return bare_words(_LINK.sub(r"\1", content)).replace("`", "'").replace("\\", "")


def _drawn(rows: Sequence[Sequence[str]]) -> str:
    """In columns, where they are narrow enough; else a paragraph for each row."""
    widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(len(rows[0]))]
    if sum(widths) + 2 * (len(widths) - 1) <= WIDEST:
        ruled = [rows[0], ["─" * width for width in widths], *rows[1:]]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in ruled]
        return "\n".join(["```", *(line.rstrip() for line in lines), "```"])
    listed = "\n".join(_listed(rows[0], row) for row in rows[1:]) or " · ".join(rows[0])
    for pattern, instead in (_SPOILER, "|" + BREAK), (_EVERYBODY, "@" + BREAK):
        listed = pattern.sub(instead, listed)
    return listed


def _listed(head: Sequence[str], row: Sequence[str]) -> str:
    first, *others = row or [""]
    said = [f"{name}: {cell}" for name, cell in zip(head[1:], others, strict=False) if cell]
    return f"- **{first or '…'}** " + " · ".join(said)


def escaped(text: str, limit: int) -> str:
    """Any text as words alone, of at most `limit` characters; what does not fit ends with "…"."""
    safe = _safe(text[: limit + 1])
    if len(text) <= limit and len(safe) <= limit:
        return safe
    return _cut(safe, limit)


def escaped_but_links(text: str, limit: int) -> str:
    """The same, with the addresses in it as they are: with a mark escaped in it, one leads nowhere."""
    said = ""
    for n, piece in enumerate(_ADDRESS.split(text)):
        words = n % 2 == 0
        more = _safe(piece) if words else piece
        if len(said) + len(more) >= limit:
            return _cut(said + more if words else said + " ", limit)
        said += more
    return said


def _cut(safe: str, limit: int) -> str:
    return re.sub(r"\\\Z", "", safe[: limit - 1]) + "…"


def _safe(text: str) -> str:
    marked = _MARKS.sub(r"\\\1", printable(text))
    return _EVERYBODY.sub("@" + BREAK, _LINE.sub(r"\1\\\2", marked))


def link(label: str, url: str | None, limit: int) -> str:
    """A link of at most `limit` characters; only its words where the address may not be followed."""
    words = " ".join(label.split())
    words = words if len(words) <= _LABEL else words[: _LABEL - 1] + "…"
    address = web_address(url) if url else None
    made = f"[{_no_address(_safe(honest_label(words, address)))}]({address})" if address else ""
    return made if made and len(made) <= limit else escaped(words, limit)


def _no_address(label: str) -> str:
    """Discord makes no link of which the words look like an address."""
    return re.sub(r"(?i)https?://", "", label)
