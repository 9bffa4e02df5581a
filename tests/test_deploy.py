"""What is deployed is what the code and its documents say."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bot.http.config import read_http
from core.config import read_settings
from core.stages import STAGES
from tests.test_docs import NAMES, listed

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
UNIT = (ROOT / "deploy" / "orchestrator.service").read_text()


def shutdown_seconds() -> float:
    required = {"CUSTOMGPT_API_KEY": "1234|" + "k" * 40, **{stage.setting: "1" for stage in STAGES}}
    return read_settings(required).orchestrator_shutdown_seconds


def unit() -> dict[str, str]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT)
    return dict(parser["Service"])


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


@pytest.mark.parametrize("text", [DOCKERFILE, (ROOT / "compose.yaml").read_text(), UNIT])
def test_no_setting_is_named_that_does_not_exist(text: str) -> None:
    assert set() == listed(text) - set(NAMES)


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last
    assert 'CMD ["run"]' in last


def test_the_image_installs_only_what_is_locked() -> None:
    installs = re.findall(r"pip (?:install|wheel) ([^&\\\n]*)", DOCKERFILE)

    assert 4 == len(installs)
    assert all("--no-deps" in one and ("--require-hashes" in one or "wheels" in one) for one in installs)


def test_no_key_is_in_the_image_nor_in_what_it_is_built_from() -> None:
    kept_out = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" == kept_out[0]
    assert not any(".env" in line for line in kept_out[1:])
    assert not re.search(r"_(KEY|TOKENS?|PASSWORD)=", DOCKERFILE)


def test_two_workers_share_one_database_and_wait_for_it() -> None:
    workers = [COMPOSE["services"][name] for name in ("one", "two")]

    assert 2 == len({worker["ports"][0] for worker in workers})
    assert 1 == len({worker["environment"]["ORCHESTRATOR_DATABASE_URL"] for worker in workers})
    assert all(worker["depends_on"]["database"]["condition"] == "service_healthy" for worker in workers)
    assert all(worker["cap_drop"] == ["ALL"] and worker["read_only"] for worker in workers)
    assert all(worker["ports"][0].startswith("127.0.0.1:") for worker in workers)


def test_the_image_and_the_workers_name_all_that_http_asks_for() -> None:
    image = dict(re.findall(r"(ORCHESTRATOR_\w+)=([^\s\\]+)", DOCKERFILE))
    worker: dict[str, str] = COMPOSE["services"]["one"]["environment"]
    required = {name: "t" * 24 for name, value in worker.items() if value.startswith(f"${{{name}:?")}

    assert "0.0.0.0" == read_http({**image, **required}).orchestrator_http_host
    assert {"ORCHESTRATOR_API_TOKENS"} == set(required)


def test_who_ends_it_waits_for_longer_than_agents_may_go_on() -> None:
    assert seconds(unit()["TimeoutStopSec"]) > shutdown_seconds() + 10
    assert seconds(COMPOSE["services"]["one"]["stop_grace_period"]) > shutdown_seconds() + 10


def test_the_unit_gives_the_bot_no_more_than_its_state_directory() -> None:
    service = unit()

    assert ("strict", "yes", "yes", "") == tuple(
        service[name] for name in ("ProtectSystem", "ProtectHome", "NoNewPrivileges", "CapabilityBoundingSet")
    )
    assert service["WorkingDirectory"].endswith(service["StateDirectory"])
    assert "orchestrator" == service["User"]
    assert "ReadWritePaths" not in service


def test_prometheus_asks_where_the_bot_is_under_the_name_of_the_alerts() -> None:
    asked = yaml.safe_load((ROOT / "deploy" / "prometheus.yaml").read_text())
    (job,) = asked["scrape_configs"]
    http = read_http({})

    assert asked["rule_files"] == ["alerts.yaml"]
    assert f'up{{job="{job["job_name"]}"}}' in (ROOT / "deploy" / "alerts.yaml").read_text()
    assert f"{http.orchestrator_http_host}:{http.orchestrator_http_port}" in job["static_configs"][0]["targets"]
    assert "metrics_path" not in job
