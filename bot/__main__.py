"""**I/O edge.** The command line: ask, check, demo, sandbox."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any, assert_never

import typer
from rich.console import Console
from rich.text import Text

from bot.app import open_app, run_checks
from bot.terminal.asking import Asking, run_turn_here, terminal_turn
from core.check import CheckResult, CheckStatus, passed
from core.config import Settings, read_settings
from core.errors import OrchestratorError, PromptTooLong, SettingsError
from core.logs import set_up_logging
from core.text import wording
from core.text.redact import Redactor
from core.turn import TurnStatus

EXIT_STOPPED = 130
"""What shells expect of a program that was ended by Ctrl-C."""

_MARKS = {
    CheckStatus.OK: ("✓", "green"),
    CheckStatus.WARNING: ("!", "yellow"),
    CheckStatus.FAILED: ("✗", "bold red"),
}

cli = typer.Typer(
    name="orchestrator",
    help="Four CustomGPT agents on one prompt; one message, updated in place, becomes the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, and with them secrets
)


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
    settings = _settings()
    context = {"tone": tone, "length": length, "format": form, "audience": audience, "language": language}
    text = sys.stdin.read() if prompt == "-" else prompt
    turn = terminal_turn(text, context, conversation)
    raise typer.Exit(asyncio.run(_ask(settings, Asking(turn, as_json=as_json, console=Console()))))


async def _ask(settings: Settings, asking: Asking) -> int:
    async with open_app(settings) as app:
        outcome = await run_turn_here(app, asking)
    if outcome.status is TurnStatus.STOPPED:
        return EXIT_STOPPED
    return int(outcome.status in (TurnStatus.FAILED, TurnStatus.WITHHELD))


@cli.command()
def check(
    offline: Annotated[bool, typer.Option("--offline", help="The settings alone; asks nobody.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Is everything set up? Exits with 1 when a check fails."""
    results = asyncio.run(run_checks(offline=offline))
    if as_json:
        print(json.dumps({"ok": passed(results), "checks": [asdict(result) for result in results]}, indent=2))
    else:
        _print_checks(results)
    raise typer.Exit(0 if passed(results) else 1)


def _print_checks(results: list[CheckResult]) -> None:
    console = Console(highlight=False)
    for result in results:
        mark, style = _MARKS[result.status]
        console.print(Text.assemble((f"{mark} ", style), (result.name, "bold"), f"  {result.detail}"), soft_wrap=True)
        if result.remedy:
            console.print(Text(f"    {result.remedy}", "dim"), soft_wrap=True)


class DemoOf(StrEnum):
    """Where the demo shows its turns."""

    TERMINAL = "terminal"


@cli.command()
def demo(
    where: Annotated[DemoOf, typer.Argument(help="Where it is shown.")] = DemoOf.TERMINAL,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stand-in running afterwards.")] = False,
    pace: Annotated[float, typer.Option(help="1 is made for watching; 0 is as fast as it goes.", min=0.0)] = 1.0,
) -> None:
    """Two turns against the local stand-in for CustomGPT. Needs no key."""
    from bot import demo as demos  # here, because the stand-in's server takes 0.2 s to import

    match where:
        case DemoOf.TERMINAL:
            raise typer.Exit(asyncio.run(demos.terminal(Console(), keep=keep, pace=pace)))
        case _:
            assert_never(where)


@cli.command()
def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8901,
) -> None:
    """Run the stand-in for CustomGPT alone, on loopback."""
    from bot import demo as demos
    from sandbox.customgpt import serve

    asyncio.run(serve("127.0.0.1", port, on_ready=lambda stand_in: print(demos.lines_for_env(stand_in), flush=True)))


def _settings() -> Settings:
    settings = read_settings()
    redact = Redactor(settings.secrets)
    set_up_logging(settings.orchestrator_log_level, settings.orchestrator_log_format, redact)
    return settings


def _in_words(error: OrchestratorError) -> str:
    match error:
        case SettingsError(problems=problems):
            lines = [f"✗ {p.name} {p.wrong}\n    {p.remedy}" for p in problems]
            return "\n".join([*lines, "Nothing was asked. `orchestrator demo` needs no settings."])
        case PromptTooLong():
            return f"✗ {wording.prompt_too_long(error)}"
        case _:
            return f"✗ {error}"


def main() -> Any:
    """The console script. Our own errors become a sentence and exit code 1."""
    try:
        return cli()
    except OrchestratorError as error:
        print(_in_words(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return EXIT_STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; say nothing more
        return 1


if __name__ == "__main__":
    sys.exit(main())
