from __future__ import annotations

import pytest

from bot.slack.config import read_slack
from core.errors import SettingsError

BOT, APP = "xoxb-123456789-abcdefghij", "xapp-1-A0-123456789-abcdefghij"


def test_without_a_token_slack_is_off() -> None:
    assert read_slack({}).slack_bot_token is None


def test_both_tokens_are_enough() -> None:
    settings = read_slack({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP})

    assert (BOT, APP) == settings.secrets
    assert settings.slack_api_url.startswith("https://slack.com/api")


@pytest.mark.parametrize(
    ("given", "missing"), [("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"), ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")]
)
def test_one_token_alone_is_a_mistake_that_says_where_to_find_the_other(given: str, missing: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_slack({given: "xoxb-1"})

    (problem,) = raised.value.problems
    assert (missing, "is missing") == (problem.name, problem.wrong)
    assert "api.slack.com/apps" in problem.remedy


def test_no_token_is_shown_by_the_settings_or_by_a_complaint() -> None:
    settings = read_slack({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP})
    with pytest.raises(SettingsError) as raised:
        read_slack({"SLACK_BOT_TOKEN": f"{BOT} ", "SLACK_APP_TOKEN": APP, "SLACK_API_URL": "slack"})

    for shown in (repr(settings), str(raised.value), repr(raised.value.problems)):
        assert BOT not in shown
        assert APP not in shown
