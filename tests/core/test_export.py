from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.draft import Draft
from core.export import as_json, as_markdown, concealed, export_name
from core.outcome import Ending, conclude
from core.payload import Payload
from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.stages import STAGES
from core.stored import Exported
from core.text.telling import DRAFT_TO_COME, DRAFT_WITHHELD, FOR_ADMINS
from core.text.withhold import RUN
from core.turn import AgentReply, Citation, OnReject, Outcome, Source, StageRecord, StageStatus, Stopped, TurnStatus
from tests.fakes import a_turn

REVIEW = Review(
    92,
    Verdict.APPROVE,
    "Sound.",
    (Finding("warning", "style", "A long sentence.", "long, `long`"),),
    (JudgedEdit(Edit("a", "b", "shorter"), EditStatus.REJECTED, "not in the draft"),),
)
OUTCOME = Outcome(
    "t1",
    "thread",
    TurnStatus.COMPLETE,
    "Bees dance.",
    sources=(Source(1, 7, "Seven", "https://example.com/7"),),
    review=REVIEW,
    stages=(StageRecord("research", StageStatus.DONE, 2.0, 12, 1, 100, 20),),
)
REPLY = AgentReply("Scouts.", (Citation(7, "Seven", "https://example.com/7"),), 12, "s", 3.0, 2.0)


def exported(prompt: str = "How do bees choose?", reply: AgentReply | None = REPLY, *, ended: bool = True) -> Exported:
    payload = json.loads(Payload.of(OUTCOME).model_dump_json()) if ended else {}
    return Exported("t1", prompt, {"tone": "dry"}, "Ada", 0.0, "complete", payload, {"research": ("Find it.", reply)})


def test_an_export_has_prompt_answer_sources_review_usage_and_each_agents_part() -> None:
    text = as_markdown(exported())

    for said in (
        "# How do bees choose?",
        "Turn t1 · Complete · asked by Ada · 1970-01-01T00:00:00+00:00",
        "- tone: dry",
        "Bees dance.",
        "1. Seven https://example.com/7",
        "92/100, approve. Sound.",
        "- warning, style: A long sentence. `` long, `long` ``",
        "- rejected (not in the draft): `a` → `b` shorter",
        "1 query, about 120 tokens",
        "## research: asked",
        "Find it.",
        "2 s, message 12, citations: https://example.com/7",
        "Scouts.",
    ):
        assert said in text


def test_a_turn_that_has_not_ended_is_exported_as_far_as_it_is() -> None:
    text = as_markdown(exported(reply=None, ended=False))

    assert "None yet." in text
    assert "## research: no answer" in text


def test_a_retried_turn_says_which_generation_it_is_in_its_text_and_its_name() -> None:
    retried = replace(exported(), generation=2)

    assert "Turn t1 · Complete · generation 2 · asked by Ada" in as_markdown(retried)
    assert ("turn-t1-g1.md", "turn-t1-g2.md") == (export_name(exported()), export_name(retried))


def test_a_deletion_and_a_change_of_lines_can_be_read() -> None:
    edits = (
        JudgedEdit(Edit("dull", "", "shorter"), EditStatus.APPLIED),
        JudgedEdit(Edit("a\n```", "b"), EditStatus.APPLIED),
    )
    payload = json.loads(Payload.of(replace(OUTCOME, review=replace(REVIEW, edits=edits))).model_dump_json())

    text = as_markdown(replace(exported(), payload=payload))

    assert "- applied: `dull` → nothing shorter" in text
    assert "- applied: \n````\na\n```\n````\n → `b`" in text


def test_an_export_can_be_written_whatever_was_said() -> None:
    said = exported("Half \ud800 and \x1b[2J\u202e?", AgentReply("\udfff\0"))

    assert "Half \ufffd and [2J?" in as_markdown(said)
    as_markdown(said).encode()
    as_json(said).encode()


def test_the_json_export_can_be_read_back() -> None:
    read = json.loads(as_json(exported()))

    assert ("t1", "complete", "research") == (read["turn_id"], read["status"], read["replies"][0]["slot"])
    assert "Scouts." == read["replies"][0]["reply"]["text"]


@given(st.text(alphabet="`~ab\n #-", min_size=1))
def test_no_text_of_an_agent_breaks_out_of_its_fence(text: str) -> None:
    document = as_markdown(exported(reply=AgentReply(text)))

    fences = [token.content for token in MarkdownIt("commonmark").parse(document) if token.type == "fence"]
    assert 2 == len(fences)
    assert text.strip("\n") in fences[1]


