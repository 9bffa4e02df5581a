"""**I/O edge.** A turn followed to its end, for whoever waits, as long as we are here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, cast

from bot.http.access import Caller
from bot.http.problems import of_failed
from bot.http.render import LAST, event_body, payload_of
from bot.http.served import Served
from core.stored import Happening
from core.turn import TurnStatus

Event = dict[str, Any]


async def follow(served: Served, turn_id: str, caller: Caller, after: int = 0) -> AsyncGenerator[Event, None]:
    """The turn's events as they go over the wire; the last has the payload. Ends early where we are going."""
    held: Happening | None = None  # a turn that was retried has ended before: only the last end has the payload
    async with aclosing(_while_here(served, turn_id, after)) as events:
        async for happening in events:
            if held:
                yield event_body(turn_id, held, {})
            held = happening if happening.name in LAST else None
            if held is None:
                yield event_body(turn_id, happening, {})
    if held:
        yield event_body(turn_id, held, await _ending(served, turn_id, caller))


async def ended(served: Served, turn_id: str) -> None:
    """Wait until it has ended, or we are going."""
    async with aclosing(_while_here(served, turn_id, 0)) as events:
        async for _ in events:
            pass


async def _ending(served: Served, turn_id: str, caller: Caller) -> Event:
    turn = await served.turns.turn(turn_id)
    payload = payload_of(turn, caller) if turn else None
    if payload is None:
        return {}
    if payload["status"] != TurnStatus.FAILED:
        return {"payload": payload}
    problem = of_failed(turn_id, payload).body
    return {"payload": problem.pop("payload"), "problem": problem}


async def _while_here(served: Served, turn_id: str, after: int) -> AsyncGenerator[Happening, None]:
    """What `watch` says, until we are going."""
    events = cast(AsyncGenerator[Happening, None], served.turns.records.watch(turn_id, after))
    going = asyncio.create_task(served.going.wait())
    try:
        while not going.done():
            coming = asyncio.ensure_future(anext(events, None))
            try:
                await asyncio.wait({coming, going}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
                    with suppress(asyncio.CancelledError):
                        await coming
            happening = None if coming.cancelled() else coming.result()
            if happening is None:
                return
            yield happening
    finally:
        going.cancel()
        await events.aclose()
