"""The fixture of the port's tests."""

from __future__ import annotations

import pytest

from tests.core.customgpt.around import Outside


@pytest.fixture
def outside() -> Outside:
    return Outside()
