"""**I/O edge.** The people of the Slack stand-in over HTTP, for the curious and for a demo in another process.

    GET  /control                what can be done
    GET  /control/transcript     ?channel=general: what a person sees there, in plain text
    POST /control/say            {"user": "Ada", "channel": "general", "text": "Hello", "thread": "1.2"}
    POST /control/mention        the same, with a mention of the bot before the text
    POST /control/command        {"user": "Ada", "channel": "general", "command": "/orchestrator", "text": "help"}
    POST /control/press          {"user": "Ada", "channel": "general", "ts": "1.2", "action_id": "stop"}

People and channels come into being when they are first named.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.making import Making
from sandbox.slack.record import Json
from sandbox.slack.state import Channel, Message, User
from sandbox.slack.transcript import transcript

Act = Callable[[Json], Json]


class ControlError(ValueError):
    """Input that cannot be taken; the message names the field."""


class Control:
    """One method an address."""

    def __init__(self, making: Making, acting: Acting) -> None:
        self._making, self._acting = making, acting

    def routes(self) -> list[web.RouteDef]:
        acts: dict[str, Act] = {
            "say": self._say,
            "mention": self._mention,
            "command": self._command,
            "press": self._press,
        }
        return [
            web.get("/control", self.describe),
            web.get("/control/transcript", self.transcript),
            *(web.post(f"/control/{name}", _acted(act)) for name, act in acts.items()),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        return web.Response(text=__doc__.partition("\n\n")[2])

    async def transcript(self, request: web.Request) -> web.Response:
        channel = self._channel({"channel": request.query.get("channel", "general")})
        return web.Response(text=transcript(self._making.world, channel))

    def _say(self, given: Json) -> Json:
        said = self._acting.post(self._user(given), self._channel(given), _text(given, "text"), thread=_thread(given))
        return {"ts": said.ts}

    def _mention(self, given: Json) -> Json:
        user, channel = self._user(given), self._channel(given)
        return {"ts": self._acting.mention(user, channel, _text(given, "text"), thread=_thread(given)).ts}

    def _command(self, given: Json) -> Json:
        user, channel = self._user(given), self._channel(given)
        sent = self._acting.command(user, channel, _text(given, "command"), str(given.get("text", "")))
        return {"failed": sent.failed}

    def _press(self, given: Json) -> Json:
        message = self._message(self._channel(given), _text(given, "ts"))
        try:
            sent = self._acting.press(self._user(given), message, _text(given, "action_id"), given.get("value"))
        except LookupError as error:
            raise ControlError(f"action_id: {error}") from error
        return {"failed": sent.failed}

    def _message(self, channel: Channel, ts: str) -> Message:
        found = channel.find(ts)
        if found is None:
            raise ControlError(f"ts: there is no message {ts}")
        return found

    def _user(self, given: Json) -> User:
        name = _text(given, "user")
        known = (user for user in self._making.world.users.values() if user.name == name)
        return next(known, None) or self._making.person(name)

    def _channel(self, given: Json) -> Channel:
        name = _text(given, "channel").removeprefix("#")
        known = (one for one in self._making.world.channels.values() if name in (one.id, one.name))
        return next(known, None) or self._making.channel(name)


def _text(given: Json, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name}: must be a text")
    return value


def _thread(given: Json) -> str:
    return _text(given, "thread") if given.get("thread") else ""


def _acted(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    """`act` on the JSON object that comes, with a 400 that says what is wrong with it."""

    async def acted(request: web.Request) -> web.Response:
        try:
            return web.json_response(act(_object(await request.text())))
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    return acted


def _object(text: str) -> Json:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ControlError("body: must be JSON") from error
    if not isinstance(read, dict):
        raise ControlError("body: must be a JSON object")
    return read
