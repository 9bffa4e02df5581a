from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.http.config import check_http, is_loopback, own_door, read_http
from core.checks import CheckStatus
from core.errors import SettingsError

TOKENS = {"ORCHESTRATOR_API_TOKENS": "one-token-0123456789, two-token-0123456789"}


def problems(**given: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        read_http(given)
    return {problem.name: problem.wrong for problem in raised.value.problems}


def test_without_settings_it_listens_on_this_machine_alone() -> None:
    settings = read_http({})

    assert ("127.0.0.1", 8000, None) == (
        settings.orchestrator_http_host,
        settings.orchestrator_http_port,
        settings.orchestrator_base_url,
    )
    assert () == settings.secrets


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com", "localhost.example.com"])
def test_beyond_this_machine_it_needs_tokens(host: str) -> None:
    wrong = problems(ORCHESTRATOR_HTTP_HOST=host)

    assert host in wrong["ORCHESTRATOR_API_TOKENS"]
    assert host == read_http({"ORCHESTRATOR_HTTP_HOST": host, **TOKENS}).orchestrator_http_host


def test_admin_tokens_alone_do_not_open_it_to_others() -> None:
    assert "ORCHESTRATOR_API_TOKENS" in problems(ORCHESTRATOR_HTTP_HOST="0.0.0.0", ORCHESTRATOR_ADMIN_TOKENS="r" * 20)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "LocalHost", "::ffff:127.0.0.1"])
def test_these_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "", "127.0.0.1.example.com"])
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_tokens_stand_between_commas_and_are_secrets() -> None:
    settings = read_http(TOKENS)

    assert ("one-token-0123456789", "two-token-0123456789") == settings.secrets
    assert "one-token" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORCHESTRATOR_HTTP_PORT", "65536"),
        ("ORCHESTRATOR_HTTP_PORT", "http"),
        ("ORCHESTRATOR_HTTP_HOST", "127.0.0.1/x"),
        ("ORCHESTRATOR_HTTP_HOST", "http://127.0.0.1"),
        ("ORCHESTRATOR_BASE_URL", "ask.example.com"),
        ("ORCHESTRATOR_API_TOKENS", "schlüssel-0123456789"),
        ("ORCHESTRATOR_ADMIN_TOKENS", "schlüssel-0123456789"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    assert [name] == list(problems(**{name: value}))


def test_a_token_that_is_none_is_not_shown() -> None:
    assert "schlüssel-01" not in repr(problems(ORCHESTRATOR_API_TOKENS="schlüssel-0123456789"))


def test_the_check_says_where_and_for_whom() -> None:
    (found,) = check_http(read_http(TOKENS))

    assert "127.0.0.1, port 8000; for 2 tokens, 0 admin tokens" == found.detail
    assert "for the CustomGPT key" in check_http(read_http({}))[0].detail
    assert "for nobody" in check_http(read_http({"ORCHESTRATOR_BASE_URL": "https://ask.example.com"}))[0].detail


def test_a_token_that_may_be_guessed_is_worth_a_warning() -> None:
    _, found = check_http(read_http({"ORCHESTRATOR_API_TOKENS": "secret"}))

    assert CheckStatus.WARNING is found.status
    assert "openssl rand" in found.remedy


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("192.0.2.7", "192.0.2.7"),
        ("localhost", "localhost"),
    ],
)
def test_its_own_machine_reaches_it_where_it_listens(host: str, where: str) -> None:
    settings = read_http({**TOKENS, "ORCHESTRATOR_HTTP_HOST": host, "ORCHESTRATOR_HTTP_PORT": "8007"})

    assert f"http://{where}:8007" == own_door(settings, SecretStr("the key"))[0]


def test_a_token_opens_it_or_the_key_where_there_is_none() -> None:
    given = read_http({"ORCHESTRATOR_API_TOKENS": "ben-token-0123456789,ada-token-0123456789"})

    assert "ada-token-0123456789" == own_door(given, SecretStr("the key"))[1]
    assert "the key" == own_door(read_http({}), SecretStr("the key"))[1]
