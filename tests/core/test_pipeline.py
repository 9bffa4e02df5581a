from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest

from core.asking import Answer
from core.draft import Draft
from core.errors import AgentError, SurfaceError, Trouble
from core.events import Event, StageProgress
from core.pipeline import NOTHING, Work, first_view, run_turn
from core.reply import LiveReply
from core.stages import STAGES
from core.stop import Stop
from core.turn import (
    AgentFailure,
    AgentReply,
    Beginning,
    Citation,
    Exchange,
    OnReject,
    Outcome,
    TurnRequest,
    TurnStatus,
)
from tests.fakes import MemorySurface, NoLine, ScriptedAgents, a_pipeline, a_turn


async def answer(
    agents: ScriptedAgents,
    turn: TurnRequest | None = None,
    *,
    last: Exchange | None = None,
    surface: MemorySurface | None = None,
    stop: Stop | None = None,
    on_reject: OnReject = OnReject.WARN,
    kept: Mapping[str, Answer] = NOTHING,
) -> Outcome:
    pipeline = a_pipeline(agents, on_reject=on_reject)
    reply = LiveReply(surface or MemorySurface(), first_view(STAGES), redact=pipeline.redact, interval=0.0)

    async def begin() -> Beginning:
        return Beginning(last, 8_000, on_reject)

    return await run_turn(
        turn or a_turn(),
        pipeline=pipeline,
        reply=reply,
        stop=stop or Stop(),
        line=NoLine(),
        begin=begin,
        kept=kept,
    )


def review(**fields: object) -> str:
    return json.dumps({"score": 90, "verdict": "approve", "summary": "Fine.", "findings": [], "edits": [], **fields})


async def test_four_agents_are_asked_in_order_and_the_answer_is_the_merged_draft() -> None:
    edits = [{"find": "They agree.", "replace": "They vote.", "reason": "exact"}]
    agents = ScriptedAgents(review=review(edits=edits))

    outcome = await answer(agents)

    assert ["research", "plan", "build", "review"] == [question.stage for question in agents.asked]
    assert "Bees dance. They vote." == outcome.answer
    assert TurnStatus.COMPLETE == outcome.status


async def test_each_stage_is_told_what_the_ones_before_it_left() -> None:
    agents = ScriptedAgents(research="Scouts measure cavities.", plan="## Outline\n1. Cavities")

    await answer(agents)

    prompts = agents.prompts()
    assert "Scouts measure cavities." in prompts["plan"]
    assert "Scouts measure cavities." in prompts["build"]
    assert "1. Cavities" in prompts["build"]
    assert "Bees dance. They agree." in prompts["review"]


async def test_the_callers_context_reaches_every_agent() -> None:
    agents = ScriptedAgents()

    await answer(agents, a_turn(context={"tone": "dry", "house style": "no jokes"}))

    assert all("tone: dry\nhouse style: no jokes" in prompt for prompt in agents.prompts().values())


async def test_the_last_exchange_is_replayed_to_every_agent() -> None:
    agents = ScriptedAgents()

    await answer(agents, last=Exchange("And wasps?", "Wasps do not dance."))

    assert all("And wasps?" in prompt for prompt in agents.prompts().values())
    assert all("Wasps do not dance." in prompt for prompt in agents.prompts().values())


async def test_sources_are_numbered_for_the_builder_and_an_unknown_mark_becomes_a_finding() -> None:
    found = AgentReply("Scouts.", (Citation(7, "Honeybee Democracy", "https://example.com/7"),), asked_at=1001.0)
    agents = ScriptedAgents(research=found, build="Bees dance [1]. They vote [4].")

    outcome = await answer(agents)

    assert "[1] Honeybee Democracy — https://example.com/7" in agents.prompts()["build"]
    assert "Bees dance [1]. They vote." == outcome.answer
    assert outcome.review is not None
    assert "[4]" in outcome.review.findings[0].message


async def test_the_language_is_told_to_the_api_too() -> None:
    agents = ScriptedAgents()

    await answer(agents, a_turn(context={"language": "German"}))

    assert {"de"} == {question.language for question in agents.asked}


async def test_the_threads_conversations_are_opened_in_the_order_of_the_stages() -> None:
    agents = ScriptedAgents()

    await answer(agents)

    assert [("thread", ("research", "plan", "build", "review"))] == agents.prepared


