"""**I/O edge.** The addresses beside the Web API: upload, download, response_url."""

from __future__ import annotations

import json

from aiohttp import web

from sandbox.changes import Changes
from sandbox.slack.answering import Answering
from sandbox.slack.record import Json
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import Token, World

LOGIN = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to your workspace</body></html>"


class Doors:
    """One listener an address."""

    def __init__(self, world: World, answering: Answering, changes: Changes) -> None:
        self._world, self._answering, self._changes = world, answering, changes

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/upload/v1/{file}", self.upload),
            web.get("/files-pri/{file}/{name}", self.download),
            web.get("/files-pri/{file}/download/{name}", self.download),
            web.get("/login", self.login),
            web.post("/response/{key}", self.answer),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """The content of a file, as the body or as a form's field; once, and as long as was said."""
        file = self._world.files.get(request.match_info["file"])
        content = await _content(request)
        if file is None or file.content is not None:
            return web.Response(status=404, text="no such upload")
        if len(content) != file.size:
            return web.Response(status=400, text=f"expected {file.size} bytes, got {len(content)}")
        file.content = content
        self._changes.notice()
        return web.Response(text=f"OK - {file.size}")

    async def download(self, request: web.Request) -> web.Response:
        """The content, to a token that may read files; anybody else is sent to a page where people sign in."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = self._world.tokens.get(token)
        file = self._world.files.get(request.match_info["file"].rpartition("-")[2])
        if known is None or known.revoked or not self._may_read(known):
            raise web.HTTPFound("/login")
        if file is None or file.deleted or file.content is None or file.team != known.team:
            return web.Response(status=404, text="not found")
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def login(self, request: web.Request) -> web.Response:
        return web.Response(text=LOGIN, content_type="text/html")

    async def answer(self, request: web.Request) -> web.Response:
        """A post to a response_url."""
        try:
            self._answering.post(request.match_info["key"], _object(await request.text()))
        except Refusal as refusal:
            status = 404 if refusal.error in ("expired_url", "used_url") else 400
            return web.json_response(refusal.body, status=status)
        self._changes.notice()
        return web.json_response({"ok": True})

    def _may_read(self, token: Token) -> bool:
        return token.kind == "bot" and "files:read" in token.scopes


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    fields = (await request.post()).values()
    files = [field.file.read() for field in fields if isinstance(field, web.FileField)]
    return files[0] if files else b""


def _object(text: str) -> Json:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise Refusal("invalid_payload") from error
    if not isinstance(read, dict):
        raise Refusal("invalid_payload")
    return read
