from __future__ import annotations

from core.durable.notes import Notes
from core.store import Store, open_store


async def test_nothing_is_known_of_what_was_never_noted(store: Store) -> None:
    assert None is await Notes(store.database).of("commands")


async def test_the_last_note_of_a_name_is_what_the_next_process_reads(database_url: str) -> None:
    async with open_store(database_url) as store:
        notes = Notes(store.database)
        await notes.keep("commands", {"ours": "a", "theirs": {"1": "2"}})
        await notes.keep("commands", {"ours": "b", "theirs": {}})
        await notes.keep("others", {"ours": "c"})
    async with open_store(database_url) as store:
        kept = await Notes(store.database).of("commands")

    assert {"ours": "b", "theirs": {}} == kept
