"""**I/O edge.** A whole turn against the same calls made by a bare httpx loop, in one process, turn about.

One conversation opened, four messages streamed, agents of 250 ms, served by the stand-in in a process of its own.
Prints a table and, last, a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.app import BRIEF, App, open_app
from bot.demo import demo_settings
from bot.terminal.asking import terminal_turn
from bot.terminal.surface import Silent
from core.config import Settings
from core.stages import STAGES
from core.turn import TurnStatus

TURNS = 20
AGENT_SECONDS = 0.25
AIM = 1.02
PROMPT = "Explain how bees decide where to build a new nest"


@asynccontextmanager
async def stand_in() -> AsyncIterator[str]:
    """The address of a stand-in in a process of its own, its agents answering after `AGENT_SECONDS`."""
    command = [sys.executable, "-m", "bot", "sandbox", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        url = said.strip().partition("=")[2]
        await _pace(url)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _pace(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for agent in (101, 102, 103, 104):
            knobs = {"first_byte_delay": AGENT_SECONDS, "delta_delay": 0.0}
            (await client.put(f"/control/agents/{agent}", json=knobs)).raise_for_status()


async def prompts_of_the_last_turn(url: str) -> list[str]:
    """What the four agents were sent: the bare loop sends the same."""
    async with httpx.AsyncClient(base_url=url) as client:
        recorded = (await client.get("/control/requests", params={"endpoint": "send"})).json()
    return [request["body"]["prompt"] for request in recorded[-len(STAGES) :]]


async def bare(client: httpx.AsyncClient, settings: Settings, prompts: list[str]) -> float:
    """Seconds that the calls take by themselves."""
    begun = time.perf_counter()
    first = settings.projects[STAGES[0].name]
    opened = await client.post(f"/projects/{first}/conversations", json={"name": "bench"})
    session = opened.json()["data"]["session_id"]
    for stage, prompt in zip(STAGES, prompts, strict=True):
        path = f"/projects/{settings.projects[stage.name]}/conversations/{session}/messages"
        async with client.stream("POST", path, params={"stream": "true"}, json={"prompt": prompt}) as answer:
            async for _ in answer.aiter_bytes():
                pass
        session = str(uuid.uuid4())  # an unknown one is opened by its first message
    return time.perf_counter() - begun


async def turn(app: App) -> float:
    """Seconds that a whole turn takes: accepted, asked, merged, kept."""
    begun = time.perf_counter()
    kept = await app.answer(terminal_turn(PROMPT, {}))
    if kept.status is not TurnStatus.COMPLETE:
        raise SystemExit(f"The turn ended as {kept.status}.")
    return time.perf_counter() - begun


async def measure(url: str, folder: Path) -> tuple[list[float], list[float]]:
    """Bare loops and turns, turn about, after one turn to warm up."""
    settings = demo_settings(url, folder)
    headers = {"Authorization": f"Bearer {settings.customgpt_api_key.get_secret_value()}"}
    async with (
        open_app(settings, {"terminal": Silent()}, rhythm=BRIEF) as app,
        httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers) as client,
    ):
        await turn(app)  # to warm up, and for its prompts
        prompts = await prompts_of_the_last_turn(url)
        rounds = [(await bare(client, settings, prompts), await turn(app)) for _ in range(TURNS)]
    return [loop for loop, _ in rounds], [whole for _, whole in rounds]


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with stand_in() as url:
            loops, turns = await measure(url, Path(folder))
    loop, whole = statistics.median(loops), statistics.median(turns)
    ratio = statistics.median(w / b for b, w in zip(loops, turns, strict=True))
    print(f"bare httpx loop     {loop:7.3f} s   median of {TURNS}, agents of {AGENT_SECONDS * 1000:.0f} ms")
    print(f"whole turn          {whole:7.3f} s   citations looked up, kept in SQLite")
    print(f"turn / loop         {ratio:7.3f}     aim ≤ {AIM}")
    print(json.dumps({"bare_seconds": loop, "turn_seconds": whole, "ratio": ratio, "aim": AIM, "turns": TURNS}))


if __name__ == "__main__":
    asyncio.run(main())
