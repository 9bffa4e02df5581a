from __future__ import annotations

import pytest

from core.permissions import TABLE, Action, AllowLists, Denied, Person, Role, denied

ADA = Person("U1", "Ada", groups=frozenset({"T1"}))
BEN = Person("U2", "Ben", groups=frozenset({"T1"}))
ADMIN = Person("U3", "Grace", admin=True, groups=frozenset({"T1"}))
GUEST = Person("U4", "Gus", guest=True, groups=frozenset({"T1"}))
STRANGER = Person("U5", "Sven", stranger=True, groups=frozenset({"T2"}))
UNKNOWN = Person("U6", unknown=True)
HERE = ("T1", "C1")
EVERYBODY = AllowLists()

BY_ASKER = (Action.STOP, Action.GO_ON, Action.RETRY)
BY_ADMINS = (Action.WRITE_SETTINGS, Action.CHECK)
BY_ANYONE = tuple(action for action in Action if action not in (*BY_ASKER, *BY_ADMINS))


def test_the_table_says_something_of_every_action() -> None:
    assert set(Action) == set(TABLE)


@pytest.mark.parametrize("action", Action)
def test_an_admin_may_do_everything_everywhere(action: Action) -> None:
    lists = AllowLists((frozenset(), frozenset({"C9"})), frozenset({"U9"}))

    assert Role.ADMIN in TABLE[action]
    assert denied(action, ADMIN, HERE, lists, asker="U1") is None


@pytest.mark.parametrize("action", BY_ASKER)
def test_what_the_asker_may_nobody_else_may(action: Action) -> None:
    assert denied(action, ADA, HERE, EVERYBODY, asker="U1") is None
    assert Denied.NOT_ASKER == denied(action, BEN, HERE, EVERYBODY, asker="U1")


@pytest.mark.parametrize("action", BY_ANYONE)
def test_what_anyone_may_no_guest_and_no_stranger_may(action: Action) -> None:
    assert denied(action, BEN, HERE, EVERYBODY, asker="U1") is None
    assert Denied.GUEST == denied(action, GUEST, HERE, EVERYBODY)
    assert Denied.STRANGER == denied(action, STRANGER, HERE, EVERYBODY)
    assert Denied.UNKNOWN == denied(action, UNKNOWN, HERE, EVERYBODY)


@pytest.mark.parametrize("action", BY_ADMINS)
def test_what_admins_may_not_even_the_asker_may(action: Action) -> None:
    assert Denied.NOT_ADMIN == denied(action, ADA, HERE, EVERYBODY, asker="U1")


def test_an_admin_of_another_workspace_is_a_stranger_here() -> None:
    assert Denied.STRANGER == denied(Action.CHECK, Person("U5", admin=True, stranger=True), HERE, EVERYBODY)


@pytest.mark.parametrize("person", [GUEST, STRANGER, UNKNOWN, ADA])
def test_who_is_listed_by_name_may_whoever_they_are(person: Person) -> None:
    lists = AllowLists(people=frozenset({person.id}))

    assert denied(Action.ASK, person, HERE, lists) is None
    assert Denied.PERSON == denied(Action.ASK, BEN, HERE, lists)


def test_a_listed_group_lets_its_strangers_in_but_no_guest_of_it() -> None:
    partners = AllowLists(groups=frozenset({"T2"}))

    assert denied(Action.ASK, STRANGER, HERE, partners) is None
    assert Denied.GUEST == denied(Action.ASK, Person("U7", guest=True, groups=frozenset({"T2"})), HERE, partners)
    assert Denied.PERSON == denied(Action.ASK, ADA, HERE, partners)


def test_people_and_groups_add_up() -> None:
    lists = AllowLists(people=frozenset({"U5"}), groups=frozenset({"T1"}))

    assert [None, None] == [denied(Action.ASK, person, HERE, lists) for person in (STRANGER, ADA)]


def test_a_place_that_is_not_listed_is_closed_also_to_who_is() -> None:
    lists = AllowLists((frozenset(), frozenset({"C2"})), frozenset({"U1"}))

    assert Denied.PLACE == denied(Action.ASK, ADA, HERE, lists)
    assert denied(Action.ASK, ADA, ("T1", "C2"), lists) is None


def test_every_part_of_a_place_must_be_listed() -> None:
    lists = AllowLists((frozenset({"T1"}), frozenset({"C1"})))

    assert denied(Action.ASK, ADA, HERE, lists) is None
    assert Denied.PLACE == denied(Action.ASK, ADA, ("T2", "C1"), lists)
