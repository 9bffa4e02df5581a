"""**I/O edge.** The turns that run in this process: one task for each attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from core.durable.guard import GuardedSurface
from core.durable.hold import Hold
from core.durable.journal import Journal, last_notes
from core.durable.keeping import MOST_TAKEOVERS, Drain, KeepingAgents
from core.durable.ledger import Ledger, OpenTurn
from core.durable.line import Line
from core.durable.live import Live
from core.durable.wiring import Wiring
from core.errors import DatabaseFull, Superseded, SurfaceError
from core.events import TurnEnded
from core.fence import fenced
from core.outcome import abandoned, broken
from core.pace import Paced
from core.payload import Payload
from core.pipeline import NOTHING, Pipeline, first_view, run_turn
from core.reply import LiveReply
from core.stop import Stop
from core.subject import about, hashed
from core.surroundings import NO_BACKGROUND, Background
from core.tally import Fate, MessageUpdated, TurnClosed
from core.text.surrogates import storable
from core.turn import Beginning, Outcome, TurnRequest
from core.view import TurnView, page_of

log = logging.getLogger(__name__)

HOPELESS = MOST_TAKEOVERS + 1
"""Takeovers in a row: at the one before no agent is asked any more, and the turn should have come to its end."""

LAST_WORDS = 5.0
"""Seconds that a turn has to note what has happened, once it must end."""


class Running:
    """Begins attempts at turns, and knows which are under way."""

    def __init__(self, wiring: Wiring, ledger: Ledger, drain: Drain, live: Live) -> None:
        self._wiring = wiring
        self._store = wiring.store
        self._drain = drain
        self._live = live
        self._line = Line(ledger, wiring.store.database.bell)
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._stops: dict[str, Stop] = {}
        self._innocent: set[tuple[str, int]] = set()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def has(self, one: OpenTurn) -> bool:
        return one.key in self._tasks

    def innocent(self, one: OpenTurn) -> bool:
        """Whether an attempt broke off for want of room, which is no fault of its turn."""
        return one.key in self._innocent

    def run(self, one: OpenTurn) -> None:
        """Begin an attempt; one that is under way goes on."""
        if not self.has(one):
            self._innocent.discard((one.turn.turn_id, one.attempt - 1))
            self._tasks[one.key] = task = asyncio.create_task(self._work(one))
            task.add_done_callback(lambda _: self._tasks.pop(one.key, None))

    def press(self, stops: Mapping[str, str]) -> None:
        """Stop those of the turns that run here: turn id → by whom."""
        for turn_id, by in stops.items():
            if stop := self._stops.get(turn_id):
                stop.press(by)

    def give_up(self) -> None:
        """All of them are others' now."""
        for task in self._tasks.values():
            task.cancel()

    async def close(self) -> None:
        """End what is parked, or too slow, where it stands."""
        for _ in range(2):  # at the second time also what still tells the database
            self.give_up()
            if self._tasks:
                await asyncio.wait(self._tasks.values(), timeout=LAST_WORDS)

    async def abandon(self, one: OpenTurn) -> None:
        """End a turn that nobody is left to read."""
        await self._end(one, Hold(self._store.database, one), abandoned(one.turn))

    async def _work(self, one: OpenTurn) -> None:
        with about(turn=one.turn.turn_id, thread=hashed(one.turn.conversation_id)):
            self._say(one, "attempt %d begins", one.attempt)
            await self._attempt(one)

    async def _attempt(self, one: OpenTurn) -> None:
        stop = self._stops[one.turn.turn_id] = Stop()
        if one.stop_by:
            stop.press(one.stop_by)
        try:
            with fenced(partial(self._wiring.membership.certain, one.owner or "")):
                await (self._give_up(one) if one.takeovers > HOPELESS else self._answer(one, stop))
        except* Superseded as error:
            log.info("turn %s is no longer ours: %s", one.turn.turn_id, error.exceptions[0])
        except* DatabaseFull as error:
            self._innocent.add(one.key)
            log.warning("turn %s goes on when there is room: %s", one.turn.turn_id, error.exceptions[0])
        except* Exception:
            log.exception("turn %s broke off; it is begun again", one.turn.turn_id)
        finally:
            if self._stops.get(one.turn.turn_id) is stop:
                del self._stops[one.turn.turn_id]

    async def _give_up(self, one: OpenTurn) -> None:
        """Not even its honest end could be brought about. First its thread goes on; then it is told, if it can be."""
        outcome, hold = broken(one.turn), Hold(self._store.database, one)
        await self._end(one, hold, outcome)
        try:
            async with self._journal(one, hold) as journal, asyncio.timeout(LAST_WORDS):
                reply = self._reply(one, hold, journal, Paced())
                reply.emit(TurnEnded(outcome))
                await reply.publish(one.turn)
        except Exception:  # whatever it is: it broke the turn before
            log.exception("turn %s: nobody can be told of its end", one.turn.turn_id)

    @asynccontextmanager
    async def _journal(self, one: OpenTurn, hold: Hold) -> AsyncIterator[Journal]:
        """For the length of the block; then all is kept, and nobody follows the turn here any more."""
        journal = Journal(hold, one.turn.generation, self._live)
        try:
            yield journal
        finally:
            try:
                await journal.flush()
            finally:
                self._live.forget(one.turn.turn_id)

    async def _answer(self, one: OpenTurn, stop: Stop) -> None:
        hold = Hold(self._store.database, one)
        surface = self._wiring.surfaces[one.turn.surface]
        paced = Paced(self._wiring.budgets, surface.pace(one.turn))
        async with self._journal(one, hold) as journal, AsyncExitStack() as running:

            async def begin() -> Beginning:  # who only waits in line keeps nothing back
                await running.enter_async_context(paced.reserved())
                return await self._begin(one, hold)

            outcome = await run_turn(
                one.turn,
                pipeline=self._pipeline(hold),
                reply=self._reply(one, hold, journal, paced),
                stop=stop,
                line=self._line,
                begin=begin,
                kept=await hold.kept() if one.attempt > 1 else NOTHING,
            )
        await self._end(one, hold, outcome)

    def _pipeline(self, hold: Hold) -> Pipeline:
        pipeline = self._wiring.pipeline
        return replace(pipeline, agents=KeepingAgents(pipeline.agents, hold, self._drain, self._wiring.count))

    def _reply(self, one: OpenTurn, hold: Hold, journal: Journal, paced: Paced) -> LiveReply:
        return LiveReply(
            GuardedSurface(self._wiring.surfaces[one.turn.surface]),
            self._first_view(one.turn),
            redact=self._wiring.pipeline.redact,
            interval=self._wiring.interval,
            messages=hold,
            also=journal.emit,
            paced=paced,
            fated=partial(self._updated, one.turn.surface),
        )

    def _updated(self, surface: str, fate: Fate) -> None:
        self._wiring.count(MessageUpdated(surface, fate))

    def _first_view(self, turn: TurnRequest) -> TurnView:
        view = first_view(self._wiring.pipeline.stages, turn.turn_id, turn.generation)
        return replace(view, page=page_of(turn, self._wiring.pages))

    async def _begin(self, one: OpenTurn, hold: Hold) -> Beginning:
        """What the first attempt went by, whatever the settings say now."""
        if one.beginning:
            return one.beginning
        told = await self._wiring.surfaces[one.turn.surface].said_last(one.turn)
        last = told or await self._store.last_exchange(one.turn.conversation_id, one.turn.turn_id)
        pipeline, background = self._wiring.pipeline, await self._background(one.turn)
        beginning = Beginning(last, pipeline.prompt_limit, pipeline.on_reject, background)
        await hold.keep_beginning(beginning)
        return beginning

    async def _background(self, turn: TurnRequest) -> Background:
        """As it can be kept: people paste anything. A question can be answered without it."""
        try:
            found = await self._wiring.surfaces[turn.surface].background(turn)
            return Background(storable(found.text), tuple(map(storable, found.unread)))
        except SurfaceError as error:
            log.warning("turn %s: nothing is known of what was said before: %s", turn.turn_id, error)
            return NO_BACKGROUND

    async def _end(self, one: OpenTurn, hold: Hold, outcome: Outcome) -> None:
        notes = last_notes(outcome, one.turn.generation)
        await hold.end(outcome, Payload.of(outcome).model_dump_json(), notes)
        self._wiring.count(TurnClosed(one.turn.surface, outcome.status))
        self._say(one, "%s after %.1f s", outcome.status, outcome.seconds)

    def _say(self, one: OpenTurn, said: str, *about_it: object) -> None:
        """Where somebody looks on in the terminal, they see it."""
        level = logging.DEBUG if one.turn.surface in self._wiring.transient else logging.INFO
        log.log(level, said, *about_it)
