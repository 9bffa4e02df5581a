"""**Pure.** Who may do what: one table, the same on every platform.

Allow-lists say who may use the bot where. An empty one means everybody who is no guest and no stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto


class Action(StrEnum):
    """What somebody wants to do."""

    ASK = auto()
    STOP = auto()
    GO_ON = auto()
    RETRY = auto()
    DETAILS = auto()
    EXPORT = auto()
    PRAISE = auto()
    COMPLAIN = auto()
    STATUS = auto()
    HELP = auto()
    NEW = auto()
    READ_SETTINGS = auto()
    WRITE_SETTINGS = auto()
    CHECK = auto()


class Role(StrEnum):
    """As what somebody does it: who asked the turn, whoever may use the bot there, an admin."""

    ASKER = auto()
    ALLOWED = auto()
    ADMIN = auto()


_BY_ASKER = frozenset({Role.ASKER, Role.ADMIN})
_BY_ANYONE = frozenset({Role.ASKER, Role.ALLOWED, Role.ADMIN})
_BY_ADMIN = frozenset({Role.ADMIN})

TABLE: Mapping[Action, frozenset[Role]] = {
    Action.ASK: _BY_ANYONE,
    Action.STOP: _BY_ASKER,
    Action.GO_ON: _BY_ASKER,
    Action.RETRY: _BY_ASKER,
    Action.DETAILS: _BY_ANYONE,
    Action.EXPORT: _BY_ANYONE,
    Action.PRAISE: _BY_ANYONE,
    Action.COMPLAIN: _BY_ANYONE,
    Action.STATUS: _BY_ANYONE,
    Action.HELP: _BY_ANYONE,
    Action.NEW: _BY_ANYONE,
    Action.READ_SETTINGS: _BY_ANYONE,
    Action.WRITE_SETTINGS: _BY_ADMIN,
    Action.CHECK: _BY_ADMIN,
}


class Denied(StrEnum):
    """Why somebody may not. What they are told stands in `core/text/replies.py`."""

    PLACE = auto()
    """The bot is not for this channel."""
    PERSON = auto()
    """Only some may use it, and this one is not among them."""
    GUEST = auto()
    STRANGER = auto()
    """From another workspace."""
    UNKNOWN = auto()
    """Nobody can say who this is."""
    NOT_ASKER = auto()
    """For who asked, and for admins."""
    NOT_ADMIN = auto()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the platform knows them. `groups`: the teams or roles that they belong to."""

    id: str
    name: str = ""
    admin: bool = False
    guest: bool = False
    stranger: bool = False
    unknown: bool = False
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AllowLists:
    """Ids. `groups`: teams on Slack, roles on Discord; `places`: where, the widest first: team or guild, channel."""

    places: tuple[frozenset[str], ...] = ()
    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def denied(
    action: Action, person: Person, place: tuple[str, ...], lists: AllowLists, *, asker: str | None = None
) -> Denied | None:
    """Why this person may not do that there; None if they may. `asker`: of the turn that it is about."""
    if person.admin and not person.stranger:
        return None
    if refused := _kept_out(person, place, lists):
        return refused
    role = Role.ASKER if person.id == asker else Role.ALLOWED
    if role in TABLE[action]:
        return None
    return Denied.NOT_ASKER if Role.ASKER in TABLE[action] else Denied.NOT_ADMIN


def _kept_out(person: Person, place: tuple[str, ...], lists: AllowLists) -> Denied | None:
    """Why this person may not use the bot there at all. Who is listed by name may, whoever they are."""
    if any(allowed and where not in allowed for where, allowed in zip(place, lists.places, strict=False)):
        return Denied.PLACE
    if person.id in lists.people:
        return None
    if person.unknown:
        return Denied.UNKNOWN
    return _not_listed(person, lists)


def _not_listed(person: Person, lists: AllowLists) -> Denied | None:
    """A group lets in strangers, too, but no guests: they belong to it as everybody does."""
    in_group = not person.groups.isdisjoint(lists.groups)
    if person.guest:
        return Denied.GUEST
    if person.stranger and not in_group:
        return Denied.STRANGER
    return Denied.PERSON if (lists.people or lists.groups) and not in_group else None
