"""How CustomGPT is reached, and what a failure on the way there means."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from importlib.metadata import version

import httpx
import pytest
from pydantic import SecretStr

from core.customgpt.connection import SPARE, Timeouts, connect, miss_from
from core.customgpt.miss import Cure
from core.errors import SettingsError, Trouble
from tests.core.customgpt.outside import BASE, KEY, STREAM_HEAD, loopback


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/api/v1", f"{BASE}/api/v1//", f" {BASE} "])
async def test_the_base_url_may_or_may_not_have_the_prefix(base: str) -> None:
    async with connect(base, SecretStr(KEY), concurrency=5) as http:
        url = http.build_request("GET", "projects/1").url

    assert str(url) == f"{BASE}/api/v1/projects/1"


async def test_a_base_url_may_have_a_path_of_its_own() -> None:
    async with connect(f"{BASE}/behind/", SecretStr(KEY), concurrency=5) as http:
        assert str(http.build_request("GET", "user").url) == f"{BASE}/behind/api/v1/user"


async def test_each_request_carries_the_key_and_says_who_we_are() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200)

    async with connect(BASE, SecretStr(f" {KEY}\n"), concurrency=5, transport=httpx.MockTransport(answer)) as http:
        await http.get("user")

    assert seen[0]["authorization"] == f"Bearer {KEY}"
    assert seen[0]["user-agent"] == f"orchestrator/{version('orchestrator')}"


async def test_redirects_are_not_followed() -> None:
    async with connect(BASE, SecretStr(KEY), concurrency=7) as http:
        assert not http.follow_redirects


async def test_the_timeouts_are_those_given() -> None:
    async with connect(BASE, SecretStr(KEY), concurrency=7, timeouts=Timeouts(connect=1, idle=2)) as http:
        assert http.timeout == httpx.Timeout(2, connect=1)


async def test_the_pool_does_not_wait_for_connections_that_are_still_being_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stays_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD)
        await asyncio.Event().wait()

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with loopback(stays_open) as base, AsyncExitStack() as streams:
        http = await streams.enter_async_context(connect(base, SecretStr(KEY), concurrency=2))
        async with asyncio.timeout(5):
            responses = [await streams.enter_async_context(http.stream("GET", "user")) for _ in range(2 + SPARE)]

    assert {200} == {response.status_code for response in responses}


async def test_the_key_is_in_no_repr_and_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, request=request))
    async with connect(BASE, SecretStr(KEY), concurrency=5, transport=transport) as http:
        response = await http.get("user")
        shown = [repr(http), repr(http.auth), repr(http.headers), repr(response), repr(response.request)]
        shown.append(repr(response.request.headers))
        shown.extend(str(value) for value in vars(http.auth).values())

    assert KEY not in "".join([*shown, caplog.text])


@pytest.mark.parametrize("key", ["", " ", "7727|abc\ndef", "7727|schlüssel", "7727|\x00"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(BASE, SecretStr(key), concurrency=5)

    assert caught.value.problems[0].name == "CUSTOMGPT_API_KEY"
    assert "7727" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "trouble", "cure", "counted"),
    [
        (httpx.ConnectError("refused"), Trouble.UNREACHABLE, Cure.WAIT, False),
        (httpx.ConnectTimeout(""), Trouble.UNREACHABLE, Cure.WAIT, False),
        (httpx.ProxyError("403"), Trouble.UNREACHABLE, Cure.WAIT, False),
        (httpx.PoolTimeout(""), Trouble.UNREACHABLE, Cure.WAIT, False),
        (httpx.UnsupportedProtocol("ftp"), Trouble.UNREACHABLE, Cure.NONE, False),
        (httpx.LocalProtocolError("header"), Trouble.UNREACHABLE, Cure.NONE, False),
        (httpx.ReadTimeout(""), Trouble.TIMEOUT, Cure.RECONCILE, True),
        (httpx.WriteTimeout(""), Trouble.TIMEOUT, Cure.RECONCILE, True),
        (httpx.ReadError(""), Trouble.CUT, Cure.RECONCILE, True),
        (httpx.WriteError(""), Trouble.CUT, Cure.RECONCILE, True),
        (httpx.RemoteProtocolError("closed"), Trouble.CUT, Cure.RECONCILE, True),
        (httpx.DecodingError("gzip"), Trouble.BROKEN, Cure.RECONCILE, True),
    ],
)
def test_each_failure_on_the_way_has_its_trouble_and_its_cure(
    error: httpx.HTTPError, trouble: Trouble, cure: Cure, counted: bool
) -> None:
    miss = miss_from(error)

    assert (miss.trouble, miss.cure, miss.counted) == (trouble, cure, counted)
