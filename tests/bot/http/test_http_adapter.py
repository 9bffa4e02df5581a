"""Where it listens, and what becomes of a port that is not to be had."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.http.adapter import open_http
from bot.http.config import read_http
from bot.serving import _listen
from core.errors import SurfaceError
from tests.bot.http.around import KEY, SETTINGS, Site, open_site
from tests.bot.shell import Shell
from tests.bot.test_main_run import said


async def test_it_says_in_one_line_where_it_listens(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        site.adapter._say(site.url)

    assert [f"HTTP is at {site.url}, its description at {site.url}/docs"] == caplog.messages


async def test_a_port_that_is_taken_is_said_and_tried_again_until_it_is_free(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = read_http({**SETTINGS, "ORCHESTRATOR_HTTP_PORT": str(port)})
        async with open_http(given, SecretStr(KEY)) as adapter:
            with pytest.raises(SurfaceError, match=f"port {port}.*ORCHESTRATOR_HTTP_PORT"):
                await adapter.listen(site.turns)

            told: asyncio.Queue[str] = asyncio.Queue()
            listening = asyncio.create_task(_listen(adapter, site.turns, told.put_nowait))
            assert "http does not let us in" in await told.get()
            taken.close()
            try:
                assert f"http://127.0.0.1:{port}" == await adapter.listening
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


async def test_a_host_that_is_none_of_ours_is_an_error_like_a_port(site: Site) -> None:
    given = read_http({**SETTINGS, "ORCHESTRATOR_HTTP_HOST": "192.0.2.1"})
    async with open_http(given, SecretStr(KEY)) as adapter:
        with pytest.raises(SurfaceError, match=r"192\.0\.2\.1"):
            await adapter.listen(site.turns)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_it_listens_on_both_kinds_of_addresses(database: str, host: str) -> None:
    async with open_site(database, ORCHESTRATOR_HTTP_HOST=host) as site:
        assert 200 == (await site.send("GET", "/healthz", None)).status_code


async def test_the_process_ends_when_told_and_says_where_it_was(shell: Shell) -> None:
    process = await shell.start("run", "--only", "http", changes={"ORCHESTRATOR_HTTP_PORT": "0"})
    line = await said(process, "HTTP is at")
    process.send_signal(signal.SIGTERM)
    await process.communicate()

    assert re.search(r"http://127\.0\.0\.1:\d+", line)
    assert 0 == process.returncode


async def test_beyond_this_machine_without_tokens_it_does_not_start(shell: Shell, tmp_path: Path) -> None:
    ended = await shell.run("run", ORCHESTRATOR_HTTP_HOST="0.0.0.0", ORCHESTRATOR_HTTP_PORT="0")

    assert 1 == ended.code
    assert "ORCHESTRATOR_API_TOKENS is missing" in ended.err
    assert not (tmp_path / "orchestrator.db").exists()


async def test_what_opens_no_http_needs_no_tokens_for_it(shell: Shell) -> None:
    beyond = {"ORCHESTRATOR_HTTP_HOST": "0.0.0.0"}
    listed = await shell.run("turns", "list", **beyond)
    process = await shell.start("run", "--only", "slack", changes=beyond)
    ready = await said(process, "Ready")
    process.send_signal(signal.SIGTERM)
    await process.communicate()

    assert (0, "") == (listed.code, listed.err)
    assert ready
    assert 0 == process.returncode


async def test_the_factory_ends_with_a_sentence_where_settings_are_wrong(tmp_path: Path) -> None:
    python = "import bot.http.app; bot.http.app.create()"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        python,
        cwd=tmp_path,
        env=Shell(tmp_path, {}).environment({}),
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await child.communicate()

    assert b"CUSTOMGPT_API_KEY is missing" in err
    assert b"Traceback" not in err
