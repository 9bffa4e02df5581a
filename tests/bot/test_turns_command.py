from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.turns import cli
from core.durable.hold import Hold
from core.durable.ledger import OpenTurn
from core.errors import StoreError
from core.store import open_store
from core.text.telling import FOR_ADMINS
from core.turn import AgentReply, Beginning, OnReject, Outcome, Question, TurnStatus
from tests.fakes import a_turn

REQUIRED = {
    "CUSTOMGPT_API_KEY": "1234|" + "k" * 40,
    **{f"{name}_AGENT_PROJECT_ID": "1" for name in ("RESEARCH", "PLANNING", "BUILDER", "REVIEW")},
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/kept.db"


@pytest.fixture
async def _two_turns(url: str) -> None:
    async with open_store(url) as store:
        for n in (1, 2):
            turn = a_turn(f"Prompt {n}\x1b[2J?", identity=f"test:{n}")
            await store.accept(turn)
        stopped = Outcome(turn.turn_id, "thread", TurnStatus.STOPPED, "")
        await Hold(store.database, OpenTurn(turn)).end(stopped, "")


@pytest.fixture
def runner(url: str) -> CliRunner:
    return CliRunner(env={**REQUIRED, "ORCHESTRATOR_DATABASE_URL": url, "COLUMNS": "120"})


@pytest.mark.usefixtures("_two_turns")
def test_the_latest_turns_are_listed_newest_first_and_cannot_command_the_terminal(runner: CliRunner) -> None:
    said = runner.invoke(cli, ["list"]).stdout

    assert said.index("Prompt 2") < said.index("Prompt 1")
    assert "stopped" in said
    assert "\x1b[2J" not in said


@pytest.mark.usefixtures("_two_turns")
def test_programs_get_the_list_as_json(runner: CliRunner) -> None:
    listed = json.loads(runner.invoke(cli, ["list", "--json", "--most", "1"]).stdout)

    assert ["stopped"] == [turn["status"] for turn in listed]


@pytest.mark.usefixtures("_two_turns")
def test_a_turn_is_exported_to_a_file(runner: CliRunner, tmp_path: Path) -> None:
    turn_id = a_turn(identity="test:2").turn_id

    done = runner.invoke(cli, ["export", turn_id, "--format", "json", "--output", str(tmp_path / "turn.json")])

    assert 0 == done.exit_code
    assert turn_id == json.loads((tmp_path / "turn.json").read_text())["turn_id"]


@pytest.mark.usefixtures("_two_turns")
def test_a_turn_is_shown(runner: CliRunner) -> None:
    assert "None yet." in runner.invoke(cli, ["show", a_turn(identity="test:1").turn_id]).stdout


@pytest.fixture
async def _withheld_turn(url: str) -> None:
    turn = a_turn(identity="test:3")
    build = Question(turn.turn_id, 1, turn.conversation_id, "build", "Write it.")
    async with open_store(url) as store:
        await store.accept(turn)
        hold = Hold(store.database, OpenTurn(turn))
        await hold.keep_beginning(Beginning(None, 8_000, OnReject.WITHHOLD))
        await hold.enter(build)
        await hold.keep(build, AgentReply("The secret draft."))
        await hold.end(Outcome(turn.turn_id, "thread", TurnStatus.WITHHELD, ""), "")


@pytest.mark.usefixtures("_withheld_turn")
def test_the_operator_is_shown_a_withheld_draft_and_that_it_is_one(runner: CliRunner) -> None:
    said = runner.invoke(cli, ["show", a_turn(identity="test:3").turn_id]).stdout

    assert "The secret draft." in said
    assert FOR_ADMINS in said


def test_a_turn_that_is_not_there_is_told(runner: CliRunner) -> None:
    failed = runner.invoke(cli, ["show", "nobody"])

    assert isinstance(failed.exception, StoreError)
    assert "turns list" in str(failed.exception)
