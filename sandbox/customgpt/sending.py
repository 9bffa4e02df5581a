"""**I/O edge.** A message to an agent: checked in order, answered whole or as a stream (2.2, 2.3)."""

from __future__ import annotations

import time
from typing import assert_never
from uuid import UUID

from aiohttp import web

from sandbox.customgpt.answers import Answer, Page, answer
from sandbox.customgpt.call import Call, Floor, aborted, utc_now
from sandbox.customgpt.faults import Fault
from sandbox.customgpt.state import Agent, Conversation, Message
from sandbox.customgpt.stream import Ending, Pause, Write, pieces, stream
from sandbox.customgpt.wire import NO_CREDITS, Refusal, message_json, success

TRUE = ("true", "1", "True")
MOST_EXTERNAL_ID = 128


class Sending:
    """`POST /projects/{id}/conversations/{session}/messages`."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._platform = floor.platform

    async def send(self, call: Call) -> web.StreamResponse:
        """Accept, keep and answer a message."""
        if not call.fault.is_chat_active:
            raise Refusal(403, f"Agent with id {call.agent.id} is not active")
        prompt, external_id = self._prompt(call), _external_id(call.request)
        self._check_credits()
        self._floor.check_rate()
        conversation = self._conversation(call)
        message = self._accept(call, conversation, prompt, external_id)
        if answered := await self._floor.disturb(call):
            return answered
        if _wants_stream(call):
            return await self._stream(call, message, conversation.session_id)
        return await self._whole(call, message)

    def _prompt(self, call: Call) -> str:
        prompt = call.body.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise Refusal(400, "The prompt field is required")
        limit = self._platform.account.prompt_limit
        if len(prompt) > limit and call.fault.over_limit == "refuse":
            raise Refusal(400, f"The prompt may not be greater than {limit} characters")
        return prompt[:limit]

    def _check_credits(self) -> None:
        account = self._platform.account
        if account.current_queries >= account.max_queries:
            raise Refusal(429, NO_CREDITS)

    def _conversation(self, call: Call) -> Conversation:
        """The conversation; an unknown one is opened, where the id is a UUID and the switch allows it."""
        session_id = call.session_id
        known = self._platform.conversations.get((call.agent.id, session_id))
        if known:
            return known
        if call.fault.unknown_session == "missing" or not _is_uuid(session_id):
            raise Refusal(404, f"Conversation with session id {session_id} not found")
        return self._platform.open(call.agent, session_id, "Chat", utc_now())

    def _accept(self, call: Call, conversation: Conversation, prompt: str, external_id: str | None) -> Message:
        """Count the message, and keep it as its fault says, whatever becomes of the connection."""
        answered = _answer(call.agent, call.fault, prompt)
        message = Message(
            id=self._platform.next_message_id(),
            conversation_id=conversation.id,
            prompt=prompt,
            text=answered.text,
            pages=answered.pages,
            fault=call.fault,
            created=utc_now(),
            external_id=external_id,
            user_agent=call.request.headers.get("User-Agent", ""),
            visible_at=time.monotonic() + _seconds(call, answered.text) + call.fault.stored_after,
            hidden_lists=call.fault.stored_after_lists,
        )
        if call.fault.works:
            self._platform.count_query()
        if call.fault.keeps:
            conversation.messages.append(message)
            self._platform.know(call.agent, *(page for page in answered.pages if page.title or page.url))
        return message

    async def _whole(self, call: Call, message: Message) -> web.StreamResponse:
        """The answer in one piece. What a stream would do after some deltas is done before it."""
        fault = call.fault
        if fault.error_after is not None:
            raise Refusal(500, fault.error_text)
        if fault.stall_after is not None:
            await self._floor.closing.wait()
        if not (fault.stall_after is fault.drop_after is fault.close_after is None):
            return aborted(call.request)
        _show(message)
        return web.json_response(success(message_json(message)))

    async def _stream(self, call: Call, message: Message, session_id: str) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(call.request)
        for step in stream(message, session_id, _delta_delay(call)):
            match step:
                case Write(data):
                    await response.write(data)
                    self._floor.notice()
                case Pause(seconds):
                    await self._floor.pause(seconds)
                case Ending():
                    await self._end(step, call, message)
                case _:
                    assert_never(step)
        return response

    async def _end(self, ending: Ending, call: Call, message: Message) -> None:
        if ending is Ending.WHOLE:
            _show(message)
        if ending is Ending.STALL:
            await self._floor.closing.wait()
        if ending in (Ending.STALL, Ending.ABORT):
            aborted(call.request)


def _answer(agent: Agent, fault: Fault, prompt: str) -> Answer:
    """What the agent answers, as far as its fault leaves it free."""
    own = answer(agent.role, prompt)
    text = fault.answer if fault.answer is not None else prompt if fault.echo else own.text
    if fault.cites is None:
        return Answer(text, own.pages)
    return Answer(text, tuple(Page(number, None, None) for number in fault.cites))


def _show(message: Message) -> None:
    """What has arrived whole can be read at once, unless its fault says otherwise."""
    if not message.fault.stored_after:
        message.visible_at = 0.0


def _seconds(call: Call, text: str) -> float:
    """How long the agent works on the answer, whether anybody listens or not."""
    fault, pace = call.fault, call.agent.pace
    first = fault.first_byte_delay if fault.first_byte_delay is not None else pace.first_byte
    deltas = len(pieces(text, fault.delta_size)) if _wants_stream(call) else 0
    return first + deltas * _delta_delay(call)


def _delta_delay(call: Call) -> float:
    given = call.fault.delta_delay
    return given if given is not None else call.agent.pace.delta


def _wants_stream(call: Call) -> bool:
    """In the query or in the body, as a boolean, a number or a word."""
    return any(str(given) in TRUE for given in (call.request.query.get("stream"), call.body.get("stream")))


def _external_id(request: web.Request) -> str | None:
    external_id = request.query.get("external_id")
    if external_id is not None and len(external_id) > MOST_EXTERNAL_ID:
        raise Refusal(400, f"The external_id may not be greater than {MOST_EXTERNAL_ID} characters")
    return external_id


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
