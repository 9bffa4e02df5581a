"""Another server that speaks Discord's REST API and gateway, at an address of its own, is as good as Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.app import open_app
from bot.demo import demo_settings
from bot.discord.adapter import Ways, open_discord
from bot.discord.config import read_discord
from core.turn import FollowUps, TurnStatus
from sandbox.customgpt import CustomGPTStandIn
from sandbox.discord import DiscordStandIn
from tests.contracts.harness import ANSWER, prepared

DROPPED = ("Transfer-Encoding", "Content-Length", "Date", "Server")


@asynccontextmanager
async def passed_on(stand_in: DiscordStandIn) -> AsyncIterator[str]:
    """Another server with other paths; who it is there, its gateway says itself."""

    async def forward(request: web.Request) -> web.Response:
        url, body = f"{stand_in.url}/{request.match_info['tail']}", await request.read()
        headers = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
        async with session.request(request.method, url, params=request.query, data=body, headers=headers) as answer:
            kept = {name: value for name, value in answer.headers.items() if name not in DROPPED}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    app = web.Application()
    app.add_routes([web.route("*", "/some/where/else/{tail:.*}", forward)])
    runner = web.AppRunner(app)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/some/where/else"
        finally:
            await runner.cleanup()


async def test_it_works_unchanged_at_another_address(tmp_path: Path) -> None:
    async with CustomGPTStandIn() as gpt, DiscordStandIn() as stand_in, passed_on(stand_in) as url:
        settings = read_discord({"DISCORD_BOT_TOKEN": stand_in.token, "DISCORD_API_URL": url})
        ada, channel = stand_in.person("Ada"), stand_in.channel("general")
        async with (
            open_discord(settings, Ways(follow_ups=FollowUps.ANYONE, notify_after=60.0)) as adapter,
            open_app(demo_settings(prepared(gpt).url, tmp_path), {"discord": adapter.surface}) as app,
        ):
            listening = asyncio.create_task(adapter.listen(app.turns))
            await stand_in.until(lambda: stand_in.gateway.open)
            one = stand_in.command(ada, channel, "ask", prompt="How do bees choose?")
            await stand_in.until(lambda: one.response and "✅" in one.response.reactions)
            await app.turns.idle()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            (kept,) = await app.store.turns()

        assert TurnStatus.COMPLETE == kept.status
        assert ANSWER in stand_in.transcript(channel)
