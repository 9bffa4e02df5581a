"""**I/O edge.** docs/demo.svg: a real run of the demo's first turn, drawn as it worked and as it ended."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console, Group
from rich.rule import Rule
from rich.text import Text

from bot.app import BRIEF, open_app
from bot.demo import CONTEXT, CONVERSATION, PROMPT, demo_settings
from bot.terminal.asking import terminal_turn
from bot.terminal.render import Screen, render
from bot.terminal.surface import paint
from core.ports import Surface
from core.turn import MessageRef, StageStatus, TurnRequest
from core.view import TurnView
from sandbox.customgpt import CustomGPTStandIn, Pace

TARGET = Path(__file__).parents[1] / "docs" / "demo.svg"
WIDTH = 104
WORDS = 60
"""How far the draft has come in the upper half of the picture."""


class Camera(Surface):
    """A surface that keeps one view from the middle of the build, and the last."""

    def __init__(self) -> None:
        self.middle: TurnView | None = None
        self.last: TurnView | None = None

    def render(self, view: TurnView) -> Screen:
        return render(view)

    async def post(self, turn: TurnRequest, view: TurnView) -> MessageRef:
        return MessageRef(turn.turn_id)

    async def find(self, turn: TurnRequest) -> None:
        """It is one film."""

    async def update(self, message: MessageRef, view: TurnView) -> None:
        build = view.line("build")
        if self.middle is None and build.status is StageStatus.RUNNING and build.words > WORDS:
            self.middle = view

    async def publish(self, turn: TurnRequest, message: MessageRef, view: TurnView) -> None:
        self.last = view


async def take() -> Camera:
    """Run the turn against the stand-in."""
    camera = Camera()
    pace = Pace(first_byte=1.2, delta=0.09)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            CustomGPTStandIn(pace=pace) as stand_in,
            open_app(demo_settings(stand_in.url, Path(folder)), {"terminal": camera}, rhythm=BRIEF) as app,
        ):
            await app.answer(terminal_turn(PROMPT, CONTEXT, CONVERSATION))
    return camera


def draw(camera: Camera) -> str:
    """Both views under the command that led to them, as an SVG without anything fetched from elsewhere."""
    assert camera.middle is not None
    assert camera.last is not None
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    options = " ".join(f'--{key} "{value}"' for key, value in CONTEXT.items())
    console.print(Text.assemble(("$ ", "green"), f'orchestrator ask "{PROMPT}" \\\n    {options}\n'))
    console.print(paint(render(camera.middle)))
    later = round(camera.last.now - camera.middle.now)
    console.print(Group(Text(), Rule(f"… the same message, {later} seconds later", style="dim"), Text()))
    console.print(paint(render(camera.last)))
    svg = console.export_svg(title="orchestrator ask")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    TARGET.write_text(draw(asyncio.run(take())))
    print(f"{TARGET.name} is drawn.")
