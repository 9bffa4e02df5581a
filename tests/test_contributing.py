"""CONTRIBUTING.md and docs/architecture.md: what they show is so."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.customgpt import CustomGPTStandIn, Endpoint
from scripts.architecture import PAGE, imports, reduced, written
from tests.bot.http.processes import shell_for
from tests.bot.test_main_run import said

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
AGENT, PLATFORM = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)
NAMED = set(re.findall(r"`((?:core|bot|tests|scripts|docs)/[\w./]+)`", TEXT + PAGE.read_text()))
PATIENCE = 60.0

FIVE = """
import asyncio
from core.pipeline import first_view, run_turn
from core.reply import LiveReply
from core.stages import STAGES
from core.stop import Stop
from core.turn import Beginning
from tests.fakes import MemorySurface, NoLine, ScriptedAgents, a_pipeline, a_turn

async def main():
    agents = ScriptedAgents(doubts="- Say that scouts *may* disagree.")
    pipeline = a_pipeline(agents)
    reply = LiveReply(MemorySurface(), first_view(STAGES), redact=pipeline.redact)
    async def begin():
        return Beginning(None, pipeline.prompt_limit, pipeline.on_reject)
    outcome = await run_turn(a_turn(), pipeline=pipeline, reply=reply, stop=Stop(), line=NoLine(), begin=begin)
    print(outcome.status, *(question.stage for question in agents.asked))
    print("may* disagree" in agents.prompts()["build"])

asyncio.run(main())
"""


def copied(into: Path, diff: str, *folders: str) -> None:
    """The project with what the page adds to it."""
    for folder in folders:
        shutil.copytree(ROOT / folder, into / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for file in ("README.md", ".env.example", "Makefile"):
        shutil.copy(ROOT / file, into)
    git = shutil.which("git")
    assert git
    subprocess.run([git, "apply", "-"], cwd=into, input=diff, text=True, check=True, timeout=120)


@pytest.mark.timeout(300)
def test_a_fifth_agent_is_that_diff_and_no_more(tmp_path: Path) -> None:
    copied(tmp_path, AGENT, "core", "tests")
    command = [sys.executable, "-c", FIVE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)

    assert "complete research plan doubts build review\nTrue\n" == done.stdout, done.stderr


@pytest.mark.timeout(300)
async def test_a_platform_is_that_diff_and_a_question_in_its_folder_is_answered(tmp_path: Path) -> None:
    project, folder = tmp_path / "project", tmp_path / "questions"
    folder.mkdir()
    copied(project, PLATFORM, "bot", "core", "tests")
    (folder / "bees.ask.txt").write_text("How do bees choose?")
    async with CustomGPTStandIn() as gpt:
        shell = shell_for(gpt, tmp_path, f"sqlite:///{tmp_path}/kept.db")
        shell.settings |= {"PYTHONPATH": str(project), "FOLDER_PATH": str(folder)}
        bot = await shell.start("run", "--only", "folder,http")
        try:
            async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
                address = (await said(bot, "HTTP is at")).partition("HTTP is at ")[2].partition(",")[0]
                ready, metrics = await client.get(f"{address}/readyz"), await client.get(f"{address}/metrics")
                await said(bot, "complete after")
        finally:
            bot.terminate()
            await bot.communicate()
        shown = (await shell.run("turns", "list")).out
        asked = len(gpt.requests(Endpoint.SEND))

    answer = (folder / "bees.answer.md").read_text()
    assert 1 == shown.count("complete")
    assert "[1]" in answer
    assert "Working" not in answer
    assert 4 == asked
    assert [200, 200] == [ready.status_code, metrics.status_code]


@pytest.mark.timeout(300)
def test_with_it_the_project_is_as_it_should_be(tmp_path: Path) -> None:
    copied(tmp_path, PLATFORM, "bot", "core", "tests", "sandbox")
    tests = ["tests/test_docs.py", "tests/test_structure.py"]
    options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", "not link")  # not all was copied
    command = [sys.executable, "-m", "pytest", *options, *tests]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False
    )

    assert 0 == done.returncode, done.stdout


def test_the_drawing_is_that_of_the_imports() -> None:
    assert written(PAGE.read_text()) == PAGE.read_text(), "run `python -m scripts.architecture`"


def test_no_arrow_of_the_drawing_leads_up() -> None:
    arrows = reduced(imports())

    assert arrows
    assert [] == [(a, b) for a, b in arrows if a.startswith("floor") and not (b.startswith("floor") and a < b)]


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", PAGE, ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text())

    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert (ROOT / name).exists()
