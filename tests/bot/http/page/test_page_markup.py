from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.http.page.markup import Html, joined, tag, void
from core.text.printable import printable
from tests.bot.http.page.test_page_markdown import Seen


@given(st.text(), st.text())
def test_what_is_no_markup_is_text_wherever_it_stands(content: str, value: str) -> None:
    assert Seen(tag("p", content, title=value)).elements == [("p", {"title": printable(value)})]


def test_markup_stays_as_it_is() -> None:
    assert tag("p", Html("<b>x</b>"), "<b>") == "<p><b>x</b>&lt;b&gt;</p>"


def test_attributes_are_written_as_html_has_them() -> None:
    assert void("input", class_="a", aria_label="b", required=True, hidden=False) == (
        '<input class="a" aria-label="b" required>'
    )


def test_an_element_may_have_an_attribute_that_is_called_name() -> None:
    assert tag("textarea", name="prompt") == '<textarea name="prompt"></textarea>'


def test_pieces_are_joined_without_anything_between() -> None:
    assert joined(tag("i", "a"), " & ") == "<i>a</i> &amp; "
