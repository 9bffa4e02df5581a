"""**I/O edge.** Who Slack's users are: what they are called, and whether they are admins, guests, strangers."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web import call
from core.errors import SurfaceBusy, SurfaceError, SurfaceInDoubt
from core.permissions import Person

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds for all look-ups of a message: a name is nice to have."""

WHO = 2.0
"""Seconds to find out who asks: without that nobody is answered."""

FRESH = 300.0
"""Seconds after which it is looked up anew: an admin may be one no more."""

MOST = 20
"""Names looked up for one message."""

KEPT = 2_000

_USER = re.compile(r"<@([A-Z0-9]+)")


def mentioned(text: str) -> list[str]:
    """The ids of users in what somebody wrote."""
    return _USER.findall(text)


@dataclass(frozen=True, slots=True)
class Profile:
    """What users.info says of somebody; `at` is when, in seconds. `known`: Slack knows them, and lets us look."""

    at: float
    name: str = ""
    admin: bool = False
    guest: bool = False
    stranger: bool = False
    teams: frozenset[str] = frozenset()
    known: bool = True


class People:
    """Looked up once each, and anew after a while. `admins`: ids that are admins in place of the workspace's own."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        admins: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._admins = admins
        self._clock = clock
        self._profiles: dict[str, Profile] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """Those that could be found out in a second."""
        wanted = list(dict.fromkeys(filter(None, users)))[:MOST]
        missing = [self._looked_up(user) for user in wanted if user not in self._profiles]
        if missing:
            await asyncio.wait(missing, timeout=PATIENCE)
        found = {user: self._profiles[user].name for user in wanted if user in self._profiles}
        return {user: name for user, name in found.items() if name}

    async def name(self, user: str) -> str:
        """The id where nobody can be found."""
        return (await self.names([user])).get(user, user)

    async def person(self, user: str, team: str) -> Person:
        """Somebody, as seen from the workspace `team`. Raises `SurfaceError` where Slack does not say in time."""
        profile = self._profiles.get(user)
        if profile is None or self._clock() - profile.at > FRESH:
            await asyncio.wait([self._looked_up(user)], timeout=WHO)
            profile = self._profiles.get(user)
        if profile is None:
            raise SurfaceInDoubt(f"Slack does not say who {user} is")
        return self._person(user, team, profile)

    async def close(self) -> None:
        """Nobody is looked up any more."""
        looking = list(self._looking.values())
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    def _person(self, user: str, team: str, profile: Profile) -> Person:
        return Person(
            id=user,
            name=profile.name,
            admin=user in self._admins if self._admins else profile.admin,
            guest=profile.guest,
            stranger=profile.known and (profile.stranger or team not in profile.teams),
            unknown=not profile.known,
            groups=profile.teams,
        )

    def _looked_up(self, user: str) -> asyncio.Task[None]:
        """Goes on when nobody waits any longer: the next message will know."""
        if user not in self._looking:
            self._looking[user] = task = asyncio.create_task(self._look_up(user))
            task.add_done_callback(lambda _: self._looking.pop(user, None))
        return self._looking[user]

    async def _look_up(self, user: str) -> None:
        try:
            found = (await call(self._client, "users.info", user=user)).get("user") or {}
        except (SurfaceBusy, SurfaceInDoubt) as error:  # what was known before is better than nothing
            log.warning("nothing new is known of %s: %s", user, error)
            return
        except SurfaceError as error:
            log.warning("nobody can be found as %s: %s", user, error)
            self._keep(user, Profile(self._clock(), known=False))
            return
        self._keep(user, profile_in(found, self._clock()))

    def _keep(self, user: str, profile: Profile) -> None:
        if len(self._profiles) >= KEPT:
            self._profiles.clear()
        self._profiles[user] = profile


def profile_in(user: Mapping[str, Any], at: float) -> Profile:
    """What a user of users.info is to us. In an enterprise somebody belongs to several workspaces."""
    profile, enterprise = user.get("profile") or {}, user.get("enterprise_user") or {}
    return Profile(
        at=at,
        name=profile.get("display_name") or user.get("real_name") or user.get("name") or "",
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        stranger=bool(user.get("is_stranger")),
        teams=frozenset(filter(None, [user.get("team_id"), *(enterprise.get("teams") or ())])),
    )
