"""What counts as lost, doubled, failed, flat; and the table that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.soaking.findings import Asked, Fate, Memory, Report, Sample, fate_of, memory_of, table

WELL = Asked("a", "slack", acknowledged=True, status="complete", ended=True, messages=1, final=True)
ABOUT = {"minutes": 2.0, "database": "sqlite", "bots": 1, "seed": 1, "at": "2026-11-29T18:00:00", "commit": "abc"}


@pytest.mark.parametrize(
    ("asked", "fate"),
    [
        (WELL, Fate.ANSWERED),
        (replace(WELL, status="rejected"), Fate.ANSWERED),
        (replace(WELL, acknowledged=False), Fate.ANSWERED),
        (replace(WELL, status="failed"), Fate.FAILED),
        (replace(WELL, messages=2), Fate.DOUBLED),
        (replace(WELL, twins=1), Fate.DOUBLED),
        (replace(WELL, messages=0), Fate.LOST),
        (replace(WELL, ended=False, status="running"), Fate.LOST),
        (replace(WELL, final=False), Fate.LOST),
        (Asked("a", "slack", acknowledged=True), Fate.LOST),
        (Asked("a", "discord", acknowledged=False), Fate.UNHEARD),
    ],
)
def test_each_question_has_one_fate(asked: Asked, fate: Fate) -> None:
    assert fate == fate_of(asked)


def report(*asked: Asked, memory: Memory = Memory(0.0, 0.0, 0.0)) -> Report:  # noqa: B008 - frozen
    return Report(about=ABOUT, asked=asked, troubles={"full disk": 1}, memory=memory, left_out=("full disk: no root",))


def test_a_soak_is_clean_where_nothing_is_lost_and_nothing_doubled() -> None:
    assert report(WELL, replace(WELL, status="failed"), Asked("b", "discord", acknowledged=False)).clean
    assert not report(WELL, replace(WELL, messages=2)).clean
    assert not report(replace(WELL, final=False)).clean


def test_what_is_bad_is_named() -> None:
    (said,) = report(WELL, replace(WELL, turn_id="b", messages=0)).as_json()["bad"]

    assert said.startswith("slack b: lost")


def test_the_table_says_how_many_of_what() -> None:
    lines = table(report(WELL, WELL, memory=Memory(600.0, 100.0, 101.0)).as_json()).splitlines()

    assert lines[0] == "2 min on sqlite, 1 process(es), seed 1; 2026-11-29, commit abc."
    assert any("answered in exactly one message" in line and line.endswith("| 2 |") for line in lines)
    assert any("100 → 101 MB in 10.0 min: flat" in line for line in lines)
    assert any("full disk: no root" in line for line in lines)


@given(st.floats(-1e5, 1e5), st.integers(2, 200))
def test_a_straight_line_is_found_again(slope: float, count: int) -> None:
    base = 1 << 30
    samples = [Sample(float(n), 7, int(base + slope * n)) for n in range(count)]

    memory = memory_of(samples, 0.0, float(count))

    assert memory.seconds == count - 1
    assert memory.begins == pytest.approx(base / 2**20, abs=0.01)
    assert memory.ends == pytest.approx((base + slope * (count - 1)) / 2**20, abs=0.01)


def test_the_process_that_was_watched_longest_is_looked_at() -> None:
    short = [Sample(float(n), 1, 100 * n << 20) for n in range(10, 14)]
    longer = [Sample(float(n), 2, 50 << 20) for n in range(20, 90)]

    assert Memory(69.0, 50.0, 50.0) == memory_of([*short, *longer], 0.0, 100.0)


@pytest.mark.parametrize(
    ("memory", "verdict"),
    [
        (Memory(30.0, 100.0, 150.0), "watched too briefly to tell"),
        (Memory(600.0, 100.0, 105.0), "flat"),
        (Memory(600.0, 100.0, 130.0), "grows"),
    ],
)
def test_memory_is_flat_or_grows_or_nobody_can_tell(memory: Memory, verdict: str) -> None:
    assert verdict == memory.verdict
