"""The shape of the code, as `docs/decisions.md` and the readers of it rely on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("bot", "core", "sandbox") for path in (ROOT / package).rglob("*.py"))
FILES = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in SOURCES]
IO = {
    "asyncio",
    "httpx",
    "aiohttp",
    "os",
    "time",
    "socket",
    "sqlalchemy",
    "alembic",
    "subprocess",
    "logging",
    "typer",
}
"""What a pure file does not import."""


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text())) or ""


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", FILES)
def test_a_file_says_whether_it_is_pure_or_an_edge(path: Path) -> None:
    assert docstring(path).startswith(("**Pure.**", "**I/O edge.**"))


@pytest.mark.parametrize("path", FILES)
def test_a_pure_file_reaches_no_io(path: Path) -> None:
    if docstring(path).startswith("**Pure.**"):
        assert set() == imported(path) & IO


@pytest.mark.parametrize("path", FILES)
def test_a_file_has_fewer_than_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 300


def functions(path: Path) -> list[tuple[str, int]]:
    nodes = ast.walk(ast.parse(path.read_text()))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(n.name, (n.end_lineno or n.lineno) - n.lineno + 1) for n in nodes if isinstance(n, kinds)]


@pytest.mark.parametrize("path", FILES)
def test_no_function_has_more_than_40_lines(path: Path) -> None:
    assert [] == [name for name, lines in functions(path) if lines > 40]


def test_half_of_all_functions_have_at_most_eight_lines() -> None:
    lengths = sorted(lines for path in SOURCES for _, lines in functions(path))

    assert lengths[len(lengths) // 2] <= 8
