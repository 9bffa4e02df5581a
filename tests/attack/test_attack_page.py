"""What agents may write into the page: it is rendered in time, and does nothing there."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.http.page.markdown import markdown_html
from tests.attack.hostile import PIECES, attacked, is_whole, texts, within

MARKUP = (
    *("<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<a href='javascript:x'>"),
    *(
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![x](https://a.example)",
        "<https://a.example>",
        "[1]",
        "&lt;",
    ),
    *(
        "# ",
        "> ",
        "- ",
        "1. ",
        "    ",
        "|a|b|\n|-|-|\n",
        "**",
        "_",
        "`",
        "```\n",
        "~~",
        "[x]: https://a.example\n",
        "&#0;",
    ),
)
markdown = texts | st.lists(st.sampled_from(MARKUP + PIECES), max_size=40).map("".join)


@attacked
@given(markdown, st.lists(st.integers(0, 9), max_size=3))
@example("[" * 40_000, [])
@example("*a " * 15_000, [])
@example("_a_" * 15_000, [])
@example("> " * 20_000, [])
@example("`" * 40_000, [])
@example("![[]()" * 8_000, [])
@example("|a" * 20_000 + "\n" + "|-" * 20_000, [])
def test_whatever_is_written_is_html_that_can_do_nothing(text: str, sources: list[int]) -> None:
    with within():
        html = markdown_html(text, "t", sources)

    assert is_whole(html)
    assert not re.search(r"<(?:script|style|img|svg|iframe|form|input|button|base|meta|link)\b", html)
    assert not re.search(r"<[a-z0-9]+[^>]*\s(?:on\w+|style|srcdoc)=", html)
    assert all(re.match(r"https?:|mailto:|#source-t-", href) for href in re.findall(r'href="([^"]*)"', html))
