from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks import FALLBACK, MESSAGE, MOST_BLOCKS, SECTION, Context, Markdown, Section, SlackMessage
from bot.slack.render import Rendered, render
from core.errors import Trouble
from core.events import (
    Event,
    StageCompleted,
    StageDelta,
    StageFailed,
    StageStarted,
    TurnEnded,
    TurnQueued,
    TurnStarted,
)
from core.pipeline import first_view
from core.review import Finding, Review, Verdict
from core.shown import file_name
from core.stages import STAGES
from core.text.links import BREAK
from core.turn import Failure, Outcome, Source, StageRecord, StageStatus, TurnStatus
from core.view import StageLine, TurnView, apply

ANSWERED = Outcome(
    "t",
    "c",
    TurnStatus.COMPLETE,
    "# Bees\n\nThey dance [1], and vote [1, 2].",
    sources=(Source(1, 7, "Honeybee Democracy", "https://example.com/7"), Source(2, 8, "Handbook", None, True)),
    review=Review(92, Verdict.APPROVE, "Sound.", (Finding("warning", "style", "A long sentence."),)),
    stages=(StageRecord("research", StageStatus.DONE),),
    seconds=41.0,
)
FOOTER = Context("Reviewed 92/100 · no edits · 41 s")


def drawn(*events: Event) -> Rendered:
    return render(reduce(apply, events, first_view(STAGES)))


def ended(outcome: Outcome) -> Rendered:
    return drawn(TurnEnded(outcome))


def texts(message: SlackMessage) -> str:
    return "\n".join(block.text for block in message.blocks)


def answer_in(rendered: Rendered) -> str:
    blocks = (block for message in (rendered.first, *rendered.parts) for block in message.blocks)
    return "\n".join(block.text for block in blocks if isinstance(block, Markdown))


def test_a_queued_turn_shows_its_place() -> None:
    said = "◌ Queued, 2nd in line in this thread"

    assert Rendered(SlackMessage(said, (Section(said),))) == drawn(TurnQueued(2))


def test_a_running_turn_shows_four_stages_and_the_end_of_the_draft_as_a_quote() -> None:
    rendered = drawn(
        TurnStarted(0.0),
        StageCompleted("research", "5 sources", 12.0),
        StageCompleted("plan", "4 sections", 6.0),
        StageStarted("build"),
        StageDelta("build", "## Bees **scout**.\nThen they dance"),
    )

    assert "● Working · 3 of 4 · 0:00" == rendered.first.text
    assert (
        Section("● *Working · 3 of 4 · 0:00*"),
        Context("✓ Research   5 sources · 12 s\n✓ Plan   4 sections · 6 s\n◐ Build   6 words so far …\n○ Review"),
        Section("> Bees scout.\n> Then they dance"),
    ) == rendered.first.blocks
    assert ((), "") == (rendered.parts, rendered.file)


def test_the_same_view_is_the_same_message() -> None:
    events = (TurnStarted(0.0), StageStarted("build"), StageDelta("build", "Bees"))

    assert drawn(*events) == drawn(*events)
    assert hash(drawn(*events)) == hash(drawn(*events))
    assert drawn(*events) != drawn(*events, StageDelta("build", " dance"))


def test_a_complete_turn_is_its_answer_with_sources_and_footer() -> None:
    first = ended(ANSWERED).first
    link = "[1](https://example.com/7)"

    assert (
        Markdown(f"# Bees\n\nThey dance [{link}], and vote [{link}, 2]."),
        Context("*Sources*   1 <https://example.com/7|Honeybee Democracy> · 2 Handbook (needs login)"),
        FOOTER,
    ) == first.blocks


def test_a_rejected_answer_stands_under_its_warning() -> None:
    first = ended(replace(ANSWERED, status=TurnStatus.REJECTED, review=Review(5, Verdict.REJECT, "Made up."))).first

    assert Section("⚠ The reviewer advises against using this: Made up.") == first.blocks[0]
    assert isinstance(first.blocks[1], Markdown)
    assert first.text.startswith("⚠ The reviewer advises against using this: Made up.\nBees")


def test_the_footer_leads_to_the_page_of_the_turn() -> None:
    page = "https://ask.example/t/turn/key"
    view = replace(reduce(apply, (TurnEnded(ANSWERED),), first_view(STAGES)), page=page)

    assert Context(f"{FOOTER.text} · <{page}|Open as a page>") in render(view).first.blocks


