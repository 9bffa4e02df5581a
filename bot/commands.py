"""**I/O edge.** The commands: run, ask, check, turns, demo, sandbox. Each imports what it needs: help comes at once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer
from rich.text import Text
from typer.core import TyperGroup

from bot.terminal.console import Terminal, says_everything
from bot.terminal.interrupt import EXIT_STOPPED, run_until_ctrl_c
from core.errors import InUse, OrchestratorError, SettingsError

if TYPE_CHECKING:
    from bot.app import App
    from core.checks import CheckResult
    from core.config import Settings
    from core.ports import Surface
    from core.turn import TurnRequest

SLOW = 1.0
"""Seconds of opening after which a person is told what is waited for."""

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "bold red")}

cli = typer.Typer(
    name="orchestrator",
    help="Four CustomGPT agents on one prompt; one message, updated in place, becomes the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and with them secrets
)


class _Turns(TyperGroup):
    """The commands of `bot/turns.py`, which is imported once one of them is named."""

    def list_commands(self, ctx: Any) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self._group().get_command(ctx, cmd_name)

    def _group(self) -> TyperGroup:
        from bot import turns

        return typer.main.get_group(turns.cli)


KEPT = "What is kept of the turns; a running bot is not disturbed."
cli.add_typer(typer.Typer(cls=_Turns, help=KEPT, no_args_is_help=True), name="turns")


@cli.command()
def run(
    only: Annotated[str, typer.Option(help="Listen to these alone: slack,discord,http.")] = "",
) -> None:
    """Serve until told to end; on SQLite it takes the database for itself."""
    from bot import serving
    from bot.platforms import secrets

    names = [name.strip() for name in only.split(",") if name.strip()]
    settings = _settings(secrets=secrets())
    asyncio.run(serving.serve(settings, lambda said: print(said, file=sys.stderr, flush=True), only=names))


@cli.command()
def ask(
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    tone: Annotated[str, typer.Option(help="For example: friendly, formal, informative.")] = "",
    length: Annotated[str, typer.Option(help='For example: short, "800 words".')] = "",
    form: Annotated[str, typer.Option("--format", help="For example: bullet points, a letter.")] = "",
    audience: Annotated[str, typer.Option(help="Who will read it.")] = "",
    language: Annotated[str, typer.Option(help="For example: German, fr.")] = "",
    conversation: Annotated[str, typer.Option(help="Continue this conversation.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the payload alone.")] = False,
) -> None:
    """Ask the four agents, in the terminal."""
    from bot.terminal.asking import terminal_turn

    context = {"tone": tone, "length": length, "format": form, "audience": audience, "language": language}
    with _errors_as_json(as_json):
        console = Terminal()
        settings = _settings(watched=console.is_terminal and sys.stderr.isatty() and not as_json)
        turn = terminal_turn(sys.stdin.read() if prompt == "-" else prompt, context, conversation)
        raise typer.Exit(run_until_ctrl_c(_ask(settings, turn, console, as_json=as_json)))


async def _ask(settings: Settings, turn: TurnRequest, console: Terminal, *, as_json: bool) -> int:
    from bot.terminal.asking import surface_for
    from core.turn import TurnStatus

    payload = await _answered(settings, turn, surface_for(console, silent=as_json), console)
    status = TurnStatus(payload["status"])
    if as_json:
        _print_json(payload)
    elif console.is_terminal:
        more = f"\nGo on with: orchestrator ask --conversation {turn.conversation_id} …"
        console.print(Text(more, "dim"), soft_wrap=True)
    if status is TurnStatus.STOPPED and not console.lost:
        return EXIT_STOPPED
    return int(console.lost or status in (TurnStatus.FAILED, TurnStatus.WITHHELD))


async def _answered(settings: Settings, turn: TurnRequest, surface: Surface, console: Terminal) -> dict[str, Any]:
    """The payload. Where a bot has the database for itself, it is asked. Raises `InUse` where it does not let us in."""
    from bot.terminal.asking import answer_here

    try:
        async with _opened(settings, {turn.surface: surface}) as app:
            await answer_here(app.turns, turn, console)
            kept = await app.store.turn(turn.turn_id)
    except InUse as in_use:
        return await _answered_there(settings, turn, surface, console, in_use)
    assert kept is not None
    payload: dict[str, Any] = json.loads(kept.payload or "{}")
    return payload


async def _answered_there(
    settings: Settings, turn: TurnRequest, surface: Surface, console: Terminal, in_use: InUse
) -> dict[str, Any]:
    from bot.http.config import own_door, read_http
    from bot.terminal.elsewhere import There, answer_there

    url, token = own_door(read_http(), settings.customgpt_api_key)
    try:
        return await answer_there(There(url, token), turn, surface, console)
    except InUse as closed:
        raise InUse(f"{in_use} It was not to be asked over HTTP, either: {closed}.") from closed


@asynccontextmanager
async def _opened(settings: Settings, surfaces: Any) -> AsyncIterator[App]:
    """`open_app`; who waits for it reads why: another program may be writing to the file."""
    from bot.app import BRIEF, open_app

    said = "Waiting for the database …"
    slow = asyncio.get_running_loop().call_later(SLOW, lambda: print(said, file=sys.stderr, flush=True))
    try:
        async with open_app(settings, surfaces, rhythm=BRIEF) as app:
            slow.cancel()
            yield app
    finally:
        slow.cancel()


@cli.command()
def check(
    offline: Annotated[bool, typer.Option("--offline", help="The settings alone; asks nobody.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Is everything set up? Exits with 1 when a check fails."""
    from dataclasses import asdict

    from core.checks import passed

    results = _results(offline=offline)
    if as_json:
        _print_json({"ok": passed(results), "checks": [asdict(result) for result in results]})
    read = as_json or _print_checks(results)
    raise typer.Exit(0 if passed(results) and read else 1)


