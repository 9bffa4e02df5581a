from __future__ import annotations

import asyncio

from core.bell import Bell, rung


async def test_who_listens_hears_each_ring_from_then_on() -> None:
    bell = Bell()
    bell.ring("door")
    with bell.heard("door") as ear:
        assert not ear.is_set()

        bell.ring("door")

        assert ear.is_set()


async def test_all_who_listen_hear_it_and_nobody_else() -> None:
    bell = Bell()
    with bell.heard("door") as one, bell.heard("door") as other, bell.heard("window") as elsewhere:
        bell.ring("door")

        assert [True, True, False] == [ear.is_set() for ear in (one, other, elsewhere)]


async def test_where_nobody_knows_what_was_missed_everybody_is_woken() -> None:
    bell = Bell()
    with bell.heard("door") as one, bell.heard("window") as other:
        bell.ring_all()

        assert [True, True] == [ear.is_set() for ear in (one, other)]


async def test_a_ring_that_nobody_hears_does_no_harm() -> None:
    bell = Bell()
    bell.ring("door")
    bell.ring_all()

    with bell.heard("door") as ear:
        assert not ear.is_set()


async def test_who_has_left_is_forgotten() -> None:
    bell = Bell()
    with bell.heard("door") as stays:
        with bell.heard("door") as leaves:
            pass
        bell.ring("door")

        assert [True, False] == [ear.is_set() for ear in (stays, leaves)]
    bell.ring("door")

    assert {} == bell._ears


async def test_who_waits_is_woken_and_waits_anew() -> None:
    bell = Bell()
    with bell.heard("door") as ear:
        waiting = asyncio.create_task(rung(ear, 30.0))
        await asyncio.sleep(0)

        assert not waiting.done()

        bell.ring("door")
        await waiting

        assert not ear.is_set()


async def test_what_has_rung_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    with bell.heard("door") as ear:
        bell.ring("door")
        async with asyncio.timeout(10.0):
            await rung(ear, 30.0)

        assert not ear.is_set()


async def test_nobody_waits_longer_than_the_floor() -> None:
    with Bell().heard("door") as ear:
        async with asyncio.timeout(10.0):
            await rung(ear, 0.0)

        assert not ear.is_set()
