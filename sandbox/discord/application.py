"""**Pure.** The bot itself by REST: who it is, its servers, its commands."""

from __future__ import annotations

import re

from sandbox.discord import payloads
from sandbox.discord.permissions import of_server
from sandbox.discord.record import Json
from sandbox.discord.refusal import Refusal, invalid
from sandbox.discord.state import World

_EVERYWHERE_ONLY = ("contexts", "integration_types", "dm_permission")
"""Left out of the commands of one server."""

_NAME = re.compile(r"[-_'\w]{1,32}")


class Application:
    def __init__(self, world: World) -> None:
        self._world = world

    def me(self) -> Json:
        return {
            **payloads.user(self._world.me),
            "verified": True,
            "mfa_enabled": False,
            "flags": 0,
            "email": None,
            "locale": "en-US",
        }

    def about(self) -> Json:
        owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
        said = {
            "id": self._world.application,
            "name": self._world.me.name,
            "icon": None,
            "description": "",
            "summary": "",
        }
        keys = {"bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": self._world.flags}
        return {
            **said,
            **keys,
            "owner": owner,
            "team": None,
            "bot": payloads.user(self._world.me),
            "approximate_guild_count": len(self._world.guilds),
        }

    def guilds(self) -> list[Json]:
        base: Json = {"icon": None, "owner": False, "features": []}
        me = self._world.me.id
        return [
            {**base, "id": one.id, "name": one.name, "permissions": str(of_server(self._world, one.id, me))}
            for one in self._world.guilds.values()
        ]

    def guild(self, path: Json) -> Json:
        if path["guild"] not in self._world.guilds:
            raise Refusal(10004)
        return payloads.guild(self._world, self._world.guilds[path["guild"]])

    def member(self, path: Json) -> Json:
        server = self._world.guilds.get(path["guild"])
        if server is None or path["member"] not in server.members:
            raise Refusal(10007 if server else 10004)
        one = self._world.users[path["member"]]
        return {**payloads.member(self._world, server.id, one), "user": payloads.user(one)}

    def commands(self, path: Json) -> list[Json]:
        self._known(path)
        return self._world.commands.get(path.get("guild", ""), [])

    def put_commands(self, path: Json, body: list[Json]) -> list[Json]:
        self._known(path)
        guild = path.get("guild", "")
        for n, one in enumerate(body):
            _check(one, str(n))
        kept = [self._kept(one, guild) for one in body]
        self._world.commands[guild] = kept
        return kept

    def _known(self, path: Json) -> None:
        if path["application"] != self._world.application:
            raise Refusal(10002)
        if path.get("guild", "") and path["guild"] not in self._world.guilds:
            raise Refusal(50001)

    def _kept(self, one: Json, guild: str) -> Json:
        said = {
            "id": self._world.ids.new(),
            "application_id": self._world.application,
            "version": self._world.ids.new(),
        }
        defaults: Json = {
            "type": 1,
            "default_member_permissions": None,
            "nsfw": False,
            "options": [],
            "description": "",
        }
        if guild:
            one = {key: value for key, value in one.items() if key not in _EVERYWHERE_ONLY}
        return {**defaults, **one, **said, **({"guild_id": guild} if guild else {})}


def _check(one: Json, at: str) -> None:
    if not _NAME.fullmatch(str(one.get("name", ""))) or str(one["name"]) != str(one["name"]).lower():
        raise invalid(f"{at}.name", "is no name of a command")
    if one.get("type", 1) == 1 and not 1 <= len(str(one.get("description", ""))) <= 100:
        raise invalid(f"{at}.description", "Must be between 1 and 100 in length.")
    options = one.get("options") or []
    if len(options) > 25:
        raise invalid(f"{at}.options", "at most 25")
    for n, option in enumerate(options):
        _check({**option, "type": 1}, f"{at}.options.{n}")
        if option.get("max_length", 0) > 6000:
            raise invalid(f"{at}.options.{n}.max_length", "at most 6000")
