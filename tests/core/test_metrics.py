"""What Prometheus reads, and when CustomGPT is asked for it."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from math import inf, isnan
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.errors import AgentError, StoreError, Trouble
from core.metrics import CREDITS_EVERY, Metrics, Scrape
from core.tally import (
    AgentAnswered,
    AgentFailed,
    AskedAgain,
    Fate,
    MessageUpdated,
    Queue,
    Tallied,
    TooFast,
    TurnAccepted,
    TurnClosed,
    TurnRetried,
    TurnTaken,
)
from core.turn import TurnStatus

EACH: dict[str, Tallied] = {
    'orchestrator_turns_accepted_total{surface="slack"}': TurnAccepted("slack"),
    'orchestrator_turns_ended_total{status="complete",surface="slack"}': TurnClosed("slack", TurnStatus.COMPLETE),
    'orchestrator_turns_retried_total{surface="slack"}': TurnRetried("slack"),
    'orchestrator_turns_taken_over_total{surface="slack"}': TurnTaken("slack"),
    'orchestrator_stage_seconds_count{stage="build"}': AgentAnswered("build", 3.0),
    'orchestrator_stage_failures_total{stage="build",trouble="busy"}': AgentFailed("build", Trouble.BUSY),
    'orchestrator_customgpt_retries_total{trouble="cut"}': AskedAgain(Trouble.CUT),
    'orchestrator_rate_limited_total{api="slack"}': TooFast("slack"),
    'orchestrator_updates_total{fate="skipped",surface="slack"}': MessageUpdated("slack", Fate.SKIPPED),
}


def numbers(text: bytes) -> dict[str, float]:
    """As Prometheus itself would read them: name and labels → number. Those of the process are left out."""
    families = text_string_to_metric_families(text.decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        named(sample.name, sample.labels): sample.value
        for sample in samples
        if sample.name.startswith("orchestrator_") and not sample.name.endswith("_created")
    }


def named(name: str, labels: dict[str, str]) -> str:
    within = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{within}}}" if within else name


def moved(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What is higher than before, without the steps of histograms."""
    said = {key: value - before.get(key, 0.0) for key, value in after.items() if "_bucket{" not in key}
    return {key: more for key, more in said.items() if more and not isnan(more)}


@pytest.mark.parametrize(("name", "happened"), EACH.items(), ids=EACH)
def test_what_happens_moves_its_own_number_by_one(name: str, happened: Tallied) -> None:
    metrics = Metrics()
    before = numbers(metrics.text())
    metrics.count(happened)
    seconds = {'orchestrator_stage_seconds_sum{stage="build"}': 3.0} if isinstance(happened, AgentAnswered) else {}

    assert {name: 1.0, **seconds} == moved(before, numbers(metrics.text()))


def test_everything_that_is_counted_has_a_number() -> None:
    assert set(get_args(Tallied)) == {type(happened) for happened in EACH.values()}


def test_no_label_can_hold_an_id_or_a_text() -> None:
    labels = {field.name for kind in get_args(Tallied) for field in fields(kind)}

    assert {"surface", "status", "stage", "seconds", "trouble", "api", "fate"} == labels


def test_two_processes_worth_of_numbers_know_nothing_of_each_other() -> None:
    one, other = Metrics(), Metrics()
    one.count(TurnAccepted("slack"))

    assert "orchestrator_turns_accepted_total{" not in other.text().decode()


def test_what_may_happen_stands_at_nought_from_the_start() -> None:
    """Else the first event of its kind is no increase."""
    metrics = Metrics()
    metrics.expect(["slack", "http"], ["research", "build"])
    begun = numbers(metrics.text())
    for happened in EACH.values():
        metrics.count(happened)

    assert {0.0} == {begun[name] for name in EACH}
    assert set(begun) == set(numbers(metrics.text()))
    failures = {name for name in begun if name.startswith("orchestrator_stage_failures_total{")}
    assert len(failures) == 2 * len(Trouble)
    assert 'orchestrator_turns_ended_total{status="running",surface="http"}' not in begun


def test_whether_a_platform_is_connected_is_looked_at_by_each_scrape() -> None:
    metrics, connected = Metrics(), [True, False]
    metrics.watch("slack", connected.pop)

    seen = [numbers(metrics.text())['orchestrator_connected{surface="slack"}'] for _ in range(2)]

    assert [0.0, 1.0] == seen


def test_seconds_fall_into_the_steps_of_a_histogram() -> None:
    metrics = Metrics()
    for seconds in (0.5, 3.0, 3.5, 1_000.0):
        metrics.count(AgentAnswered("build", seconds))
    found = numbers(metrics.text())

    assert [1.0, 3.0, 3.0, 4.0] == [
        found[f'orchestrator_stage_seconds_bucket{{le="{edge}",stage="build"}}'] for edge in (1.0, 5.0, 300.0, "+Inf")
    ]