def test_an_unreviewed_draft_says_so_below_itself() -> None:
    failure = Failure("review", Trouble.BUSY)
    unreviewed = replace(ANSWERED, status=TurnStatus.UNREVIEWED, review=None, failure=failure)

    first = ended(unreviewed).first

    assert isinstance(first.blocks[0], Markdown)
    assert first.blocks[1].text.startswith("The reviewer did not answer; this draft is unreviewed.")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            replace(ANSWERED, status=TurnStatus.FAILED, answer="", failure=Failure("plan", Trouble.NO_CREDITS)),
            "✗ Plan did not answer: CustomGPT has no query credits left.",
        ),
        (
            replace(ANSWERED, status=TurnStatus.STOPPED, answer="", stopped_by="Ada & Bob"),
            "■ Stopped by Ada &amp; Bob after Research. What was done is kept.",
        ),
        (
            replace(ANSWERED, status=TurnStatus.WITHHELD, answer="", review=Review(5, Verdict.REJECT, "Made up.")),
            "⚠ The answer is withheld: the reviewer advises against using it. Made up.",
        ),
    ],
)
def test_a_turn_without_an_answer_says_why_above_its_stages(outcome: Outcome, said: str) -> None:
    first = drawn(
        StageCompleted("research", "5 sources", 3.0), StageFailed("plan", Trouble.BUSY), TurnEnded(outcome)
    ).first

    assert first.text.startswith(said)
    assert [Section, Context] == [type(block) for block in first.blocks]
    assert first.blocks[1].text.startswith("✓ Research   5 sources · 3 s\n✗ Plan")


def test_a_long_answer_goes_on_in_replies_and_is_whole_in_a_file() -> None:
    paragraphs = [f"## Part {n}\n\n{'word ' * 400}" for n in range(20)]
    rendered = ended(replace(ANSWERED, answer="\n\n".join(paragraphs)))

    assert 3 == len(rendered.parts)
    assert all(f"## Part {n}\n" in answer_in(rendered) for n in range(20))
    assert all(part.blocks[0].text.startswith("## Part") for part in rendered.parts)
    assert rendered.first.blocks[-2:] == (
        Context("Continued in 3 replies below; the whole answer is attached as a file."),
        FOOTER,
    )
    assert rendered.parts[-1].blocks[-1].text.startswith("*Sources*")
    assert rendered.file.endswith(
        "## Sources\n\n1. Honeybee Democracy https://example.com/7\n2. Handbook (needs login)\n\n"
        "Reviewed 92/100 · no edits · 41 s\n"
    )


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    code = "\n".join(f"print({n})" for n in range(3_000))
    rendered = ended(replace(ANSWERED, answer=f"Look:\n\n```py\n{code}\n```\n\nThat is all."))

    bodies = [message.blocks[0].text for message in (rendered.first, *rendered.parts)]
    assert len(bodies) > 2
    assert all(body.startswith("```py\nprint(") for body in bodies[1:])
    assert all(body.endswith(")\n```") for body in bodies[:-1])
    assert 3_000 == "".join(bodies).count("print(")


def test_code_that_a_cut_makes_words_of_is_made_safe_again() -> None:
    """Backticks around more than a message holds: nobody takes the second half for code."""
    link = "[https://bank.example](https://evil.example)<!channel>"
    rendered = ended(replace(ANSWERED, answer="`" + f"{link} x ![i](javascript:a) " * 400 + "`"))

    assert link not in answer_in(rendered)
    assert "](javascript" not in answer_in(rendered)
    assert answer_in(rendered).count("evil.example)](https://evil.example)") > 390  # but those that were cut
    assert all(sum(len(block.text) for block in part.blocks) <= MESSAGE for part in rendered.parts)


def test_marks_do_not_cost_a_second_message() -> None:
    """The first mark of each source is a link, the others are numbers."""
    address = f"https://example.com/{'x' * 200}"
    answer = "They dance [1]. " * 500
    rendered = ended(replace(ANSWERED, answer=answer, sources=(Source(1, 7, "Bees", address),)))

    assert () == rendered.parts
    assert 1 == answer_in(rendered).count(address)


def test_sources_that_do_not_fit_behind_the_answer_follow_in_a_reply() -> None:
    sources = tuple(Source(n, n, f"Source {n}", f"https://example.com/{n}/{'x' * 300}") for n in range(1, 30))
    rendered = ended(replace(ANSWERED, answer="word " * 1_800, sources=sources))

    said = "".join(map(texts, (rendered.first, *rendered.parts)))
    assert rendered.parts
    assert all(f"|Source {n}>" in said for n in range(1, 30))


def test_a_source_whose_title_is_another_address_shows_its_host() -> None:
    source = Source(1, 7, "https://bank.example", "https://evil.example/x?a=1&b=2")

    said = texts(ended(replace(ANSWERED, answer="Bees.", sources=(source,))).first)

    assert "1 <https://evil.example/x?a=1&amp;b=2|https://bank.example (evil.example)>" in said


@pytest.mark.parametrize("url", ["javascript:alert(1)", "slack://open", "https://", "https://a@b.example", "/x", ""])
def test_a_source_that_may_not_be_followed_is_no_link(url: str) -> None:
    rendered = ended(replace(ANSWERED, answer="Bees [1].", sources=(Source(1, 7, "A & B", url),)))

    assert Context("*Sources*   1 A &amp; B") == rendered.first.blocks[1]
    assert Markdown("Bees [1].") == rendered.first.blocks[0]


