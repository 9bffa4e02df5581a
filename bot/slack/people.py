"""**I/O edge.** What Slack's users are called."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web import call
from core.errors import SurfaceError

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds for all look-ups of a message: a name is nice to have."""

MOST = 20
"""Names looked up for one message."""

KEPT = 2_000

_USER = re.compile(r"<@([A-Z0-9]+)")


def mentioned(text: str) -> list[str]:
    """The ids of users in what somebody wrote."""
    return _USER.findall(text)


class People:
    """Looked up once each, as long as the process lives."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._names: dict[str, str] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """Those that could be found out in a second."""
        wanted = list(dict.fromkeys(filter(None, users)))[:MOST]
        missing = [self._looked_up(user) for user in wanted if user not in self._names]
        if missing:
            await asyncio.wait(missing, timeout=PATIENCE)
        return {user: self._names[user] for user in wanted if user in self._names}

    async def name(self, user: str) -> str:
        """The id where nobody can be found."""
        return (await self.names([user])).get(user, user)

    async def close(self) -> None:
        """Nobody is looked up any more."""
        looking = list(self._looking.values())
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    def _looked_up(self, user: str) -> asyncio.Task[None]:
        """Goes on when nobody waits any longer: the next message will know the name."""
        if user not in self._looking:
            self._looking[user] = task = asyncio.create_task(self._look_up(user))
            task.add_done_callback(lambda _: self._looking.pop(user, None))
        return self._looking[user]

    async def _look_up(self, user: str) -> None:
        try:
            found = (await call(self._client, "users.info", user=user)).get("user") or {}
        except SurfaceError as error:
            log.info("no name for %s: %s", user, error)
            return
        profile = found.get("profile") or {}
        if len(self._names) >= KEPT:
            self._names.clear()
        self._names[user] = profile.get("display_name") or found.get("real_name") or found.get("name") or user
