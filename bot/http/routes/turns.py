"""**I/O edge.** A turn: how it stands, its events, and what can be done with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from bot.http.bodies import Accepted, Retry, Said, Turn, Vote
from bot.http.following import follow
from bot.http.problems import Refused, not_found, responses
from bot.http.render import accepted_body, turn_body
from bot.http.served import Accepting, Calling, Here, ItsTurn, Streaming
from core.export import as_json, as_markdown, concealed, export_name
from core.text import replies
from core.text.wording import AN_ADMIN, YOU

router = APIRouter(prefix="/v1/turns/{turn_id}", tags=["turns"])

_ALWAYS = responses(400, 401, 404, 422, 500, 503)
_CHANGES = {**_ALWAYS, **responses(409, 413, 429)}
_FILE: dict[str, Any] = {"content": {"application/json": {}, "text/markdown": {}}, "description": "The file"}


@router.get("", response_model_exclude_none=True, responses=_ALWAYS, summary="A turn as it stands")
async def turn(found: ItsTurn, caller: Calling) -> Turn:
    """Once it has ended, with all that the unified payload has."""
    return turn_body(found, caller)


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={**_ALWAYS, **responses(429)},
    dependencies=[Streaming],
    summary="Its events, as they come",
)
async def events(
    found: ItsTurn,
    caller: Calling,
    served: Here,
    after: Annotated[int | None, Query(ge=0, le=2**31, description="What comes after this `seq`.")] = None,
    last_event_id: Annotated[str | None, Header(description="The same, as browsers send it.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: every one that is kept after `after`, in order, then what comes; the last is `complete` or
    `error`."""
    since = after if after is not None else _number(last_event_id)
    async with aclosing(follow(served, found.id, caller, since)) as coming:
        async for event in coming:
            yield ServerSentEvent(data=event, event=event["type"], id=str(event["seq"]))


@router.post("/stop", responses=_CHANGES, status_code=202, summary="Stop it")
async def stop(found: ItsTurn, caller: Calling, served: Accepting) -> Said:
    """What was done is kept."""
    if found.ended_at is not None:
        raise Refused(409, replies.NOT_RUNNING, turn_id=found.id)
    stopped = await served.turns.stop(found.id, YOU if caller.id == found.asker else AN_ADMIN)
    return Said(turn_id=found.id, message=replies.stopping(1) if stopped else replies.STOPPING_ALREADY)


@router.post("/retry", responses=_CHANGES, status_code=202, summary="Once more")
async def retry(
    found: ItsTurn, caller: Calling, served: Accepting, response: Response, body: Retry | None = None
) -> Accepted:
    """From a stage on; without one it goes on where it ended. What came before is kept."""
    if found.ended_at is None:
        raise Refused(409, replies.NOT_ENDED, turn_id=found.id)
    wanted = body or Retry()
    seen = wanted.generation or found.generation
    if not await served.turns.retry(found.id, wanted.stage, generation=seen, by=caller.id):
        raise Refused(409, replies.CHANGED, turn_id=found.id)
    begun = accepted_body(await served.visible(found.id, caller), caller, served.base_url)
    response.headers["Location"] = begun.url
    return begun


@router.post("/feedback", responses=_CHANGES, summary="Good, or not")
async def feedback(found: ItsTurn, caller: Calling, served: Accepting, body: Vote) -> Said:
    """What you think of the answer, in place of what you thought before."""
    generation = body.generation or found.generation
    if not await served.turns.feedback.give(found.id, generation, caller.id, body.opinion):
        raise Refused(409, replies.CHANGED, turn_id=found.id)
    return Said(turn_id=found.id, message=replies.NOTED[body.opinion])


@router.get("/export", response_class=Response, responses={**_ALWAYS, 200: _FILE}, summary="The whole of it")
async def export(
    found: ItsTurn,
    caller: Calling,
    served: Here,
    form: Annotated[Literal["json", "markdown"], Query(alias="format")] = "json",
) -> Response:
    """What each agent was asked and answered, as a file. What is withheld is for admins."""
    whole = await served.turns.exported(found.id)
    if whole is None:
        raise not_found()
    shown = whole if caller.admin else concealed(whole)
    name = export_name(shown)
    if form == "markdown":
        return _file(as_markdown(shown), "text/markdown; charset=utf-8", name)
    return _file(as_json(shown), "application/json", f"{name.removesuffix('.md')}.json")


def _file(text: str, media_type: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=disposition)


def _number(last_event_id: str | None) -> int:
    """What is no number of ours asks for all."""
    given = last_event_id or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
