from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import defused, escaped, link, to_markdown
from core.text.links import BREAK

B = BREAK


@pytest.mark.parametrize(
    ("mrkdwn", "markdown"),
    [
        ("Bees &amp; &lt;wasps&gt; &amp;lt;", "Bees & <wasps> &lt;"),
        ("*bold* _leaning_ ~gone~ `code`", "**bold** _leaning_ ~~gone~~ `code`"),
        ("2*3*4 and a * b * c, ~5 or ~6", "2*3*4 and a * b * c, ~5 or ~6"),
        ("*see <https://x.example|this>*", "**see [this](https://x.example)**"),
        ("<https://x.example/a?b=c&amp;d>", "https://x.example/a?b=c&d"),
        ("<https://x.example|https://x.example>", "https://x.example"),
        ("<http://x.example|x.example>", "x.example"),
        ("<mailto:ada@x.example|ada@x.example>", "ada@x.example"),
        ("<@U1> and <@U2|bob> and <@U3>", "@Ada and @bob and @U3"),
        ("<#C1|general> <#C2> <#C3|>", "#general #C2 #C3"),
        ("<!here> <!subteam^S1|@bees> <!date^1^{date}|today> <!everyone>", "@here @bees today @everyone"),
        ("• one\n  ◦ two", "- one\n  - two"),
        ("&gt; quoted", "> quoted"),
        ("```a *b* &lt;c&gt; <https://x.example>```", "```a *b* <c> https://x.example```"),
        ("`<https://x.example|x.example>`", "`x.example`"),
        ("a\0b", "ab"),
    ],
)
def test_what_a_person_wrote_is_read_as_markdown(mrkdwn: str, markdown: str) -> None:
    assert markdown == to_markdown(mrkdwn, {"U1": "Ada"})


marks = st.sampled_from(["*", "_", "~", "`", "```", "<", ">", "@U9", "!x", "#C", "\0", "&lt;", "a", " ", "\n"])


@given(st.lists(marks).map("".join))
def test_no_word_is_lost(mrkdwn: str) -> None:
    markdown = to_markdown(mrkdwn, {})

    assert [mrkdwn.count(letter) for letter in "aU9xC"] == [markdown.count(letter) for letter in "aU9xC"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<!channel> <@U1> <!subteam^S1>", f"<{B}!channel> <{B}@U1> <{B}!subteam^S1>"),
        ("&lt;!here&gt; &#60;!here>", f"&lt;{B}!here&gt; &#60;{B}!here>"),
        ("@here @Channel @EVERYONE &commat;here", f"@{B}here @{B}Channel @{B}EVERYONE &commat;{B}here"),
        ("[a](https://x.example/@channel)", "[a](https://x.example/%40channel)"),
        ("@ada, ada@x.example, a < b", "@ada, ada@x.example, a < b"),
    ],
)
def test_a_ping_is_defused_and_all_else_is_left_as_it_is(text: str, safe: str) -> None:
    assert safe == defused(text)
    assert safe == defused(safe)


def test_text_is_escaped() -> None:
    assert f"a &amp; b &lt;c&gt; &lt;{B}!here&gt;" == escaped("a & b <c> <!here>", 100)


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    assert "aaaa…" == escaped("a" * 10, 5)
    assert "aa…" == escaped("aa&b", 5)


@given(st.text() | st.text("&<>@!here", max_size=30), st.integers(1, 40))
def test_escaped_text_fits_is_whole_and_pings_nobody(text: str, limit: int) -> None:
    said = escaped(text, limit)

    assert len(said) <= limit
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)|@here|&lt;[!@]", said)
    said.encode()


@pytest.mark.parametrize(
    ("label", "url", "said"),
    [
        ("A & B | C", "https://x.example/a|b", "<https://x.example/a%7Cb|A &amp; B | C>"),
        ("bank.example", "https://evil.example", "<https://evil.example|bank.example (evil.example)>"),
        ("A\nB", None, "A B"),
        ("A", "javascript:x", "A"),
        ("A", "https://x.example/@here", "<https://x.example/%40here|A>"),
        ("A", f"https://x.example/{'b' * 300}", "A"),
    ],
)
def test_a_link_leads_where_it_says_or_is_none(label: str, url: str | None, said: str) -> None:
    assert said == link(label, url, 200)


def test_a_long_title_is_shortened() -> None:
    assert f"<https://x.example|{'a' * 149}…>" == link("a" * 1_000, "https://x.example", 500)
