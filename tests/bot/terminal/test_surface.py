from __future__ import annotations

import errno
import io
from dataclasses import replace
from functools import reduce
from typing import TextIO, cast

import pytest

from bot.terminal.console import Terminal
from bot.terminal.surface import LiveTerminal, PlainTerminal, Silent
from core.errors import SurfaceError
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
    await surface.publish(a_turn(), message, reduce(apply, STEPS[-1], view))


def a_console(*, live: bool) -> tuple[Terminal, io.StringIO]:
    out = io.StringIO()
    return a_console_on(out, live=live), out


def a_console_on(file: io.TextIOBase, *, live: bool) -> Terminal:
    out = cast(TextIO, file)
    return Terminal(file=out, force_terminal=live, width=80, color_system=None, legacy_windows=False)


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


async def test_an_address_is_whole_however_narrow_the_terminal() -> None:
    out = io.StringIO()
    address = "https://example.com/library/honeybee-democracy/chapter-seven"
    long = replace(ANSWER, sources=(Source(1, 1, "Honeybee Democracy", address),))
    view = apply(first_view(STAGES), TurnEnded(long))
    console = Terminal(file=out, force_terminal=True, width=30, color_system=None, legacy_windows=False)

    await LiveTerminal(console).publish(a_turn(), MessageRef("t"), view)

    assert address in "".join(line.strip() for line in out.getvalue().splitlines())


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


class Full(io.StringIO):
    """A disk without room, or a pipe without a reader."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


def surface_on(file: io.TextIOBase, *, live: bool) -> tuple[Surface, Terminal]:
    console = a_console_on(file, live=live)
    return (LiveTerminal(console) if live else PlainTerminal(console)), console


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("file", [Full(NO_ROOM), io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True)])
async def test_what_cannot_be_written_is_an_error_of_the_surface(file: io.TextIOBase, live: bool) -> None:
    surface, _ = surface_on(file, live=live)

    with pytest.raises(SurfaceError):
        await shown(surface)


@pytest.mark.parametrize("live", [True, False])
async def test_after_that_it_is_silent_so_that_the_turn_can_end(live: bool) -> None:
    surface, console = surface_on(Full(NO_ROOM), live=live)
    with pytest.raises(SurfaceError):
        await shown(surface)

    await shown(surface)

    assert console.lost


@pytest.mark.parametrize("live", [True, False])
async def test_a_reader_who_has_gone_is_no_error_and_is_told_of_once(live: bool) -> None:
    surface, console = surface_on(Full(BrokenPipeError(errno.EPIPE, "Broken pipe")), live=live)
    told: list[str] = []

    with console.when_lost(lambda: told.append("gone")):
        await shown(surface)

    assert ["gone"] == told
    with console.when_lost(lambda: told.append("still gone")):
        assert ["gone", "still gone"] == told
