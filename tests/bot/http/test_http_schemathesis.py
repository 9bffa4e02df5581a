"""The API attacked by its own description: no 5xx, and no answer that it does not describe."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.http.api import api
from tests.bot.http.around import ROOT, Site

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
)
LIMITS = ("--max-examples", "5", "--request-timeout", "30")
FEWEST = 3
"""Requests to each operation: there are no more to one that takes nothing. One that gets fewer was not attacked."""
SAME = ("--generation-deterministic", "--suppress-health-check", "all", "--no-color")


def operations() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each method, and the paths at which it is."""
    for path, methods in api().openapi()["paths"].items():
        for method in methods:
            yield method.upper(), re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def sent(har: Path, method: str) -> list[str]:
    """The paths of all requests of a method."""
    requests = [entry["request"] for entry in json.loads(har.read_text())["log"]["entries"]]
    return [urlsplit(one["url"]).path for one in requests if one["method"] == method]


@pytest.mark.timeout(240)
async def test_nothing_that_is_sent_gets_an_answer_that_is_not_described(site: Site, tmp_path: Path) -> None:
    turn_id = (await site.ask(ROOT, conversation_id="demo-123")).json()["turn_id"]
    config = tmp_path / "schemathesis.toml"  # what is asked about a turn is about one that there is
    config.write_text(f'[parameters]\n"path.turn_id" = "{turn_id}"\n"path.conversation_id" = "demo-123"\n')
    child = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run"),
        *(f"{site.url}/openapi.json", "-H", f"Authorization: Bearer {ROOT}", "--phases", "examples,coverage,fuzzing"),
        *("--checks", ",".join(CHECKS), *LIMITS, *SAME, "--report-har-path", "sent.har"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await child.communicate())[0].decode()

    assert 0 == child.returncode, said
    assert "12 selected" in said
    for operation, path in operations():
        assert FEWEST <= len([one for one in sent(tmp_path / "sent.har", operation) if path.fullmatch(one)]), (
            path.pattern
        )
    turn = await site.turns.turn(turn_id)
    assert turn
    assert 1 < turn.generation, "no retry has reached it"
