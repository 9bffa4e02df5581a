from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import names, read_settings
from core.errors import SettingsError
from core.stages import STAGES
from core.turn import OnReject

KEY = "1234|" + "abcdefghijklmnopqrstuvwxyz0123456789ABCD"
GOOD = {
    "CUSTOMGPT_API_KEY": KEY,
    "RESEARCH_AGENT_PROJECT_ID": "101",
    "PLANNING_AGENT_PROJECT_ID": "102",
    "BUILDER_AGENT_PROJECT_ID": "103",
    "REVIEW_AGENT_PROJECT_ID": "104",
}
ROOT = Path(__file__).parents[2]


def problems(**changes: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read_settings({**GOOD, **changes})
    return {problem.name: problem.wrong for problem in caught.value.problems}


def test_the_required_five_are_enough() -> None:
    settings = read_settings(GOOD)

    assert {"research": 101, "plan": 102, "build": 103, "review": 104} == settings.projects
    assert ("https://app.customgpt.ai", 5, 8_000) == (
        settings.customgpt_base_url,
        settings.customgpt_concurrency,
        settings.customgpt_prompt_limit,
    )
    assert ("sqlite:///orchestrator.db", OnReject.WARN) == (
        settings.orchestrator_database_url,
        settings.orchestrator_on_reject,
    )


def test_everything_that_is_missing_is_named_at_once_with_where_to_find_it() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({})

    assert set(GOOD) == {problem.name for problem in caught.value.problems}
    assert all("CustomGPT" in problem.remedy for problem in caught.value.problems)


def test_an_agent_id_of_another_product_gets_a_sentence_of_its_own() -> None:
    wrong = problems(RESEARCH_AGENT_PROJECT_ID="proj-12ab-researcher")

    assert "plain integers, without `proj-`" in wrong["RESEARCH_AGENT_PROJECT_ID"]
    assert "proj-12ab-researcher" in wrong["RESEARCH_AGENT_PROJECT_ID"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REVIEW_AGENT_PROJECT_ID", "10x"),
        ("REVIEW_AGENT_PROJECT_ID", "0"),
        ("CUSTOMGPT_BASE_URL", "app.customgpt.ai"),
        ("CUSTOMGPT_BASE_URL", "https://key@app.customgpt.ai"),
        ("CUSTOMGPT_BASE_URL", "http://localhost:99999"),
        ("CUSTOMGPT_BASE_URL", "http://localhost:abc"),
        ("CUSTOMGPT_BASE_URL", "http://[::1"),
        ("CUSTOMGPT_CONCURRENCY", "0"),
        ("CUSTOMGPT_PROMPT_LIMIT", "100"),
        ("CUSTOMGPT_API_KEY", "12 34|abcdefghijklmnopqrstuvwxyz"),
        ("CUSTOMGPT_API_KEY", "1234|abcdefghijklmnopqrstuvwxyzü"),
        ("CUSTOMGPT_API_KEY", "1234|abcdefghijklmnopqrstuvwxyz\x7f"),
        ("ORCHESTRATOR_DATABASE_URL", "mysql://x"),
        ("ORCHESTRATOR_DATABASE_URL", "sqlite://kept.db"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql+asyncpg://bot@db/kept"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://bot:pass word@db/kept"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://db:port/kept"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://[::1"),
        ("ORCHESTRATOR_LOG_LEVEL", "loud"),
        ("ORCHESTRATOR_LOG_FORMAT", "xml"),
        ("ORCHESTRATOR_ON_REJECT", "panic"),
    ],
)
def test_a_malformed_value_is_named(name: str, value: str) -> None:
    assert [name] == list(problems(**{name: value}))


def test_the_key_is_in_no_repr_and_in_no_complaint() -> None:
    assert KEY not in repr(read_settings(GOOD))
    assert KEY not in repr(problems(CUSTOMGPT_API_KEY=KEY + " x"))


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("RESEARCH_AGENT_PROJECT_ID", KEY, KEY),
        ("RESEARCH_AGENT_PROJECT_ID", f"key={KEY}", KEY),
        ("REVIEW_AGENT_PROJECT_ID", "an0therPlatf0rmsT0kenWithoutBar", "T0kenWithout"),
        ("ORCHESTRATOR_DATABASE_URL", "mysql://bot:hunter2secret@db/x", "hunter2"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://bot:hun/ter2@sec?ret@db/x", "hun"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://bot:hunter2secret", "hunter2"),
        ("ORCHESTRATOR_DATABASE_URL", "mysql://db/x?user=bot&password=hunter2secret", "hunter2"),
        ("CUSTOMGPT_BASE_URL", "https://me:hunter2secret@app.customgpt.ai", "hunter2"),
        ("CUSTOMGPT_BASE_URL", "me:hunter2secret@app.customgpt.ai", "hunter2"),
        ("CUSTOMGPT_BASE_URL", f"https://app.customgpt.ai?key={KEY}", KEY[5:]),
    ],
)
def test_no_complaint_shows_a_secret(name: str, value: str, secret: str) -> None:
    assert secret not in repr(problems(**{name: value}))


def test_a_key_of_another_shape_is_not_shown_where_it_was_put_twice() -> None:
    odd = "swordfish-and-rice"

    assert odd not in repr(problems(CUSTOMGPT_API_KEY=odd, RESEARCH_AGENT_PROJECT_ID=odd))


