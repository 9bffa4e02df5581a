"""**Pure.** Whom a message calls, by what it says and by what its sender lets it."""

from __future__ import annotations

import re

from sandbox.discord.kit import walk
from sandbox.discord.record import Json
from sandbox.discord.state import Message

_USER, _ROLE, _ALL = re.compile(r"<@!?([0-9]+)>"), re.compile(r"<@&([0-9]+)>"), re.compile(r"@(?:everyone|here)")
EVERYTHING: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}


def pings_of(content: str, components: object, allowed: Json | None, answered: Message | None) -> tuple[str, ...]:
    """Ids of people and roles, and "everyone"; what Discord makes of them where `allowed` is not said at all, too."""
    rules = EVERYTHING if allowed is None else allowed
    text = "\n".join([content, *(str(one.get("content", "")) for one in walk(components))])
    parse, users, roles = (list(map(str, rules.get(key) or [])) for key in ("parse", "users", "roles"))
    found = [user for user in _USER.findall(text) if "users" in parse or user in users]
    found += [role for role in _ROLE.findall(text) if "roles" in parse or role in roles]
    if _ALL.search(text) and "everyone" in parse:
        found.append("everyone")
    if answered and rules.get("replied_user", allowed is None):
        found.append(answered.author.id)
    return tuple(dict.fromkeys(found))
