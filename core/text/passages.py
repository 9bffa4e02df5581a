"""**Pure.** What markdown-it-py sees in a text, and what it does not tell: where inline things stand.

Block tokens know their lines; inline tokens know nothing. So the inline rules that make something of their
own (code, links, images, autolinks, HTML, escapes) are wrapped: each notes from where to where it read. What
they read is a paragraph without its indentation and its `>`; a passage knows the way back to the text.

CommonMark without tables: a table is then a paragraph with the same lines and the same code in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline, autolink, backtick, escape, html_inline, image, link
from markdown_it.token import Token

from core.text.spans import Span

CODE = "backticks"
NOTED: dict[str, RuleFuncInlineType] = {
    CODE: backtick,
    "link": link,
    "image": image,
    "autolink": autolink,
    "html_inline": html_inline,
    "escape": escape,
}
BLOCK_CODE = ("fence", "code_block")

LINE_END = re.compile(r"\r\n?|\n")
# markdown-it reads NUL as the replacement character; a link with a lone surrogate in it cannot be encoded.
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """The content of a paragraph or heading. `lines` pairs offsets in it with offsets in the text."""

    content: str
    lines: tuple[tuple[int, int], ...]
    notes: tuple[tuple[str, Span], ...]

    def place(self, span: Span) -> Span:
        """Where a span of the content stands in the text; it neither begins nor ends with white space."""
        start, end = span
        return self._offset(start), self._offset(end - 1) + 1

    def _offset(self, offset: int) -> int:
        line = bisect_right(self.lines, offset, key=lambda pair: pair[0]) - 1
        in_content, in_text = self.lines[max(0, line)]
        return in_text + offset - in_content


@dataclass(frozen=True, slots=True)
class Page:
    """A text as Markdown: its block tokens, the bounds of its lines (one more than lines), its passages."""

    tokens: tuple[Token, ...]
    bounds: tuple[int, ...]
    passages: tuple[Passage, ...]

    def span(self, token: Token) -> Span:
        """The whole lines of a block."""
        first, last = token.map or (0, 0)
        return self.bounds[first], self.bounds[min(last, len(self.bounds) - 1)]


def read(text: str) -> Page:
    """Never raises, whatever the text is."""
    readable = _UNREADABLE.sub("\ufffd", text)
    parser = _parser()
    env: dict[str, object] = {}
    tokens = tuple(parser.parse(readable, env))
    bounds = _line_bounds(readable)
    page = Page(tokens, bounds, ())
    passages = (_passage(parser, env, token, readable, page) for token in tokens if token.type == "inline")
    return Page(tokens, bounds, tuple(passages))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").disable("inline")
    for name, rule in NOTED.items():
        parser.inline.ruler.at(name, _noting(name, rule))
    return parser


def _noting(name: str, rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def noted(state: StateInline, silent: bool) -> bool:
        start, tokens, notes = state.pos, len(state.tokens), state.env.get("notes", [])
        before = len(notes)
        found = rule(state, silent)
        if rule is image:  # its text was read apart, with offsets of its own
            del notes[before:]
        if found and len(state.tokens) > tokens:  # a rule may also find that there is nothing to it
            notes.append((name, (start, state.pos)))
        return found

    return noted


def _passage(parser: MarkdownIt, env: dict[str, object], token: Token, text: str, page: Page) -> Passage:
    notes: list[tuple[str, Span]] = []
    parser.inline.parse(token.content, parser, {**env, "notes": notes}, [])
    first, last = token.map or (0, 0)
    lines = _align(token.content, text, page.bounds[first : last + 1])
    return Passage(token.content, tuple(lines), tuple(notes))


def _align(content: str, text: str, bounds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pair each line of the content with the text: what is left of a line is the end of it."""
    at, row = 0, 0
    for line in content.split("\n"):
        bare = line.strip()
        row, found = _find_line(bare, text, bounds, row)
        yield at, found - (len(line) - len(line.lstrip()))
        at += len(line) + 1


def _find_line(bare: str, text: str, bounds: Sequence[int], row: int) -> tuple[int, int]:
    """The next row, and where in the text the line begins. Rows of nothing but odd blanks were left out."""
    for number in range(row, len(bounds) - 1):
        found = text.rfind(bare, bounds[number], bounds[number + 1])
        if found >= 0:
            return number + 1, found
    return row, bounds[0]


def _line_bounds(text: str) -> tuple[int, ...]:
    ends = [match.end() for match in LINE_END.finditer(text)]
    last = [] if ends and ends[-1] == len(text) else [len(text)]
    return (0, *ends, *last)
