"""CONTRIBUTING.md and docs/architecture.md: what they show is so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.architecture import PAGE, imports, reduced, written

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
DIFF = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)[0]
NAMED = set(re.findall(r"`((?:core|bot|tests|scripts|docs)/[\w./]+)`", TEXT + PAGE.read_text()))

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


@pytest.mark.timeout(300)
def test_a_fifth_agent_is_that_diff_and_no_more(tmp_path: Path) -> None:
    for folder in ("core", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("README.md", ".env.example"):
        shutil.copy(ROOT / file, tmp_path)
    git = shutil.which("git")
    assert git
    subprocess.run([git, "apply", "-"], cwd=tmp_path, input=DIFF, text=True, check=True, timeout=120)
    command = [sys.executable, "-c", FIVE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)

    assert "complete research plan doubts build review\nTrue\n" == done.stdout, done.stderr


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
