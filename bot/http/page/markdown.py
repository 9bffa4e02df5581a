"""**Pure.** What agents write → HTML that can do nothing.

Three walls, each of which would do: `safe_links` judges every link as on all platforms, markdown-it-py makes no tag out
of what is written as one, nh3 lets through only what stands here. Behind them is the page's Content-Security-Policy.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from functools import cache, lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from bot.http.page.markup import Html
from core.text import on_page
from core.text.links import safe_links
from core.text.marks import link_citations
from core.text.printable import printable

RENDERED = 256
"""Texts whose HTML is kept: a long one takes a quarter of a second, and a page asks for it whenever it is looked at."""

DEEPEST = 6
SHIFT = 2
"""A heading of an answer stands below those of the page and of the question."""

_TAGS = {
    *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "a"),
    *("em", "strong", "s", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "rel", "target"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "div": {"tabindex", "role", "aria-label"},
}
_CLASSES = {"a": {"cite"}, "div": {"wide"}, "th": {"center", "right"}, "td": {"center", "right"}}

_Options = Any
_Env = MutableMapping[str, Any]


def source_place(turn_id: str, n: int) -> str:
    """The id of the element that shows a source."""
    return f"source-{turn_id}-{n}"


def markdown_html(text: str, turn_id: str = "", sources: Collection[int] = ()) -> Html:
    """Markdown as HTML; a mark like `[1]` of one of the `sources` leads to where that is shown."""
    return _rendered(text, turn_id, tuple(sources))


@lru_cache(RENDERED)
def _rendered(text: str, turn_id: str, sources: tuple[int, ...]) -> Html:
    places = {n: f"#{source_place(turn_id, n)}" for n in sources}
    rendered = _parser().render(link_citations(safe_links(printable(text)), places))
    return Html(
        nh3.clean(
            rendered,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            url_schemes={"http", "https", "mailto"},
            link_rel=None,  # it is there where the link leads away
            clean_content_tags={"script", "style"},
        )
    )


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    for name, rule in {
        "heading_open": _lower_heading,
        "heading_close": _lower_heading,
        "link_open": _link,
        "table_open": _table_open,
        "table_close": _table_close,
        "th_open": _cell,
        "td_open": _cell,
        "fence": _code,
        "code_block": _code,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


def _lower_heading(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    tokens[idx].tag = f"h{min(DEEPEST, int(tokens[idx].tag[1:]) + SHIFT)}"
    return self.renderToken(tokens, idx, options, env)


def _link(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    """A mark stays on the page; all else opens beside it, and is not told from where."""
    token = tokens[idx]
    if str(token.attrs.get("href", "")).startswith("#"):
        token.attrSet("class", "cite")
    else:
        token.attrSet("target", "_blank")
        token.attrSet("rel", "noopener noreferrer nofollow")
    return self.renderToken(tokens, idx, options, env)


def _table_open(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    """What is wider than the page scrolls by itself, also by keyboard."""
    return f'<div class="wide" tabindex="0" role="group" aria-label="{on_page.TABLE}"><table>\n'


def _table_close(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    return "</table></div>\n"


def _cell(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    """Alignment is a class: the page's policy takes no styles from here."""
    token = tokens[idx]
    aligned = str(token.attrs.pop("style", "")).partition(":")[2]
    if aligned in ("center", "right"):
        token.attrSet("class", aligned)
    return self.renderToken(tokens, idx, options, env)


def _code(self: RendererHTML, tokens: Sequence[Token], idx: int, options: _Options, env: _Env) -> str:
    return f'<pre tabindex="0">{self.code_inline([tokens[idx]], 0, options, env)}</pre>\n'
