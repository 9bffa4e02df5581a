"""**I/O edge.** The demo: the real pipeline against the local stand-in, so that nobody needs a key to see it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.app import open_app
from bot.terminal.asking import Asking, run_turn_here, terminal_turn
from core.config import Settings, read_settings
from core.stages import STAGES
from core.turn import TurnStatus
from sandbox.customgpt import AGENTS, DEMO_PACE, KEY, CustomGPTStandIn, Pace

PROMPT = "Explain how bees decide where to build a new nest"
CONTEXT = {"tone": "friendly", "length": "150 words"}
FOLLOW_UP = "Now give me three lines that I can read out to children"
CONVERSATION = "demo"


def demo_settings(base_url: str, folder: Path) -> Settings:
    """Settings for the stand-in alone: neither the environment nor `.env` has a say."""
    ids = {stage.setting: str(AGENTS[stage.name]) for stage in STAGES}
    given = {
        "CUSTOMGPT_API_KEY": KEY,
        "CUSTOMGPT_BASE_URL": base_url,
        "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
    }
    return read_settings({**given, **ids})


def lines_for_env(stand_in: CustomGPTStandIn) -> str:
    """What to put into `.env` to use a stand-in."""
    ids = [f"{stage.setting}={stand_in.agents[stage.name]}" for stage in STAGES]
    return "\n".join([f"CUSTOMGPT_BASE_URL={stand_in.url}", f'CUSTOMGPT_API_KEY="{stand_in.key}"', *ids])


async def terminal(console: Console, *, keep: bool, pace: float) -> int:
    """A prompt with tone and length, then a follow-up in the same conversation; 0 if both were answered."""
    slowly = Pace(first_byte=DEMO_PACE.first_byte * pace, delta=DEMO_PACE.delta * pace)
    async with CustomGPTStandIn(pace=slowly) as stand_in:
        with tempfile.TemporaryDirectory() as folder:
            settings = demo_settings(stand_in.url, Path(folder))
            answered = await _two_turns(settings, console)
        console.print(_next_steps(), soft_wrap=True)
        if keep:
            console.print(
                Text("\nThe stand-in keeps running until Ctrl-C. With these lines in .env you can ask it:\n", "dim")
            )
            console.print(Text(lines_for_env(stand_in)), soft_wrap=True)
            await asyncio.Event().wait()
    return 0 if answered else 1


async def _two_turns(settings: Settings, console: Console) -> bool:
    async with open_app(settings) as app:
        for prompt, context in ((PROMPT, CONTEXT), (FOLLOW_UP, {})):
            _say_prompt(console, prompt, context)
            asking = Asking(terminal_turn(prompt, context, CONVERSATION), console, hints=False)
            outcome = await run_turn_here(app, asking)
            if outcome.status is not TurnStatus.COMPLETE:
                return False
    return True


def _say_prompt(console: Console, prompt: str, context: dict[str, str]) -> None:
    said = " · ".join(f"{key}: {value}" for key, value in context.items())
    console.print(
        Text.assemble("\n", ("› ", "bold cyan"), (prompt, "bold"), (f"   {said}" if said else "", "dim"), "\n")
    )


def _next_steps() -> Text:
    return Text.assemble(
        "\n",
        ("That was the local stand-in. ", "dim"),
        "With your own agents: copy .env.example to .env, fill it in, then ",
        ("orchestrator check", "bold"),
        " and ",
        ("orchestrator ask", "bold"),
        ".",
    )
