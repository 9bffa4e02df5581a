"""**I/O edge.** The command: measures, prints the table, keeps the figures, puts them on the page.

python -m benchmarks                         all parts, with nothing stored and with 10,000 turns stored
python -m benchmarks overhead slack          some
python -m benchmarks --stored 0              with nothing stored alone
python -m benchmarks --page                  and docs/performance.md shows them
python -m benchmarks --from FILE --page      figures of an earlier run
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, Measured, as_json, from_json, short, table
from benchmarks.ground import CONCURRENCY, Ground, ground
from benchmarks.page import ROOT, commit, put_on
from benchmarks.parts import PARTS

log = logging.getLogger(__name__)

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "benchmarks" / "results"
STORED = 10_000


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, and print a table.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; without one, all")
    parser.add_argument("--stored", type=int, default=STORED, help="turns stored at the second time; 0: no second time")
    parser.add_argument("--json", type=Path, help="where the figures go; else benchmarks/results/TIME.json")
    parser.add_argument("--from", type=Path, dest="earlier", help="measure nothing, read this file")
    parser.add_argument("--page", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args(given)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def run(options: argparse.Namespace) -> None:
    if options.earlier:
        kept = json.loads(options.earlier.read_text())
    else:
        kept = as_json(_measured(options.parts or list(PARTS), options.stored), _about())
        _keep(kept, options.json or RESULTS / f"{kept['at'].replace(':', '')}.json")
    text = _text(kept)
    print(text)
    if options.page:
        put_on(PAGE, text)


def _measured(names: Sequence[str], stored: int) -> list[Measured]:
    found: dict[int, dict[str, tuple[Figure, ...]]] = {}
    for many in (0, stored) if stored else (0,):
        with ground(many) as there:
            found[many] = {name: _one(name, there) for name in names}
    full = found[stored]
    return [Measured(name, PARTS[name].SAYS, stored, found[0][name], full[name] if stored else ()) for name in names]


def _one(name: str, there: Ground) -> tuple[Figure, ...]:
    """None where it breaks off: a machine that is too busy for one part may do for the others."""
    print(f"… {name}, {there.stored:,} turns stored", file=sys.stderr, flush=True)
    try:
        return tuple(asyncio.run(PARTS[name].measured(there)))
    except Exception:
        log.exception("%s broke off", name)
        return ()


def _about() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "customgpt_concurrency": CONCURRENCY,
    }


def _keep(kept: object, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept, indent=1))
    print(f"… kept in {file}", file=sys.stderr)


def _text(kept: dict[str, object]) -> str:
    parts = from_json(kept)
    about = (
        f"{str(kept['at'])[:10]}, commit {kept['commit']}, Python {kept['python']}, {kept['processors']} processors, "
        f"load {kept['load']:.1f} at the end. CUSTOMGPT_CONCURRENCY={kept['customgpt_concurrency']}: what is measured "
        "is ours, not the account's limit."
    )
    missed = [f"- {line}" for line in short(parts)]
    verdict = "\n".join(["What falls short of its aim:", "", *missed]) if missed else "Every aim is met."
    return f"{about}\n\n{table(parts)}\n\n{verdict}"


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    run(arguments(sys.argv[1:]))
