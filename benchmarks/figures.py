"""**Pure.** What was measured, and the table that shows it: aims beside figures, empty database beside a full one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FLAT = 1.1
"""What counts as flat: a figure with many stored turns may be so many times that without."""

RATIO = f"ratio (flat: ≤ {FLAT})"


@dataclass(frozen=True, slots=True)
class Figure:
    """`aim`: the most that it should be; None where nothing is aimed at. Ratios have no unit."""

    name: str
    value: float
    unit: str = ""
    aim: float | None = None

    @property
    def falls_short(self) -> bool:
        return self.aim is not None and self.value > self.aim


@dataclass(frozen=True, slots=True)
class Measured:
    """A part, with nothing stored beforehand and with `stored` turns."""

    part: str
    says: str
    stored: int
    empty: tuple[Figure, ...]
    full: tuple[Figure, ...]

    @property
    def rows(self) -> Iterator[tuple[Figure, Figure | None]]:
        full = {one.name: one for one in self.full}
        return ((one, full.get(one.name)) for one in self.empty)

    @property
    def broke_off(self) -> bool:
        return not self.empty or bool(self.stored and not self.full)


def table(parts: Iterable[Measured]) -> str:
    """As Markdown, in columns that also read well in a terminal."""
    return "\n\n".join(_section(part) for part in parts)


def short(parts: Sequence[Measured]) -> list[str]:
    """Each part that broke off, and each figure that misses its aim, in a line."""
    every = [(part, one, stored) for part in parts for one, stored in _each(part)]
    return [f"{part.part} broke off" for part in parts if part.broke_off] + [
        f"{part.part}, {stored} turns stored: {one.name} {shown(one)}, aim ≤ {number(one.aim or 0.0)}"
        for part, one, stored in every
        if one.falls_short
    ]


def _each(part: Measured) -> Iterator[tuple[Figure, str]]:
    yield from ((one, "no") for one in part.empty)
    yield from ((one, f"{part.stored:,}") for one in part.full)


def _section(part: Measured) -> str:
    head = ["what", "aim", "nothing stored", *([f"{part.stored:,} turns stored", RATIO] if part.full else [])]
    body = [_row(one, full, columns=len(head)) for one, full in part.rows]
    return f"### {part.part}\n\n{part.says}\n\n{_aligned([head, *body])}"


def _row(one: Figure, full: Figure | None, *, columns: int) -> list[str]:
    cells = [one.name, "" if one.aim is None else f"≤ {number(one.aim)}{_unit(one)}", shown(one)]
    if full:
        cells += [shown(full), f"{full.value / one.value:.2f}" if one.value > 0 else ""]
    return cells + [""] * (columns - len(cells))


def shown(one: Figure) -> str:
    return f"{number(one.value)}{_unit(one)}{' (short)' if one.falls_short else ''}"


def number(value: float) -> str:
    """Three digits that count; whole from a hundred on."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _unit(one: Figure) -> str:
    return f" {one.unit}" if one.unit else ""


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([lines[0], rule, *lines[1:]])


def as_json(parts: Iterable[Measured], about: Mapping[str, object]) -> dict[str, Any]:
    return {**about, "parts": [asdict(part) for part in parts]}


def from_json(given: Mapping[str, Any]) -> list[Measured]:
    return [
        Measured(
            **{**part, "empty": tuple(Figure(**one) for one in part["empty"])}
            | {"full": tuple(Figure(**one) for one in part["full"])}
        )
        for part in given["parts"]
    ]
