"""**I/O edge.** submit: takes a turn on, runs it, keeps what became of it."""

from __future__ import annotations

from core.payload import Payload
from core.pipeline import Pipeline, first_view, prepare, run_turn
from core.ports import Surface
from core.reply import LiveReply
from core.stop import Stop
from core.store import Store
from core.text.budget import check_request
from core.turn import Outcome, TurnRequest


async def submit(
    turn: TurnRequest,
    *,
    pipeline: Pipeline,
    store: Store,
    surface: Surface,
    stop: Stop,
    interval: float = 0.5,
) -> Outcome:
    """Answer a turn on a surface. Raises `RequestError` before anything is asked, if it cannot be taken."""
    check_request(turn.prompt, turn.context, pipeline.prompt_limit)
    prepare(turn, pipeline)
    await store.accept(turn)
    last = await store.last_exchange(turn.conversation_id, turn.turn_id)
    reply = LiveReply(surface, first_view(pipeline.stages), redact=pipeline.redact, interval=interval)
    outcome = await run_turn(turn, last, pipeline=pipeline, reply=reply, stop=stop)
    await store.end(turn.turn_id, outcome, Payload.of(outcome).model_dump_json())
    return outcome