async def test_the_seconds_of_a_retried_turn_are_those_since_it_was_retried() -> None:
    """The fake agents answer in the seconds after its acceptance, so that here it ended before it was retried."""
    agents = ScriptedAgents()
    first = await answer(agents)
    again = await answer(ScriptedAgents(), a_turn(generation=2, retried_at=1_001.0))
    kept = await answer(ScriptedAgents(), a_turn(generation=2, retried_at=9_000.0))

    assert first.seconds - 1.0 == again.seconds
    assert 0.0 == kept.seconds


async def test_what_is_asked_anew_may_come_from_no_cache() -> None:
    first, second = ScriptedAgents(), ScriptedAgents()

    await answer(first)
    await answer(second, a_turn(generation=2))

    assert ({False}, {True}) == ({q.fresh for q in first.asked}, {q.fresh for q in second.asked})


async def test_one_message_is_posted_updated_and_published() -> None:
    surface = MemorySurface()

    outcome = await answer(ScriptedAgents(), surface=surface)

    assert ("post", "publish") == (surface.kinds[0], surface.kinds[-1])
    assert {"update"} >= set(surface.kinds[1:-1])
    assert outcome == surface.last.outcome


async def test_a_stage_that_fails_ends_the_turn_and_says_what_is_kept() -> None:
    agents = ScriptedAgents(build=AgentError(Trouble.NO_CREDITS, queries=1))
    surface = MemorySurface()

    outcome = await answer(agents, surface=surface)

    assert TurnStatus.FAILED == outcome.status
    assert outcome.failure is not None
    assert ("build", Trouble.NO_CREDITS) == (outcome.failure.stage, outcome.failure.trouble)
    assert ["done", "done", "failed"] == [record.status for record in outcome.stages]
    assert ["done", "done", "failed", "pending"] == [line.status for line in surface.last.lines]
    assert 3 == sum(record.queries for record in outcome.stages)


async def test_a_failed_review_does_not_lose_the_draft() -> None:
    outcome = await answer(ScriptedAgents(review=AgentError(Trouble.TIMEOUT)))

    assert (TurnStatus.UNREVIEWED, "Bees dance. They agree.") == (outcome.status, outcome.answer)


async def test_a_review_that_is_no_json_becomes_its_summary() -> None:
    outcome = await answer(ScriptedAgents(review="Nice work, I would not change a thing."))

    assert TurnStatus.COMPLETE == outcome.status
    assert outcome.review is not None
    assert ("Nice work, I would not change a thing.", False) == (
        outcome.review.summary,
        outcome.review.readable,
    )


async def test_a_rejected_draft_is_published_under_a_warning() -> None:
    outcome = await answer(ScriptedAgents(review=review(verdict="reject")))

    assert (TurnStatus.REJECTED, "Bees dance. They agree.") == (outcome.status, outcome.answer)


SECRET = "Quinoa quarrels quietly with quartz quills every quarter."


@pytest.mark.parametrize("reviewed", [review(verdict="reject", summary=f"No: {SECRET}"), "no json", None])
async def test_a_withheld_draft_reaches_no_surface_at_no_time(reviewed: str | None) -> None:
    edits = review(verdict="reject", edits=[{"find": SECRET, "replace": "x"}], findings=[{"quote": SECRET}])
    for said in (reviewed, edits):
        agents = ScriptedAgents(build=SECRET, review=said or AgentError(Trouble.BUSY))
        surface = MemorySurface()

        outcome = await answer(agents, surface=surface, on_reject=OnReject.WITHHOLD)

        assert TurnStatus.WITHHELD == outcome.status
        assert "quarrels quietly" not in repr(outcome)
        assert "quarrels quietly" not in repr(surface.calls)


async def test_where_drafts_may_be_withheld_no_event_carries_one() -> None:
    heard: list[Event] = []
    pipeline = a_pipeline(ScriptedAgents(build=SECRET, review=f"I read: {SECRET}"), on_reject=OnReject.WITHHOLD)
    work = Work(pipeline, OnReject.WITHHOLD, heard.append, Stop(), NOTHING)

    await work.outcome(Draft(turn=a_turn(), limit=8_000))

    assert any(isinstance(event, StageProgress) for event in heard)
    assert "quarrels quietly" not in repr(heard)


async def test_where_drafts_may_be_withheld_an_approved_one_is_published() -> None:
    outcome = await answer(ScriptedAgents(), on_reject=OnReject.WITHHOLD)

    assert (TurnStatus.COMPLETE, "Bees dance. They agree.") == (outcome.status, outcome.answer)


