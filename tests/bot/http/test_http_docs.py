"""`/docs` in a page that loads nothing from elsewhere, and the description that it shows."""

from __future__ import annotations

import re

import pytest

from bot.http.api import api
from core.stages import STAGES
from tests.bot.http.around import Site


async def test_the_page_has_no_script_in_it_and_loads_nothing_from_elsewhere(site: Site) -> None:
    page = await site.send("GET", "/docs", None)
    policy = page.headers["Content-Security-Policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assets = [await site.send("GET", f"/{name}", None) for name in named]

    assert 200 == page.status_code
    assert [""] * 2 == re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [] == [name for name in named if "//" in name]
    assert {200} == {asset.status_code for asset in assets}
    assert {"text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/png"} == {
        asset.headers["Content-Type"] for asset in assets
    }


def test_every_route_is_described_with_its_problems_and_every_body_has_an_example() -> None:
    description = api().openapi()
    routes = [route for paths in description["paths"].values() for route in paths.values()]
    bodies = description["components"]["schemas"]

    assert 12 <= len(routes)
    assert [] == [route for route in routes if not route.get("summary") or "500" not in route["responses"]]
    for name in ("Chat", "Answer", "Turn", "Accepted", "Problem", "Talks", "Retry", "Vote", "Checks", "Readiness"):
        assert bodies[name].get("examples") or name == "Talks", name


def test_the_stages_that_can_be_retried_are_those_of_the_pipeline() -> None:
    stages = api().openapi()["components"]["schemas"]["Retry"]["properties"]["stage"]["anyOf"][0]["enum"]

    assert [stage.name for stage in STAGES] == stages


@pytest.mark.parametrize("status", ["401", "422", "502"])
def test_a_problem_is_described_as_what_it_is(status: str) -> None:
    content = api().openapi()["paths"]["/v1/chat"]["post"]["responses"][status]["content"]

    assert ["application/problem+json"] == list(content)