def drafted(status: TurnStatus) -> Exported:
    """As far as a review, of a turn whose draft is for admins alone."""
    asked = {stage.name: (f"{stage.name} asked", AgentReply(f"{stage.name} said")) for stage in STAGES}
    replies = {
        **asked,
        "review.2": ("second part asked", None),
        "a stage of old": ("old asked", AgentReply("old said")),
    }
    return Exported("t1", "How?", {}, "Ada", 0.0, status, {}, replies, withheld=True)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (TurnStatus.QUEUED, DRAFT_TO_COME),
        (TurnStatus.RUNNING, DRAFT_TO_COME),
        (TurnStatus.WITHHELD, DRAFT_WITHHELD),
        (TurnStatus.FAILED, DRAFT_WITHHELD),
        (TurnStatus.STOPPED, DRAFT_WITHHELD),
    ],
)
def test_who_is_no_admin_reads_what_came_before_the_draft_and_that_the_rest_is_left_out(
    status: TurnStatus, said: str
) -> None:
    hidden = concealed(drafted(status))

    assert {
        "research": ("research asked", AgentReply("research said")),
        "plan": ("plan asked", AgentReply("plan said")),
        "build": ("build asked", AgentReply(said)),
        "review": (said, AgentReply(said)),
        "review.2": (said, None),
        "a stage of old": (said, AgentReply(said)),
    } == hidden.replies
    assert as_markdown(hidden).index(said) < as_markdown(hidden).index("## Prompt")
    assert hidden == concealed(hidden)


def test_an_admin_reads_the_whole_and_that_it_is_for_admins() -> None:
    text = as_markdown(drafted(TurnStatus.WITHHELD))

    assert FOR_ADMINS in text
    assert "build said" in text


def test_what_is_not_withheld_is_not_concealed() -> None:
    assert exported() == concealed(exported())


WORDS = "бвгджзклмнпрстфхцчшщ"
DRAFTS = st.text(WORDS + " .\n*`", min_size=1, max_size=400) | st.text(min_size=1, max_size=200)


def folded(text: str) -> str:
    """As a reader compares: case, white space, punctuation do not count."""
    return "".join(sign for sign in text.casefold() if unicodedata.category(sign)[0] in "LMN")


def withheld(built: str, said: str, verdict: str, *, stopped: bool) -> Exported:
    """A turn as its stages leave it, whose reviewer has quoted `said`."""
    draft = Draft(a_turn("How?"), 8_000)
    replies: dict[str, tuple[str, AgentReply | None]] = {}
    review = {
        "score": 5,
        "verdict": verdict,
        "summary": f"See: {said}",
        "findings": [{"severity": "error", "kind": "style", "message": f"Look: {said}", "quote": said}, said],
        "edits": [{"find": said, "replace": f"{said} {built}", "reason": f"For: {said}"}],
    }
    answers = {"research": "Facts.", "plan": "Plan.", "build": built, "review": json.dumps(review)}
    for stage in STAGES:
        prompts = [prompt.text for prompt in stage.prompts(draft)]
        slots = [stage.name] if len(prompts) == 1 else [f"{stage.name}.{n}" for n in range(1, 1 + len(prompts))]
        answered = [AgentReply(answers[stage.name]) for _ in prompts]
        replies |= dict(zip(slots, zip(prompts, answered, strict=True), strict=True))
        draft = stage.absorb(draft, answered)
    ending = Ending(stopped=Stopped("Ada")) if stopped else Ending()
    outcome = conclude(draft, [], ending, on_reject=OnReject.WITHHOLD, seconds=1.0)
    payload = json.loads(Payload.of(outcome).model_dump_json())
    return Exported("t1", "How?", {}, "Ada", 0.0, outcome.status, payload, replies, withheld=True)


@given(DRAFTS, st.data(), st.sampled_from(["reject", "approve", "?"]))
def test_nothing_of_a_withheld_draft_is_left_in_what_others_read(built: str, data: st.DataObject, verdict: str) -> None:
    start = data.draw(st.integers(0, len(built)))
    quoted = built[start : data.draw(st.integers(start, len(built)))]
    turn = withheld(built, quoted, verdict, stopped=verdict == "approve")
    alone = folded(as_markdown(concealed(withheld("", "", verdict, stopped=verdict == "approve"))))

    for text in (as_markdown(concealed(turn)), as_json(concealed(turn))):
        left, secret = folded(text), folded(built)
        runs = {secret[at : at + RUN] for at in range(len(secret) - RUN + 1)}
        assert not [run for run in runs if run in left and run not in alone]


def test_of_a_long_draft_each_reviewed_part_is_left_out() -> None:
    built = " ".join(f"{WORDS[n % 20]}{WORDS[n // 20 % 20]}{n}" for n in range(4_000))
    turn = withheld(built, built[500:800], "reject", stopped=False)

    assert 2 < len([slot for slot in turn.replies if slot.startswith("review.")])
    assert built[500:512] in as_markdown(turn)
    assert built[500:512] not in as_markdown(concealed(turn))
