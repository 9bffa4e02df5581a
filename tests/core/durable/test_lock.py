from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.durable.lock import exclusive
from core.errors import InUse

CODE = """
import sys
from pathlib import Path
from core.durable.lock import exclusive

with exclusive(Path(sys.argv[1])):
    print("mine")
"""


def another_process(path: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", CODE, str(path)], cwd=root, capture_output=True, text=True, check=False
    )


def test_another_process_is_refused_at_once_in_a_clear_sentence(tmp_path: Path) -> None:
    with exclusive(tmp_path / "kept.db"):
        refused = another_process(tmp_path / "kept.db")

    assert "Another orchestrator is running on the database" in refused.stderr
    assert "" == refused.stdout


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    with exclusive(tmp_path / "kept.db"):
        pass

    assert "mine\n" == another_process(tmp_path / "kept.db").stdout


def test_the_lock_is_private(tmp_path: Path) -> None:
    with exclusive(tmp_path / "kept.db"):
        assert 0o600 == (tmp_path / "kept.db.lock").stat().st_mode & 0o777


def test_the_same_process_does_not_hold_it_twice(tmp_path: Path) -> None:
    with exclusive(tmp_path / "kept.db"), pytest.raises(InUse), exclusive(tmp_path / "kept.db"):
        pytest.fail("held twice")
