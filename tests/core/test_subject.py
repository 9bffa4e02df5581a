"""Which turn, thread and stage a line of the log is about."""

from __future__ import annotations

import asyncio

from core.subject import about, subject


async def test_what_a_task_begins_is_about_the_same() -> None:
    with about(turn="t", thread="c"):
        within = asyncio.create_task(_subject())
    outside = asyncio.create_task(_subject())

    assert {"turn": "t", "thread": "c"} == await within
    assert {} == await outside


async def test_a_stage_is_named_beside_its_turn_and_no_longer_than_it_lasts() -> None:
    with about(turn="t"):
        with about(stage="build"):
            assert {"turn": "t", "stage": "build"} == subject()

        assert {"turn": "t"} == subject()

    assert {} == subject()


async def test_turns_at_the_same_time_are_not_mixed() -> None:
    async def work(turn: str) -> str:
        with about(turn=turn):
            for _ in range(3):
                await asyncio.sleep(0)
            return subject()["turn"]

    assert ["a", "b", "c"] == await asyncio.gather(*map(work, "abc"))


async def _subject() -> dict[str, str]:
    return dict(subject())
