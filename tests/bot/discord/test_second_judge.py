"""Does a judge that this project did not write agree? In a process of its own: it puts its own loop around a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
JUDGE = ROOT / "tests" / "second_judge"


@pytest.mark.timeout(240)
def test_simcord_takes_what_the_adapter_does_in_discord() -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DISCORD"))}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", str(JUDGE / "pytest.ini"), "--rootdir", str(JUDGE), str(JUDGE)],
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == told.returncode, told.stdout[-8_000:] + told.stderr[-2_000:]
    assert " passed" in told.stdout
