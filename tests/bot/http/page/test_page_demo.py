"""`make demo KEEP=1` says where the page is."""

from __future__ import annotations

import asyncio
import re
import signal

import httpx

from tests.bot.shell import Shell


async def test_the_demo_names_the_page_and_its_token(shell: Shell) -> None:
    process = await shell.start("demo", "--keep", "--port", "0", "--pace", "0")
    assert process.stdout is not None
    async with asyncio.timeout(50):
        async for line in process.stdout:
            if found := re.search(r"in a browser, at (http://\S+) with the token (\S+)\.$", line.decode().rstrip()):
                break
        else:
            raise AssertionError("it ended and never named it")
    async with httpx.AsyncClient(base_url=found[1], timeout=40) as client:
        page = await client.get("")
        mine = await client.get("v1/conversations", headers={"Authorization": f"Bearer {found[2]}"})
    process.send_signal(signal.SIGINT)
    await process.communicate()

    assert "<title>Orchestrator</title>" in page.text
    assert mine.status_code == 200
