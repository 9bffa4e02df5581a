from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from core import ports
from core.database import open_database
from core.durable.ledger import Ledger
from core.durable.preferences import Preferences, checked
from core.errors import RequestError
from core.store import Store
from core.text.caller_context import KEYS, LONGEST
from tests.core.durable.around import end, turn

HERE = "slack:T1:C1"


@pytest.fixture
def preferences(store: Store) -> ports.Preferences:
    return Preferences(store.database)


async def test_what_is_set_for_a_place_holds_there_alone(preferences: ports.Preferences) -> None:
    assert {} == await preferences.of(HERE)

    changed = await preferences.change(HERE, {"length": "200 words", "tone": "“dry” 🙂"})

    assert {"tone": "“dry” 🙂", "length": "200 words"} == changed
    assert changed == await preferences.of(HERE)
    assert {} == await preferences.of("slack:T1:C2")


async def test_settings_come_in_one_order(preferences: ports.Preferences) -> None:
    for key in reversed(KEYS):
        await preferences.change(HERE, {key: "x"})

    assert [*KEYS] == [*await preferences.of(HERE)]


async def test_a_change_leaves_what_it_does_not_name(preferences: ports.Preferences) -> None:
    await preferences.change(HERE, {"tone": "dry", "length": "short"})

    assert {"tone": "warm", "length": "short"} == await preferences.change(HERE, {"tone": "warm"})
    assert {"tone": "warm", "length": "short"} == await preferences.change(HERE, {})


@pytest.mark.parametrize("nothing", ["", "  ", "\t\n"])
async def test_an_empty_value_takes_a_setting_back(preferences: ports.Preferences, nothing: str) -> None:
    await preferences.change(HERE, {"tone": "dry", "length": "short"})

    assert {"length": "short"} == await preferences.change(HERE, {"tone": nothing, "format": nothing})
    assert {} == await preferences.change(HERE, {"length": nothing})
    assert {} == await preferences.of(HERE)


async def test_they_are_there_after_a_restart(database_url: str) -> None:
    async with open_database(database_url) as database:
        await Preferences(database).change(HERE, {"tone": "dry"})
    async with open_database(database_url) as database:
        assert {"tone": "dry"} == await Preferences(database).of(HERE)


async def test_settings_outlive_the_turns(store: Store, ledger: Ledger, preferences: ports.Preferences) -> None:
    await store.accept(turn(1))
    await end(store, turn(1))
    await preferences.change(HERE, {"tone": "dry"})

    assert 1 == await ledger.forget(60.0, 10)
    assert {"tone": "dry"} == await preferences.of(HERE)


@pytest.mark.parametrize("known", [False, True])
async def test_two_admins_at_once_lose_nothing(database_url: str, known: bool) -> None:
    values = {key: f"a {key}" for key in KEYS}
    async with open_database(database_url) as one, open_database(database_url) as two:
        if known:
            await Preferences(one).change(HERE, {"tone": "before"})
        both = [Preferences(one), Preferences(two)]
        await asyncio.gather(*(both[n % 2].change(HERE, {key: value}) for n, (key, value) in enumerate(values.items())))

        assert values == await both[0].of(HERE) == await both[1].of(HERE)


# What is not taken


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("mood", "gay", "no such setting"),
        ("Tone", "dry", "no such setting"),
        ("tone", "x" * (LONGEST + 1), "201 characters"),
        ("tone", "dry\nwarm", "several lines"),
        ("tone", "dry\u2028warm", "several lines"),
        ("tone", "dry\0", "cannot be kept"),
        ("tone", "dry\ud800", "cannot be kept"),
    ],
)
async def test_what_cannot_be_set_is_refused_by_its_name_and_nothing_changes(
    preferences: ports.Preferences, key: str, value: str, words: str
) -> None:
    await preferences.change(HERE, {"length": "short"})

    with pytest.raises(RequestError) as caught:
        await preferences.change(HERE, {"length": "long", key: value})

    assert key == caught.value.field
    assert words in str(caught.value)
    assert str(caught.value).endswith("nothing was changed.")
    assert {"length": "short"} == await preferences.of(HERE)


@pytest.mark.parametrize("place", ["", "C\0", "\ud800", "C" * 513])
async def test_a_place_that_no_database_takes_is_refused(preferences: ports.Preferences, place: str) -> None:
    with pytest.raises(RequestError) as caught:
        await preferences.change(place, {"tone": "dry"})

    assert "place" == caught.value.field


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=LONGEST + 20)))
def test_what_is_taken_is_one_line_without_blanks_around_it(changes: dict[str, str]) -> None:
    try:
        taken = checked(changes)
    except RequestError:
        reject()

    assert changes.keys() == taken.keys()
    for key, value in taken.items():
        assert changes[key].strip() == value
        assert len(value) <= LONGEST
        assert len(value.splitlines()) <= 1
        assert value == value.encode().decode()
