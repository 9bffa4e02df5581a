from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.hostile import EACH
from tests.bot.conftest import shell, stand_in

__all__ = ["pytest_collection_modifyitems", "shell", "stand_in"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More inputs take longer; what one of them may take is held by `within`."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(300 + EACH))
