"""Twelve things that are set up wrong: each is named with its remedy by the check, in the chat, and at the start."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.slack.adapter  # noqa: F401 - who has given up their privileges may not be able to load it
from bot.app import run_checks
from bot.serving import _check, serve_until
from bot.slack.check import check_channel, check_events, check_slack
from bot.slack.config import REQUIRED_SCOPES, read_slack
from bot.slack.web import connected
from core.check import check_core
from core.checks import CheckResult, CheckStatus
from core.config import read_settings
from sandbox.customgpt import CustomGPTStandIn
from sandbox.slack import Fault, SlackStandIn
from tests.bot.planted import PLANTED, Planted, SlackWorld, assert_named, assert_told, printed, told_at_the_start, wrong
from tests.bot.shell import Shell


@pytest.fixture
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackWorld]:
    async with CustomGPTStandIn() as gpt, SlackStandIn(scopes=tuple(REQUIRED_SCOPES)) as slack:
        made = SlackWorld(
            gpt=gpt,
            slack=slack,
            folder=folder,
            environment=monkeypatch,
            general=slack.channel("general"),
            bot_token=slack.bot_token,
        )
        made.set(SLACK_BOT_TOKEN=slack.bot_token, SLACK_APP_TOKEN=slack.app_token, SLACK_API_URL=slack.url)
        with made.closing:
            yield made


planted = pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)


async def in_the_chat(world: SlackWorld) -> list[CheckResult]:
    """What the command in the chat puts together."""
    if world.bot_token != world.slack.bot_token:  # the process would not have started with it
        world.set(SLACK_BOT_TOKEN=world.slack.bot_token)
    settings, ours, now = read_settings(), read_slack(), time.time()
    async with connected(world.bot_token, ours.slack_api_url) as client:
        slack = await check_slack(client, ours)
        here = await check_channel(client, world.general.id, "orchestrator")
    events = check_events(connected=True, since=now - 60, last=world.heard, now=now)
    return [*await check_core(settings), *slack, here, *events]


def assert_no_secret(world: SlackWorld, said: str) -> None:
    for secret in (world.gpt.key, world.slack.bot_token, world.slack.app_token, "x" * 40):
        assert secret not in said


async def test_a_bot_that_is_set_up_well_has_nothing_to_mend(world: SlackWorld) -> None:
    await world.begin()
    said: list[str] = []
    await _check(read_settings(), said.append, ())

    assert [] == wrong(await run_checks(offline=False))
    assert [] == wrong(await in_the_chat(world))
    assert [] == said


@planted
async def test_the_check_names_it_with_its_remedy(world: SlackWorld, planted: Planted) -> None:
    await world.begin()
    planted.plant(world)
    found = await run_checks(offline=False)

    assert_named(planted, planted.said, found)
    assert_no_secret(world, repr(found))


@planted
async def test_in_the_chat_it_is_named_with_its_remedy(world: SlackWorld, planted: Planted) -> None:
    await world.begin()
    planted.plant(world)
    found = await in_the_chat(world)

    assert_named(planted, planted.in_the_chat or planted.said, found)
    assert_no_secret(world, repr(found))


@planted
async def test_the_start_names_it_with_its_remedy(world: SlackWorld, planted: Planted) -> None:
    await world.begin()
    planted.plant(world)
    said = await told_at_the_start(planted.said)

    assert_told(planted, said)
    assert_no_secret(world, "\n".join(said))


async def test_a_start_does_not_wait_for_the_checks_nor_does_an_end(world: SlackWorld) -> None:
    await world.begin()
    PLANTED["inactive agent"].plant(world)
    world.slack.always("users.conversations", Fault(delay=60.0))  # the checks alone ask that
    said: list[str] = []
    end = asyncio.Event()
    async with asyncio.timeout(20):
        serving = asyncio.create_task(serve_until(end, read_settings(), said.append))
        await world.slack.until(lambda: world.slack.sockets and world.slack.calls("users.conversations"))
        end.set()
        await serving

    off = "discord is off: DISCORD_BOT_TOKEN is not set."
    assert [off, "Ready. Ctrl-C ends it.", "Ending: what is under way has up to 0 s."] == said


async def test_a_setting_that_became_wrong_is_named_as_well(world: SlackWorld) -> None:
    await world.begin()
    world.set(SLACK_ALLOWED_USERS="ada")
    said: list[str] = []
    await _check(read_settings(), said.append, ())

    assert ["✗ SLACK_ALLOWED_USERS  holds what is no id of a person ('ada')"] == [one.split("\n")[0] for one in said]


async def test_the_command_prints_each_with_its_remedy_and_exits_with_one(world: SlackWorld) -> None:
    await world.begin()
    chosen = [PLANTED[name] for name in ("wrong agent", "missing scope", "not in channel", "clock skewed")]

    assert_no_secret(world, await printed(world, chosen))


async def test_a_process_says_at_its_start_what_is_wrong_and_serves(world: SlackWorld) -> None:
    PLANTED["missing scope"].plant(world)
    process = await Shell(world.folder, world.settings).start("run")
    assert process.stderr
    said = ""
    while PLANTED["missing scope"].remedy not in said:
        said += (await process.stderr.readline()).decode()
    process.send_signal(signal.SIGTERM)
    await process.communicate()

    assert 0 == process.returncode
    assert "Ready." in said
    assert_no_secret(world, said)


async def test_a_slack_that_is_off_is_no_fault(world: SlackWorld) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        world.environment.delenv(name)
    for offline in (True, False):
        found = {one.name: one for one in await run_checks(offline=offline)}
        assert (CheckStatus.OK, "is off: SLACK_BOT_TOKEN is not set") == (found["slack"].status, found["slack"].detail)


async def test_offline_nobody_is_asked_and_all_settings_that_are_wrong_are_named(world: SlackWorld) -> None:
    well = await run_checks(offline=True)
    world.set(CUSTOMGPT_CONCURRENCY="none", SLACK_ALLOWED_CHANNELS="#general")
    found = await run_checks(offline=False)

    assert [] == wrong(well)
    assert {"CUSTOMGPT_CONCURRENCY", "SLACK_ALLOWED_CHANNELS"} == {one.name for one in wrong(found)}
    assert [] == world.gpt.requests()
    assert [] == world.slack.calls()
