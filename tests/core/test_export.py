from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.export import as_json, as_markdown
from core.payload import Payload
from core.stored import Exported
from core.turn import (
    AgentReply,
    Citation,
    Edit,
    EditStatus,
    Finding,
    JudgedEdit,
    Outcome,
    Review,
    Source,
    StageRecord,
    StageStatus,
    TurnStatus,
    Verdict,
)

REVIEW = Review(
    92,
    Verdict.APPROVE,
    "Sound.",
    (Finding("warning", "style", "A long sentence."),),
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
        "asked by Ada · 1970-01-01T00:00:00+00:00",
        "- tone: dry",
        "Bees dance.",
        "1. Seven https://example.com/7",
        "92/100, approve. Sound.",
        "- warning, style: A long sentence.",
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
