"""**I/O edge.** The terminal as a surface: live where it can be, plain lines into a pipe, silent for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.terminal.console import Terminal
from bot.terminal.render import Line, Screen, render, stage_line
from core.ports import Surface
from core.turn import MessageRef, StageStatus, TurnRequest
from core.view import TurnView


def paint(screen: Screen) -> RenderableType:
    """A screen as rich draws it. Links show their address: a text cannot pretend to lead elsewhere."""
    blocks = [_lines(screen.above), Markdown(screen.answer, hyperlinks=False), _lines(screen.below)]
    present = [block for block, has in zip(blocks, (screen.above, screen.answer, screen.below), strict=True) if has]
    spaced = [part for block in present for part in (block, Text())]
    return Group(*spaced[:-1]) if screen.answer else Group(*present)


def _lines(lines: Iterable[Line]) -> RenderableType:
    return Group(*map(_line, lines))


def _line(line: Line) -> RenderableType:
    """A line that begins with a mark hangs from it where it wraps."""
    if len(line) < 2:
        return _text(line)
    hanging = Table.grid()
    hanging.add_column(no_wrap=True)
    hanging.add_column(overflow="fold")  # an address is nothing without its end
    hanging.add_row(_text(line[:1]), _text(line[1:]))
    return hanging


def _text(spans: Line) -> Text:
    text = Text()
    for span in spans:
        text.append(span.text, Style.parse(span.style) + Style(link=span.link))
    return text


class LiveTerminal(Surface):
    """One message, redrawn in place; the answer stays in the scrollback."""

    def __init__(self, console: Terminal) -> None:
        self._console = console
        self._live = self._new()

    def _new(self) -> Live:
        return Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),  # what goes into a file keeps going there
            vertical_overflow="crop",
        )

    def render(self, view: TurnView) -> Screen:
        return render(view)

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        self._live = self._new()
        with self._console.writing():
            self._live.start()
            self._draw(view)
        return MessageRef(turn.turn_id)

    async def find(self, turn: TurnRequest) -> None:
        """A terminal does not tell what stands on it."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        with self._console.writing():
            self._draw(view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        with self._console.writing():
            self._live.stop()
            self._console.print(paint(render(view)))

    def _draw(self, view: TurnView) -> None:
        self._live.update(paint(render(view)), refresh=True)


class PlainTerminal(Surface):
    """For pipes and logs: a line as each stage ends, then the answer as it is."""

    def __init__(self, console: Terminal) -> None:
        self._console = console
        self._said: set[tuple[MessageRef, str]] = set()

    def render(self, view: TurnView) -> Screen:
        return render(view)

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        return MessageRef(turn.turn_id)

    async def find(self, turn: TurnRequest) -> None:
        """A pipe does not tell what went through it."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        self._say_stages(message, view)

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        self._say_stages(message, view)
        screen = render(view)
        blocks = ("\n".join(map(_plain, screen.above[:1])), screen.answer, "\n".join(map(_plain, screen.below)))
        self._say("\n" + "\n\n".join(filter(None, blocks)))

    def _say_stages(self, message: MessageRef, view: TurnView) -> None:
        for line in view.lines:
            if line.status in (StageStatus.DONE, StageStatus.FAILED) and (message, line.name) not in self._said:
                self._said.add((message, line.name))
                self._say(_plain(stage_line(line)))

    def _say(self, text: str) -> None:
        with self._console.writing():
            self._console.print(Text(text), soft_wrap=True)


def _plain(line: Line) -> str:
    return "".join(span.text for span in line).rstrip()


class Silent(Surface):
    """Shows nothing: the payload alone is wanted."""

    def render(self, view: TurnView) -> None:
        return None

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        return MessageRef(turn.turn_id)

    async def find(self, turn: TurnRequest) -> None:
        """Nothing was shown."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        """Nobody looks."""

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        """Nobody looks."""
