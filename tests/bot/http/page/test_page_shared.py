"""A turn's own page: for whoever has its address, to look at, as long as the turn is kept."""

from __future__ import annotations

import asyncio
import re
import time

import httpx
import pytest

from core.durable.ledger import Ledger
from core.durable.upkeep import Retention
from core.stored import StoredTurn
from core.turn import OnReject
from tests.bot.http.around import Site, open_site
from tests.bot.http.page.test_page_routes import REJECTED, ended
from tests.bot.http.test_http_turns import Lost


async def kept(site: Site, turn_id: str) -> StoredTurn:
    turn = await site.turns.turn(turn_id)
    assert turn
    return turn


async def visited(site: Site, turn_id: str, key: str) -> httpx.Response:
    return await site.send("GET", f"/t/{turn_id}/{key}", token=None)


async def test_whoever_has_the_address_can_read_the_answer_and_press_nothing(site: Site) -> None:
    turn = await kept(site, await ended(site))
    page = await visited(site, turn.id, turn.page_key)

    assert page.status_code == 200
    assert "How do bees choose?" in page.text
    assert "Bees dance. They agree." in page.text
    assert not re.search(r"<button|<script|<form|<input", page.text)


async def test_it_is_found_by_nobody_and_tells_nobody(site: Site) -> None:
    turn = await kept(site, await ended(site))
    headers = (await visited(site, turn.id, turn.page_key)).headers

    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "private, no-store"
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


async def test_each_turn_has_a_key_of_its_own_that_nobody_guesses(site: Site) -> None:
    keys = [(await kept(site, await ended(site))).page_key for _ in range(3)]

    assert len(set(keys)) == 3
    assert all(re.fullmatch(r"[\w-]{22}", key) for key in keys)


async def test_a_wrong_key_an_unknown_turn_and_a_long_one_look_alike(site: Site) -> None:
    one, other = [await kept(site, await ended(site)) for _ in range(2)]
    wrong = [
        await visited(site, *address)
        for address in (
            (one.id, other.page_key),
            (one.id, one.page_key[:-1]),
            (one.id, "k%C3%A9y"),
            ("z" * 24, one.page_key),
            (one.id, "k" * 5_000),
        )
    ]

    assert {page.status_code for page in wrong} == {404}
    assert len({page.text for page in wrong}) == 1
    assert one.id not in wrong[0].text


async def test_a_turn_that_was_kept_before_there_were_keys_has_no_page(site: Site) -> None:
    turn_id = await ended(site)
    async with site.store.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE turns SET page_key = ''")

    assert (await visited(site, turn_id, "-")).status_code == 404


async def test_it_ends_with_its_turn(site: Site) -> None:
    turn = await kept(site, await ended(site))
    retention = Retention(Ledger(site.store.database), days=7, now=lambda: time.time() + 8 * 86_400)
    assert await retention.forget_old() == 1

    assert (await visited(site, turn.id, turn.page_key)).status_code == 404


@pytest.mark.parametrize("retried", [False, True])
async def test_the_address_stays_the_same_over_a_retry(site: Site, retried: bool) -> None:
    turn = await kept(site, await ended(site))
    if retried:
        await site.turns.retry(turn.id, "build")
        await site.turns.ended(turn.id)

    assert (await kept(site, turn.id)).page_key == turn.page_key
    assert (await visited(site, turn.id, turn.page_key)).status_code == 200


async def test_what_is_withheld_stays_hidden(database: str) -> None:
    async with open_site(database, on_reject=OnReject.WITHHOLD) as site:
        site.agents.answers |= {"build": "A secret draft.", "review": REJECTED}
        turn = await kept(site, await ended(site))
        page = await visited(site, turn.id, turn.page_key)

    assert "The answer is withheld" in page.text
    assert "secret" not in page.text


async def test_a_database_that_is_gone_is_said_in_words(site: Site) -> None:
    await site.close()
    site.turns = Lost(site.turns)  # type: ignore[assignment]
    site.adapter.listening = asyncio.get_running_loop().create_future()
    await site.listen()
    page = await visited(site, "a" * 24, "key")

    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "The database cannot be used just now. Please try again in a moment." in page.text
    assert "db.internal" not in page.text


async def test_one_that_is_still_at_work_says_so(site: Site) -> None:
    site.agents.hold["build"] = asyncio.Event()
    turn = await kept(site, await site.begin())
    page = await visited(site, turn.id, turn.page_key)
    site.agents.hold["build"].set()

    assert "The answer is still being written." in page.text
