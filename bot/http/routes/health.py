"""**I/O edge.** Is it there, is it ready, is everything set up, and how much is done?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from bot.http.bodies import Check, Checks, Health, Readiness
from bot.http.problems import responses
from bot.http.served import Admin, Anybody, Here
from core.checks import passed
from core.metrics import CONTENT_TYPE

log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


@router.get("/v1/check", responses=responses(400, 401, 403, 500, 503), summary="Is everything set up?")
async def check(admin: Admin, served: Here) -> Checks:
    """For admins: each thing that is set up wrongly, with its remedy."""
    results = await served.check()
    return Checks(ok=passed(results), checks=[Check.model_validate(asdict(result)) for result in results])


@router.get("/healthz", responses=responses(500), summary="Is it there?")
async def healthz() -> Health:
    """For who would start it anew if it were not."""
    return Health()


_NOT_NOW: dict[int | str, dict[str, Any]] = {503: {"model": Readiness, "description": "Not now"}}


@router.get("/readyz", responses={**responses(500), **_NOT_NOW}, summary="Is it ready?")
async def readyz(served: Here, response: Response) -> Readiness:
    """For who sends requests here. Why it is not stands in the log: anybody may ask this."""
    wrong = {**await served.turns.records.ready(), **served.not_ready()}
    _say_changes(served.said, wrong)
    response.status_code = 503 if wrong else 200
    return Readiness(ready=not wrong, waiting_for=sorted(wrong))


@router.get("/metrics", include_in_schema=False, dependencies=[Anybody])
async def metrics(served: Here) -> Response:
    """Counts of turns, stages, updates; no id, and no word of anybody. Without a token on this machine alone.

    Not in the description: it is no part of the API, and OpenAPI has no words for when a token may be left out.
    """
    return Response(await served.numbers(), media_type=CONTENT_TYPE)


def _say_changes(before: dict[str, str], now: Mapping[str, str]) -> None:
    """Who looks every second need not fill the log."""
    for part in sorted(now.keys() - before.keys()):
        log.warning("%s is not ready: %s", part, now[part])
    for part in sorted(before.keys() - now.keys()):
        log.info("%s is ready again", part)
    before.clear()
    before.update(now)
