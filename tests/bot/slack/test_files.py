"""A file on its way to Slack, which takes it at an address of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.slack.files import upload
from bot.slack.web import connected
from core.errors import SurfaceError, SurfaceInDoubt


@asynccontextmanager
async def an_upload(status: int) -> AsyncIterator[tuple[str, list[str]]]:
    """A Slack whose address for files answers with this status; 0: not at all. Its API, and what was asked of it."""
    asked: list[str] = []

    async def address(request: web.Request) -> web.Response:
        asked.append("address")
        return web.json_response({"ok": True, "file_id": "F1", "upload_url": str(request.url.with_path("/upload"))})

    async def take(request: web.Request) -> web.Response:
        asked.append((await request.read()).decode())
        if not status and request.transport:
            request.transport.close()
        return web.Response(status=status or 200)

    async def complete(_: web.Request) -> web.Response:
        asked.append("complete")
        return web.json_response({"ok": True})

    app = web.Application()
    app.add_routes([web.post("/upload", take), web.post("/api/files.completeUploadExternal", complete)])
    app.add_routes([web.post("/api/files.getUploadURLExternal", address)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/", asked
    finally:
        await runner.cleanup()


async def uploaded(url: str) -> None:
    async with connected("xoxb-1", url) as client:
        await upload(client, "answer.md", "Grüße", channel="C1", thread_ts="1.2")


async def test_a_file_is_asked_for_sent_and_shown() -> None:
    async with an_upload(200) as (url, asked):
        await uploaded(url)

    assert ["address", "Grüße", "complete"] == asked


@pytest.mark.parametrize("status", [0, 500, 503])
async def test_a_file_that_may_have_come_or_not_is_in_doubt_and_not_shown(status: int) -> None:
    async with an_upload(status) as (url, asked):
        with pytest.raises(SurfaceInDoubt, match=r"^file upload: "):
            await uploaded(url)

    assert "complete" not in asked


async def test_a_file_that_is_refused_is_refused() -> None:
    async with an_upload(413) as (url, _):
        with pytest.raises(SurfaceError, match=r"^file upload: 413$") as raised:
            await uploaded(url)

    assert SurfaceError is type(raised.value)
