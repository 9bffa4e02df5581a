"""**I/O edge.** `/t/TURN/KEY`: a turn's own page. Whoever has the address may read what anybody in its thread may."""

from __future__ import annotations

import asyncio
import logging
from hmac import compare_digest

from fastapi import APIRouter, Response

from bot.http.page import shell
from bot.http.page.assets import GUARDED
from bot.http.page.routes import notes_of
from bot.http.page.told import told
from bot.http.served import Here, Served
from core.errors import StoreError
from core.stored import StoredTurn

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

_HEADERS = {
    **GUARDED,
    "Content-Security-Policy": shell.POLICY_OF_SHARED,
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}
LONGEST = 100
"""Characters of a turn's id, or of its key: none of ours has more."""


@router.get("/t/{turn_id}/{key}")
async def shared(turn_id: str, key: str, served: Here) -> Response:
    """The same answer for a turn that is not kept, and for a key that is not its own."""
    try:
        return await _answer(turn_id, key, served)
    except StoreError as error:
        log.warning("a turn's page cannot be shown: %s", error)
        return _html(shell.not_now(), 503)


async def _answer(turn_id: str, key: str, served: Served) -> Response:
    fits = max(len(turn_id), len(key)) <= LONGEST
    turn = await served.turns.turn(turn_id) if fits else None
    if turn is None or not _opens(key, turn):
        return _html(shell.nothing_here(), 404)
    one = told(turn, await notes_of(turn, served))
    return _html(await asyncio.to_thread(shell.shared_page, one), 200)


def _opens(key: str, turn: StoredTurn) -> bool:
    """Compared in constant time; a turn without a key has no page."""
    return bool(turn.page_key) and compare_digest(key.encode(errors="replace"), turn.page_key.encode())


def _html(page: str, status: int) -> Response:
    return Response(page, status, _HEADERS, media_type="text/html; charset=utf-8")
