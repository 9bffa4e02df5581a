"""**I/O edge.** What goes wrong, as RFC 9457 has it: in plain words, and with the name of the field."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.http.bodies import Problem
from core.errors import OrchestratorError, RequestError, StoreError, TooManyTurns, Trouble
from core.permissions import Denied
from core.text import replies
from core.text.surrogates import whole_characters
from core.text.wording import trouble

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
SOON = 5
"""Seconds after which a restart is over, or a database is back."""

_FIELDS = {"prompt": "messages", "identity": "Idempotency-Key", "asker": "Authorization"}
"""What the core calls otherwise."""

_STATUSES = {
    Trouble.BUSY: (429, 60),
    Trouble.NO_CREDITS: (429, 3600),
    Trouble.UNREACHABLE: (503, 30),
    Trouble.TIMEOUT: (503, 30),
    Trouble.CRASHED: (503, 30),
}
"""Of a stage that failed, and after how many seconds it is worth another try. All else: 502, theirs to mend."""


class Refused(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after)))}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        self.problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **more)

    @property
    def body(self) -> dict[str, Any]:
        return self.problem.model_dump(exclude_none=True)


def no_token() -> Refused:
    return Refused(401, replies.WHO_ARE_YOU)


def not_admin() -> Refused:
    return Refused(403, replies.denied(Denied.NOT_ADMIN))


def not_found() -> Refused:
    return Refused(404, replies.NO_SUCH_TURN)


def closing(turn_id: str | None = None) -> Refused:
    """We are going; a turn that is under way goes on after the restart."""
    said = replies.GOES_ON_LATER if turn_id else replies.CLOSING
    return Refused(503, said, retry_after=SOON, turn_id=turn_id)


def of_error(error: OrchestratorError) -> Refused:
    """An error of ours."""
    match error:
        case TooManyTurns():
            return Refused(429, replies.refused(error), retry_after=error.seconds, code="too_many_turns")
        case RequestError():
            field = _FIELDS.get(error.field, error.field)
            return _unprocessable([(field, replies.refused(error))])
        case StoreError():
            log.warning("a request could not be answered: %s", error)
            return Refused(503, replies.STORE_LOST, retry_after=SOON)
        case _:
            raise error


def of_failed(turn_id: str, payload: Mapping[str, Any]) -> Refused:
    """A turn of which a stage gave no answer."""
    why = Trouble(payload["error"]["code"])
    status, retry_after = _STATUSES.get(why, (502, None))
    said = f"{payload['error']['stage']}: {trouble(why)}"
    more = {"code": why, "turn_id": turn_id, "payload": dict(payload)}
    return Refused(status, said, retry_after=retry_after, **more)


def invalid(errors: Iterable[Mapping[str, Any]]) -> Refused:
    """What pydantic says, without what was sent: it may be a secret, or half a character."""
    return _unprocessable([(_field(error["loc"]), whole_characters(error["msg"])) for error in errors])


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the API's description: that a route may be answered with these problems."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


class Bounded:
    """Middleware: who announces too large a body is refused with a problem. Starlette counts the others."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > self._largest:
            await _answer(HTTPException(413, replies.TOO_LARGE))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def add_problems(app: FastAPI) -> None:
    """From now on every error is a problem."""

    async def refused(_: Request, error: Exception) -> Response:
        return _answer(error)

    for kind in (Refused, OrchestratorError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, refused)


def _answer(error: Exception) -> Response:
    match error:
        case Refused():
            one = error
        case OrchestratorError():
            one = of_error(error)
        case RequestValidationError():
            one = invalid(error.errors())
        case HTTPException():
            one = Refused(error.status_code, str(error.detail))
            one.headers |= error.headers or {}
        case _:
            one = Refused(500, replies.BROKEN_HERE)
    return JSONResponse(one.body, one.status, one.headers, media_type=MEDIA_TYPE)


def _unprocessable(wrong: Sequence[tuple[str, str]]) -> Refused:
    errors = [{"field": field, "message": message} for field, message in wrong]
    said = "; ".join(f"{field}: {message}" for field, message in wrong[:3])
    return Refused(422, said, field=wrong[0][0], errors=errors)


def _field(loc: Sequence[str | int]) -> str:
    """`messages.0.content`: without the part of the request that it stands in."""
    inside = loc[1:] if loc and loc[0] in ("body", "query", "path", "header") else loc
    return whole_characters(".".join(map(str, inside))) or str(loc[0] if loc else "body")