def test_a_complaint_still_shows_where_the_address_leads() -> None:
    assert "@db/x" in problems(ORCHESTRATOR_DATABASE_URL="mysql://bot:hunter2secret@db/x")["ORCHESTRATOR_DATABASE_URL"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///kept.db",
        "sqlite:////var/lib/kept.db",
        "postgresql://bot@db/kept",
        "postgres://bot:hunter2@db.example:5432/kept",
        "postgresql://bot:hunter%2F2@db/kept?sslmode=require",
        "postgresql://bot@[::1]:5432/kept",
        "postgresql:///kept?host=/run/postgresql",
        "postgresql://postgres:@/kept?host=/run/postgresql",
    ],
)
def test_a_file_or_a_postgres_server_keeps_the_turns(url: str) -> None:
    assert url == read_settings({**GOOD, "ORCHESTRATOR_DATABASE_URL": url}).orchestrator_database_url


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://bot:hunter2@db/kept", {"hunter2"}),
        ("postgresql://bot:hunter%2F2@db/kept", {"hunter%2F2", "hunter/2"}),
        ("postgresql://bot:hunter@2@db/kept", {"hunter@2"}),
        ("postgresql://db/kept?user=bot&password=hunter%2F2&sslpassword=more", {"hunter/2", "more"}),
        ("postgresql://bot@db/kept", set()),
        ("sqlite:///kept.db", set()),
    ],
)
def test_the_password_of_the_database_is_a_secret(url: str, secrets: set[str]) -> None:
    settings = read_settings({**GOOD, "ORCHESTRATOR_DATABASE_URL": url})

    assert {KEY} | secrets == set(settings.secrets)
    assert not [secret for secret in secrets if secret in repr(settings)]


def test_a_long_value_is_cut() -> None:
    assert len(problems(ORCHESTRATOR_LOG_LEVEL="very " * 100 + "loud")["ORCHESTRATOR_LOG_LEVEL"]) < 200


def test_an_address_keeps_its_port_and_its_path() -> None:
    given = {**GOOD, "CUSTOMGPT_BASE_URL": "https://proxy.example:8443/customgpt/api/v1/"}

    assert "https://proxy.example:8443/customgpt/api/v1" == read_settings(given).customgpt_base_url


def test_a_name_in_another_script_is_one_that_can_be_connected_to() -> None:
    assert read_settings({**GOOD, "CUSTOMGPT_BASE_URL": "https://bücher.example"}).customgpt_base_url.isascii()


def test_a_slash_too_many_in_the_address_does_no_harm() -> None:
    assert (
        "http://127.0.0.1:8901"
        == read_settings({**GOOD, "CUSTOMGPT_BASE_URL": "http://127.0.0.1:8901/"}).customgpt_base_url
    )


def test_every_stage_brings_its_own_setting() -> None:
    assert {stage.setting for stage in STAGES} <= set(names())


def checked(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m core.config --check` in an empty environment."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **variables}
    command = [sys.executable, "-m", "core.config", "--check"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_offline_check_names_all_that_is_wrong_and_exits_with_one(tmp_path: Path) -> None:
    said = checked(tmp_path, RESEARCH_AGENT_PROJECT_ID="proj-1")

    assert 1 == said.returncode
    assert all(name in said.stdout for name in GOOD)
    assert "" == said.stderr


def test_the_offline_check_reads_env_file_and_environment_and_shows_four_characters_of_the_key(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("\n".join(f'{name}="{value}"' for name, value in GOOD.items() if "KEY" in name))

    said = checked(tmp_path, **{name: value for name, value in GOOD.items() if "KEY" not in name})

    assert 0 == said.returncode
    assert f"…{KEY[-4:]}" in said.stdout
    assert KEY[:-4] not in said.stdout


def test_a_key_in_the_environment_is_not_shown_under_another_name(tmp_path: Path) -> None:
    odd = "swordfish-and-rice"
    (tmp_path / ".env").write_text(f"CUSTOMGPT_API_KEY={odd}\n")

    said = checked(tmp_path, RESEARCH_AGENT_PROJECT_ID=odd)

    assert "RESEARCH_AGENT_PROJECT_ID is not an integer" in said.stdout
    assert odd not in said.stdout + said.stderr


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("CUSTOMGPT_API_KEY=1234|grün\n".encode("latin-1"))

    said = checked(tmp_path)

    assert (1, "") == (said.returncode, said.stderr)
    assert ".env is not UTF-8" in said.stdout
    assert str(tmp_path / ".env") in said.stdout


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to("/proc/self/mem")  # a regular file to look at; reading it fails, even as root

    said = checked(tmp_path)

    assert (1, "") == (said.returncode, said.stderr)
    assert ".env cannot be read" in said.stdout


def test_a_terminal_without_our_characters_gets_the_offline_check_all_the_same(tmp_path: Path) -> None:
    said = checked(tmp_path, PYTHONIOENCODING="ascii")

    assert (1, "") == (said.returncode, said.stderr)
    assert "CUSTOMGPT_API_KEY is missing" in said.stdout


def test_an_empty_value_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CUSTOMGPT_API_KEY=\n")

    assert "CUSTOMGPT_API_KEY is missing" in checked(tmp_path).stdout
