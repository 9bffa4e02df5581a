"""**I/O edge.** The endpoints beside sending: conversations, messages, citations, projects, account."""

from __future__ import annotations

import time
from uuid import uuid4

from aiohttp import web

from sandbox.customgpt.call import Call, Floor, utc_now
from sandbox.customgpt.state import TEAM_ID, USER_ID, Conversation, Message
from sandbox.customgpt.wire import (
    Json,
    Refusal,
    agent_json,
    conversation_json,
    iso,
    limits_json,
    message_json,
    page_json,
    page_of_list,
    success,
)

MOST_NAME = 255
REACTIONS = ("liked", "disliked", "neutral", None)


class Api:
    """One method an endpoint. A method that admits a call returns what comes from there, if anything does."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._platform = floor.platform
        self._started = utc_now()

    async def create(self, call: Call) -> web.StreamResponse:
        name = _name(call, required=call.manner.name_required)
        if answered := await self._floor.admit(call):
            return answered
        opened = self._platform.open(call.agent, str(uuid4()), name or "Chat", utc_now())
        return _said(conversation_json(opened), call.manner.create_status)

    async def conversations(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        return _said(self._listed(call, [conversation_json(one) for one in self._platform.of_agent(call.agent)]))

    async def rename(self, call: Call) -> web.StreamResponse:
        name = _name(call, required=True)
        conversation = self._conversation(call)
        if answered := await self._floor.admit(call):
            return answered
        conversation.name = name or conversation.name
        return _said(conversation_json(conversation))

    async def delete(self, call: Call) -> web.StreamResponse:
        conversation = self._conversation(call)
        if answered := await self._floor.admit(call):
            return answered
        del self._platform.conversations[call.agent.id, conversation.session_id]
        return _said({"deleted": True})

    async def messages(self, call: Call) -> web.StreamResponse:
        conversation = self._conversation(call)
        if answered := await self._floor.admit(call):
            return answered
        items = [message_json(message, listed=True) for message in conversation.listed(time.monotonic())]
        page = self._listed(call, items)
        return _said({"conversation": conversation_json(conversation), "messages": page})

    async def message(self, call: Call) -> web.StreamResponse:
        message = self._message(call)
        if answered := await self._floor.admit(call):
            return answered
        return _said(message_json(message))

    async def feedback(self, call: Call) -> web.StreamResponse:
        reaction = call.body.get("reaction", "")
        if reaction not in REACTIONS:
            raise Refusal(400, "The reaction must be one of liked, disliked, neutral")
        message = self._message(call)
        if answered := await self._floor.admit(call):
            return answered
        message.reaction = reaction
        return _said(message_json(message))

    async def citation(self, call: Call) -> web.StreamResponse:
        number = call.number("citation_id")
        if answered := await self._floor.admit(call):
            return answered
        page = self._platform.pages.get((call.agent.id, number))
        if page is None:
            raise Refusal(404, f"Page with id {number} not found")
        return _said(page_json(page, bare=call.fault.bare))

    async def project(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        return _said(agent_json(call.agent, call.manner, self._started))

    async def projects(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        agents = self._platform.agents.values()
        return _said(self._listed(call, [agent_json(agent, agent.always, self._started) for agent in agents]))

    async def stats(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        asked = sum(len(one.messages) for one in self._platform.of_agent(call.agent))
        pages = dict.fromkeys(("pages_found", "pages_crawled", "pages_indexed", "crawl_credits_used"), 4)
        return _said({**pages, "query_credits_used": asked, "total_queries": asked, "total_words_indexed": 9600})

    async def settings(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        return _said(SETTINGS)

    async def user(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        created = iso(self._started)
        return _said({"id": USER_ID, "name": "Stand-in", **USER, "created_at": created, "updated_at": created})

    async def limits(self, call: Call) -> web.StreamResponse:
        if answered := await self._floor.admit(call):
            return answered
        return _said(limits_json(self._platform.account, len(self._platform.agents)))

    def _conversation(self, call: Call) -> Conversation:
        found = self._platform.conversations.get((call.agent.id, call.session_id))
        if found is None:
            raise Refusal(404, f"Conversation with session id {call.session_id} not found")
        return found

    def _message(self, call: Call) -> Message:
        number = call.number("prompt_id")
        found = self._conversation(call).message(number, time.monotonic())
        if found is None:
            raise Refusal(404, f"Conversation message with id {number} not found")
        return found

    def _listed(self, call: Call, oldest_first: list[Json]) -> Json:
        """The page that the query asks for; newest first unless `order=asc`."""
        query = dict(call.request.query)
        page = query.pop("page", "1")
        if not (page.isascii() and page.isdigit() and int(page) > 0):
            raise Refusal(400, "The page must be an integer from 1")
        items = oldest_first if query.get("order") == "asc" else oldest_first[::-1]
        path = str(call.request.url.with_query(None))
        return page_of_list(items, int(page), self._platform.account.page_size, path, query)


USER: Json = {"email": "user@example.com", "current_team_id": TEAM_ID, "profile_photo_url": None}
SETTINGS: Json = {
    "chatbot_avatar": None,
    "default_prompt": "Ask me anything",
    "example_questions": None,
    "persona_instructions": None,
    "chatbot_model": "gpt-4-1",
    "response_source": "own_content",
    "no_answer_message": "I do not know.",
    "enable_citations": 3,
    "enable_feedbacks": True,
    "enable_inline_citations_api": False,
    "conversation_time_window": True,
    "conversation_retention_period": "year",
    "markdown_enabled": True,
}


def _name(call: Call, *, required: bool) -> str | None:
    name = call.body.get("name")
    if name is None and not required:
        return None
    if not isinstance(name, str) or not name.strip():
        raise Refusal(400, "The name field is required")
    if len(name) > MOST_NAME:
        raise Refusal(400, f"The name may not be greater than {MOST_NAME} characters")
    return name


def _said(data: object, status: int = 200) -> web.Response:
    return web.json_response(success(data), status=status)
