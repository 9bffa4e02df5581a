"""**I/O edge.** `make soak`: the bot under load for half an hour, killed, starved and cut off; exits with 1 on a loss.

python -m scripts.soak --minutes 30 --database postgres
python -m scripts.soak --minutes 2 --json soak.json --page        and docs/reliability.md shows it
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.page import commit, put_on
from scripts.soaking.findings import Report, table
from scripts.soaking.plan import Orders
from scripts.soaking.soak import soak

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description="Soak the bot; exit with 1 on a loss.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="another one: other moments")
    parser.add_argument("--json", type=Path, help="where the report goes, too")
    parser.add_argument("--page", action="store_true", help="put the table into docs/reliability.md")
    parser.add_argument("--logs", type=Path, help="an empty folder for the logs of the processes")
    return parser.parse_args(given)


async def soaked(options: argparse.Namespace) -> Report:
    orders = Orders(minutes=options.minutes, database=options.database, seed=options.seed)
    if options.logs:
        options.logs.mkdir(parents=True, exist_ok=True)
        return await soak(orders, options.logs)
    with tempfile.TemporaryDirectory() as folder:
        return await soak(orders, Path(folder))


def main(options: argparse.Namespace) -> int:
    report = asyncio.run(soaked(options))
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit()}
    kept = {**about, **report.as_json()}
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1))
    print(table(kept))
    print("\n".join(kept["bad"]), file=sys.stderr)
    if options.page:
        put_on(PAGE, table(kept), name=options.database)
    return 0 if report.clean else 1


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(arguments(sys.argv[1:])))