def test_the_process_says_how_much_it_uses() -> None:
    assert "process_resident_memory_bytes" in Metrics().text().decode()


class Outside:
    """The database and CustomGPT, as far as a scrape asks them; and time."""

    def __init__(self) -> None:
        self.queue: Queue | StoreError | None = Queue({}, None)
        self.left: int | AgentError | None = 900
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.now = 1_000.0

    async def look(self) -> Queue:
        if isinstance(self.queue, StoreError):
            raise self.queue
        return self.queue or await asyncio.Future[Queue]()

    async def credits_left(self) -> int | None:
        self.asked += 1
        await self.answers.wait()
        if isinstance(self.left, AgentError):
            raise self.left
        return self.left

    def scrape(self, patience: float = 30.0) -> Scrape:
        return Scrape(
            Metrics(),
            queue=self.look,
            credits_left=self.credits_left,
            now=lambda: self.now,
            clock=lambda: self.now,
            patience=patience,
        )


async def test_a_scrape_says_how_many_wait_and_for_how_long() -> None:
    outside = Outside()
    outside.queue = Queue({TurnStatus.QUEUED: 3, TurnStatus.RUNNING: 2}, waiting_since=940.0)
    found = numbers(await outside.scrape().text())

    assert 3.0 == found['orchestrator_turns_open{status="queued"}']
    assert 2.0 == found['orchestrator_turns_open{status="running"}']
    assert 60.0 == found["orchestrator_oldest_waiting_seconds"]


async def test_once_nobody_waits_any_more_the_numbers_are_nought() -> None:
    outside = Outside()
    scrape = outside.scrape()
    outside.queue = Queue({TurnStatus.QUEUED: 1}, waiting_since=940.0)
    await scrape.text()
    outside.queue = Queue({}, None)
    found = numbers(await scrape.text())

    assert 0.0 == found['orchestrator_turns_open{status="queued"}']
    assert 0.0 == found["orchestrator_oldest_waiting_seconds"]


@pytest.mark.parametrize("queue", [StoreError("away"), None], ids=["away", "silent"])
async def test_a_database_that_gives_no_answer_keeps_back_nothing_else(queue: StoreError | None) -> None:
    outside = Outside()
    outside.queue = queue
    found = numbers(await outside.scrape(patience=0.5).text())

    assert isnan(found["orchestrator_oldest_waiting_seconds"])
    assert isnan(found['orchestrator_turns_open{status="queued"}'])
    assert 900.0 == found["orchestrator_customgpt_queries_left"]


async def test_credits_are_asked_for_every_five_minutes_at_most() -> None:
    outside = Outside()
    scrape = outside.scrape()
    for _ in range(3):
        await scrape.text()
    outside.left = 890
    outside.now += CREDITS_EVERY - 1
    before = numbers(await scrape.text())
    outside.now += 1
    after = numbers(await scrape.text())

    assert 2 == outside.asked
    assert (900.0, 890.0) == tuple(found["orchestrator_customgpt_queries_left"] for found in (before, after))


async def test_nobody_asks_for_credits_without_a_scrape() -> None:
    outside = Outside()
    scrape = outside.scrape()
    await scrape.aclose()

    assert 0 == outside.asked


@pytest.mark.parametrize("left", [None, AgentError(Trouble.UNREACHABLE)])
async def test_credits_that_nobody_knows_are_no_number(left: int | AgentError | None) -> None:
    outside = Outside()
    outside.left = left
    found = numbers(await outside.scrape().text())

    assert isnan(found["orchestrator_customgpt_queries_left"])


async def test_a_slow_answer_is_in_the_next_scrape_and_is_asked_for_once() -> None:
    outside = Outside()
    outside.answers.clear()
    scrape = outside.scrape(patience=0.0)
    first = numbers(await scrape.text())
    outside.now += 2 * CREDITS_EVERY
    await scrape.text()
    outside.answers.set()
    while isnan(numbers(await scrape.text())["orchestrator_customgpt_queries_left"]):  # noqa: ASYNC110 - a scrape tells nobody
        await asyncio.sleep(0)

    assert isnan(first["orchestrator_customgpt_queries_left"])
    assert 1 == outside.asked


async def test_who_closes_does_not_wait_for_an_answer() -> None:
    outside = Outside()
    outside.answers.clear()
    scrape = outside.scrape(patience=0.0)
    await scrape.text()
    await asyncio.wait_for(scrape.aclose(), inf)

    assert 1 == outside.asked
