from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.links import BREAK, LONGEST_ADDRESS, honest_label, safe_links, web_address

B = BREAK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bees dance.",
        "[dance](https://bees.example/dance?a=1#b)",
        "[dance](http://bees.example/(a)/b)",
        '[dance](<https://bees.example> "A title")',
        "[https://www.bees.example/a/page.html](https://bees.example/b/page.html)",
        "[bees.example](https://BEES.example/)",
        "[ada.b@bees.example](mailto:ada.b@bees.example)",
        "<https://bees.example/a> and https://bees.example/b.",
        "`[a](javascript:x)` and ``<a href=`x`>``",
        "```html\n<a href='x'>[b](y)</a>\n```",
        "a < b, a <= b, <3, x <- y, 5 > 4",
        "[x] and [1] and [1, 2] (see)",
    ],
)
def test_what_is_plainly_good_is_left_as_it_is(text: str) -> None:
    assert text == safe_links(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[https://bank.example](https://evil.example/x)",
            "[https://bank.example (evil.example)](https://evil.example/x)",
        ),
        ("[bank.example](https://evil.example)", "[bank.example (evil.example)](https://evil.example)"),
        ("[**bank**.example](https://evil.example)", "[**bank**.example (evil.example)](https://evil.example)"),
        ("[b&#97;nk.example](https://evil.example)", "[b&#97;nk.example (evil.example)](https://evil.example)"),
        ("[bank\uff0eexample](https://evil.example)", "[bank\uff0eexample (evil.example)](https://evil.example)"),
        (f"[bank{B}.example](https://evil.example)", f"[bank{B}.example (evil.example)](https://evil.example)"),
        ("[`bank.example`](https://evil.example)", "[`bank.example` (evil.example)](https://evil.example)"),
        (
            "[Go to bank.example now](https://evil.example)",
            "[Go to bank.example now (evil.example)](https://evil.example)",
        ),
        ("[a@bank.example](mailto:b@evil.example)", "[a@bank.example (b@evil.example)](mailto:b@evil.example)"),
    ],
)
def test_a_link_that_looks_like_another_address_shows_its_host(text: str, expected: str) -> None:
    assert expected == safe_links(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](javascript:alert(1))", f"[a]{B}(javascript:alert(1))"),
        ("[a](/page.html)", f"[a]{B}(/page.html)"),
        ("[a](https://)", f"[a]{B}(https://)"),
        ("[a](https:evil.example)", f"[a]{B}(https:evil.example)"),
        ("[a](https://x.example/((b)))", f"[a]{B}(https://x.example/((b)))"),
        ("[a](https://b.example\\@evil.example)", f"[a]{B}(https://{B}b.example\\@evil.example)"),
        ("[a](https://[x)", f"[a]{B}(https://[x)"),
        ("[a](https://x y)", f"[a]{B}(https://x y)"),
        ("[a\\](javascript:x)", f"[a\\]{B}(javascript:x)"),
        ("a](https://x.example)", f"a]{B}(https://x.example)"),
        ("[a\n\nb](https://x.example)", f"[a\n\nb]{B}(https://x.example)"),
        ("[a [b](https://x.example)](https://y.example)", f"[a [b](https://x.example)]{B}(https://y.example)"),
        ("[a](mailto:nobody)", f"[a]{B}(mailto:nobody)"),
        ("https://bank.example@evil.example", f"https://{B}bank.example@evil.example"),
        ("https://bank.example&#64;evil.example", f"https://{B}bank.example&#64;evil.example"),
        ("[a]: https://evil.example", f"[a]{B}: https://evil.example"),
        ("<a href='x'>y</a> <!channel> <@U1>", f"<{B}a href='x'>y<{B}/a> <{B}!channel> <{B}@U1>"),
        ("<javascript:x>", f"<{B}javascript:x>"),
        ("<https://evil.example|https://bank.example>", f"<{B}https://evil.example|https://bank.example>"),
    ],
)
def test_what_is_not_plainly_good_is_no_link(text: str, expected: str) -> None:
    assert expected == safe_links(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![A dance](https://x.example/a.png)", "[A dance](https://x.example/a.png)"),
        ("![](https://x.example/a.png)", "[x.example](https://x.example/a.png)"),
        ("[](https://x.example)", "[x.example](https://x.example)"),
    ],
)
def test_an_image_is_a_link_and_every_link_has_words(text: str, expected: str) -> None:
    assert expected == safe_links(text)


@pytest.mark.parametrize(
    "wrap",
    [
        "<div>\n{}\n</div>",
        "    {}",
        "~~~\n{}\n~~~",
        "```\n{}",
        "`open\n{}",
        "> {}",
        "| a |\n|---|\n| {} |",
        "    `a` {} `b`",
    ],
)
def test_only_what_every_parser_takes_for_code_is_left_alone(wrap: str) -> None:
    link = "[https://bank.example](https://evil.example)"

    assert link not in safe_links(wrap.format(link))


parts = st.lists(
    st.sampled_from(
        [
            *(
                "[",
                "]",
                "(",
                ")",
                "](",
                "](https://x.example)",
                "](https://y.example/(a))",
                "](javascript:x)",
                "!",
                "\\",
            ),
            *(
                "<",
                ">",
                "`",
                "``",
                "```\n",
                "~~~\n",
                "\n",
                "\n\n",
                "    ",
                "> ",
                "- ",
                ":",
                "@",
                "&#64;",
                "https://",
                '"',
            ),
            *("x.example", "bank.example", "mailto:", "word", " ", "|", "<https://x.example>", "\0", "]:", B, "é"),
        ]
    )
).map("".join)


@given(parts | st.text())
def test_done_twice_it_changes_no_more(text: str) -> None:
    once = safe_links(text)

    assert once == safe_links(once)


@given(parts | st.text())
def test_the_words_stay(text: str) -> None:
    letters = iter(safe_links(text))

    assert all(letter in letters for letter in text if letter != "!")


@given(parts.map(lambda text: text.replace("`", "")))
def test_every_link_goes_where_one_may_go(text: str) -> None:
    targets = re.findall(r"\]\(\s*<?([^\s>)]*)", safe_links(text))

    assert all(re.match(r"https?://\w|mailto:\w", target) for target in targets)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
        (" https://x.example/a b ", "https://x.example/a%20b"),
        ("https://x.example/(a)|<b>]\\", "https://x.example/%28a%29%7C%3Cb%3E%5D%5C"),
        ("https://x.example/\u202eä", "https://x.example/ä"),
        ("javascript:x", None),
        ("https://a@x.example", None),
        ("https://x.example/" + "a" * LONGEST_ADDRESS, None),
        ("x.example", None),
        ("", None),
    ],
)
def test_the_address_of_a_source_can_stand_in_a_link_or_is_none(url: str, address: str | None) -> None:
    assert address == web_address(url)


@given(st.text().map(lambda text: f"https://x.example/{text}"))
def test_no_address_ends_a_link_early(url: str) -> None:
    address = web_address(url) or ""

    assert not re.search(r"[\s<>()\[\]|`\"\\]", address)
    address.encode()


def test_words_that_name_no_host_are_told_as_they_are() -> None:
    assert "A dance" == honest_label("A dance", "https://bees.example")
