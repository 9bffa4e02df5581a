"""**I/O edge.** `orchestrator turns list|show|export`: what is kept, read beside a running bot."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.platforms import secrets
from bot.terminal.render import printable
from core.config import read_settings
from core.durable.exporting import exported
from core.errors import StoreError
from core.export import as_json, as_markdown
from core.stages import STAGES
from core.store import open_store
from core.stored import Exported, StoredTurn
from core.text.redact import Redactor

cli = typer.Typer(help="What is kept of the turns; a running bot is not disturbed.", no_args_is_help=True)


class Form(StrEnum):
    """What an export is written as."""

    MARKDOWN = "markdown"
    JSON = "json"


@cli.command("list")
def list_turns(
    most: Annotated[int, typer.Option(help="So many, the newest first.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The latest turns."""
    kept = asyncio.run(_latest(most))
    if as_json:
        print(json.dumps([asdict(turn) | {"payload": None} for turn in kept], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("turn", "status", "conversation", "prompt"):
        table.add_column(heading, no_wrap=heading != "prompt", overflow="ellipsis")
    for turn in kept:
        table.add_row(*(Text(printable(cell)) for cell in _cells(turn)))
    Console().print(table)


@cli.command()
def show(turn_id: str) -> None:
    """One turn, whole: what each agent was asked and has answered."""
    Console().print(Text(printable(as_markdown(asyncio.run(_exported(turn_id))))), soft_wrap=True)


@cli.command()
def export(
    turn_id: str,
    form: Annotated[Form, typer.Option("--format", help="What it is written as.")] = Form.MARKDOWN,
    output: Annotated[Path | None, typer.Option(help="The file; standard output without it.")] = None,
) -> None:
    """One turn as a file."""
    turn = asyncio.run(_exported(turn_id))
    text = as_json(turn) if form is Form.JSON else as_markdown(turn)
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")


def _cells(turn: StoredTurn) -> tuple[str, ...]:
    return turn.id, turn.status, turn.conversation_id, turn.prompt.strip().partition("\n")[0][:200]


async def _latest(most: int) -> list[StoredTurn]:
    settings = read_settings()
    async with open_store(settings.orchestrator_database_url) as store:
        return Redactor((*settings.secrets, *secrets())).deep(await store.turns(most))


async def _exported(turn_id: str) -> Exported:
    """All of it but secrets: who may read the database may read whatever is in it, but a file is handed on."""
    settings = read_settings()
    async with open_store(settings.orchestrator_database_url) as store:
        turn = await exported(store.database, turn_id, STAGES)
    if turn is None:
        raise StoreError(f"There is no turn {turn_id}. `orchestrator turns list` shows those that are kept.")
    return Redactor((*settings.secrets, *secrets())).deep(turn)