def _results(*, offline: bool) -> list[CheckResult]:
    """What the checks found; an error of ours is a finding, too."""
    from bot.app import run_checks
    from core.checks import CheckResult, CheckStatus, settings_results

    try:
        return run_until_ctrl_c(run_checks(offline=offline))
    except SettingsError as error:
        return settings_results(error.problems)
    except OrchestratorError as error:
        return [CheckResult("check", CheckStatus.FAILED, str(error))]


def _print_checks(results: list[CheckResult]) -> bool:
    """False where nobody reads on."""
    from bot.terminal.render import printable

    console = Terminal(highlight=False)
    for result in results:
        mark, style = _MARKS[result.status]
        said = ((f"{mark} ", style), (printable(result.name), "bold"), f"  {printable(result.detail)}")
        console.print(Text.assemble(*said), soft_wrap=not console.is_terminal)
        if result.remedy:
            console.print(Text(f"    {printable(result.remedy)}", "dim"), soft_wrap=not console.is_terminal)
    return not console.lost


class DemoOf(StrEnum):
    """Where the demo shows its turns."""

    TERMINAL = "terminal"
    SLACK = "slack"
    DISCORD = "discord"


@cli.command()
def demo(
    where: Annotated[DemoOf, typer.Argument(help="Where it is shown.")] = DemoOf.TERMINAL,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stand-in running afterwards.")] = False,
    port: Annotated[int, typer.Option(help="With --keep, where HTTP is; 0 takes a free one.", min=0, max=65535)] = 8000,
    pace: Annotated[float, typer.Option(help="1 is made for watching; 0 is as fast as it goes.", min=0.0)] = 1.0,
) -> None:
    """Two turns against local stand-ins, in the terminal or in a thread of Slack or Discord. Needs no key."""
    from bot import demo as demos

    match where:
        case DemoOf.TERMINAL:
            raise typer.Exit(run_until_ctrl_c(demos.terminal(Terminal(), keep=keep, pace=pace, port=port)))
        case DemoOf.SLACK:
            raise typer.Exit(run_until_ctrl_c(demos.slack(Terminal(), keep=keep, pace=pace)))
        case DemoOf.DISCORD:
            raise typer.Exit(run_until_ctrl_c(demos.discord(Terminal(), keep=keep, pace=pace)))
        case _:
            assert_never(where)


@cli.command()
def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8901,
) -> None:
    """Run the stand-in for CustomGPT alone, on loopback."""
    from bot.demo import lines_for_env
    from sandbox.customgpt import serve

    run_until_ctrl_c(serve("127.0.0.1", port, on_ready=lambda stand_in: print(lines_for_env(stand_in), flush=True)))


def _settings(*, watched: bool = False, secrets: Sequence[str] = ()) -> Settings:
    """The settings, and logging as they want it. While a person watches, their message says what goes on."""
    from core.config import read_settings
    from core.logs import set_up_logging
    from core.text.redact import Redactor

    settings = read_settings()
    asked_for = "orchestrator_log_level" in settings.model_fields_set
    level = "warning" if watched and not asked_for else settings.orchestrator_log_level
    set_up_logging(level, settings.orchestrator_log_format, Redactor((*settings.secrets, *secrets)))
    return settings


@contextmanager
def _errors_as_json(wanted: bool) -> Iterator[None]:
    """A program that waits for JSON gets its errors in JSON."""
    try:
        yield
    except OrchestratorError as error:
        if wanted:
            from bot.terminal.troubles import as_object

            _print_json(as_object(error))
        raise


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=not says_everything()))
