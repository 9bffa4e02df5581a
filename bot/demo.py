"""**I/O edge.** The demo: the real pipeline against the local stand-in, so that nobody needs a key to see it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.text import Text

from bot.app import BRIEF, App, open_app
from bot.slack.adapter import Ways, open_slack
from bot.slack.config import read_slack
from bot.terminal.asking import answer_here, surface_for, terminal_turn
from bot.terminal.console import Terminal
from bot.terminal.interrupt import EXIT_STOPPED
from core.config import Settings, read_settings
from core.logs import set_up_logging
from core.ports import Adapter
from core.stages import STAGES
from core.text.redact import Redactor
from core.turn import FollowUps, TurnStatus
from sandbox.customgpt import AGENTS, DEMO_PACE, KEY, CustomGPTStandIn, Pace
from sandbox.slack import SlackStandIn

PROMPT = "Explain how bees decide where to build a new nest"
CONTEXT = {"tone": "friendly", "length": "150 words"}
FOLLOW_UP = "Now give me three lines that I can read out to children"
CONVERSATION = "demo"
PORT = 8000
TOKEN = "demo-token"  # noqa: S105 - it opens nothing but the demo
GLANCE = 0.2
"""Seconds between two looks at the channel."""


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


async def terminal(console: Terminal, *, keep: bool, pace: float, port: int = PORT) -> int:
    """A prompt with tone and length, then a follow-up in the same conversation. 0 if both were answered."""
    set_up_logging("warning", "auto", Redactor([KEY]))
    slowly = Pace(first_byte=DEMO_PACE.first_byte * pace, delta=DEMO_PACE.delta * pace)
    async with CustomGPTStandIn(pace=slowly) as stand_in:
        with tempfile.TemporaryDirectory() as folder:
            settings = demo_settings(stand_in.url, Path(folder))
            ended = await _two_turns(settings, console)
            if ended is TurnStatus.STOPPED:
                return 1 if console.lost else EXIT_STOPPED
            console.print(_next_steps(), soft_wrap=not console.is_terminal)
            if keep:
                await _kept_for_programs(settings, stand_in, console, port)
    return 0 if ended is TurnStatus.COMPLETE else 1


async def slack(console: Terminal, *, keep: bool, pace: float) -> int:
    """The same two turns in a Slack thread: the real adapter against a stand-in for Slack. 0 if both were answered."""
    async with SlackStandIn() as workspace:
        channel = workspace.channel("bees", [ada := workspace.person("Ada")])

        async def play(watched: Watched) -> None:
            """Ada mentions the bot; in the thread she goes on without a mention."""
            await workspace.until(lambda: workspace.sockets)
            context = "\n".join(f"{key}: {value}" for key, value in CONTEXT.items())
            question = workspace.mention(ada, channel, f"{PROMPT}\n\n{context}")
            await watched(1)
            workspace.post(ada, channel, FOLLOW_UP, thread=question.ts)
            await watched(2)

        lines = lines_for_slack(workspace)
        given = dict(line.split("=", 1) for line in lines)
        opened = open_slack(read_slack(given), Ways(follow_ups=FollowUps.PARTICIPANTS, notify_after=60.0))
        scene = Scene("Slack", opened, play, lambda: workspace.transcript(channel), lines)
        return await _chat(scene, console, keep=keep, pace=pace)


async def discord(console: Terminal, *, keep: bool, pace: float) -> int:
    """The same in Discord: a command, a thread, a follow-up in it. 0 if both were answered."""
    from bot.discord.adapter import Ways as DiscordWays  # discord.py is loaded where it is used
    from bot.discord.adapter import open_discord
    from bot.discord.config import read_discord
    from sandbox.discord import DiscordStandIn

    async with DiscordStandIn() as server:
        ada, channel = server.person("Ada"), server.channel("bees")

        async def play(watched: Watched) -> None:
            await server.until(lambda: server.gateway.open and server.world.commands.get(""))
            asked = server.command(ada, channel, "ask", prompt=PROMPT, **CONTEXT)
            await watched(1)
            assert asked.response
            if thread := server.thread(asked.response):
                server.post(ada, thread, FOLLOW_UP)
                await watched(2)

        lines = [f"DISCORD_BOT_TOKEN={server.token}", f"DISCORD_API_URL={server.url}"]
        settings = read_discord(dict(line.split("=", 1) for line in lines))
        opened = open_discord(settings, DiscordWays(follow_ups=FollowUps.PARTICIPANTS, notify_after=60.0))
        scene = Scene("Discord", opened, play, lambda: server.transcript(channel), lines)
        return await _chat(scene, console, keep=keep, pace=pace)


Watched = Callable[[int], Awaitable[None]]
"""Waits until so many turns have ended, while the channel is shown."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stand-in for a chat platform: what is played there, what is seen, and what leads there from `.env`."""

    name: str
    opened: AbstractAsyncContextManager[Adapter]
    play: Callable[[Watched], Awaitable[None]]
    seen: Callable[[], str]
    lines: Sequence[str]


