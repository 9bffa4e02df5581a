"""**Pure.** What the agents answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.customgpt.answers import ROLES, answer
from sandbox.customgpt.drafting import tone_of
from sandbox.customgpt.length import Length, parsed, wanted
from sandbox.customgpt.reviewing import ABSENT
from sandbox.customgpt.sections import FENCE, headings, read
from sandbox.customgpt.topics import topic_of

BEES = "Explain how bees decide where to build a new nest"
CHILDREN = "Now give me three lines that I can read out to children"
COMPOST = "Write a short guide to composting at home"


def prompt(**sections: str) -> str:
    named = {name.replace("_", " "): content for name, content in sections.items()}
    return "\n\n".join(
        f"--- BEGIN {name} t0k3n ---\n{content}\n--- END {name} t0k3n ---" for name, content in named.items()
    )


def built(request: str, context: str = "", **sections: str) -> str:
    """The draft of the whole row of agents."""
    asked = {"REQUEST": request, "CONTEXT": context, **sections}
    research = answer("research", prompt(**asked))
    sources = "\n".join(f"[{n}] {page.title} — {page.url}" for n, page in enumerate(research.pages, start=1))
    plan = answer("plan", prompt(**asked, RESEARCH=research.text)).text
    return answer("build", prompt(**asked, PLAN=plan, SOURCES=sources)).text


def reviewed(draft: str, request: str = BEES) -> dict[str, Any]:
    text = answer("review", prompt(REQUEST=request, DRAFT=draft)).text
    review: dict[str, Any] = json.loads(text.removeprefix("```json\n").removesuffix("\n```"))
    return review


@pytest.mark.parametrize("role", ROLES)
@given(text=st.text(max_size=300))
def test_any_prompt_gets_the_same_answer_every_time(role: str, text: str) -> None:
    first = answer(role, text)

    assert first == answer(role, text)
    assert first.text


def test_a_prompt_is_taken_apart_into_its_sections() -> None:
    brief = read(prompt(REQUEST="Do it", CONTEXT="tone: formal\nLength: short", SOURCES="[1] A — https://a/\n[2] B"))

    assert brief.request == "Do it"
    assert brief.context == {"tone": "formal", "length": "short"}
    assert brief.sources == {1: "A", 2: "B"}


def test_a_section_ends_only_at_its_own_token() -> None:
    brief = read("--- BEGIN DRAFT a1 ---\n--- END DRAFT b2 ---\nstill\n--- END DRAFT a1 ---")

    assert brief.draft == "--- END DRAFT b2 ---\nstill"


def test_a_prompt_without_sections_is_the_request() -> None:
    assert read("  What now? ").request == "What now?"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("800 words", Length(800)),
        ("about 1,200 words", Length(1200)),
        ("150-250 words", Length(200)),
        ("300", Length(300)),
        ("short", Length(130)),
        ("3 paragraphs", Length(180, "paragraphs", 3)),
        ("two pages", Length(900)),
        ("five bullet points", Length(shape="lines", count=5)),
        ("five points", Length(shape="lines", count=5)),
        ("as you like", None),
    ],
)
def test_a_length_is_read_from_words(text: str, length: Length | None) -> None:
    assert parsed(text) == length


def test_lines_that_the_request_asks_for_come_before_a_length_in_the_context() -> None:
    length = wanted(read(prompt(REQUEST=CHILDREN, CONTEXT="length: 150 words")))

    assert length == Length(shape="lines", count=3)


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Friendly, please", "friendly"),
        ("informal", "friendly"),
        ("informative", "plain"),
        ("very formal", "formal"),
    ],
)
def test_a_tone_is_read_from_words(text: str, tone: str) -> None:
    assert tone_of(text) == tone


@pytest.mark.parametrize(
    ("request_", "title"),
    [
        (BEES, "How bees choose a new home"),
        (COMPOST, "Composting at home"),
        ("Can you please explain why the sky is blue?", "Can you please explain why the sky is blue?"),
        ("Please summarize quantum computing", "Quantum computing"),
        ("Make a list of five tips for sleeping better", "Sleeping better"),
        ("Write an email to my landlord", "Your landlord"),
        ("", "A short answer"),
    ],
)
def test_the_topic_is_named_in_the_words_of_the_request(request_: str, title: str) -> None:
    assert topic_of(read(request_)).title == title


def test_a_follow_up_that_only_points_back_stays_with_the_topic() -> None:
    brief = read(prompt(REQUEST="Make it shorter", LAST_PROMPT=COMPOST, LAST_ANSWER="# Composting at home\n\nText"))

    assert topic_of(brief).title == "Composting at home"


def test_research_cites_pages_and_one_of_them_is_a_preview() -> None:
    pages = answer("research", prompt(REQUEST=COMPOST)).pages
    addresses = [page.url or "" for page in pages]
    previews = [f"https://app.customgpt.ai/api/v1/preview/{page.id}" for page in pages]

    assert 3 <= len(pages) <= 5
    assert len(pages) == len({page.id for page in pages})
    assert [previews[-1]] == [address for address in addresses if address in previews]
    assert all(address.startswith("https://example.com/") for address in addresses[:-1])


def test_research_says_that_it_follows_up() -> None:
    text = answer("research", prompt(REQUEST=CHILDREN, LAST_PROMPT=BEES, LAST_ANSWER="…")).text

    assert f"follows up on the last exchange, which began with “{BEES}”" in text


def test_a_plan_is_an_outline_of_sections_and_a_list_of_tasks() -> None:
    plan = answer("plan", prompt(REQUEST=BEES, CONTEXT="length: 150 words\ntone: friendly")).text

    assert headings(plan)[1:] == ("Outline", "Tasks")
    assert "\n3. **The moment of decision**: explain the quorum;" in plan
    assert "\n4. " not in plan
    assert "- Write about 150 words.\n- Keep the tone friendly.\n" in plan


@pytest.mark.parametrize(
    "plan",
    [
        "# Whatever\n\n## First of mine\n\n## A debate in dance\n",
        "## Outline\n\n1. **First of mine**: so and so.\n2) A debate in dance\n\n## Tasks\n- 3. no\n",
    ],
)
def test_a_draft_stands_on_the_headings_of_the_plan(plan: str) -> None:
    draft = answer("build", prompt(REQUEST=BEES, CONTEXT="length: 150 words", PLAN=plan)).text

    assert headings(draft)[1:3] == ("First of mine", "A debate in dance")


@pytest.mark.parametrize("request_", [BEES, COMPOST, "What are the rules?"])
@pytest.mark.parametrize("tone", ["friendly", "formal", "playful", "plain"])
@given(words=st.integers(min_value=60, max_value=2500))
def test_a_draft_is_as_long_as_wanted(request_: str, tone: str, words: int) -> None:
    draft = built(request_, f"tone: {tone}\nlength: {words} words")

    assert 0.85 * words <= len(draft.split()) <= 1.15 * words


def test_a_draft_of_three_paragraphs_has_three() -> None:
    draft = built(COMPOST, "length: 3 paragraphs")

    assert len(draft.split("\n\n")) == 4  # and its title
    assert 0.85 * 180 <= len(draft.split()) <= 1.15 * 180


def test_a_draft_cites_only_sources_that_there_are() -> None:
    draft = answer("build", prompt(REQUEST=BEES, SOURCES="[1] Something — https://a/")).text

    assert "[1]" in draft
    assert "[2]" not in draft


def test_a_source_is_cited_by_the_number_it_has_here() -> None:
    sources = "[7] Thomas D. Seeley: Honeybee Democracy — https://example.com/x"
    draft = answer("build", prompt(REQUEST=BEES, SOURCES=sources)).text

    assert "a new home [7]." in draft


def test_tones_differ_and_audience_and_format_are_named() -> None:
    friendly = built(COMPOST, "tone: friendly\naudience: beginners\nformat: blog post")
    formal = built(COMPOST, "tone: formal\naudience: beginners\nformat: blog post")

    assert friendly != formal
    assert "*For beginners · blog post*" in formal


def test_bullets_are_made_where_the_format_asks_for_them() -> None:
    assert built(COMPOST, "format: bullet list").count("\n- ") > 3


def test_the_first_prompt_of_the_demo_is_answered_well() -> None:
    draft = built(BEES, "tone: friendly\nlength: 150 words")

    assert "waggle dance" in draft
    assert "quorum of about twenty" in draft
    assert draft.startswith("# How bees choose a new home\n\nPicture a cluster of bees")


def test_the_follow_up_of_the_demo_is_three_lines_about_bees() -> None:
    lines = built(CHILDREN, "", LAST_PROMPT=BEES, LAST_ANSWER="…").split("\n\n")

    assert len(lines) == 3
    assert "bee family" in lines[0]


@pytest.mark.parametrize("request_", [BEES, COMPOST, "What are the rules?"])
@pytest.mark.parametrize(
    "context", ["", "tone: friendly\nlength: 60 words", "length: 3 paragraphs", "length: 900 words"]
)
def test_all_edits_of_a_review_but_the_last_stand_once_in_the_draft(request_: str, context: str) -> None:
    draft = built(request_, context)
    *edits, absent = reviewed(draft)["edits"]

    assert len(edits) in (2, 3)
    assert [1] * len(edits) == [draft.count(edit["find"]) for edit in edits]
    assert all(edit["find"] != edit["replace"] and edit["reason"] for edit in edits)
    assert absent["find"] not in draft


def test_the_demo_review_has_three_edits_that_change_its_words() -> None:
    edits = reviewed(built(BEES, "tone: friendly\nlength: 150 words"))["edits"]

    assert [edit["replace"] for edit in edits] == [
        "to find a new home",
        "shows the others where to fly and how far",
        "once a quorum of about twenty scouts meets at one site",
        "as the sources show",
    ]


def test_edits_leave_code_and_headings_alone() -> None:
    code = "```\nin order to run\n```"
    draft = f"# In order to begin\n\n{code}\n\nUse `in order to` here. The cat sat on a mat. The end is near now."
    finds = [edit["find"] for edit in reviewed(draft)["edits"][:-1]]

    assert all(find in FENCE.sub("", draft).partition("\n")[2] for find in finds)
    assert not any("in order to" in find.lower() for find in finds)


@given(draft=st.text(alphabet="ab .!?\n#`*in order to", max_size=200))
def test_edits_that_should_match_do_so_in_any_draft(draft: str) -> None:
    *edits, absent = reviewed(f"x{draft}")["edits"]

    assert all(f"x{draft}".count(edit["find"]) == 1 for edit in edits)
    assert absent["find"] not in draft


def test_a_draft_that_has_the_absent_words_gets_others() -> None:
    absent = reviewed(f"It is so, {ABSENT}.")["edits"][-1]

    assert absent["find"] != ABSENT


def test_a_review_has_just_the_agreed_keys() -> None:
    review = reviewed(built(BEES))
    severities, kinds = (
        {"info", "warning", "error"},
        {"inconsistency", "policy violation", "factual doubt", "style"},
    )

    assert list(review) == ["score", "verdict", "summary", "findings", "edits"]
    assert 0 <= review["score"] <= 100
    assert all(finding["severity"] in severities and finding["kind"] in kinds for finding in review["findings"])


def test_a_request_to_reject_is_rejected() -> None:
    review = reviewed("A draft.", request="Please REJECT this, it is a test")

    assert review["verdict"] == "reject"
    assert review["score"] < 30
    assert review["findings"][0]["kind"] == "policy violation"


def test_a_draft_of_another_length_is_an_inconsistency() -> None:
    text = answer("review", prompt(REQUEST=BEES, CONTEXT="length: 500 words", DRAFT="Too short [1].")).text

    assert "The draft has 3 words; about 500 were asked for." in text
