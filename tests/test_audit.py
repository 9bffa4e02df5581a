"""The audit passes only where each locked package was asked for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from scripts.audit import LOCKED, audited, locked, main, troubles

NOTHING = "Nothing was audited, so nothing is known. Can the vulnerability service be reached? "
CLEAN: dict[str, Any] = {"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}
HOLE = {"id": "PYSEC-1", "fix_versions": ["2"], "aliases": [], "description": ""}


def test_what_was_asked_for_and_has_no_hole_passes() -> None:
    assert [] == troubles(CLEAN, {"a"})


def test_a_hole_is_named_with_the_version_that_mends_it() -> None:
    found = {"dependencies": [{"name": "a", "version": "1", "vulns": [HOLE, {"id": "CVE-2", "fix_versions": []}]}]}

    assert ["a 1: PYSEC-1, mended in 2", "a 1: CVE-2, mended in no version yet"] == troubles(found, {"a"})


def test_what_was_skipped_has_not_passed() -> None:
    found = {"dependencies": [{"name": "b", "skip_reason": "not found"}, *CLEAN["dependencies"]]}

    said = "1 of 2 packages could not be audited, so nothing is known of them; b: not found"
    assert [said] == troubles(found, {"a", "b"})


def test_what_is_not_in_the_report_has_not_passed() -> None:
    (said,) = troubles(CLEAN, {"a", "b"})

    assert said.endswith("b: it is not in the report")


def test_a_service_that_answers_nothing_is_no_pass() -> None:
    assert [f"{NOTHING}refused"] == troubles("refused", {"a"})


def test_each_locked_package_is_wanted() -> None:
    wanted = locked(LOCKED.read_text())

    assert {"httpx", "sqlalchemy", "psycopg-binary", "pytest"} <= wanted
    assert ("tzdata" in wanted) == (sys.platform == "win32")
    assert {"a", "b.c"} == locked("a==1 \\\n    --hash=sha256:0\n# x==1\nb.c[d]==2 ; python_version > '3'\n")


@pytest.mark.parametrize(
    ("marker", "asked"),
    [
        ('sys_platform == "win32"', sys.platform == "win32"),
        ('python_version >= "3.11" and sys_platform == "nowhere"', False),
        ('python_version >= "3.11"', True),
    ],
)
def test_what_is_not_for_this_machine_is_not_wanted(marker: str, asked: bool) -> None:
    text = f"a==1 ; {marker} \\\n    --hash=sha256:0\nb==2 \\\n    --hash=sha256:0\n"

    assert ({"a", "b"} if asked else {"b"}) == locked(text)


Answer = Callable[[dict[str, Any]], web.Response]


@asynccontextmanager
async def osv(answer: Answer) -> AsyncIterator[str]:
    """Stands in for the OSV service; yields its address."""

    async def query(request: web.Request) -> web.Response:
        return answer(await request.json())

    app = web.Application()
    app.router.add_post("/v1/query", query)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/query"
    finally:
        await runner.cleanup()


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("".join(f"{name}==1.0 \\\n    --hash=sha256:{'0' * 64}\n" for name in ("aa", "bb")))
    return file


async def said_of(requirements: Path, answer: Answer) -> list[str]:
    async with osv(answer) as url:
        options = ("--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", str(requirements.parent))
        report = await asyncio.to_thread(audited, options, requirements)
    return troubles(report, {"aa", "bb"})


@pytest.mark.timeout(300)
async def test_the_real_tool_passes_where_the_service_knows_nothing_bad(requirements: Path) -> None:
    assert [] == await said_of(requirements, lambda _: web.json_response({}))


@pytest.mark.timeout(300)
async def test_the_real_tool_names_a_hole(requirements: Path) -> None:
    affected = [{"package": {"name": "bb", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": []}]}]
    hole = {"id": "GHSA-x", "summary": "bad", "modified": "2026-01-01T00:00:00Z", "affected": affected}

    def answer(query: dict[str, Any]) -> web.Response:
        return web.json_response({"vulns": [hole]} if query["package"]["name"] == "bb" else {})

    assert ["bb 1.0: GHSA-x, mended in no version yet"] == await said_of(requirements, answer)


@pytest.mark.timeout(300)
async def test_a_service_in_trouble_fails_the_audit_with_a_sentence(requirements: Path) -> None:
    (said,) = await said_of(requirements, lambda _: web.Response(status=503))

    assert said.startswith(NOTHING)
    assert said.endswith("ServiceError")


@pytest.mark.timeout(300)
def test_a_service_that_is_not_there_fails_the_audit_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/v1/query", "--timeout", "5"])
    said = capsys.readouterr().err
    assert said.startswith(NOTHING)
    assert "ConnectionError" in said
    assert 1 == said.count("\n")
