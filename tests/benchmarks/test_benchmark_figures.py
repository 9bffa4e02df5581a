"""The table shows aims beside figures, and what falls short of them; JSON brings the same figures back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Measured, as_json, from_json, number, short, table
from benchmarks.page import put_on

PART = Measured(
    "overhead",
    "How it was done.",
    10_000,
    (Figure("a turn", 1.5, aim=1.02), Figure("CPU", 20.0, "ms"), Figure("refused", 0.0, aim=0.0)),
    (Figure("a turn", 1.01, aim=1.02), Figure("CPU", 30.0, "ms"), Figure("refused", 0.0, aim=0.0)),
)


def test_figures_stand_beside_their_aims_and_beside_those_of_a_full_database() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table([PART]).splitlines()[4:]]

    assert ["what", "aim", "nothing stored", "10,000 turns stored", "ratio (flat: ≤ 1.1)"] == rows[0]
    assert ["a turn", "≤ 1.020", "1.500 (short)", "1.010", "0.67"] == rows[2]
    assert ["CPU", "", "20.0 ms", "30.0 ms", "1.50"] == rows[3]
    assert ["refused", "≤ 0.000", "0.000", "0.000", ""] == rows[4]


def test_what_falls_short_is_named() -> None:
    assert ["overhead, no turns stored: a turn 1.500 (short), aim ≤ 1.020"] == short([PART])


def test_a_part_that_broke_off_is_named() -> None:
    assert ["overhead broke off"] == short([Measured("overhead", "How.", 10_000, (), ())])


def test_without_a_second_time_there_is_no_column_for_it() -> None:
    alone = Measured("overhead", "How.", 0, PART.empty, ())

    assert "ratio" not in table([alone])


def test_json_brings_the_same_figures_back() -> None:
    kept = json.loads(json.dumps(as_json([PART], {"at": "now"})))

    assert [PART] == from_json(kept)
    assert "now" == kept["at"]


@pytest.mark.parametrize(("value", "said"), [(0.0, "0.000"), (1.2345, "1.234"), (45.67, "45.7"), (12_345.6, "12,346")])
def test_three_digits_count(value: float, said: str) -> None:
    assert said == number(value)


def test_figures_are_put_between_the_markers_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nAfter\n")

    put_on(page, "new")
    put_on(page, "newer")

    assert "Before\n<!-- figures: begin -->\n\nnewer\n\n<!-- figures: end -->\nAfter\n" == page.read_text()


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Nothing\n")

    with pytest.raises(ValueError, match="figures: begin"):
        put_on(page, "new")
    assert "Nothing\n" == page.read_text()
