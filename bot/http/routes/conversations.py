"""**I/O edge.** Conversations: those of a token, the newest first, and one of them whole."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query

from bot.http.access import Caller
from bot.http.bodies import Talks, WholeTalk
from bot.http.problems import Refused, responses
from bot.http.render import name_for, talk_body, turn_body
from bot.http.served import Calling, Here, Served
from core.stored import StoredTurn
from core.text import replies

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

_ALWAYS = responses(400, 401, 422, 500, 503)
MOST = 100


@router.get("", responses=_ALWAYS, summary="Conversations, the newest first")
async def conversations(
    caller: Calling,
    served: Here,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 20,
    before: Annotated[int | None, Query(ge=0, le=2**31, description="`next` of the page before.")] = None,
) -> Talks:
    """Yours; an admin sees all, those of others under their whole name."""
    found = await served.turns.records.conversations("" if caller.admin else caller.prefix, limit=limit, before=before)
    following = found[-1].last if len(found) == limit else None
    return Talks(conversations=[talk_body(one, caller) for one in found], next=following)


@router.get(
    "/{conversation_id:path}",
    response_model_exclude_none=True,
    responses={**_ALWAYS, **responses(404)},
    summary="A conversation",
)
async def conversation(
    conversation_id: Annotated[str, Path(min_length=1, max_length=512)],
    caller: Calling,
    served: Here,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    before: Annotated[str | None, Query(max_length=512, description="`next` of the page after.")] = None,
) -> WholeTalk:
    """With its latest turns, in their order; those before them by `next`."""
    turns = await turns_of(conversation_id, caller, served, limit=limit, before=before)
    if not turns and not before:
        raise Refused(404, replies.NO_SUCH_CONVERSATION)
    name = name_for(turns[0].conversation_id, caller) if turns else conversation_id
    earlier = turns[0].id if len(turns) == limit else None
    return WholeTalk(conversation_id=name, turns=[turn_body(turn, caller) for turn in turns], next=earlier)


async def turns_of(
    conversation_id: str, caller: Caller, served: Served, *, limit: int = MOST, before: str | None = None
) -> list[StoredTurn]:
    """Their own first; an admin may mean somebody else's."""
    of = partial(served.turns.records.turns_of, limit=limit, before=before)
    return await of(f"{caller.prefix}{conversation_id}") or (await of(conversation_id) if caller.admin else [])
