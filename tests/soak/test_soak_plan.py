"""Which troubles come when: enough of each, in their order, the same for the same seed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scripts.soaking.plan import Orders, Trouble, plan

LENGTHS = (0.25, 2.0, 30.0)


@pytest.mark.parametrize("minutes", LENGTHS)
def test_every_trouble_comes_in_the_time_there_is(minutes: float) -> None:
    orders = Orders(minutes=minutes)
    planned = plan(orders)

    assert set(Trouble) - {Trouble.DISK, Trouble.SOCKETS} <= {one.trouble for one in planned}
    assert minutes < 1 or set(Trouble) == {one.trouble for one in planned}
    assert all(0 < one.at < orders.seconds for one in planned)
    assert all(before.at <= after.at for before, after in pairwise(planned))


@pytest.mark.parametrize("minutes", LENGTHS)
def test_nobody_is_killed_while_the_memory_is_watched(minutes: float) -> None:
    orders = Orders(minutes=minutes)
    kills = [one.at for one in plan(orders) if one.trouble is Trouble.KILL]

    watched = [at for at in kills if 1.2 * orders.quiet_from < at < orders.quiet_until]
    assert [] == watched
    assert kills[-1] == orders.quiet_until


def test_the_same_seed_is_the_same_soak() -> None:
    assert plan(Orders(minutes=5, seed=3)) == plan(Orders(minutes=5, seed=3))
    assert plan(Orders(minutes=5, seed=3)) != plan(Orders(minutes=5, seed=4))


def test_half_an_hour_has_many_of_each() -> None:
    counted = [one.trouble for one in plan(Orders(minutes=30))]

    assert all(counted.count(trouble) >= 7 for trouble in Trouble)
