"""The operations page says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from core.errors import Trouble
from core.metrics import Metrics
from core.permissions import Denied
from core.turn import Opinion
from scripts.meanings import GROUPS
from scripts.sentences import PAGE, said, unexplained, written
from tests.test_docs import NAMES, listed

ROOT = Path(__file__).parents[1]
TEXT = PAGE.read_text()
RULES = (ROOT / "deploy" / "alerts.yaml").read_text()
ALERTS = [rule["alert"] for rule in yaml.safe_load(RULES)["groups"][0]["rules"]]
KEYS = [key for group in GROUPS.values() for key in group]


def test_the_sentences_on_the_page_are_those_of_the_code() -> None:
    assert written(TEXT) == TEXT, "run `python -m scripts.sentences`"


def test_everything_that_the_bot_can_say_is_explained() -> None:
    assert set() == unexplained()


@pytest.mark.parametrize(
    ("name", "cases"), [("wording.trouble", Trouble), ("replies.denied", Denied), ("replies.OPINIONS", Opinion)]
)
def test_every_case_has_its_own_row(name: str, cases: type[Trouble | Denied | Opinion]) -> None:
    assert [f"{name}:{case}" for case in cases] == [key for key in KEYS if key.startswith(f"{name}:")]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_explained_is_said(key: str) -> None:
    assert isinstance(said(key), str)
    assert said(key).strip()


def metrics() -> set[str]:
    """Every metric of ours by its name; what Prometheus adds to counters is not."""
    found = re.findall(r"^# TYPE (orchestrator_\w+) ", Metrics().text().decode(), re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


def named(text: str) -> set[str]:
    return {name.removesuffix("_bucket") for name in re.findall(r"\borchestrator_[a-z_]+", text)}


def test_every_metric_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(orchestrator_\w+)` \|", TEXT, re.MULTILINE))

    assert metrics() == rows


@pytest.mark.parametrize("text", [RULES, TEXT], ids=["alerts", "page"])
def test_no_metric_is_named_that_does_not_exist(text: str) -> None:
    assert set() == named(text) - metrics()


def test_every_rule_has_an_expression_and_one_sentence() -> None:
    rules = yaml.safe_load(RULES)["groups"][0]["rules"]

    assert all(
        {"alert", "expr", "annotations"} <= set(rule) <= {"alert", "expr", "annotations", "for"} for rule in rules
    )
    assert [["summary"]] * len(rules) == [list(rule["annotations"]) for rule in rules]


def test_every_alert_is_on_the_page_and_no_other() -> None:
    assert ALERTS == re.findall(r"^\| `(Orchestrator\w+)` \|", TEXT, re.MULTILINE)


def test_no_setting_is_named_that_does_not_exist() -> None:
    assert set() == {name for name in listed(TEXT) if not name.startswith("_")} - set(NAMES)


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))
def test_every_link_leads_to_a_file(path: str) -> None:
    assert (PAGE.parent / path).exists()


def test_every_command_of_the_set_up_is_in_a_block_that_a_script_follows() -> None:
    steps = TEXT.partition("## Set it up")[2].partition("\n## ")[0]

    assert 7 == steps.count("```sh\n")
