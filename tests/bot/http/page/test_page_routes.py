"""Turns as the page shows them: to those whose they are, without what is withheld."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.http.page.routes import notes_of
from core.turn import OnReject
from tests.bot.http.around import ADA, BEN, PATIENCE, ROOT, Site, open_site

REJECTED = '{"score": 10, "verdict": "reject", "summary": "Made up.", "findings": [], "edits": []}'


async def ended(site: Site, **changes: Any) -> str:
    turn_id = await site.begin(**changes)
    await site.turns.ended(turn_id)
    return turn_id


async def test_a_turn_is_shown_with_what_its_stages_left(site: Site) -> None:
    turn_id = await ended(site)
    shown = (await site.send("GET", f"/page/turns/{turn_id}")).json()

    assert (shown["turn_id"], shown["generation"], shown["ended"]) == (turn_id, 1, True)
    assert shown["html"].startswith('<article class="turn"')
    assert shown["html"].count('data-status="done"') == 4
    assert shown["markdown"]


async def test_a_conversation_is_its_turns_in_their_order(site: Site) -> None:
    turns = [await ended(site, conversation_id="mine") for _ in range(2)]

    shown = (await site.send("GET", "/page/conversations/mine")).json()["turns"]
    assert [one["turn_id"] for one in shown] == turns


async def test_what_an_ended_turn_left_is_read_at_once_also_while_it_is_retried(site: Site) -> None:
    turn_id = await ended(site)
    seen = await site.turns.turn(turn_id)
    site.agents.hold["build"] = asyncio.Event()
    await site.turns.retry(turn_id, "build")
    assert seen
    async with asyncio.timeout(PATIENCE):
        notes = await notes_of(seen, site.adapter.served(site.turns))
    site.agents.hold["build"].set()

    assert ["research", "plan", "build", "review"] == list(notes)


async def test_a_new_conversation_is_empty(site: Site) -> None:
    assert (await site.send("GET", "/page/conversations/new")).json() == {"turns": [], "earlier": None}


@pytest.mark.parametrize("what", ["", "/work"])
async def test_nobody_sees_the_turns_of_others(site: Site, what: str) -> None:
    turn_id = await ended(site, conversation_id="mine")

    assert (await site.send("GET", f"/page/turns/{turn_id}{what}", BEN)).status_code == 404
    assert (await site.send("GET", f"/page/turns/{turn_id}{what}", None)).status_code == 401
    assert (await site.send("GET", f"/page/turns/{turn_id}{what}", ROOT)).status_code == 200
    assert (await site.send("GET", "/page/conversations/mine", BEN)).json() == {"turns": [], "earlier": None}


async def test_what_each_agent_wrote_is_there_to_read(site: Site) -> None:
    turn_id = await ended(site)
    html = (await site.send("GET", f"/page/turns/{turn_id}/work")).json()["html"]

    assert [f"<h4>{title}</h4>" in html for title in ("Research", "Plan", "Build", "Review")] == [True] * 3 + [False]


async def test_what_is_withheld_is_for_admins_alone(database: str) -> None:
    async with open_site(database, on_reject=OnReject.WITHHOLD) as site:
        site.agents.answers |= {"build": "A secret draft.", "review": REJECTED}
        turn_id = await ended(site)
        seen = [(await site.send("GET", f"/page/turns/{turn_id}{what}", ADA)).text for what in ("", "/work")]
        by_admin = (await site.send("GET", f"/page/turns/{turn_id}/work", ROOT)).text

    assert not any("secret" in one for one in seen)
    assert "A secret draft." in by_admin
