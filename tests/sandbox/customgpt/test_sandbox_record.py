"""**Pure.** What is kept of a request."""

from __future__ import annotations

import pytest

from sandbox.customgpt.record import Gauge, masked, masked_headers, without


@pytest.mark.parametrize(("secret", "shown"), [("1234|abcdefgh", "****efgh"), ("short", "****"), ("", "****")])
def test_a_secret_shows_its_last_four_characters_at_most(secret: str, shown: str) -> None:
    assert masked(secret) == shown


def test_only_secret_headers_are_masked() -> None:
    headers = masked_headers({"Authorization": "Bearer 1234|abcdefgh", "Cookie": "session=12345", "Accept": "*/*"})

    assert headers == {"authorization": "Bearer ****efgh", "cookie": "****2345", "accept": "*/*"}


def test_a_secret_is_masked_wherever_it_stands() -> None:
    body = without("topsecretkey", {"prompt": ["my topsecretkey", 1], "topsecretkey": None})

    assert body == {"prompt": ["my ****tkey", 1], "****tkey": None}


def test_a_gauge_remembers_the_most_there_were() -> None:
    seen: list[int] = []
    gauge = Gauge(lambda: seen.append(gauge.now))
    with gauge.one(), gauge.one():
        pass

    assert (gauge.now, gauge.most) == (0, 2)
    assert seen == [1, 2, 1, 0]
