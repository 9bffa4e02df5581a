"""Whole turns against the stand-in while it misbehaves: what the user sees, and how many messages were sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import BRIEF, App, Patience, open_app
from bot.demo import demo_settings
from core.customgpt.connection import Timeouts
from core.customgpt.retry import Retry
from core.payload import Payload
from core.turn import Outcome, TurnStatus
from sandbox.customgpt import Account, CustomGPTStandIn, Endpoint, Fault
from tests.fakes import MemorySurface, a_turn

STAGES = ("research", "plan", "build", "review")


class HurriedClock:
    """Stands in for the clock of the retries: sleeps take no time and are kept."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
async def stand_in() -> AsyncIterator[CustomGPTStandIn]:
    async with CustomGPTStandIn() as server:
        yield server


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


class Answering:
    """Answers turns of an app, shown on one surface in memory."""

    def __init__(self, app: App, surface: MemorySurface) -> None:
        self.app = app
        self.surface = surface

    async def __call__(self, n: int = 1, **changes: str) -> Outcome:
        turn = a_turn(identity=f"test:{n}", surface="memory", **changes)
        await self.app.answer(turn)
        ends = [view.outcome for _, view in self.surface.calls if view.outcome]
        return next(outcome for outcome in ends if outcome.turn_id == turn.turn_id)


@asynccontextmanager
async def an_app(stand_in: CustomGPTStandIn, folder: Path, clock: HurriedClock) -> AsyncIterator[Answering]:
    patience = Patience(Retry(clock=clock, chance=lambda: 0.0), Timeouts(idle=0.3))
    surface = MemorySurface()
    async with open_app(
        demo_settings(stand_in.url, folder), {"memory": surface}, patience=patience, rhythm=BRIEF
    ) as app:
        yield Answering(app, surface)


@pytest.fixture
async def answer(stand_in: CustomGPTStandIn, tmp_path: Path, clock: HurriedClock) -> AsyncIterator[Answering]:
    async with an_app(stand_in, tmp_path, clock) as opened:
        yield opened


def sent(stand_in: CustomGPTStandIn) -> list[int]:
    """How many messages each agent was sent."""
    paths = [request.path for request in stand_in.requests(Endpoint.SEND)]
    return [sum(f"/projects/{stand_in.agents[stage]}/" in path for path in paths) for stage in STAGES]


def queries(outcome: Outcome) -> int:
    return Payload.of(outcome).usage.queries


async def test_four_messages_in_order_make_an_answer(answer: Answering, stand_in: CustomGPTStandIn) -> None:
    outcome = await answer()

    asked = [request.path.split("/")[4] for request in stand_in.requests(Endpoint.SEND)]
    assert asked == ["101", "102", "103", "104"]
    assert outcome.status is TurnStatus.COMPLETE
    assert queries(outcome) == 4
    assert all(source.url or source.id for source in outcome.sources)


async def test_the_prompt_of_each_agent_fits_and_carries_what_came_before(
    answer: Answering, stand_in: CustomGPTStandIn
) -> None:
    await answer()

    prompts = [request.body["prompt"] for request in stand_in.requests(Endpoint.SEND) if isinstance(request.body, dict)]
    assert all(len(prompt) <= 8_000 for prompt in prompts)
    researched = prompts[1].partition("BEGIN RESEARCH")[2].partition("\n")[2].partition("--- END")[0]
    assert researched.strip()
    assert researched in prompts[2]


async def test_a_follow_up_uses_the_same_conversations_and_replays_the_last_exchange(
    answer: Answering, stand_in: CustomGPTStandIn
) -> None:
    first = await answer()
    opened = len(stand_in.requests(Endpoint.CREATE))

    await answer(2, prompt="And at night?")

    assert len(stand_in.requests(Endpoint.CREATE)) == opened == 4
    bodies = [request.body for request in stand_in.requests(Endpoint.SEND)[4:]]
    assert all(isinstance(body, dict) and "How do bees choose?" in body["prompt"] for body in bodies)
    assert all(isinstance(body, dict) and first.answer[:200] in body["prompt"] for body in bodies)


