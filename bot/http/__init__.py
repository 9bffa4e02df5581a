"""**I/O edge.** HTTP: the same turns for programs; `POST /v1/chat`, a WebSocket, server-sent events."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.http.config import check_http, read_http
from core.root import Root

if TYPE_CHECKING:
    from bot.http.adapter import HTTPAdapter
    from core.checks import CheckResult
    from core.config import Settings


def from_env(settings: Settings, root: Root) -> AbstractAsyncContextManager[HTTPAdapter]:
    """The adapter, to be opened. Raises `SettingsError`."""
    ours = read_http()
    from bot.http.adapter import open_http  # FastAPI is loaded where it is used

    return open_http(ours, settings.customgpt_api_key, root=root)


async def check_from_env(settings: Settings) -> list[CheckResult]:
    """What the settings say of it: a port that is taken may be taken by us. Raises `SettingsError`."""
    return check_http(read_http())
