"""**I/O edge.** What the turns in a channel go by where they do not say otherwise themselves: tone, length …"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update

from core.database import Database, insert, riding_out
from core.errors import RequestError
from core.migrations.tables import preferences
from core.text.budget import check_ids
from core.text.caller_context import KEYS, LONGEST
from core.text.surrogates import has_halves


class Preferences:
    """Remembered until they are taken back. `place` is the platform's own name of a channel, in our notation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @riding_out
    async def of(self, place: str) -> dict[str, str]:
        """What is set for a place, in the order of `KEYS`. Raises `StoreError`."""
        query = select(preferences.c.context).where(preferences.c.place == place)
        async with self._database.reading() as connection:
            return _ordered(await connection.scalar(query) or {})

    async def change(self, place: str, changes: Mapping[str, str]) -> dict[str, str]:
        """What holds from now on. An empty value is a preference no more; what is not named stays as it is.

        Raises `RequestError` with the key at fault, and `StoreError`; then nothing has changed.
        """
        check_ids(place=place)
        return await self._change(place, checked(changes))

    @riding_out
    async def _change(self, place: str, changes: Mapping[str, str]) -> dict[str, str]:
        mine = preferences.c.place == place
        async with self._database.writing() as connection:
            row = insert(connection, preferences).values(place=place, context={})
            await connection.execute(row.on_conflict_do_nothing())
            # Whoever changes the same place at the same time waits here, and reads what we have written.
            kept = await connection.execute(select(preferences.c.context).where(mine).with_for_update())
            now = _ordered({**kept.scalar_one(), **changes})
            await connection.execute(update(preferences).where(mine).values(context=now))
            return now


def checked(changes: Mapping[str, str]) -> dict[str, str]:
    """The changes without blanks around their values. Raises `RequestError` with the key at fault."""
    return {key: _checked(key, value.strip()) for key, value in changes.items()}


def _checked(key: str, value: str) -> str:
    if key not in KEYS:
        raise RequestError(key, f"There is no such setting. There are {', '.join(KEYS)}; nothing was changed.")
    if len(value) > LONGEST:
        raise RequestError(
            key,
            f"The {key} has {len(value):,} characters, and it may have {LONGEST}. "
            "Please say it more briefly; nothing was changed.",
        )
    if len(value.splitlines()) > 1:
        raise RequestError(key, f"The {key} has several lines. Please say it in one; nothing was changed.")
    if "\0" in value or has_halves(value):
        raise RequestError(
            key, f"The {key} holds a character that cannot be kept. Please type it again; nothing was changed."
        )
    return value


def _ordered(context: Mapping[str, str]) -> dict[str, str]:
    return {key: context[key] for key in KEYS if context.get(key)}
