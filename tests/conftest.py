"""What all tests share: a PostgreSQL server, started for the first test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Server, running

# How fast an example is says how busy the machine is.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind, its tables made at the first opening, or there already."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/kept.db"
    else:
        server: Server = request.getfixturevalue("postgres")
        yield (url := server.fresh())
        server.take_back(url)
