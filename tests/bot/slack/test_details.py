from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.slack.changes import edit_of, finding_of
from bot.slack.details import ALTOGETHER, ENTRY, details
from core.errors import Trouble
from core.export import concealed
from core.payload import Payload
from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.stages import TITLES
from core.stored import Exported
from core.text import telling
from core.text.links import BREAK
from core.turn import AgentReply, Failure, Outcome, StageRecord, StageStatus, TurnStatus
from sandbox.slack.blocks import MOST_IN_VIEW, checked, problems_of, texts
from sandbox.slack.kit import Modal
from sandbox.slack.pings import PING, pings_of
from sandbox.slack.state import State

MODAL: TypeAdapter[Modal] = TypeAdapter(Modal)
JsonDict = dict[str, Any]

REVIEW = Review(
    92,
    Verdict.REVISE,
    "Sound & short.",
    (Finding("warning", "factual doubt", "Twice a day?", "vote twice"),),
    (
        JudgedEdit(Edit("Bees vote twice a day.", "Bees vote once a day.", "sources say so"), EditStatus.APPLIED),
        JudgedEdit(Edit("wasps", "hornets"), EditStatus.REJECTED, "not in the draft"),
    ),
)
SAID = {
    "research": AgentReply("Scouts dance.", seconds=12.0, asked_at=100.0),
    "plan": AgentReply("1. Scouts", seconds=6.0, asked_at=112.0, queries=2),
    "build": AgentReply("Bees vote twice a day.", seconds=9.0, asked_at=118.0),
    "review": AgentReply('{"score": 92}', seconds=4.0, asked_at=127.0),
}
COSTS = tuple(StageRecord(name, StageStatus.DONE, 1.0, queries=1, prompt_tokens=500) for name in SAID)


def payload_of(outcome: Outcome) -> JsonDict:
    read: JsonDict = json.loads(json.dumps(Payload.of(outcome).model_dump()))
    return read


def a_turn(
    status: TurnStatus = TurnStatus.COMPLETE,
    review: Review | None = REVIEW,
    replies: Mapping[str, AgentReply | None] = SAID,
    **changes: Any,
) -> Exported:
    """A turn of the year 1970, accepted at 90."""
    failure = Failure("review", Trouble.NO_CREDITS)
    outcome = Outcome("t", "c", status, "", review=review, stages=COSTS, failure=failure, stopped_by="Ada")
    payload = {} if status in (TurnStatus.QUEUED, TurnStatus.RUNNING) else payload_of(outcome)
    asked = {slot: (f"{slot} asked", reply) for slot, reply in replies.items()}
    return replace(Exported("t", "How?", {}, "Ada", 90.0, status, payload, asked), **changes)


def drawn(turn: Exported) -> list[str]:
    """The blocks of a view that Slack takes: headers with `#`, small print with `(`."""
    signs = {"header": "# ", "context": "( ", "section": ""}
    return [signs[block["type"]] + "".join(texts(block)) for block in taken(details(turn, TITLES))["blocks"]]


def taken(view: JsonDict) -> JsonDict:
    """The view, if Slack takes it."""
    assert [] == problems_of(MODAL, view, "/view")
    assert all("".join(texts(block)).strip() for block in checked(view["blocks"], most=MOST_IN_VIEW))
    assert len(json.dumps(view).encode()) < 250_000
    assert [] == pings_of(State(0.0, "", view["blocks"]))
    return view


def shown(text: str) -> str:
    return text.replace(BREAK, "")


def test_the_view_is_a_modal_that_can_only_be_closed() -> None:
    view = details(a_turn(), TITLES)

    assert {"type", "title", "close", "blocks"} == view.keys()
    assert ("modal", "Details", "Close") == (view["type"], view["title"]["text"], view["close"]["text"])


def test_each_agents_words_stand_in_their_order_then_findings_then_edits_then_what_it_cost() -> None:
    assert [
        "( Complete",
        "# Research",
        "( 12 s · 1 query",
        "Scouts dance.",
        "# Plan",
        "( 6 s · 2 queries",
        "1. Scouts",
        "# Build",
        "( 9 s · 1 query",
        "Bees vote twice a day.",
        "# Review",
        "( 92/100 · revise · 4 s · 1 query",
        "Sound &amp; short.",
        "# Findings",
        "*Warning, factual doubt*  Twice a day?\n> vote twice",
        "# Edits",
        "*Applied*  sources say so\nBees vote ~twice~*once* a day.\n\n*Left out: not in the draft*\n~wasps~*hornets*",
        "( 4 queries, about 2,000 tokens · 41 s in all",
    ] == [shown(text) for text in drawn(a_turn())]


def test_a_turn_under_way_shows_what_is_there() -> None:
    replies = {"research": SAID["research"], "plan": None}

    assert [
        "( Running · generation 2",
        f"( {telling.SO_FAR}",
        "# Research",
        "( 12 s · 1 query",
        "Scouts dance.",
        "# Plan",
        telling.NO_ANSWER_YET,
    ] == drawn(a_turn(TurnStatus.RUNNING, replies=replies, generation=2))


