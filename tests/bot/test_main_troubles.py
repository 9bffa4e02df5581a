"""The command line where its surroundings are not kind: odd terminals, closed pipes, wrong settings, errors as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sandbox.customgpt import CustomGPTStandIn, Endpoint, Fault
from tests.bot.shell import Shell


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
async def test_a_terminal_without_our_characters_gets_the_answer_all_the_same(shell: Shell, encoding: str) -> None:
    process = await shell.start("ask", "How do bees choose?", changes={"PYTHONIOENCODING": encoding})
    out, err = await process.communicate()

    said = out.decode(encoding)
    assert (0, b"") == (process.returncode, err)
    assert "+ Research" in said
    assert "Reviewed" in said


async def test_there_the_checks_can_still_be_told_apart(shell: Shell) -> None:
    said = await shell.run("check", PYTHONIOENCODING="ascii", BUILDER_AGENT_PROJECT_ID="999")

    assert (1, "") == (said.code, said.err)
    assert "+ Plan agent" in said.out
    assert "x Build agent" in said.out


async def test_there_json_loses_nothing(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("build").always = Fault(answer="Bienen tanzen \N{HONEYBEE}.")

    said = await shell.run("ask", "How do bees choose?", "--json", PYTHONIOENCODING="ascii")

    assert "\N{HONEYBEE}" in json.loads(said.out)["reply"]["content"]


async def test_a_reader_who_has_gone_ends_the_turn_without_a_word(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("build").always = Fault(stall=True)
    reading, writing = os.pipe()
    process = await shell.start("ask", "How do bees choose?", stdout=writing)
    os.close(writing)
    await stand_in.until(lambda: len(stand_in.requests(Endpoint.SEND)) >= 1)
    os.close(reading)
    _, err = await process.communicate()

    assert (1, b"") == (process.returncode, err)


async def test_a_reader_of_checks_may_go_as_well(shell: Shell) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["check"], ["check", "--json"], ["--help"]):
        process = await shell.start(*arguments, stdout=writing)
        _, err = await process.communicate()

        assert (1, b"") == (process.returncode, err)
    os.close(writing)


async def test_what_cannot_be_written_is_said(shell: Shell) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = await shell.start("ask", "How do bees choose?", stdout=full)
    os.close(full)
    _, err = await process.communicate()

    assert 1 == process.returncode
    assert "No space left on device" in err.decode()
    assert "Traceback" not in err.decode()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"CUSTOMGPT_BASE_URL": "http://localhost:99999"}, "CUSTOMGPT_BASE_URL"),
        ({"CUSTOMGPT_API_KEY": "1234|grün"}, "CUSTOMGPT_API_KEY"),
        ({"ORCHESTRATOR_DATABASE_URL": "sqlite:///:memory:"}, "database"),
        ({"ORCHESTRATOR_DATABASE_URL": "sqlite:///nowhere/x.db"}, "database"),
    ],
)
async def test_check_ends_with_checks_whatever_is_wrong(shell: Shell, changes: dict[str, str], name: str) -> None:
    said = await shell.run("check", "--json", **changes)

    failed = [check["name"] for check in json.loads(said.out)["checks"] if check["status"] == "failed"]
    assert (1, "", [name]) == (said.code, said.err, failed)


async def test_check_names_a_file_that_it_cannot_read(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CUSTOMGPT_API_KEY=\xfc\n")

    said = await shell.run("check")

    assert (1, "") == (said.code, said.err)
    assert "✗ .env  is not UTF-8" in said.out


async def test_an_agents_name_cannot_command_the_terminal(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("plan").name = "Planner\x1b[2J\x9b1A"

    said = await shell.run("check")

    assert 0 == said.code
    assert not set(said.out) & set("\x1b\x9b")


async def test_wrong_settings_are_an_object_for_programs(shell: Shell) -> None:
    said = await shell.run("ask", "How do bees choose?", "--json", REVIEW_AGENT_PROJECT_ID="x")

    error = json.loads(said.out)["error"]
    assert (1, "settings") == (said.code, error["code"])
    assert ["REVIEW_AGENT_PROJECT_ID"] == [problem["name"] for problem in error["problems"]]
    assert "REVIEW_AGENT_PROJECT_ID" in said.err


async def test_a_prompt_that_is_too_long_is_an_object_for_programs(shell: Shell) -> None:
    said = await shell.run("ask", "q" * 9_000, "--json")

    error = json.loads(said.out)["error"]
    assert (1, "prompt_too_long", "prompt") == (said.code, error["code"], error["field"])
    assert "shorten it by 3,000" in error["message"]
    assert "shorten it by 3,000" in said.err


async def test_a_database_that_cannot_be_used_is_an_object_for_programs(shell: Shell) -> None:
    said = await shell.run("ask", "Hi", "--json", ORCHESTRATOR_DATABASE_URL="sqlite:///nowhere/x.db")

    assert (1, "store") == (said.code, json.loads(said.out)["error"]["code"])