@pytest.mark.parametrize(
    ("fault", "messages"),
    [
        (Fault(status=429, retry_after=7), 2),
        (Fault(status=503, body="html"), 2),
        (Fault(status=502, body="html"), 2),
        (Fault(status=500), 2),
        (Fault(status=504, body="text"), 2),
        (Fault(drop_after=1, stored=False), 2),
        (Fault(drop_after=1, stored=True), 1),
        (Fault(close_after=1, stored=False), 2),
        (Fault(close_after=1, stored=True), 1),
        (Fault(stall_after=1, stored=False), 2),
        (Fault(stall_after=1, stored=True, stored_after_lists=2), 1),
        (Fault(stall=True, stored=True), 1),
        (Fault(status=502, body="html", stored=True), 1),
        (Fault(drop=True, stored=True), 1),
    ],
    ids=lambda value: "" if isinstance(value, int) else str(_said(value)),
)
async def test_what_passes_is_ridden_out_and_answered_once(
    answer: Answering, stand_in: CustomGPTStandIn, fault: Fault, messages: int
) -> None:
    stand_in.agent("build").script(fault)

    outcome = await answer()

    assert outcome.status is TurnStatus.COMPLETE
    headings = [line for line in outcome.answer.splitlines() if line.startswith("#")]
    assert len(headings) == len(set(headings))
    assert sent(stand_in) == [1, 1, messages, 1]


def _said(fault: Fault) -> dict[str, object]:
    names = ("status", "drop", "drop_after", "close_after", "stall", "stall_after", "stored")
    return {name: getattr(fault, name) for name in names if getattr(fault, name)}


async def test_a_rate_limit_is_waited_for_as_long_as_it_says(
    answer: Answering, stand_in: CustomGPTStandIn, clock: HurriedClock
) -> None:
    stand_in.agent("plan").script(Fault(status=429, retry_after=7))

    outcome = await answer()

    assert 7.0 in clock.slept
    assert queries(outcome) == 4


