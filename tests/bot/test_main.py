"""The command line as its users have it: a process, its output, its exit code."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from core.stages import STAGES
from sandbox.customgpt import Account, CustomGPTStandIn, Endpoint, Fault
from tests.bot.shell import Shell


async def test_json_is_the_payload_alone(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    said = await shell.run("ask", "How do bees choose?", "--tone", "friendly", "--json")

    payload = json.loads(said.out)
    assert (0, "") == (said.code, said.err)
    assert ("complete", 4, {"tone": "friendly"}) == (
        payload["status"],
        payload["usage"]["queries"],
        payload["context"],
    )
    assert ["applied", "rejected"] == sorted({edit["status"] for edit in payload["review"]["edits"]})
    assert 4 == len(stand_in.requests(Endpoint.SEND))


async def test_a_pipe_gets_a_line_for_each_stage_and_the_answer(shell: Shell) -> None:
    said = await shell.run("ask", "-", stdin="How do bees choose?\n")

    assert 0 == said.code
    assert ["✓ Research", "✓ Plan", "✓ Build", "✓ Review"] == [
        " ".join(line.split()[:2]) for line in said.out.splitlines() if line.startswith("  ✓")
    ]
    assert "\x1b" not in said.out
    assert "Reviewed" in said.out


async def test_a_conversation_is_continued_by_its_id(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    await shell.run("ask", "How do bees choose?", "--conversation", "mine", "--json")
    said = await shell.run("ask", "And at night?", "--conversation", "mine", "--json")

    last = stand_in.requests(Endpoint.SEND)[-4].body
    assert "mine" == json.loads(said.out)["conversation_id"]
    assert isinstance(last, dict)
    assert "How do bees choose?" in last["prompt"]
    assert 4 == len(stand_in.requests(Endpoint.CREATE))


async def test_ctrl_c_stops_cleanly_and_keeps_what_was_done(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("build").always = Fault(stall=True)
    process = await shell.start("ask", "How do bees choose?")
    await stand_in.until(lambda: len(stand_in.requests(Endpoint.SEND)) == 3)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()

    assert 130 == process.returncode
    assert "Stopped by you after Plan. What was done is kept." in out.decode()
    assert "Traceback" not in err.decode()


async def test_a_stage_that_fails_is_told_and_exits_with_one(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("plan").always = Fault(status=429, body="quota")

    said = await shell.run("ask", "How do bees choose?")

    assert 1 == said.code
    assert "Plan did not answer: CustomGPT has no query credits left." in said.out


async def test_a_prompt_that_is_too_long_is_told_by_how_much_and_nothing_is_asked(
    shell: Shell, stand_in: CustomGPTStandIn
) -> None:
    said = await shell.run("ask", "q" * 9_000)

    assert 1 == said.code
    assert "9,000 characters" in said.err
    assert "shorten it by 3,000" in said.err
    assert [] == stand_in.requests()


async def test_a_withheld_draft_is_in_nothing_that_leaves_the_process(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    secret = "Quinoa quarrels quietly with quartz quills every quarter."
    stand_in.agent("build").always = Fault(answer=secret, delta_size=9)
    verdict = {"score": 3, "verdict": "reject", "summary": f"Never say: {secret}", "findings": [{"quote": secret}]}
    stand_in.agent("review").always = Fault(
        answer=json.dumps({**verdict, "edits": [{"find": secret, "replace": "No."}]})
    )

    for arguments in (["--json"], []):
        said = await shell.run(
            "ask",
            "How do bees choose?",
            *arguments,
            ORCHESTRATOR_ON_REJECT="withhold",
            ORCHESTRATOR_LOG_LEVEL="debug",
        )

        assert 1 == said.code
        assert "withheld" in said.out
        assert "quarrels quietly" not in said.out + said.err


async def test_without_settings_all_of_them_are_named_and_nothing_else_happens(tmp_path: Path) -> None:
    said = await Shell(tmp_path, {}).run("ask", "How do bees choose?")

    assert 1 == said.code
    assert all(stage.setting in said.err for stage in STAGES)
    assert "CUSTOMGPT_API_KEY is missing" in said.err
    assert [] == list(tmp_path.iterdir())


async def test_check_finds_nothing_wrong_where_nothing_is(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    said = await shell.run("check")

    assert 0 == said.code
    assert 4 == said.out.count("is active")
    assert "1,000 of 1,000 queries left" in said.out
    assert stand_in.key not in said.out
    assert f"…{stand_in.key[-4:]}" in said.out


async def test_check_names_each_thing_that_is_wrong(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("plan").always = Fault(is_chat_active=0)
    stand_in.account = Account(max_queries=10, current_queries=10)

    said = await shell.run("check", "--json", BUILDER_AGENT_PROJECT_ID="999")

    checks = {check["name"]: check for check in json.loads(said.out)["checks"]}
    assert 1 == said.code
    assert "is not active" in checks["Plan agent"]["detail"]
    assert "BUILDER_AGENT_PROJECT_ID" in checks["Build agent"]["remedy"]
    assert "failed" == checks["credits"]["status"]
    assert "ok" == checks["Research agent"]["status"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CUSTOMGPT_API_KEY": "1234|" + "x" * 40}, "does not accept the API key"),
        ({"CUSTOMGPT_BASE_URL": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"ORCHESTRATOR_DATABASE_URL": "sqlite:////dev/null/x.db"}, "database"),
    ],
)
async def test_check_tells_key_network_and_database_apart(shell: Shell, changes: dict[str, str], said: str) -> None:
    result = await shell.run("check", **changes)

    assert 1 == result.code
    assert said in result.out


async def test_the_offline_check_asks_nobody(shell: Shell, stand_in: CustomGPTStandIn) -> None:
    said = await shell.run("check", "--offline")

    assert 0 == said.code
    assert [] == stand_in.requests()


async def test_the_demo_answers_two_turns_without_any_setting(tmp_path: Path) -> None:
    said = await Shell(tmp_path, {"ORCHESTRATOR_ON_REJECT": "nonsense"}).run("demo", "--pace", "0")

    assert 0 == said.code
    assert 2 == said.out.count("Reviewed")
    assert "orchestrator check" in said.out
    assert [] == list(tmp_path.iterdir())


async def test_the_sandbox_says_how_it_is_reached_and_ends_when_told(tmp_path: Path) -> None:
    process = await Shell(tmp_path, {}).start("sandbox", "--port", "0")
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    process.send_signal(signal.SIGINT)
    await process.communicate()

    assert first.startswith("CUSTOMGPT_BASE_URL=http://127.0.0.1:")
    assert 130 == process.returncode


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_the_demo_of_a_platform_shows_two_turns_in_a_thread(tmp_path: Path, platform: str) -> None:
    said = await Shell(tmp_path, {}).run("demo", platform, "--pace", "0")

    assert 0 == said.code, said
    assert 2 == said.out.count("Reviewed ")
    assert "Now give me three lines" in said.out