async def _chat(scene: Scene, console: Terminal, *, keep: bool, pace: float) -> int:
    """Two turns through the real adapter. 0 if both were answered."""
    set_up_logging("warning", "auto", Redactor([KEY]))
    slowly = Pace(first_byte=DEMO_PACE.first_byte * pace, delta=DEMO_PACE.delta * pace)
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(CustomGPTStandIn(pace=slowly))
        settings = demo_settings(stand_in.url, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        adapter = await stack.enter_async_context(scene.opened)
        app = await stack.enter_async_context(open_app(settings, {adapter.name: adapter.surface}))
        stack.push_async_callback(_ended, asyncio.create_task(adapter.listen(app.turns)))
        await scene.play(partial(_watched, app, scene.seen, console))
        console.print(Text(scene.seen()))
        answered = [turn.status is TurnStatus.COMPLETE for turn in await app.store.turns()]
        said = f"\nThat was a stand-in for {scene.name}. README.md, {scene.name}, says how to set up your own."
        console.print(Text(said, "dim"))
        if keep:
            await _kept([lines_for_env(stand_in), *scene.lines], console)
    return 0 if answered == [True, True] else 1


async def _kept_for_programs(settings: Settings, stand_in: CustomGPTStandIn, console: Terminal, port: int) -> None:
    """The stand-in runs on, and is asked over HTTP; at another port where that one is taken."""
    from bot.http.adapter import open_http  # FastAPI is loaded where it is used
    from bot.http.config import read_http

    given = {"ORCHESTRATOR_HTTP_PORT": str(port), "ORCHESTRATOR_API_TOKENS": TOKEN}
    async with AsyncExitStack() as stack:
        adapter = await stack.enter_async_context(open_http(read_http(given), settings.customgpt_api_key))
        app = await stack.enter_async_context(open_app(settings, {adapter.name: adapter.surface}))
        listening = asyncio.create_task(adapter.listen(app.turns))
        stack.push_async_callback(_ended, listening)
        either: set[asyncio.Future[Any]] = {listening, adapter.listening}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            lines = [lines_for_env(stand_in), f"ORCHESTRATOR_HTTP_PORT={PORT + 1}"]
            return await _kept(lines, console, adapter.listening.result())
    return await _kept_for_programs(settings, stand_in, console, 0)


def for_programs(address: str) -> str:
    """How the demo is asked over HTTP, ready to be pasted."""
    body = '{"messages": [{"role": "user", "content": "How do bees sleep?"}]}'
    headers = f'-H "Authorization: Bearer {TOKEN}" -H "Content-Type: application/json"'
    return f"curl {address}/v1/chat {headers} -d '{body}'"


async def _kept(lines: Sequence[str], console: Terminal, address: str = "") -> None:
    """The stand-ins run on. `address`: where HTTP is."""
    if address:
        command = for_programs(address)
        console.print(Text.assemble("\nIt is asked over HTTP, too:\n\n", (command, "bold"), "\n"), soft_wrap=True)
        said = ("\nand in a browser, at ", (f"{address}/", "bold"), f" with the token {TOKEN}.\n")
        console.print(Text.assemble(*said), soft_wrap=True)
    console.print(Text("It runs until Ctrl-C. With these lines in .env `orchestrator run` is in it:\n"))
    console.print(Text("\n".join(lines)), soft_wrap=True)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


def lines_for_slack(workspace: SlackStandIn) -> list[str]:
    """What to put into `.env` to use a stand-in."""
    tokens = {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_APP_TOKEN": workspace.app_token}
    return [f"{name}={value}" for name, value in {**tokens, "SLACK_API_URL": workspace.url}.items()]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _watched(app: App, seen: Callable[[], str], console: Terminal, turns: int) -> None:
    """Show the channel as it changes, until so many turns have ended."""
    with Live(console=console, transient=True, auto_refresh=False, vertical_overflow="crop") as live:
        while sum(turn.ended_at is not None for turn in await app.store.turns()) < turns:
            lines = seen().splitlines()[-(console.height - 2) :]
            live.update(Text("\n".join(lines), overflow="ellipsis", no_wrap=True), refresh=True)
            await asyncio.sleep(GLANCE)


async def _two_turns(settings: Settings, console: Terminal) -> TurnStatus:
    """How the last of them ended; after one that was not answered there is no other."""
    async with open_app(settings, {"terminal": surface_for(console)}, rhythm=BRIEF) as app:
        ended = await _one_turn(app, console, PROMPT, CONTEXT)
        return ended if ended is not TurnStatus.COMPLETE else await _one_turn(app, console, FOLLOW_UP, {})


async def _one_turn(app: App, console: Terminal, prompt: str, context: dict[str, str]) -> TurnStatus:
    _say_prompt(console, prompt, context)
    turn = terminal_turn(prompt, context, CONVERSATION)
    await answer_here(app.turns, turn, console)
    kept = await app.store.turn(turn.turn_id)
    assert kept is not None
    return kept.status


def _say_prompt(console: Terminal, prompt: str, context: dict[str, str]) -> None:
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
