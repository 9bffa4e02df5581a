"""Who gets what: every route, for whoever may stand before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.routing import APIRoute

from bot.http import docs
from bot.http.page import PAGES
from bot.http.routes import ROUTERS
from tests.bot.http.around import ADA, BEN, KEY, QUESTION, ROOT, Site

CALLERS: Mapping[str, str | None] = {
    "nobody": None,
    "wrong": "wrong-token-0123456789",
    "another": BEN,
    "own": ADA,
    "admin": ROOT,
    "key": KEY,
}
"""The key of CustomGPT counts here: it is loopback."""

OPEN = dict.fromkeys(CALLERS, True)
ANY_TOKEN = {"nobody": 401, "wrong": 401, "another": True, "own": True, "admin": True, "key": True}
ITS_OWN = {"nobody": 401, "wrong": 401, "another": 404, "own": True, "admin": True, "key": 404}
ADMIN = {"nobody": 401, "wrong": 401, "another": 403, "own": 403, "admin": True, "key": 403}
SHARED = OPEN
"""Its key is in the address."""

EXPECTED: Mapping[str, Mapping[str, int | bool]] = {
    "POST /v1/chat": ANY_TOKEN,
    "GET /v1/turns/{turn_id}": ITS_OWN,
    "GET /v1/turns/{turn_id}/events": ITS_OWN,
    "GET /v1/turns/{turn_id}/export": ITS_OWN,
    "POST /v1/turns/{turn_id}/stop": ITS_OWN,
    "POST /v1/turns/{turn_id}/retry": ITS_OWN,
    "POST /v1/turns/{turn_id}/feedback": ITS_OWN,
    "GET /v1/conversations": ANY_TOKEN,
    "GET /v1/conversations/{conversation_id:path}": ITS_OWN,
    "GET /v1/check": ADMIN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /docs": OPEN,
    "GET /docs/start.js": OPEN,
    "GET /docs/swagger-ui.css": OPEN,
    "GET /docs/swagger-ui-bundle.js": OPEN,
    "GET /docs/favicon-32x32.png": OPEN,
    "GET /": OPEN,
    "GET /page/words.json": OPEN,
    "GET /page/static/{name}": OPEN,
    "GET /page/turns/{turn_id}": ITS_OWN,
    "GET /page/turns/{turn_id}/work": ITS_OWN,
    "GET /page/conversations/{conversation_id:path}": ANY_TOKEN,
    "GET /t/{turn_id}/{key}": SHARED,
}
"""True: it is answered; a number: it is not."""

SENT: Mapping[str, Any] = {"/v1/chat": QUESTION, "/retry": {}, "/feedback": {"opinion": "liked"}}
THERE = (200, 202, 409)
"""409: it has ended already, or is retried."""


def routes() -> set[str]:
    routers = (*ROUTERS, docs.router, *PAGES)
    found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return {f"{method} {route.path}" for route in found for method in route.methods or ()}


def test_every_route_is_among_them() -> None:
    """But `/openapi.json`, and the WebSocket, whose first message brings the token."""
    assert routes() == set(EXPECTED)


@pytest.mark.parametrize("route", EXPECTED)
@pytest.mark.parametrize("who", CALLERS)
async def test_a_route_is_for(site: Site, who: str, route: str) -> None:
    first = (await site.ask(ADA, conversation_id="c")).json()
    kept = await site.turns.turn(first["turn_id"])
    assert kept
    named = kept.conversation_id if who == "admin" else "c"
    method, path = route.split()
    parts = {"turn_id": kept.id, "key": kept.page_key, "name": "api.js", "conversation_id:path": named}
    address = path
    for part, value in parts.items():
        address = address.replace(f"{{{part}}}", value)
    body = next((sent for end, sent in SENT.items() if path.endswith(end)), None)
    headers = {"Prefer": "respond-async"} if path == "/v1/chat" else {}
    answer = await site.send(method, address, CALLERS[who], json=body, headers=headers)
    expected = EXPECTED[route][who]

    assert answer.status_code in THERE if expected is True else answer.status_code == expected
    if who in ("nobody", "wrong", "another", "key") and EXPECTED[route] is not SHARED:
        assert QUESTION["messages"][0]["content"] not in answer.text


@pytest.mark.parametrize("who", CALLERS)
async def test_a_turn_is_followed_over_the_websocket_by(site: Site, who: str) -> None:
    turn_id = (await site.ask(ADA)).json()["turn_id"]
    events, code = await site.streamed({"turn_id": turn_id, "token": CALLERS[who] or ""})

    assert {True: 1000, 401: 4401, 404: 4404}[ITS_OWN[who]] == code
    assert (len(events) > 1) == (ITS_OWN[who] is True)
