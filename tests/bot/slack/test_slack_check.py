"""What the check says of each way in which Slack may not be set up."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.check import FIRST_OF_ALL, check_all, check_channel, check_slack
from bot.slack.config import REQUIRED_SCOPES, SlackSettings, read_slack
from bot.slack.web import connected
from core.checks import CheckResult, CheckStatus
from core.store import open_store
from sandbox.slack import HTML_ERROR, Channel, Fault, Limits, SlackStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(scopes=tuple(REQUIRED_SCOPES)) as stand_in:
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with connected(slack.bot_token, slack.url) as opened:
        yield opened


@pytest.fixture
def general(slack: SlackStandIn) -> Channel:
    return slack.channel("general")


def settings_for(slack: SlackStandIn, **given: str) -> SlackSettings:
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    return read_slack({**tokens, "SLACK_API_URL": slack.url, **given})


async def checked(slack: SlackStandIn, client: AsyncWebClient, **given: str) -> dict[str, CheckResult]:
    """What is found, by name; no secret stands in it."""
    found = await check_slack(client, settings_for(slack, **given))
    assert slack.bot_token not in repr(found)
    assert slack.app_token not in repr(found)
    return {result.name: result for result in found}


async def test_where_all_is_well_nothing_is_to_be_done(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    found = await checked(slack, client)

    assert {(CheckStatus.OK, "")} == {(one.status, one.remedy) for one in found.values()}
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "Slack scopes", "Slack channels", "clock (Slack)"} == set(found)
    assert "@orchestrator in Sandbox" in found["SLACK_BOT_TOKEN"].detail


@pytest.mark.parametrize(
    ("error", "said", "remedy"),
    [
        ("invalid_auth", "is not accepted by Slack", "Bot User OAuth Token"),
        ("account_inactive", "belongs to an app that was removed", "Reinstall to Workspace"),
        ("token_revoked", "was revoked", "Reinstall to Workspace"),
        ("not_allowed_token_type", "is a token of the wrong kind", "Bot User OAuth Token"),
        ("ekm_access_denied", "is refused by Slack: ekm_access_denied", "Bot User OAuth Token"),
    ],
)
async def test_a_bot_token_that_is_refused_is_said_in_plain_words(
    slack: SlackStandIn, client: AsyncWebClient, error: str, said: str, remedy: str
) -> None:
    slack.revoke(slack.bot_token, error)
    found = await checked(slack, client)

    assert CheckStatus.FAILED is found["SLACK_BOT_TOKEN"].status
    assert found["SLACK_BOT_TOKEN"].detail.startswith(said)
    assert remedy in found["SLACK_BOT_TOKEN"].remedy
    assert CheckStatus.OK is found["SLACK_APP_TOKEN"].status


async def test_an_app_token_where_the_bot_token_belongs_is_of_the_wrong_kind(slack: SlackStandIn) -> None:
    async with connected(slack.app_token, slack.url) as client:
        found = await checked(slack, client)

    assert "is a token of the wrong kind" == found["SLACK_BOT_TOKEN"].detail


async def test_an_app_token_that_is_refused_is_said_beside_a_good_bot_token(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.revoke(slack.app_token)
    found = await checked(slack, client)

    assert CheckStatus.OK is found["SLACK_BOT_TOKEN"].status
    assert (CheckStatus.FAILED, "was revoked") == (found["SLACK_APP_TOKEN"].status, found["SLACK_APP_TOKEN"].detail)
    assert "App-Level Tokens" in found["SLACK_APP_TOKEN"].remedy


@pytest.mark.parametrize(
    "fault", [Fault(retry_after=9), Fault(error="internal_error"), HTML_ERROR], ids=["busy", "broken", "html"]
)
async def test_a_slack_that_is_not_well_is_not_blamed_on_a_token(
    slack: SlackStandIn, client: AsyncWebClient, fault: Fault
) -> None:
    slack.script("auth.test", fault)
    slack.script("apps.connections.open", fault)
    of_the_first = await checked(slack, client)
    of_the_second = await checked(slack, client)

    assert CheckStatus.FAILED is of_the_first["Slack"].status
    assert "Try again" in of_the_first["Slack"].remedy
    assert "SLACK_BOT_TOKEN" not in of_the_first
    assert CheckStatus.WARNING is of_the_second["SLACK_APP_TOKEN"].status
    assert "it cannot be told whether it is accepted" in of_the_second["SLACK_APP_TOKEN"].detail


@pytest.mark.parametrize("fault", [Fault(body="html"), Fault(body="text"), Fault(status=404, body="html")])
async def test_what_does_not_speak_like_slack_is_not_its_api(
    slack: SlackStandIn, client: AsyncWebClient, fault: Fault
) -> None:
    slack.script("auth.test", fault)
    found = (await checked(slack, client))["Slack"]

    assert (CheckStatus.FAILED, True) == (found.status, found.detail.endswith("is not Slack's API"))
    assert "SLACK_API_URL" in found.remedy


async def test_where_nobody_is_only_the_address_is_complained_of(slack: SlackStandIn) -> None:
    nowhere = "http://127.0.0.1:9/api/"
    async with connected(slack.bot_token, nowhere) as client:
        found = await checked(slack, client, SLACK_API_URL=nowhere)

    assert ["Slack"] == list(found)
    assert "http://127.0.0.1:9/api cannot be reached" == found["Slack"].detail


async def test_missing_scopes_are_named_with_what_they_are_for(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.scopes = [scope for scope in REQUIRED_SCOPES if scope not in ("reactions:write", "files:write")]
    found = (await checked(slack, client))["Slack scopes"]

    assert CheckStatus.FAILED is found.status
    assert "files:write (long answers as a file); reactions:write (" in found.detail
    assert "OAuth & Permissions" in found.remedy
    assert "Reinstall to Workspace" in found.remedy


@pytest.mark.parametrize(
    "missing",
    [{"commands"}, {"app_mentions:read", "users:read"}, set(REQUIRED_SCOPES) - {"chat:write", *FIRST_OF_ALL}],
)
async def test_an_app_that_was_not_reinstalled_is_told_so(
    slack: SlackStandIn, client: AsyncWebClient, missing: set[str]
) -> None:
    slack.scopes = [one for one in REQUIRED_SCOPES if one not in missing]
    found = (await checked(slack, client))["Slack scopes"]

    assert found.detail.startswith("the app was not reinstalled after its manifest changed; not granted: ")
    assert "Reinstall to Workspace" in found.remedy


async def test_more_scopes_than_needed_do_no_harm(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.scopes = [*REQUIRED_SCOPES, "im:write"]

    assert CheckStatus.OK is (await checked(slack, client))["Slack scopes"].status


async def test_where_slack_does_not_say_what_is_granted_that_is_said(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.scopes = []
    found = await checked(slack, client)

    assert CheckStatus.WARNING is found["Slack scopes"].status
    assert CheckStatus.WARNING is found["Slack channels"].status
    assert "needs the scope channels:read" in found["Slack channels"].detail


async def test_a_clock_that_is_wrong_is_told_by_slacks(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.shift_clock(300.0)
    behind = (await checked(slack, client))["clock (Slack)"]
    ahead = await check_slack(client, settings_for(slack), now=lambda: time.time() + 3_900)

    assert "this machine's clock is 5 min behind Slack's" == behind.detail
    assert "this machine's clock is 60 min ahead of Slack's" in [one.detail for one in ahead]


async def test_in_each_listed_channel_the_bot_is_looked_for(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    lonely, private = slack.channel("lonely", bot=False), slack.channel("private", bot=False, private=True)
    listed = ",".join([general.id, lonely.id, private.id])
    found = await check_slack(client, settings_for(slack, SLACK_ALLOWED_CHANNELS=listed))
    places = {one.detail: one for one in found if one.name == "Slack channel"}

    assert {
        "the bot is in #general": CheckStatus.OK,
        "the bot is not in #lonely: it hears nothing there": CheckStatus.FAILED,
        f"{private.id} is not there, or private and without the bot": CheckStatus.FAILED,
    } == {detail: one.status for detail, one in places.items()}
    for one in places.values():
        assert one.status is CheckStatus.OK or "/invite @orchestrator" in one.remedy
    assert f"Or take {lonely.id} out of SLACK_ALLOWED_CHANNELS." in " ".join(one.remedy for one in found)


async def test_a_bot_that_is_in_no_channel_is_to_be_invited(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.channel("lonely", bot=False)
    slack.dm(slack.person("Ada"))
    found = (await checked(slack, client))["Slack channels"]

    assert CheckStatus.WARNING is found.status
    assert "/invite @orchestrator" in found.remedy


async def test_the_channels_are_counted_over_all_pages(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.limits = Limits(page_most=3)
    for number in range(7):
        slack.channel(f"c{number}", private=number % 2 == 0)
    counted = (await checked(slack, client))["Slack channels"]
    for number in range(20):
        slack.channel(f"d{number}")
    many = (await checked(slack, client))["Slack channels"]

    assert "the bot is in 7" == counted.detail
    assert "the bot is in 15 or more" == many.detail


async def test_of_this_channel_it_is_told_whether_the_bot_is_in_it(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    lonely, personal = slack.channel("lonely", bot=False), slack.dm(slack.person("Ada"))
    found = [await check_channel(client, one.id, "bee") for one in (general, lonely, personal)]

    assert [CheckStatus.OK, CheckStatus.FAILED, CheckStatus.OK] == [one.status for one in found]
    assert "/invite @bee" in found[1].remedy


async def test_without_its_scope_it_cannot_be_told(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.scopes = ["chat:write"]
    found = await check_channel(client, general.id, "bee")

    assert CheckStatus.WARNING is found.status
    assert found.detail.startswith(f"it cannot be told whether the bot is in {general.id}: that needs the scope ")
    assert "Reinstall to Workspace" in found.remedy


async def test_a_slack_that_falls_silent_in_the_middle_is_told_of(
    slack: SlackStandIn, client: AsyncWebClient, general: Channel
) -> None:
    slack.always("conversations.info", Fault(drop=True))
    found = await check_channel(client, general.id, "bee")

    assert (CheckStatus.WARNING, True) == (found.status, found.detail.endswith("Slack did not answer"))


async def test_events_that_a_running_bot_has_heard_are_known_beside_it(
    slack: SlackStandIn, general: Channel, database_url: str
) -> None:
    before = {one.name: one for one in await check_all(settings_for(slack), database_url)}
    async with open_store(database_url) as store:
        await store.hear("slack")
        after = {one.name: one for one in await check_all(settings_for(slack), database_url)}

    assert "no event has ever come from Slack" == before["Slack events"].detail
    assert CheckStatus.OK is after["Slack events"].status
