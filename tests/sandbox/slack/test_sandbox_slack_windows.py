"""**Pure.** Rate limits, and how they are counted afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.record import Switchboard, most_in_window
from sandbox.slack.windows import Buckets, Windows

STEPS = st.lists(st.floats(min_value=0, max_value=2), max_size=60)


def taken(steps: list[float], most: int, seconds: float) -> list[float]:
    """When something was accepted, of what came after each of `steps`."""
    windows, now, accepted = Windows(), 0.0, []
    for step in steps:
        now += step
        if windows.wait("key", most, seconds, now) == 0:
            windows.take("key", now)
            accepted.append(now)
    return accepted


@given(steps=STEPS, most=st.integers(min_value=1, max_value=5))
def test_no_window_ever_holds_more_than_the_limit(steps: list[float], most: int) -> None:
    assert most_in_window(taken(steps, most, 3.0), 3.0) <= most


@given(steps=STEPS, most=st.integers(min_value=1, max_value=5))
def test_who_waits_as_long_as_told_is_accepted(steps: list[float], most: int) -> None:
    windows, now = Windows(), 0.0
    for step in steps:
        now += step
        now += windows.wait("key", most, 3.0, now) * (1 + 1e-9)
        assert windows.wait("key", most, 3.0, now) <= 1e-6
        windows.take("key", now)


def test_keys_do_not_count_for_each_other() -> None:
    windows = Windows()
    windows.take("one", 0.0)

    assert windows.wait("one", 1, 60.0, 10.0) == 50.0
    assert windows.wait("two", 1, 60.0, 10.0) == 0.0


def test_a_limit_of_none_at_all_is_never_free() -> None:
    assert Windows().wait("key", 0, 60.0, 0.0) == 60.0


def test_a_bucket_is_full_at_first_and_fills_again() -> None:
    buckets = Buckets()
    for _ in range(3):
        assert buckets.wait("C1", 3, 1.0, 0.0) == 0
        buckets.take("C1", 3, 1.0, 0.0)

    assert buckets.wait("C1", 3, 1.0, 0.0) == 1.0
    assert buckets.wait("C1", 3, 1.0, 0.25) == 0.75
    assert buckets.wait("C1", 3, 1.0, 1.0) == 0
    assert buckets.wait("C2", 3, 1.0, 0.0) == 0


@pytest.mark.parametrize(
    ("times", "most"), [([], 0), ([5.0], 1), ([0.0, 59.9, 60.0], 2), ([0.0, 1.0, 2.0, 61.5], 3), ([1.0, 1.0], 2)]
)
def test_the_fullest_window_is_found(times: list[float], most: int) -> None:
    assert most_in_window(times, 60.0) == most


def test_a_script_comes_before_what_stands() -> None:
    switchboard = Switchboard("stands")
    switchboard.script("first", "second")

    assert switchboard.waiting == 2
    assert [switchboard.next() for _ in range(3)] == ["first", "second", "stands"]
