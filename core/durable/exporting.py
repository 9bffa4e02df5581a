"""**I/O edge.** A turn with all that is kept of it, whether it has ended or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, select

from core.database import Database, riding_out
from core.durable.codec import beginning_from, reply_from
from core.migrations.tables import stage_results, turns
from core.stages.stage import Stage
from core.store import ANSWERED
from core.stored import Exported
from core.turn import AgentReply, OnReject

_Asked = tuple[str, AgentReply | None]


@riding_out
async def exported(database: Database, turn_id: str, stages: Sequence[Stage]) -> Exported | None:
    """The turn, its slots in the order of the stages; None if it is not kept. Raises `StoreError`."""
    asked = stage_results.c.prompt.label("asked"), stage_results.c.slot, stage_results.c.reply
    both = turns.outerjoin(stage_results, stage_results.c.turn_id == turns.c.id)
    query = select(turns, *asked).select_from(both).where(turns.c.id == turn_id)
    async with database.reading() as connection:  # one statement: what an agent answers meanwhile is in it, or is not
        rows = (await connection.execute(query)).mappings().all()
    return _turn_in(rows[0], _replies_in(rows, stages)) if rows else None


def _turn_in(row: Mapping[Any, Any] | RowMapping, replies: Mapping[str, _Asked]) -> Exported:
    return Exported(
        turn_id=row["id"],
        prompt=row["prompt"],
        context=row["context"],
        asker=row["asker"],
        accepted_at=row["accepted_at"],
        status=row["status"],
        payload=json.loads(row["payload"]) if row["payload"] else {},
        replies=replies,
        generation=row["generation"],
        retried_at=row["retried_at"],
        withheld=row["status"] not in ANSWERED and _hides(row["beginning"], replies),
    )


def _hides(beginning: Mapping[str, Any] | None, replies: Mapping[str, _Asked]) -> bool:
    """May what the agents wrote be for admins alone, as long as there is no answer?

    A turn that is being retried has no beginning yet, and may have kept what was withheld before.
    """
    return beginning_from(beginning).on_reject is OnReject.WITHHOLD if beginning else bool(replies)


def _replies_in(rows: Sequence[RowMapping], stages: Sequence[Stage]) -> dict[str, _Asked]:
    order = {stage.name: n for n, stage in enumerate(stages)}
    asked = sorted((row for row in rows if row["slot"]), key=lambda row: _place(row["slot"], order))
    return {row["slot"]: (row["asked"], reply_from(row["reply"]) if row["reply"] else None) for row in asked}


def _place(slot: str, order: Mapping[str, int]) -> tuple[int, int]:
    """Where a slot stands: `review.2` before `review.10`."""
    stage, _, part = slot.partition(".")
    return order.get(stage, len(order)), int(part or 0)
