"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.commands import cli
from bot.platforms import PLATFORMS
from core.config import names, read_settings
from core.settings import names_of
from core.stages import STAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
OTHERS = {"ORCHESTRATOR_"}
"""What looks like a setting's name in the documents and is none."""


NAMES = (*names(), *(name for platform in PLATFORMS.values() for name in names_of(platform.settings)))


def listed(text: str) -> set[str]:
    ours = r"\b(?:CUSTOMGPT|ORCHESTRATOR|SLACK|DISCORD)_[A-Z_]+|\b[A-Z]+_AGENT_PROJECT_ID"
    return set(re.findall(ours, text)) - OTHERS


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_row_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", README, re.MULTILINE)


def test_the_example_names_every_setting_and_no_other() -> None:
    assert set(NAMES) == listed(ENV_EXAMPLE)


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    assert set(NAMES) >= listed(README)


def test_the_defaults_in_the_example_are_the_defaults() -> None:
    required = {"CUSTOMGPT_API_KEY": "1234|" + "k" * 40, **{stage.setting: "1" for stage in STAGES}}
    shown = dict(re.findall(r"^# ([A-Z_]+)=(\S*)", ENV_EXAMPLE, re.MULTILINE))

    assert read_settings(required) == read_settings({**required, **shown})


@pytest.mark.parametrize(
    "command", [command.callback.__name__ for command in cli.registered_commands if command.callback]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"orchestrator {command}" in README


@pytest.mark.parametrize("target", re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
def test_every_documented_make_target_is_in_the_readme(target: str) -> None:
    assert f"make {target}" in README


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_every_link_in_the_readme_leads_to_a_file(path: str) -> None:
    assert (ROOT / path).exists()