@pytest.mark.parametrize(
    ("fault", "said", "messages"),
    [
        (Fault(status=429, body="quota"), "no query credits left", 1),
        (Fault(status=400), "did not accept the request", 1),
        (Fault(status=401), "does not accept the API key", 1),
        (Fault(status=402), "plan does not include", 1),
        (Fault(status=403), "is not active", 1),
        (Fault(status=422), "did not accept the request", 1),
        (Fault(status=302), "does not lead to CustomGPT", 1),
        (Fault(error_after=0), "reported an error", 1),
        (Fault(error_after=2, error_key="error"), "reported an error", 1),
        (Fault(response="null"), "answered with nothing", 1),
        (Fault(response="empty"), "answered with nothing", 1),
        (Fault(status=429, retry_after=500), "is busy", 1),
        (Fault(status=200, body="object"), "error of its own", None),
        (Fault(status=200, body="html"), "error of its own", None),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "",
)
async def test_what_does_not_pass_ends_the_turn_in_plain_words(
    answer: Answering, stand_in: CustomGPTStandIn, fault: Fault, said: str, messages: int | None
) -> None:
    stand_in.agent("build").always = fault

    outcome = await answer()

    assert outcome.status is TurnStatus.FAILED
    assert answer.surface.last.outcome == outcome
    shown = Payload.of(outcome).reply.content
    assert shown.startswith("Build did not answer: ")
    assert said in shown
    assert shown.endswith("Research and plan are kept.")
    assert messages is None or sent(stand_in) == [1, 1, messages, 0]


async def test_used_up_credits_are_told_and_nobody_else_is_asked(answer: Answering, stand_in: CustomGPTStandIn) -> None:
    stand_in.account = Account(max_queries=2)

    outcome = await answer()

    assert "no query credits left" in Payload.of(outcome).reply.content
    assert queries(outcome) == 2
    assert sent(stand_in) == [1, 1, 1, 0]


async def test_a_conversation_that_is_gone_is_opened_anew_once(answer: Answering, stand_in: CustomGPTStandIn) -> None:
    await answer()
    stand_in.agent("plan").script(Fault(status=404, body_text="Conversation not found"))

    outcome = await answer(2)

    assert outcome.status is TurnStatus.COMPLETE
    assert sent(stand_in) == [2, 3, 2, 2]
    assert len(stand_in.requests(Endpoint.CREATE)) == 5


async def test_a_failed_review_leaves_the_draft_unreviewed(answer: Answering, stand_in: CustomGPTStandIn) -> None:
    stand_in.agent("review").always = Fault(status=500)

    outcome = await answer()

    assert outcome.status is TurnStatus.UNREVIEWED
    assert outcome.answer
    assert sent(stand_in) == [1, 1, 1, 2]
    assert queries(outcome) == 5


@pytest.mark.parametrize("form", ["ints", "strings", "null", "missing", "objects", "duplicates"])
async def test_citations_in_every_shape_become_numbered_sources(
    answer: Answering, stand_in: CustomGPTStandIn, form: str
) -> None:
    stand_in.agent("research").always = Fault(citations=form)  # type: ignore[arg-type]

    outcome = await answer()

    assert outcome.status is TurnStatus.COMPLETE
    numbers = [source.n for source in outcome.sources]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({source.url or source.id for source in outcome.sources}) == len(numbers)
    assert bool(numbers) == (form not in ("null", "missing"))
    assert sent(stand_in) == [1, 1, 1, 1]


async def test_a_source_that_cannot_be_looked_up_costs_nothing_but_its_title(
    answer: Answering, stand_in: CustomGPTStandIn
) -> None:
    stand_in.endpoint(Endpoint.CITATION).always = Fault(status=500)

    outcome = await answer()

    assert outcome.status is TurnStatus.COMPLETE
    assert outcome.sources
    assert all(source.title == f"Source {source.id}" for source in outcome.sources)


async def test_no_more_requests_at_once_than_set_though_many_turns_run(
    stand_in: CustomGPTStandIn, tmp_path: Path, clock: HurriedClock
) -> None:
    for stage in STAGES:
        stand_in.agent(stage).always = Fault(first_byte_delay=0.02)
    async with an_app(stand_in, tmp_path, clock) as answer:
        outcomes = await asyncio.gather(*(answer(n, conversation_id=f"c{n}") for n in range(12)))

    assert {outcome.status for outcome in outcomes} == {TurnStatus.COMPLETE}
    assert 1 < stand_in.most_in_flight <= 5


async def test_a_draft_of_30_000_characters_is_reviewed_whole(answer: Answering, stand_in: CustomGPTStandIn) -> None:
    draft = "\n\n".join(f"Paragraph {n}. " + "Bees buzz about in the meadow. " * 9 for n in range(105))
    assert len(draft) > 30_000
    stand_in.agent("build").always = Fault(answer=draft)

    outcome = await answer()

    reviewed = sent(stand_in)[3]
    assert reviewed > 4
    assert outcome.status is TurnStatus.COMPLETE
    assert queries(outcome) == 3 + reviewed
    bodies = [str(r.body["prompt"]) for r in stand_in.requests(Endpoint.SEND)[3:] if isinstance(r.body, dict)]
    assert all(any(f"Paragraph {n}. " in body for body in bodies) for n in range(105))


async def test_the_key_is_in_no_log_and_on_no_surface(
    answer: Answering, stand_in: CustomGPTStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for stage in STAGES:
        stand_in.agent(stage).script(Fault(status=502, body="text", body_text=f"key {stand_in.key} refused"))

    outcome = await answer(prompt=f"My key is {stand_in.key}")

    secret = stand_in.key.partition("|")[2]
    ours = [
        record for record in caplog.records if record.name.partition(".")[0] in ("bot", "core", "httpx", "httpcore")
    ]
    assert ours
    assert secret not in " ".join(record.getMessage() + str(record.exc_text) for record in ours)
    assert secret not in repr(answer.surface.calls)
    assert secret not in Payload.of(outcome).model_dump_json()
