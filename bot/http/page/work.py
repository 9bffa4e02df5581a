"""**Pure.** What each agent wrote, as HTML; a stage in several parts one after the other."""

from __future__ import annotations

from bot.http.page.markdown import markdown_html
from bot.http.page.markup import Html, joined, tag
from core.stages import TITLES, review
from core.stored import Exported
from core.text import telling
from core.turn import AgentReply


def work_html(turn: Exported) -> Html:
    """All that was answered. Who is no admin gets what `core.export.concealed` has left.

    A review that could be read stands above it already, as what was read of it.
    """
    hidden = turn.withheld and not turn.concealed
    warned = tag("p", telling.FOR_ADMINS, class_="warned") if hidden else ""
    read = {review.NAME} if turn.payload.get("review") and not hidden else set()
    told = [_reply(slot, reply) for slot, (_, reply) in turn.replies.items() if slot.partition(".")[0] not in read]
    return joined(warned, *told, *([] if told else [tag("p", telling.NOT_ASKED)]))


def _reply(slot: str, reply: AgentReply | None) -> Html:
    head = tag("h4", _title(slot))
    if reply is None:
        return joined(head, tag("p", telling.NO_ANSWER))
    took = tag("p", telling.took(reply.seconds, reply.queries), class_="took")
    return joined(head, took, tag("div", markdown_html(reply.text), class_="prose"))


def _title(slot: str) -> str:
    """ "Review", "Review · Part 2"."""
    stage, _, part = slot.partition(".")
    title = TITLES.get(stage, stage)
    return f"{title} · {telling.part(int(part))}" if part else title