@pytest.mark.parametrize(
    ("status", "said"), [(TurnStatus.QUEUED, telling.NOT_ASKED_YET), (TurnStatus.STOPPED, telling.NOT_ASKED)]
)
def test_a_turn_without_any_agents_words_says_so(status: TurnStatus, said: str) -> None:
    assert said in drawn(a_turn(status, None, {}))


def test_a_turn_without_an_answer_says_why() -> None:
    replies = {**SAID, "review": None}

    blocks = drawn(a_turn(TurnStatus.FAILED, None, replies))

    assert blocks[1].startswith("Review did not answer: CustomGPT has no query credits left.")
    assert telling.NO_ANSWER == blocks[blocks.index("# Review") + 1]


def test_a_review_that_was_never_read_stands_as_its_parts() -> None:
    replies = {"review.1": AgentReply('{"score": 9}', seconds=2.0), "review.2": None, "review.3": AgentReply("\0")}

    blocks = drawn(a_turn(TurnStatus.STOPPED, None, replies))

    assert [
        "# Review",
        "( 2 of 3 parts · 2 s · 2 queries",
        f'Part 1\n{{"score": 9}}\n\nPart 2\n{telling.NO_ANSWER}\n\nPart 3\n{telling.BLANK}',
    ] == blocks[2:5]


def test_a_review_in_parts_that_was_read_stands_once() -> None:
    replies = {f"review.{n}": AgentReply('{"score": 9}') for n in range(1, 12)}

    blocks = drawn(a_turn(replies=replies))

    assert ["# Review", "( 92/100 · revise · 11 parts · 0 s · 11 queries", "Sound &amp; short."] == blocks[1:4]


def test_who_is_no_admin_sees_no_withheld_draft_and_why() -> None:
    turn = a_turn(TurnStatus.WITHHELD, replace(REVIEW, edits=()), withheld=True)

    blocks = drawn(concealed(turn))

    assert f"( {telling.DRAFT_WITHHELD}" == blocks[1]
    assert telling.DRAFT_WITHHELD == blocks[blocks.index("# Build") + 2]
    assert "Scouts dance." in blocks
    assert "# Findings" in blocks
    assert "vote twice a day" not in "".join(blocks)


def test_an_admin_sees_a_withheld_draft_and_the_review_as_it_was_given() -> None:
    blocks = drawn(a_turn(TurnStatus.WITHHELD, replace(REVIEW, edits=()), withheld=True))

    assert f"( {telling.FOR_ADMINS}" == blocks[1]
    assert "Bees vote twice a day." in blocks
    assert '{"score": 92}' in blocks
    assert "# Findings" not in blocks


def test_a_draft_before_its_verdict_is_announced() -> None:
    blocks = drawn(concealed(a_turn(TurnStatus.RUNNING, replies=SAID, withheld=True)))

    assert f"( {telling.DRAFT_TO_COME}" == blocks[1]
    assert telling.DRAFT_TO_COME == blocks[-1]


def test_a_long_output_gives_way_to_the_others_and_says_where_the_whole_is() -> None:
    long = "\n".join(f"Line {n} of the draft." for n in range(1_500))

    blocks = drawn(a_turn(replies={**SAID, "build": AgentReply(long)}))

    build = blocks[blocks.index("# Build") + 2 : blocks.index("# Review")]
    assert ["Scouts dance.", "1. Scouts"] == [blocks[3], blocks[6]]
    assert build[0].startswith("Line 0 of the draft.\nLine 1")
    assert all(piece.startswith("Line ") for piece in build)
    assert build[-1].endswith(telling.REST)
    assert ALTOGETHER - 200 < sum(map(len, blocks)) - 2 * len(blocks) + 2 * len(build) <= ALTOGETHER + 100


def test_findings_and_edits_beyond_the_room_are_counted() -> None:
    findings = tuple(Finding("info", "style", f"{n} " + "long " * 400) for n in range(30))
    edits = tuple(JudgedEdit(Edit(f"old {n} " * 200, f"new {n} " * 200), EditStatus.APPLIED) for n in range(60))

    blocks = drawn(a_turn(review=replace(REVIEW, findings=findings, edits=edits)))

    more = [block for block in blocks if "more" in block]
    assert 2 == len(more)
    assert "more findings: the export has the whole." in more[0]
    assert "more edits: the export has the whole." in more[1]


def test_sixty_short_edits_are_all_there() -> None:
    edits = tuple(JudgedEdit(Edit(f"old {n}", f"new {n}"), EditStatus.APPLIED) for n in range(60))

    blocks = drawn(a_turn(review=replace(REVIEW, edits=edits)))

    assert 60 == "".join(blocks).count("*Applied*")


