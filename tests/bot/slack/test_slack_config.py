from __future__ import annotations

from pathlib import Path

import pytest

from bot.slack.config import read_slack
from core.errors import SettingsError

BOT, APP = "xoxb-123456789-abcdefghij", "xapp-1-A0-123456789-abcdefghij"
TOKENS = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}


def problems(**given: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        read_slack({**TOKENS, **given})
    return {problem.name: problem.wrong for problem in raised.value.problems}


def test_without_a_token_slack_is_off() -> None:
    assert read_slack({}).slack_bot_token is None


def test_both_tokens_are_enough() -> None:
    settings = read_slack(TOKENS)

    assert (BOT, APP) == settings.secrets
    assert settings.slack_api_url.startswith("https://slack.com/api")
    assert frozenset() == settings.slack_admins | settings.slack_allowed_channels


@pytest.mark.parametrize(
    ("given", "missing"), [("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"), ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")]
)
def test_one_token_alone_is_a_mistake_that_says_where_to_find_the_other(given: str, missing: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_slack({given: TOKENS[given]})

    (problem,) = raised.value.problems
    assert (missing, "is missing") == (problem.name, problem.wrong)
    assert "api.slack.com/apps" in problem.remedy


def test_tokens_that_were_swapped_are_told_apart() -> None:
    wrong = problems(SLACK_BOT_TOKEN=APP, SLACK_APP_TOKEN=BOT)

    assert wrong["SLACK_BOT_TOKEN"].startswith("is an app token; the bot token begins with xoxb-")
    assert wrong["SLACK_APP_TOKEN"].startswith("is a bot token; the app token begins with xapp-")


@pytest.mark.parametrize(
    ("token", "said"), [("xoxp-1-2", "is a user token; "), ("1234|abc", "is no token of that kind; ")]
)
def test_another_token_is_no_bot_token(token: str, said: str) -> None:
    assert problems(SLACK_BOT_TOKEN=token)["SLACK_BOT_TOKEN"].startswith(said)


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("SLACK_ADMINS", "U012ABC", {"U012ABC"}),
        ("SLACK_ADMINS", " U012ABC , W7X,, U9XY,", {"U012ABC", "W7X", "U9XY"}),
        ("SLACK_ALLOWED_TEAMS", "T012ABC,E0ENTERPRISE", {"T012ABC", "E0ENTERPRISE"}),
        ("SLACK_ALLOWED_CHANNELS", "C012ABC,G012ABC, D012ABC", {"C012ABC", "G012ABC", "D012ABC"}),
        ("SLACK_ALLOWED_USERS", "U012ABC W012ABC", {"U012ABC", "W012ABC"}),
        ("SLACK_ALLOWED_USERS", " , ", set()),
    ],
)
def test_ids_stand_between_commas(name: str, value: str, ids: set[str]) -> None:
    assert ids == getattr(read_slack({**TOKENS, name: value}), name.lower())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_ADMINS", "ada"),
        ("SLACK_ADMINS", "U012ABC,ada"),
        ("SLACK_ADMINS", "C012ABC"),
        ("SLACK_ADMINS", '["U012ABC"]'),
        ("SLACK_ALLOWED_TEAMS", "acme.slack.com"),
        ("SLACK_ALLOWED_CHANNELS", "#general"),
        ("SLACK_ALLOWED_CHANNELS", "c012abc"),
        ("SLACK_ALLOWED_USERS", "T012ABC"),
    ],
)
def test_what_is_no_id_is_named_with_its_setting_and_shown(name: str, value: str) -> None:
    wrong = problems(**{name: value})

    assert [name] == list(wrong)
    assert "is no id of" in wrong[name]
    assert repr(value) in wrong[name]


def test_a_token_among_the_ids_is_not_shown() -> None:
    assert BOT not in repr(problems(SLACK_ALLOWED_USERS=f"U012ABC,{BOT}"))


def test_lists_are_read_from_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SLACK_ALLOWED_USERS=U012ABC,U345DEF\nSLACK_ALLOWED_TEAMS=\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_ADMINS", "U678GHI, U012ABC")
    settings = read_slack()

    assert frozenset({"U012ABC", "U345DEF"}) == settings.slack_allowed_users
    assert frozenset({"U678GHI", "U012ABC"}) == settings.slack_admins
    assert frozenset() == settings.slack_allowed_teams


def test_no_token_is_shown_by_the_settings_or_by_a_complaint() -> None:
    settings = read_slack(TOKENS)
    with pytest.raises(SettingsError) as raised:
        read_slack({"SLACK_BOT_TOKEN": f"{BOT} ", "SLACK_APP_TOKEN": APP, "SLACK_API_URL": "slack"})

    for shown in (repr(settings), str(raised.value), repr(raised.value.problems)):
        assert BOT not in shown
        assert APP not in shown
