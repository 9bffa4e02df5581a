"""**I/O edge.** Turns as the page shows them, for whose they are: in HTML, which is made here and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from bot.http.access import Caller
from bot.http.page.article import article
from bot.http.page.told import Told, told
from bot.http.page.work import work_html
from bot.http.problems import not_found
from bot.http.routes.conversations import turns_of
from bot.http.served import Calling, Here, ItsTurn, Served
from core.export import concealed
from core.stored import StoredTurn

router = APIRouter(prefix="/page", include_in_schema=False)


class Shown(BaseModel):
    """A turn; `html` is its whole article, `markdown` its answer as it may be copied."""

    turn_id: str
    generation: int
    ended: bool
    html: str
    markdown: str


MOST = 20
"""Turns that are shown at first, and with each look at those before: a long conversation opens as fast as a short."""


class Conversation(BaseModel):
    """Turns of it, in their order. `earlier` is the `before` of those that came before them, if any did."""

    turns: list[Shown]
    earlier: str | None = None


class Work(BaseModel):
    """What each agent wrote."""

    html: str


@router.get("/conversations/{conversation_id:path}")
async def conversation(
    conversation_id: Annotated[str, Path(max_length=512)],
    caller: Calling,
    served: Here,
    before: Annotated[str | None, Query(max_length=512)] = None,
) -> Conversation:
    """Its latest, or the latest `before` a turn; empty where nothing has been asked in it yet."""
    found = await turns_of(conversation_id, caller, served, limit=MOST + 1, before=before)
    turns = found[-MOST:]
    earlier = turns[0].id if len(found) > MOST else None
    return Conversation(turns=[await _shown(turn, caller, served) for turn in turns], earlier=earlier)


@router.get("/turns/{turn_id}")
async def turn(found: ItsTurn, caller: Calling, served: Here) -> Shown:
    return await _shown(found, caller, served)


@router.get("/turns/{turn_id}/work")
async def work(found: ItsTurn, caller: Calling, served: Here) -> Work:
    """What is withheld is for admins."""
    whole = await served.turns.exported(found.id)
    if whole is None:
        raise not_found()
    return Work(html=await asyncio.to_thread(work_html, whole if caller.admin else concealed(whole)))


async def _shown(turn: StoredTurn, caller: Caller, served: Served) -> Shown:
    mine = await served.turns.feedback.opinion(turn.id, turn.generation, caller.id)
    one = told(turn, await notes_of(turn, served), mine=mine, reader=caller.id)
    return Shown(
        turn_id=turn.id,
        generation=turn.generation,
        ended=one.view.outcome is not None,
        html=await asyncio.to_thread(article, one),
        markdown=_answer(one),
    )


def _answer(one: Told) -> str:
    return one.view.outcome.answer if one.view.outcome else ""


async def notes_of(turn: StoredTurn, served: Served) -> dict[str, str]:
    """What each stage has left, in words; the last that was said of it counts."""
    if turn.ended_at is None:
        return {}
    said = await served.turns.records.events(turn.id)
    return {one.fields["stage"]: one.fields["note"] for one in said if one.name == "stage.completed"}
