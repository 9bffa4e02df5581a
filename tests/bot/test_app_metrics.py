"""A whole turn against the stand-in, as Prometheus sees it afterwards."""

from __future__ import annotations

from pathlib import Path

from bot.app import BRIEF, open_app
from bot.demo import demo_settings
from core.metrics import Metrics
from sandbox.customgpt import CustomGPTStandIn, Endpoint
from tests.core.test_metrics import numbers
from tests.fakes import MemorySurface, a_turn


async def test_a_turn_is_in_the_numbers_and_credits_are_asked_for_by_the_scrape_alone(
    stand_in: CustomGPTStandIn, tmp_path: Path
) -> None:
    metrics, settings = Metrics(), demo_settings(stand_in.url, tmp_path)
    async with open_app(settings, {"memory": MemorySurface()}, rhythm=BRIEF, metrics=metrics) as app:
        begun = numbers(metrics.text())
        await app.answer(a_turn(surface="memory"))
        before = len(stand_in.requests(Endpoint.LIMITS))
        found = numbers(await app.scrape.text())
        await app.scrape.text()
        after = len(stand_in.requests(Endpoint.LIMITS))

    assert (0, 1) == (before, after)
    assert 0.0 == begun['orchestrator_turns_accepted_total{surface="memory"}']
    assert 1.0 == found['orchestrator_turns_accepted_total{surface="memory"}']
    assert 1.0 == found['orchestrator_turns_ended_total{status="complete",surface="memory"}']
    assert 1.0 == found['orchestrator_updates_total{fate="published",surface="memory"}']
    stages = ("research", "plan", "build", "review")
    assert [1.0] * 4 == [found[f'orchestrator_stage_seconds_count{{stage="{stage}"}}'] for stage in stages]
    assert 0.0 == found['orchestrator_turns_open{status="running"}']
    assert found["orchestrator_customgpt_queries_left"] > 0
