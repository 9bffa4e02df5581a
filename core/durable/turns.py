"""**I/O edge.** The way in to the durable turns: submit, stop, retry; started and closed with the process."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from core.bell import rung
from core.durable.exporting import exported
from core.durable.feedback import Feedback
from core.durable.keeping import Drain
from core.durable.leases import Leases, Work
from core.durable.ledger import LEFT, STOPS, Ledger, OpenTurn, moving
from core.durable.live import Live
from core.durable.notes import Notes
from core.durable.preferences import Preferences
from core.durable.records import Records
from core.durable.running import Running
from core.durable.upkeep import HOUR, Retention, again_and_again, cancelled
from core.durable.wiring import LOOK, Wiring
from core.errors import StoreError
from core.ports import Budget
from core.stored import Exported, StoredTurn
from core.tally import TurnAccepted, TurnRetried, TurnTaken
from core.text.budget import check_characters, check_ids, check_request
from core.turn import TurnRequest

log = logging.getLogger(__name__)

SWEEP = 5.0
"""Seconds between two looks for turns of ours that nobody runs."""

PAGE_KEY = 16
"""Random bytes of what opens a turn's page: nobody guesses 128 bits."""


class DurableTurns:
    """Made by `open_turns`. Raises `StoreError` where the database cannot be used."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._store = wiring.store
        self._bell = wiring.store.database.bell
        self._membership = wiring.membership
        self._ledger = Ledger(wiring.store.database)
        self.preferences = Preferences(wiring.store.database)
        self.notes = Notes(wiring.store.database)
        self._leases = Leases(wiring.store.database, wiring.membership, floor=wiring.look)
        self.feedback = Feedback(wiring.store.database, wiring.pipeline.agents, wiring.pipeline.stages)
        self._shown = wiring.pipeline.redact.deep  # rows are as people and agents said it
        self._drain = Drain()
        live = Live(wiring.pipeline.redact)
        self._running = Running(wiring, self._ledger, self._drain, live)
        self.records = Records(wiring.store, self._ledger, live, self._drain, wiring.pipeline.redact)
        self._taking = asyncio.Lock()
        self._looking: set[asyncio.Task[None]] = set()
        self._beating: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Join the others, take up what is nobody's, and go on doing so."""
        await self._membership.join()
        await self.take_over()
        self.feedback.start()
        retention = Retention(self._ledger, days=self._wiring.retention)
        look = self._wiring.look
        self._beating = {asyncio.create_task(self._membership.run(self._running.give_up))}
        self._looking = {
            asyncio.create_task(again_and_again(self.take_over, every=look, bell=self._bell, topic=LEFT)),
            asyncio.create_task(again_and_again(self._look_for_stops, every=look, bell=self._bell, topic=STOPS)),
            asyncio.create_task(again_and_again(self.sweep, every=SWEEP)),
            asyncio.create_task(again_and_again(retention.forget_old, every=HOUR)),
        }

    async def submit(self, turn: TurnRequest) -> bool:
        """Take a turn on: durable once this returns. False for one that is known; then nothing is started.

        Raises `RequestError` where it cannot be taken as it is, `TooManyTurns` where its asker has had enough.
        """
        check_request(turn.prompt, turn.context, self._wiring.pipeline.prompt_limit)
        check_characters("messages", *turn.address.values())  # what was said before, where who asks tells it
        check_ids(identity=turn.identity, conversation_id=turn.conversation_id, asker=turn.asker)
        async with self._taking:  # places in the order of the calls
            owner = self._membership.id
            keyed = replace(turn, page_key=secrets.token_urlsafe(PAGE_KEY))
            accepted = await self._store.accept(keyed, owner, self._quota(turn.surface, turn.asker))
            if accepted is None:
                return False
            self._wiring.count(TurnAccepted(turn.surface))
            if owner == self._membership.id:  # else we were taken for dead meanwhile: it is nobody's, and will be taken
                self._running.run(OpenTurn(accepted, owner=owner))
            return True

    async def stop(self, turn_id: str, by: str) -> bool:
        """Stop a turn, running or waiting, wherever; False if it has ended, or somebody else has stopped it."""
        return await self._ledger.ask_to_stop(turn_id, by)

    async def retry(
        self, turn_id: str, stage: str | None = None, *, generation: int | None = None, by: str = ""
    ) -> bool:
        """An ended turn once more in the same message, last in its line; what came before `stage` is kept.

        Without a stage it goes on where it ended. False if it has not ended, is not known, or is no longer of the
        `generation`; or there is no such stage. It counts among the turns of who wants it, `by`. Raises `TooManyTurns`.
        """
        names = [s.name for s in self._wiring.pipeline.stages]
        if stage and stage not in names:
            return False
        again = names[names.index(stage) :] if stage else []
        kept = await self._store.turn(turn_id)
        quota = self._quota(kept.surface, by) if kept and by else None
        async with self._taking:
            one = await self._ledger.retry(turn_id, again, self._membership.id, generation=generation, quota=quota)
            if one:
                self._wiring.count(TurnRetried(one.turn.surface))
                await self._take_up(one)
            return one is not None

    async def askers(self, conversation_id: str) -> frozenset[str]:
        """Who has asked in a thread."""
        return await self._store.askers(conversation_id)

    async def begin_anew(self, conversation_id: str) -> bool:
        """The next turn of a conversation knows nothing of those before. False if there were none."""
        return await self._store.begin_anew(conversation_id)

    async def turn(self, turn_id: str) -> StoredTurn | None:
        """What is kept of a turn, as it may be shown."""
        return self._shown(await self._store.turn(turn_id))

    async def exported(self, turn_id: str) -> Exported | None:
        """A turn with all that its agents were asked and have said, as it may be shown."""
        return self._shown(await exported(self._store.database, turn_id, self._wiring.pipeline.stages))

    async def open_on(self, surface: str) -> list[StoredTurn]:
        """The turns of a surface that have not ended, in the order of acceptance, as they may be shown."""
        return self._shown(await self._store.open_on(surface))

    async def hear(self, surface: str) -> None:
        """Keep that something was heard of a platform just now."""
        await self._store.hear(surface)

    async def lead(self, what: str, work: Work) -> None:
        """Do this once no other process does. Whoever is taken for dead gives it up, and waits again."""
        await self._leases.lead(what, work)

    async def ended(self, turn_id: str) -> None:
        """Wait until a turn has ended, whichever process runs it."""
        if one := await self._ledger.open_turn(turn_id):
            with self._bell.heard(moving(one.turn.conversation_id)) as moved:
                while await self._ledger.open_turn(turn_id):
                    await rung(moved, LOOK)

    async def idle(self) -> None:
        """Wait until no turn is open."""
        while one := await self._ledger.oldest():
            await self.ended(one.turn.turn_id)

    async def take_over(self) -> None:
        """Take up what is nobody's: its process died, or left, or accepted it and came no further."""
        surfaces = {*self._wiring.surfaces, *self._wiring.transient}
        async with self._taking:
            taken = await self._ledger.take_over(self._membership.id, surfaces)
            for one in sorted(taken, key=self._is_transient):  # first what is to be answered
                self._wiring.count(TurnTaken(one.turn.surface))
                await (self._running.abandon(one) if self._is_transient(one) else self._take_up(one))

    def _is_transient(self, one: OpenTurn) -> bool:
        return one.turn.surface in self._wiring.transient

    async def sweep(self) -> None:
        """Begin those turns of ours again that nobody runs: something broke off that should not have."""
        async with self._taking:
            for one in await self._ledger.open_turns(self._membership.id):
                if not self._running.has(one):
                    counts = not self._running.innocent(one)
                    if again := await self._ledger.again(one, counts=counts):
                        await self._take_up(again)

    async def close(self) -> None:
        """Let what is under way end within the shutdown time; leave the rest to the others, or to the next start."""
        await self.feedback.close()
        _, drained = await asyncio.gather(cancelled(self._looking), self._drain.close(self._wiring.shutdown))
        if not drained:
            log.warning("agents still answered after %g s: who goes on looks for what they said", self._wiring.shutdown)
        await self._running.close()
        await cancelled(self._beating)
        try:
            await self._membership.leave()
        except StoreError as error:
            log.warning("the others will find out by themselves that we are gone: %s", error)

    def _quota(self, surface: str, person: str) -> Budget | None:
        limit = self._wiring.quota
        return Budget(f"turns:{surface}:{person}", limit) if limit and surface not in self._wiring.transient else None

    async def _take_up(self, one: OpenTurn) -> None:
        """Run it, or leave it to a process that can show it."""
        if one.turn.surface in self._wiring.surfaces:
            self._running.run(one)
        else:
            await self._ledger.hand_on(one)

    async def _look_for_stops(self) -> None:
        if self._running:
            self._running.press(await self._ledger.stopped(self._membership.id))


@asynccontextmanager
async def open_turns(wiring: Wiring) -> AsyncIterator[DurableTurns]:
    """The durable turns of a database, started; closed at the end of the block."""
    turns = DurableTurns(wiring)
    await turns.start()
    try:
        yield turns
    finally:
        await turns.close()
