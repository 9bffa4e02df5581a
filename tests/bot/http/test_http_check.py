"""`GET /v1/check` of a whole bot: what `orchestrator check` finds, of all platforms that are on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn
from sandbox.slack import SlackStandIn
from tests.bot.http.processes import shell_for
from tests.bot.shell import Shell
from tests.bot.test_main_run import said

ROOT = "root-token-0123456789"


async def checked(shell: Shell, *arguments: str) -> list[dict[str, Any]]:
    """As a program gets it, from a bot that runs."""
    process = await shell.start("run", *arguments, changes={"ORCHESTRATOR_ADMIN_TOKENS": ROOT})
    try:
        found = re.search(r"http://[\d.:]+", await said(process, "HTTP is at"))
        assert found
        async with httpx.AsyncClient(base_url=found[0], timeout=40.0) as root:
            answer = await root.get("/v1/check", headers={"Authorization": f"Bearer {ROOT}"})
    finally:
        process.terminate()
        await process.communicate()
    assert 200 == answer.status_code
    checks: list[dict[str, Any]] = answer.json()["checks"]
    return checks


@pytest.fixture
def shell(stand_in: CustomGPTStandIn, tmp_path: Path) -> Shell:
    return shell_for(stand_in, tmp_path, f"sqlite:///{tmp_path}/kept.db")


@pytest.mark.timeout(180)
async def test_it_covers_what_the_command_covers(shell: Shell) -> None:
    async with SlackStandIn() as slack:
        wrong = {
            "SLACK_BOT_TOKEN": "xoxb-1-1-not-the-one",
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.url,
        }
        shell.settings |= wrong
        over_http = await checked(shell)
        command = await shell.run("check", "--json", ORCHESTRATOR_ADMIN_TOKENS=ROOT)

    listed = json.loads(command.out)["checks"]
    assert {"CustomGPT", "database", "discord", "http"} <= {one["name"] for one in over_http}
    assert [(one["name"], one["status"]) for one in listed] == [(one["name"], one["status"]) for one in over_http]
    assert {"SLACK_BOT_TOKEN"} == {one["name"] for one in over_http if one["status"] == "failed"}


@pytest.mark.timeout(180)
async def test_it_leaves_out_what_is_not_listened_to(shell: Shell) -> None:
    over_http = await checked(shell, "--only", "http")

    assert {"slack", "discord"}.isdisjoint(one["name"] for one in over_http)
    assert "http" in {one["name"] for one in over_http}
