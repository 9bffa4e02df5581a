from __future__ import annotations

from tests.bot.conftest import shell, stand_in

__all__ = ["shell", "stand_in"]
