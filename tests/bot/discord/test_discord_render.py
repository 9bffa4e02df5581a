"""Views as messages in Discord: within its limits, whatever is in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.components import MESSAGE, Attached, Box, Button, DiscordMessage, Menu, Row, Text, size
from bot.discord.metadata import LIVING, Posted, posted
from bot.discord.render import Hint, Rendered, question, render, thread_name
from core.errors import Trouble
from core.review import Review, Verdict
from core.turn import Failure, Outcome, Source, StageStatus, TurnStatus
from core.view import StageLine, TurnView

TURN = "a" * 24
LINES = tuple(StageLine(name, name.title(), drafts=name == "build") for name in ("research", "plan", "build", "review"))
RUNNING = TurnView(LINES, TurnStatus.RUNNING, turn_id=TURN)
SOURCES = tuple(Source(n, n, f"Honey {n}", f"https://honey.example/{n}") for n in range(1, 4))


def ended(status: TurnStatus, answer: str = "They dance.", **more: Any) -> TurnView:
    given_too: dict[str, Any] = {"review": Review(92, Verdict.APPROVE, "Good."), "sources": SOURCES, **more}
    return replace(RUNNING, status=status, outcome=Outcome(TURN, "discord:1", status, answer, **given_too))


def texts(message: DiscordMessage) -> list[str]:
    found: list[str] = []
    for one in message.components:
        found += [part.text for part in (one.inside if isinstance(one, Box) else [one]) if isinstance(part, Text)]
    return found


def rows(message: DiscordMessage) -> list[Row]:
    return [
        part
        for one in message.components
        for part in (one.inside if isinstance(one, Box) else [one])
        if isinstance(part, Row)
    ]


def ids(message: DiscordMessage) -> list[str]:
    return [element.custom_id for row in rows(message) for element in row.elements]


def all_of(rendered: Rendered) -> list[DiscordMessage]:
    return [rendered.first, *rendered.parts, *([rendered.file] if rendered.file else [])]


def test_what_waits_says_its_place_in_line_and_can_be_stopped() -> None:
    first = render(replace(RUNNING, status=TurnStatus.QUEUED, position=2)).first

    assert ["◌ Queued, 2nd in line in this thread"] == texts(first)
    assert ["turn:stop:aaaaaaaaaaaaaaaaaaaaaaaa:1:"] == ids(first)


def test_what_runs_shows_every_stage_in_its_place_and_the_end_of_the_draft() -> None:
    drafting = replace(LINES[2], status=StageStatus.RUNNING, text="## Bees\n\n**They** dance.", words=3)
    head, stages, preview = texts(render(replace(RUNNING, lines=(*LINES[:2], drafting, LINES[3]))).first)

    assert head.startswith("● **Working")
    assert ["Research", "Plan", "Build", "Review"] == [line.split()[1] for line in stages.splitlines()]
    assert "> Bees\n> They dance." == preview


def test_the_footer_leads_to_the_page_of_the_turn() -> None:
    page = "https://ask.example/t/turn/key"

    *_, footer = texts(render(replace(ended(TurnStatus.COMPLETE), page=page)).first)
    assert footer.endswith(f" · [Open as a page]({page})")


def test_the_answer_has_nothing_above_it_and_sources_and_footer_below() -> None:
    answer, sources, footer = texts(render(ended(TurnStatus.COMPLETE, "They dance [1].")).first)

    assert "They dance [[1](https://honey.example/1)]." == answer
    assert "-# **Sources**   1 [Honey 1](https://honey.example/1) · 2 [Honey 2]" in sources
    assert footer.startswith("-# Reviewed 92/100")


def test_what_is_advised_against_says_so_above_the_answer() -> None:
    first = render(ended(TurnStatus.REJECTED, review=Review(12, Verdict.REJECT, "Made up."))).first

    assert texts(first)[0].startswith("⚠ The reviewer advises against using this: Made up.")


def test_what_has_no_answer_stands_in_a_frame_with_its_stages() -> None:
    view = ended(TurnStatus.FAILED, "", failure=Failure("build", Trouble.NO_CREDITS))
    (box,) = render(view).first.components

    assert isinstance(box, Box)
    assert "✗ Build did not answer: CustomGPT has no query credits left." in texts(render(view).first)[0]
    assert "○ Research" in texts(render(view).first)[1]


@pytest.mark.parametrize(("hint", "words"), [(Hint.MENTION, "mention me"), (Hint.NO_THREAD, "I may not open threads")])
@pytest.mark.parametrize("view", [RUNNING, ended(TurnStatus.COMPLETE), ended(TurnStatus.STOPPED, "", stopped_by="Ada")])
def test_a_hint_stands_below_whatever_is_shown(view: TurnView, hint: Hint, words: str) -> None:
    assert [] == [text for text in texts(render(view).first) if words in text]
    assert 1 == len([text for text in texts(render(view, hint).first) if words in text])


def test_a_long_answer_goes_on_in_parts_that_say_which_they_are_and_is_attached_whole() -> None:
    rendered = render(ended(TurnStatus.COMPLETE, "Bees dance. " * 1_000))

    assert [Posted(TURN, 1, n) for n in range(2, 2 + len(rendered.parts))] == [
        posted(ids(part)) for part in rendered.parts
    ]
    assert "2 of 4" == rows(rendered.parts[0])[0].elements[0].label
    assert rendered.file
    (file,) = rendered.file.attached
    assert f"answer-{TURN}-g1.md" == file.name
    assert file.content.startswith(("Bees dance. " * 1_000).strip())


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    code = "```py\n" + "bees()\n" * 900 + "```"

    bodies = [texts(message)[0] for message in all_of(render(ended(TurnStatus.COMPLETE, code)))[:-1]]

    assert 1 < len(bodies)
    assert [] == [body for body in bodies if body.count("```") % 2]


MARKS = ["@everyone ", "<@1> ", "<@&2>", "# ", "#### x\n", "```", "`", "[x](javascript:y)", "https://a.b/", "> ", "- "]
MARKS += ["[https://a.b](https://c.d)", "-# ", "---\n", "\u200b", "\0", "\ud800", "🐝", "***", "\\", "$\\frac{1}{2}$"]
TABLE = "| a | b |\n|---|---|\n| c | d |\n"
HOSTILE = st.one_of(
    st.text(max_size=9_000),
    st.lists(st.sampled_from([*MARKS, TABLE, "|", "||", "word " * 50]), max_size=200).map("".join),
)


def assert_fits(message: DiscordMessage) -> None:
    assert size(message.components) <= MESSAGE
    assert [] == [text for text in texts(message) if not text.strip()]
    assert len(set(ids(message))) == len(ids(message))
    assert [] == [one for one in ids(message) if len(one) > 100]
    for row in rows(message):
        assert 1 <= len(row.elements) <= 5
        for element in row.elements:
            assert 1 <= len(element.label) <= 80
            assert not isinstance(element, Menu) or 1 <= len(element.options) <= 25
    assert 0 < len(message.components) <= 20


@given(answer=HOSTILE, reason=HOSTILE, title=HOSTILE, status=st.sampled_from(TurnStatus), hint=st.sampled_from(Hint))
@settings(max_examples=150, deadline=None)
def test_whatever_a_turn_holds_its_messages_fit(
    answer: str, reason: str, title: str, status: TurnStatus, hint: Hint
) -> None:
    sources = tuple(Source(n, n, title[:300], f"https://honey.example/{n}") for n in range(1, 12))
    review = Review(50, Verdict.REVISE, reason)
    failure = Failure("build", Trouble.BUSY)
    view = ended(status, answer, sources=sources, review=review, unread=(title[:100],), failure=failure)
    if status in (TurnStatus.QUEUED, TurnStatus.RUNNING):
        drafting = replace(LINES[2], status=StageStatus.RUNNING, text=answer, note=reason)
        view = replace(RUNNING, status=status, lines=(*LINES[:2], drafting, LINES[3]))

    for message in all_of(render(view, hint)):
        assert_fits(message)


@given(prompt=HOSTILE, value=st.text(max_size=200), asker=st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_is_asked_the_question_and_the_name_of_its_thread_fit(prompt: str, value: str, asker: str) -> None:
    assert_fits(question(prompt[:6_000], {"tone": value}, asker))
    assert 1 <= len(thread_name(prompt).strip()) <= 100


def test_a_thread_is_named_by_the_beginning_of_its_question() -> None:
    assert "How do bees choose?" == thread_name("**How** do\nbees   choose?")
    assert ("word " * 19).strip() + "…" == thread_name("word " * 60)
    assert "Question" == thread_name("\n\n")


def test_a_part_is_no_button_to_press() -> None:
    (part, *_) = render(ended(TurnStatus.COMPLETE, "Bees dance. " * 600)).parts
    (label,) = rows(part)[0].elements

    assert isinstance(label, Button)
    assert label.disabled
    assert LIVING + 1 == Posted(TURN, 1, 2).part


def test_the_file_is_named_in_the_message_that_brings_it() -> None:
    rendered = render(ended(TurnStatus.COMPLETE, "Bees dance. " * 600))

    assert rendered.file
    assert [Attached] == [type(one) for one in rendered.file.components]
