from __future__ import annotations

import io
from functools import reduce

import pytest
from rich.console import Console

from bot.terminal.surface import LiveTerminal, PlainTerminal, Silent
from core.events import Event, StageCompleted, StageDelta, StageStarted, TurnEnded, TurnStarted
from core.pipeline import first_view
from core.ports import Surface
from core.stages import STAGES
from core.turn import MessageRef, Outcome, Source, TurnStatus
from core.view import TurnView, apply
from tests.fakes import a_turn

ANSWER = Outcome(
    "t",
    "c",
    TurnStatus.COMPLETE,
    "# Bees\n\nThey [bold]dance[/bold], see [this](https://evil.example/x).",
    sources=(Source(1, 1, "A [red]page[/red]", "https://example.com/"),),
    seconds=3.0,
)
STEPS: list[list[Event]] = [
    [TurnStarted(0.0)],
    [StageStarted("research")],
    [StageCompleted("research", "1 source", 2.0)],
    [StageStarted("build"), StageDelta("build", "Bees da")],
    [TurnEnded(ANSWER)],
]


async def shown(surface: Surface) -> None:
    """Everything that a turn does to a surface."""
    view: TurnView = reduce(apply, STEPS[0], first_view(STAGES))
    message: MessageRef = await surface.post(a_turn(), view)
    for events in STEPS[1:-1]:
        view = reduce(apply, events, view)
        await surface.update(message, view)
    await surface.publish(message, reduce(apply, STEPS[-1], view))


def a_console(*, live: bool) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=live, width=80, color_system=None, legacy_windows=False), out


async def test_a_live_message_is_redrawn_in_place_and_ends_as_the_answer() -> None:
    console, out = a_console(live=True)

    await shown(LiveTerminal(console))

    drawn = out.getvalue()
    assert "● Working" in drawn
    assert "\x1b[1A" in drawn
    assert "Bees da" in drawn
    assert drawn.rstrip().endswith("3 s")
    assert "● Working" not in drawn[drawn.rindex("They") :]


async def test_an_answers_markup_is_text_and_its_links_show_where_they_lead() -> None:
    console, out = a_console(live=True)

    await shown(LiveTerminal(console))

    assert "[bold]dance[/bold]" in out.getvalue()
    assert "https://evil.example/x" in out.getvalue()
    assert "A [red]page[/red]" in out.getvalue()


async def test_a_pipe_gets_plain_lines_each_stage_once() -> None:
    console, out = a_console(live=False)

    await shown(PlainTerminal(console))

    assert "\x1b" not in out.getvalue()
    assert 1 == out.getvalue().count("✓ Research  1 source · 2 s")
    assert ANSWER.answer in out.getvalue()
    assert "[1] A [red]page[/red]  https://example.com/" in out.getvalue()


async def test_for_programs_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    await shown(Silent())

    assert ("", "") == capfd.readouterr()