async def test_a_stop_ends_the_running_agent_and_keeps_what_was_done() -> None:
    agents, stop, surface = ScriptedAgents(), Stop(), MemorySurface()
    agents.hold["build"] = asyncio.Event()

    turn = asyncio.create_task(answer(agents, stop=stop, surface=surface))
    await agents.begun["build"].wait()
    stop.press("Ada")
    outcome = await turn

    assert (TurnStatus.STOPPED, "Ada") == (outcome.status, outcome.stopped_by)
    assert ["done", "done", "stopped"] == [record.status for record in outcome.stages]
    assert "publish" == surface.kinds[-1]
    assert 3 == sum(record.queries for record in outcome.stages)


async def kept_of(agents: ScriptedAgents) -> dict[str, Answer]:
    """What a process that died had kept of an attempt."""
    await answer(agents)
    replying = ScriptedAgents(**agents.answers)
    return {question.slot: await replying.ask(question, lambda _: None) for question in agents.asked}


async def test_a_turn_of_which_all_is_kept_asks_nobody_again_and_ends_the_same() -> None:
    first, agents, surface = ScriptedAgents(), ScriptedAgents(), MemorySurface()
    ended = await answer(first)

    again = await answer(agents, kept=await kept_of(ScriptedAgents()), surface=surface)

    assert [] == agents.asked
    assert ended == again
    assert ["done"] * 4 == [line.status for line in surface.last.lines]
    assert [line.note for line in surface.last.lines] == [
        "no sources",
        "2 sections",
        "4 words",
        "92/100 · 0 findings",
    ]


async def test_only_what_is_missing_is_asked() -> None:
    kept = await kept_of(ScriptedAgents())
    agents = ScriptedAgents()

    await answer(agents, kept={slot: kept[slot] for slot in ("research", "plan")})

    assert ["build", "review"] == [question.stage for question in agents.asked]


async def test_a_failure_that_is_kept_stays_one() -> None:
    kept = {**await kept_of(ScriptedAgents()), "build": AgentFailure(Trouble.NO_CREDITS, queries=1)}

    outcome = await answer(ScriptedAgents(), kept=kept)

    assert (TurnStatus.FAILED, Trouble.NO_CREDITS) == (outcome.status, outcome.failure and outcome.failure.trouble)
    assert 3 == sum(record.queries for record in outcome.stages)


async def test_a_stop_does_not_undo_what_is_kept() -> None:
    stop = Stop()
    stop.press("Ada")
    kept = await kept_of(ScriptedAgents())

    outcome = await answer(ScriptedAgents(), kept=kept, stop=stop)
    without_review = await answer(ScriptedAgents(), kept={s: kept[s] for s in ("research", "plan")}, stop=stop)

    assert TurnStatus.COMPLETE == outcome.status
    assert ["done", "done", "stopped"] == [record.status for record in without_review.stages]


async def test_a_long_draft_is_reviewed_whole_in_parts_each_in_a_slot_of_its_own() -> None:
    draft = "\n\n".join(f"Paragraph {n} says something about bees and nests. " + "Buzz. " * 40 for n in range(100))
    assert len(draft) >= 30_000 - 2_000
    agents = ScriptedAgents(build=draft, review=review(summary="Part read."))

    outcome = await answer(agents)

    parts = [question for question in agents.asked if question.stage == "review"]
    seen = "".join(
        prompt.partition("BEGIN DRAFT")[2].partition(" ---\n")[2].rpartition("\n--- END DRAFT")[0]
        for prompt in (question.prompt for question in parts)
    )
    assert draft.replace("\n", "") == seen.replace("\n", "")
    assert all(len(question.prompt) <= 8_000 for question in agents.asked)
    assert [f"review.{n}" for n in range(1, len(parts) + 1)] == sorted(
        (question.slot for question in parts), key=lambda slot: int(slot.removeprefix("review."))
    )
    assert 3 + len(parts) == sum(record.queries for record in outcome.stages)
    assert draft == outcome.answer


async def test_a_platform_that_refuses_the_placeholder_does_not_cost_the_answer() -> None:
    surface = MemorySurface()
    surface.fail = [SurfaceError("503")]

    outcome = await answer(ScriptedAgents(), surface=surface)

    assert TurnStatus.COMPLETE == outcome.status
    assert "publish" == surface.kinds[-1]


async def test_a_cancelled_turn_leaves_nothing_running() -> None:
    agents = ScriptedAgents()
    agents.hold["research"] = asyncio.Event()
    turn = asyncio.create_task(answer(agents))
    await agents.begun["research"].wait()
    before = asyncio.all_tasks() - {turn, asyncio.current_task()}
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)

    assert all(task.done() for task in before)
