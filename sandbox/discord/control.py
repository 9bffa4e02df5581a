"""**I/O edge.** The people of the Discord stand-in over HTTP, for the curious and for a demo in another process.

    GET  /control                what can be done
    GET  /control/transcript     ?channel=general: what a person sees there, in plain text
    POST /control/say            {"user": "Ada", "channel": "general", "text": "Hello"}
    POST /control/mention        the same, with a mention of the bot before the text
    POST /control/ask            {"user": "Ada", "channel": "general", "prompt": "How?", "tone": "friendly"}

People and channels come into being when they are first named; a thread is named by its id.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.record import Json
from sandbox.discord.seeing import Seeing
from sandbox.discord.state import Channel, User


class ControlError(ValueError):
    """Input that cannot be taken; the message names the field."""


class Control:
    """`first`: the server's first bot, asked each time: it comes after the server."""

    def __init__(self, first: Callable[[], Seeing]) -> None:
        self._first = first

    def routes(self) -> list[web.RouteDef]:
        acts = {"say": self._say, "mention": self._mention, "ask": self._ask}
        return [
            web.get("/control", self.describe),
            web.get("/control/transcript", self.transcript),
            *(web.post(f"/control/{name}", _acted(act)) for name, act in acts.items()),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        return web.Response(text=(__doc__ or "").partition("\n\n")[2])

    async def transcript(self, request: web.Request) -> web.Response:
        return web.Response(
            text=self._bot.transcript(self._channel({"channel": request.query.get("channel", "general")}))
        )

    @property
    def _bot(self) -> Seeing:
        return self._first()

    def _say(self, given: Json) -> Json:
        return {"id": self._bot.post(self._user(given), self._channel(given), _text(given, "text")).id}

    def _mention(self, given: Json) -> Json:
        return {"id": self._bot.mention(self._user(given), self._channel(given), _text(given, "text")).id}

    def _ask(self, given: Json) -> Json:
        options = {key: value for key, value in given.items() if key not in ("user", "channel")}
        try:
            return {"id": self._bot.command(self._user(given), self._channel(given), "ask", **options).id}
        except LookupError as error:
            raise ControlError(str(error)) from error

    def _user(self, given: Json) -> User:
        name = _text(given, "user")
        known = (user for user in self._bot.world.users.values() if user.name == name)
        return next(known, None) or self._bot.person(name)

    def _channel(self, given: Json) -> Channel:
        name = _text(given, "channel").removeprefix("#")
        known = (one for one in self._bot.world.channels.values() if name in (one.id, one.name))
        return next(known, None) or self._bot.channel(name)


def _text(given: Json, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name}: must be a text")
    return value


def _acted(act: Callable[[Json], Json]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """`act` on the JSON object that comes, with a 400 that says what is wrong with it."""

    async def acted(request: web.Request) -> web.Response:
        try:
            given = json.loads(await request.text())
            if not isinstance(given, dict):
                raise ControlError("body: must be a JSON object")
            return web.json_response(act(given))
        except json.JSONDecodeError:
            return web.json_response({"error": "body: must be JSON"}, status=400)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    return acted
