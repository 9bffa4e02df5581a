"""**I/O edge.** The drawing in docs/architecture.md, from the imports themselves and the floors of pyproject.toml.

python -m scripts.architecture        draw it anew
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- drawn by python -m scripts.architecture -->"
END = "<!-- until here -->"
PLATFORMS = ("slack", "discord", "http", "terminal")

Edges = set[tuple[str, str]]


def floors() -> list[list[str]]:
    """The core, the highest first: which modules stand side by side."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(one for one in contracts if one.get("containers") == ["core"])["layers"]
    return [layer.split(" | ") for layer in layers]


def rooms() -> dict[str, str]:
    """Each module → the box of the drawing that it is in: a floor of the core, or a part of the bot."""
    inside = {f"core.{name}": _floor(number) for number, floor in enumerate(floors(), 1) for name in floor}
    there = [name for name in PLATFORMS if (ROOT / "bot" / name).is_dir()]
    return {**inside, **{f"bot.{name}": name for name in there}, "bot": "bot", "sandbox": "sandbox"}


def _floor(number: int) -> str:
    return f"floor{number:02}"


def room_of(module: str, known: Mapping[str, str]) -> str | None:
    """The box of a module, or of the nearest package that it is in."""
    while module and module not in known:
        module = module.rpartition(".")[0]
    return known.get(module)


def imports() -> Edges:
    """Who imports whom, box by box."""
    graph, known = grimp.build_graph("bot", "core", "sandbox", cache_dir=None), rooms()
    found: Edges = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = room_of(module, known), room_of(imported, known)
            if ends[0] and ends[1] and ends[0] != ends[1]:
                found.add((ends[0], ends[1]))
    return found


def reduced(edges: Edges) -> Edges:
    """Without those arrows that a way over others says already. There are no circles."""
    return {(a, b) for a, b in edges if not _leads(edges - {(a, b)}, a, b)}


def _leads(edges: Edges, start: str, goal: str) -> bool:
    waiting, seen = [start], set[str]()
    while waiting:
        at = waiting.pop()
        if at == goal:
            return True
        if at not in seen:
            seen.add(at)
            waiting += [b for a, b in edges if a == at]
    return False


def drawing() -> str:
    """As Mermaid, which GitHub shows."""
    lines = ["```mermaid", "flowchart TD"]
    lines += ['    bot["bot: command line, app, serving"]', *_boxes(p for p in PLATFORMS if p in rooms().values())]
    lines += ["    subgraph core"]
    lines += [f'        {_floor(number)}["{_names(floor)}"]' for number, floor in enumerate(floors(), 1)]
    lines += ["    end", '    sandbox["sandbox: stand-ins, for demo and tests"]']
    lines += [f"    {a} --> {b}" for a, b in sorted(reduced(imports()))]
    return "\n".join([*lines, "```"])


def _boxes(names: Iterable[str]) -> list[str]:
    return [f'    {name}["bot.{name}"]' for name in names]


def _names(floor: Sequence[str]) -> str:
    return " · ".join(floor)


def written(page: str) -> str:
    """The page with the drawing as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{drawing()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
