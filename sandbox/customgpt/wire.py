"""**Pure.** CustomGPT's JSON, as the contract has it (sections 1.2 to 1.4 and 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.customgpt.answers import Page
from sandbox.customgpt.faults import Account, Fault
from sandbox.customgpt.state import TEAM_ID, USER_ID, Agent, Conversation, Message

Json = dict[str, Any]

NO_CREDITS = "You have exhausted your current query credits. Upgrade your plan or wait for the next billing cycle."


class Refusal(Exception):
    """A request that is answered with an error in the envelope."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer that is not the API's usual JSON: status, body, its type, headers."""

    status: int
    body: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def success(data: object) -> Json:
    return {"status": "success", "data": data}


def error(url: str, status: int, message: str) -> Json:
    return {"status": "error", "url": url, "data": {"code": status, "message": message}}


def refused(fault: Fault, status: int, url: str) -> Plain:
    """What a scripted `status` answers."""
    said = fault.body_text or ("Too many requests" if status == 429 else f"Refused with {status}, as scripted")
    headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
    if 300 <= status < 400:
        headers["Location"] = fault.location
    bodies = {
        "envelope": json.dumps(error(url, status, said)),
        "quota": json.dumps(error(url, status, fault.body_text or NO_CREDITS)),
        "legacy": json.dumps({"status": "error", "message": said}),
        "html": fault.body_text or f"<html><body><center><h1>{status} Bad Gateway</h1></center></body></html>",
        "text": said,
        "object": "{}",
        "nothing": "",
    }
    kind = {"html": "text/html", "text": "text/plain"}.get(fault.body, "application/json")
    return Plain(status, bodies[fault.body], kind, headers)


def iso(moment: datetime) -> str:
    """`2023-06-25T17:12:28.000000Z`, as after creating and sending."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def listed_time(moment: datetime) -> str:
    """`25 Jun 2023 05:01:11`, as in lists of messages."""
    return moment.strftime("%d %b %Y %H:%M:%S")


def conversation_json(conversation: Conversation) -> Json:
    created = iso(conversation.created)
    return {
        "id": conversation.id,
        "name": conversation.name,
        "project_id": conversation.agent_id,
        "created_by": USER_ID,
        "session_id": conversation.session_id,
        "created_at": created,
        "updated_at": created,
    }


def message_json(message: Message, *, listed: bool = False) -> Json:
    created = listed_time(message.created) if listed else iso(message.created)
    text: str | None = {"text": message.text, "empty": "", "null": None}[message.fault.response]
    said = {
        "id": message.id,
        "user_query": message.prompt,
        "openai_response": text,
        **citations_json(message.pages, message.fault),
        "created_at": created,
    }
    return said if message.fault.bare else {**said, **_unreliable(message, created)}


def _unreliable(message: Message, created: str) -> Json:
    """What may be missing from a message."""
    metadata = {
        "user_ip": "127.0.0.1",
        "user_agent": message.user_agent,
        "external_id": message.external_id,
        "request_source": "api",
    }
    feedback = {
        "created_at": created,
        "updated_at": created,
        "user_id": USER_ID,
        "reaction": message.reaction,
    }
    return {
        "user_id": USER_ID,
        "conversation_id": message.conversation_id,
        "response_feedback": feedback,
        "updated_at": created,
        **({"metadata": metadata} if message.fault.metadata else {}),
    }


def citations_json(pages: Sequence[Page], fault: Fault) -> Json:
    """The `citations` key in the form that is wanted, or nothing."""
    ids = [page.id for page in pages]
    forms: dict[str, Json] = {
        "ints": {"citations": ids},
        "strings": {"citations": [f"{number}.0" for number in ids]},
        "null": {"citations": None},
        "missing": {},
        "objects": {"citations": [page_json(page) for page in pages]},
        "duplicates": {"citations": [number for number in ids for _ in range(2)]},
    }
    return forms[fault.citations]


def page_json(page: Page, *, bare: bool = False) -> Json:
    details = {"url": page.url, "title": page.title, "description": page.description, "image": page.image}
    return {"id": page.id, **(dict.fromkeys(details) if bare else details)}


def agent_json(agent: Agent, manner: Fault, created: datetime) -> Json:
    return {
        "id": agent.id,
        "project_name": agent.name,
        "sitemap_path": None,
        "is_chat_active": manner.is_chat_active,
        "user_id": USER_ID,
        "team_id": TEAM_ID,
        "type": "SITEMAP",
        "is_shared": False,
        **dict.fromkeys(("shareable_slug", "shareable_link", "embed_code", "live_chat_code")),
        "are_licenses_allowed": False,
        "created_at": iso(created),
        "updated_at": iso(created),
        "deleted_at": None,
    }


def limits_json(account: Account, agents: int) -> Json:
    return {
        "max_projects_num": 10,
        "current_projects_num": agents,
        "max_total_storage_credits": 100,
        "current_total_storage_credits": 7,
        "max_queries": account.max_queries,
        "current_queries": account.current_queries,
    }


def page_of_list(items: Sequence[Json], page: int, per_page: int, path: str, query: Mapping[str, str]) -> Json:
    """One page of a list, in Laravel's shape; a page beyond the last is empty."""
    start = (page - 1) * per_page
    shown = list(items[start : start + per_page])
    last = max(1, -(-len(items) // per_page))

    def link(number: int) -> str | None:
        return f"{path}?{urlencode({**query, 'page': number})}" if 1 <= number <= last else None

    return {
        "current_page": page,
        "data": shown,
        "first_page_url": link(1),
        "from": start + 1 if shown else None,
        "last_page": last,
        "last_page_url": link(last),
        "next_page_url": link(page + 1),
        "path": path,
        "per_page": per_page,
        "prev_page_url": link(page - 1),
        "to": start + len(shown) if shown else None,
        "total": len(items),
    }