def test_a_file_is_named_after_turn_and_generation() -> None:
    assert "answer-abc-g2.md" == file_name("abc", 2)


def test_a_message_as_json_is_what_slack_takes() -> None:
    message = SlackMessage("Said.", (Section("a"), Context("b"), Markdown("c")))

    assert {
        "text": "Said.",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "a", "verbatim": True}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "b", "verbatim": True}]},
            {"type": "markdown", "text": "c"},
        ],
    } == message.as_json()


PIECES = [
    *("<!channel>", "<!here>", "<!everyone>", "<!subteam^S1>", "<@U123>", "@here", "@channel", "@everyone", "@her"),
    *("e", "&lt;!channel&gt;", "&commat;here", "\\<!channel>", "<\\!here>", "[a](https://x.example/@here)", "&", "<"),
    *("[https://bank.example](https://evil.example)", "[a](javascript:alert(1))", "![i](https://x.example/i.png)"),
    *("<https://evil.example|https://bank.example>", "[1]", "[1, 2]", "[1]: https://evil.example", "[b][1]", "<div>"),
    *(
        "```",
        "```\n",
        "\n```py\n",
        "~~~\n",
        "`",
        "``",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "# ",
        "word ",
        "é",
        "蜂。",
        "*",
    ),
    *("\0", "\ud800", "\u202e", "\r\n", "\u2028", "x" * 500, "word " * 900, "`" * 30, "https://a@b.example", "\\"),
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=60).map("".join)
sources = st.lists(
    st.builds(Source, st.integers(1, 3), st.none(), hostile, st.none() | hostile | st.just("https://x.example/@here")),
    max_size=4,
)
outcomes = st.builds(
    lambda status, answer, sources, said, seconds: Outcome(
        "t",
        "c",
        status,
        answer if status in (TurnStatus.COMPLETE, TurnStatus.REJECTED, TurnStatus.UNREVIEWED) else "",
        sources=tuple(sources),
        review=Review(50, Verdict.REJECT, said),
        failure=Failure("build", Trouble.BUSY),
        stopped_by=said,
        seconds=seconds,
    ),
    st.sampled_from([status for status in TurnStatus if status not in (TurnStatus.QUEUED, TurnStatus.RUNNING)]),
    hostile,
    sources,
    hostile,
    st.floats(0, 1e6),
)
lines = st.builds(StageLine, hostile, hostile, st.booleans(), st.sampled_from(StageStatus), note=hostile, text=hostile)
views = st.builds(
    TurnView,
    st.lists(lines, max_size=12).map(tuple),
    st.sampled_from([TurnStatus.QUEUED, TurnStatus.RUNNING]),
    st.integers(1, 99),
    outcome=st.none() | outcomes,
)

PING = re.compile(r"(?:<|&lt;|&#0*60;)\\*[!@]|(?:@|&commat;|&#0*64;)(?:here|channel|everyone)", re.IGNORECASE)


def assert_slack_takes(message: SlackMessage) -> None:
    assert 0 < len(message.text) <= FALLBACK
    assert 0 < len(message.blocks) <= MOST_BLOCKS
    assert sum(len(block.text) for block in message.blocks) <= MESSAGE
    for block in message.blocks:
        assert block.text.strip()
        assert len(block.text) <= (MESSAGE if isinstance(block, Markdown) else SECTION)
    json.dumps(message.as_json(), ensure_ascii=False).encode()


@given(views)
def test_whatever_the_view_slack_takes_it_and_nobody_is_pinged(view: TurnView) -> None:
    rendered = render(view)

    for message in (rendered.first, *rendered.parts):
        assert_slack_takes(message)
        for text in (message.text, *(block.text for block in message.blocks)):
            assert not PING.search(text)
    rendered.file.encode()


def squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def is_within(needle: str, hay: str) -> bool:
    letters = iter(hay)
    return all(letter in letters for letter in needle)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=120).map("".join))
def test_all_of_the_answer_is_there_across_the_parts(answer: str) -> None:
    whole = replace(ANSWERED, answer=answer + ".")
    rendered = ended(whole)

    assert is_within(squeezed(answer.encode(errors="ignore").decode()), squeezed(answer_in(rendered)))
    assert bool(rendered.file) == bool(rendered.parts)


LINK = re.compile(r"\]\(\s*<?([^)\s>]*)")


@given(hostile)
def test_every_link_outside_code_is_one_that_may_be_followed(text: str) -> None:
    for block in ended(replace(ANSWERED, answer=text.replace("`", "") + ".")).first.blocks:
        if isinstance(block, Markdown) and "~~~" not in block.text:
            assert all(re.match("https?://|mailto:", target) for target in LINK.findall(block.text))
            assert f"[https://bank.example]({BREAK}" not in block.text
            assert "[https://bank.example](https://evil.example)" not in block.text
