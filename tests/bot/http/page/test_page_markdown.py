"""What agents write becomes HTML that can do nothing, whatever it is."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http.page.markdown import markdown_html

TAGS = {
    *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "a"),
    *("em", "strong", "s", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "rel", "target", "title", "class", "start", "tabindex", "role", "aria-label", "lang"}
PIECES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](https://fine.example)",
    "![x](https://spy.example/x.png)",
    "<javascript:alert(1)>",
    "[r]: javascript:alert(1)",
    "[r]",
    "```",
    "`",
    "\n\n",
    "\n| a | b |\n|---|:-:|\n| 1 | 2 |\n",
    "> ",
    "- ",
    "# ",
    "[1]",
    "\x00",
    "\u202e",
    "\ud800",
    '" onclick="alert(1)',
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)


class Seen(HTMLParser):
    """The elements that a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


@given(texts)
def test_nothing_but_harmless_elements_comes_of_it(text: str) -> None:
    for tag, attributes in Seen(markdown_html(text, "t", [1])).elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        if "href" in attributes:
            assert attributes["href"].startswith(("https://", "http://", "mailto:", "#source-t-1"))


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# Bees", "<h3>Bees</h3>"),
        ("##### Deep", "<h6>Deep</h6>"),
        ("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("```py\n<b>\n```", '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>'),
        ("a & b", "<p>a &amp; b</p>"),
    ],
)
def test_markdown_is_shown_as_what_it_means(markdown: str, html: str) -> None:
    assert markdown_html(markdown).strip() == html


def test_a_mark_of_a_source_leads_to_it_and_any_other_is_text() -> None:
    html = markdown_html("They dance [1, 2], see [7] and `[1]`.", "turn", [1, 2])

    assert html.count('class="cite"') == 2
    assert '<a href="#source-turn-1" class="cite">1</a>' in html
    assert "[7] and <code>[1]</code>" in html


def test_a_link_opens_beside_the_page_and_tells_nobody_from_where() -> None:
    assert markdown_html("[x](https://a.example/)") == (
        '<p><a href="https://a.example/" target="_blank" rel="noopener noreferrer nofollow">x</a></p>\n'
    )


def test_a_link_that_looks_like_another_says_where_it_leads() -> None:
    assert ">bank.example (evil.example)</a>" in markdown_html("[bank.example](https://evil.example/)")


def test_an_answer_cannot_lead_to_a_place_on_the_page() -> None:
    assert "<a" not in markdown_html("[press](#new) [me](/v1/chat) [or](page/x)", "turn", [1])


def test_a_picture_is_never_fetched() -> None:
    assert "<img" not in markdown_html("![x](https://spy.example/x.png)")


def test_columns_keep_their_side_without_a_style() -> None:
    html = markdown_html("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |")

    assert '<td>1</td>\n<td class="right">2</td>\n<td class="center">3</td>' in html
    assert "style" not in html


def test_what_was_rendered_is_not_rendered_again() -> None:
    assert markdown_html("Bees [1].", "t", [1]) is markdown_html("Bees [1].", "t", [1])
    assert markdown_html("Bees [1].", "t", [1]) != markdown_html("Bees [1].", "t", [])
