"""**I/O edge.** Is it there, is it ready, and is everything set up?"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from bot.http.bodies import Check, Checks, Health, Readiness
from bot.http.problems import responses
from bot.http.served import Admin, Here
from core.checks import passed

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
    wrong = dict(await served.turns.records.ready())
    if served.going.is_set():
        wrong["http"] = "shutting down"
    for part, why in wrong.items():
        log.warning("%s is not ready: %s", part, why)
    response.status_code = 503 if wrong else 200
    return Readiness(ready=not wrong, waiting_for=sorted(wrong))
