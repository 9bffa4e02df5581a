"""**I/O edge.** `task audit`: are holes known in what is locked? What could not be audited has not passed.

python -m scripts.audit [options of pip-audit, for example --vulnerability-service osv]
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.markers import Marker

LOCKED = Path(__file__).parents[1] / "requirements.txt"
PATIENCE = 900.0
"""Seconds for all packages, one after the other."""


def main(options: Sequence[str]) -> int:
    """0 only where each locked package was asked for, and nothing is known against it."""
    said = troubles(audited(options), locked(LOCKED.read_text()))
    for line in said:
        print(line, file=sys.stderr)
    if not said:
        print("Nothing is known against any of the locked packages.")
    return int(bool(said))


def locked(text: str) -> set[str]:
    """The names of the packages in a requirements file, as they stand there, that are for this machine."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==[^\s;]+(?: *; *([^\\\n]+))?", text, re.MULTILINE)
    return {name for name, marker in lines if not marker or Marker(marker).evaluate()}


def audited(options: Sequence[str] = (), requirements: Path = LOCKED) -> Mapping[str, Any] | str:
    """What pip-audit found; or in its own words why it found nothing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--disable-pip"]
        command += ["--require-hashes", "--progress-spinner", "off", "--format", "json", "--output", str(report)]
        try:
            done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own words
        except subprocess.TimeoutExpired:
            return f"it took more than {PATIENCE:g} s"
        if report.exists() and (text := report.read_text()):
            found: Mapping[str, Any] = json.loads(text)
            return found
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def troubles(report: Mapping[str, Any] | str, wanted: set[str]) -> list[str]:
    """What keeps the audit from passing, a sentence each. `wanted`: the packages that must be in the report."""
    if isinstance(report, str):
        return [f"Nothing was audited, so nothing is known. Can the vulnerability service be reached? {report}"]
    packages = report["dependencies"]
    unheard = {one["name"]: one["skip_reason"] for one in packages if "skip_reason" in one}
    unheard |= dict.fromkeys(wanted - {one["name"] for one in packages}, "it is not in the report")
    return [*_holes(packages), *_unheard(unheard, len(wanted))]


def _holes(packages: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in packages
        for hole in one.get("vulns", ())
    ]


def _unheard(why: Mapping[str, str], of: int) -> list[str]:
    if not why:
        return []
    name = min(why)
    return [f"{len(why)} of {of} packages could not be audited, so nothing is known of them; {name}: {why[name]}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