@pytest.mark.parametrize(
    ("find", "replace_", "said"),
    [
        ("a < b", "a > b", "a ~&lt;~*&gt;* b"),
        ("use `x` now", "use `y` now", "```\n- use `x` now\n+ use `y` now\n```"),
        ("one\ntwo", "one\nthree", "```\n  one\n- two\n+ three\n```"),
        ("**bold**", "", "```\n- **bold**\n```"),
        ("~tilde~", "tilde", "```\n- ~tilde~\n+ tilde\n```"),
        ("too  wide", "too wide", "```\n- too  wide\n+ too wide\n```"),
        ("x\n```\ny", "x\n", "```\n  x\n- ```\n- y\n```"),
        ("蜂は九時", "蜂は十時", "蜂は~九~*十*時"),
    ],
)
def test_an_edit_is_a_diff_that_cannot_be_misread(find: str, replace_: str, said: str) -> None:
    edit = payload_edit(find, replace_)

    assert f"*Applied*\n{said}" == shown(edit_of(edit, ENTRY))


def test_code_cannot_break_out_of_a_diff() -> None:
    said = edit_of(payload_edit("x\n```\n<!channel>", "````"), ENTRY)

    assert 2 == said.count("```")


def test_a_long_edit_is_cut_within_its_code() -> None:
    said = edit_of(payload_edit("old\n" * 5_000, "new\n" * 5_000), ENTRY)

    assert said.endswith(f"\n```\n{telling.REST}")
    assert 2 == said.count("```")


def payload_edit(find: str, replace_: str, reason: str = "", why: str = "") -> JsonDict:
    return {"find": find, "replace": replace_, "reason": reason, "status": "rejected" if why else "applied", "why": why}


PIECES = [
    *(
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<!subteam^S1>",
        "<@U1>",
        "@here",
        "@channel",
        "@everyone",
        "&",
        "<",
        ">",
    ),
    *(
        "&lt;!channel&gt;",
        "&commat;here",
        "\\<!channel>",
        "[https://bank.example](https://evil.example)",
        "*",
        "_",
        "~",
    ),
    *("<https://evil.example|https://bank.example>", "https://x.example/@here", "```", "`", "\n", "\n\n", " ", "word "),
    *("\0", "\ud800", "\udfff", "\u202e", "\u200f", "\r\n", "\u2028", "🙂", "蜂。", "> ", "@", "here"),
    *("x" * 3_100, " " * 3_100, "&" * 3_100, "word " * 1_000, "\n" * 3_100, "🙂" * 3_100),
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=20).map("".join)
words = st.sampled_from(["", *PIECES[:35], "Bees dance."])
findings = st.builds(Finding, hostile, hostile, hostile, words)
edits = st.builds(
    JudgedEdit, st.builds(Edit, hostile, hostile, words), st.sampled_from(EditStatus), st.sampled_from(["", "cut off"])
)
reviews = st.builds(
    Review,
    st.none() | st.integers(0, 100),
    st.none() | st.sampled_from(Verdict),
    hostile,
    st.lists(findings, max_size=40).map(tuple),
    st.lists(edits, max_size=60).map(tuple),
)
SLOTS = ["research", "plan", "build", "review", *(f"review.{n}" for n in range(1, 12)), "a stage of old", "other.2"]
answers = st.none() | st.builds(
    AgentReply, hostile, seconds=st.floats(0, 1e5), asked_at=st.floats(0, 1e9), queries=st.integers(0, 9)
)
turns = st.builds(
    a_turn,
    st.sampled_from(TurnStatus),
    st.none() | reviews,
    st.dictionaries(st.sampled_from(SLOTS), answers),
    withheld=st.booleans(),
    generation=st.integers(1, 99),
)
MANY = a_turn(
    replies={"research": AgentReply("🙂" * 30_000), **{f"stage {n}": AgentReply("word " * 500) for n in range(60)}},
    review=replace(REVIEW, findings=REVIEW.findings * 400, edits=REVIEW.edits * 400),
)


def test_of_more_than_a_modal_can_hold_slack_takes_what_fits() -> None:
    assert_safe(MANY)


@given(turns)
def test_whatever_is_in_a_turn_slack_takes_its_details_and_nobody_is_pinged(turn: Exported) -> None:
    assert_safe(turn)


def assert_safe(turn: Exported) -> None:
    for readable in (turn, concealed(turn)):
        said = "\n".join(texts(taken(details(readable, TITLES))["blocks"]))
        assert "<" not in said  # no mention, and no link whose words could lie
        assert not any(f"{at}{who}" in said.lower() for at in ("@", "&commat;") for who in ("here", "channel", "every"))
        said.encode()


@given(hostile, hostile, words, st.integers(260, ENTRY))
@example("@ ", "@here", "", ENTRY)
@example("<", "<!channel>", "", ENTRY)
def test_an_entry_is_no_longer_than_it_may_be(find: str, new: str, reason: str, limit: int) -> None:
    finding = {"severity": "warning", "kind": "style", "message": find, "quote": new}

    for said in (edit_of(payload_edit(find, new, reason, "cut off"), limit), finding_of(finding, limit)):
        assert len(said) <= limit
        assert not PING.search(said)
