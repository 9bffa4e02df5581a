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


def locked() -> dict[str, tuple[str, frozenset[str]]]:
    return {
        package["name"]: (package["version"], frozenset(file["hash"] for file in package["files"]))
        for package in LOCK["package"]
    }


def exported() -> dict[str, tuple[str, frozenset[str]]]:
    found = {}
    for line in EXPORT.splitlines():
        if match := re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", line):
            found[match[1]] = (match[2], frozenset(re.findall(r"--hash=(\S+)", line)))
    return found


def test_the_export_holds_every_locked_package_with_its_hashes() -> None:
    assert locked() == exported()


def test_every_dependency_of_the_project_is_locked_at_a_version_that_it_allows() -> None:
    wanted = [Requirement(re.sub(r"\s*\((.*)\)", r" \1", text)) for text in PROJECT["project"]["dependencies"]]

    assert [] == [need.name for need in wanted if locked()[canonicalize_name(need.name)][0] not in need.specifier]


def test_no_address_of_a_registry_is_in_lock_or_export() -> None:
    assert "://" not in re.sub(r"https://pypi\.org/\S*", "", EXPORT)
    assert all("source" not in package for package in LOCK["package"])
