"""**I/O edge.** The way in to the durable turns: submit, stop, retry; started and closed with the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from core.durable.engine import Engine, step
from core.durable.journal import Journal
from core.durable.keeping import Drain, KeepingAgents
from core.durable.ledger import Ledger, OpenTurn
from core.durable.line import Line
from core.durable.upkeep import Upkeep
from core.outcome import abandoned
from core.payload import Payload
from core.pipeline import Pipeline, first_view, run_turn
from core.ports import Surface
from core.reply import LiveReply
from core.stop import Stop
from core.store import Store
from core.text.budget import check_request
from core.turn import Beginning, Outcome, TurnRequest

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.1
"""For the engine to note what has just ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the turns run with. `shutdown`, `interval` of updates and `poll` of the engine in seconds.

    `retention` in days.
    """

    store: Store
    pipeline: Pipeline
    surfaces: Mapping[str, Surface]
    transient: frozenset[str] = frozenset({"terminal"})
    """Surfaces that end with their process: nobody is left to read what an earlier one was asked."""
    shutdown: float = 25.0
    retention: float = 30.0
    interval: float = 0.5
    poll: float = 1.0


class DurableTurns:
    """Made by `open_turns`. Raises `StoreError` where the database cannot be used."""

    def __init__(self, wiring: Wiring, engine: Engine) -> None:
        self._store = wiring.store
        self._surfaces = wiring.surfaces
        self._transient = wiring.transient
        self._interval = wiring.interval
        self._shutdown = wiring.shutdown
        self._ledger = Ledger(wiring.store)
        self._drain = Drain()
        agents = KeepingAgents(wiring.pipeline.agents, self._ledger, self._drain)
        self._pipeline = replace(wiring.pipeline, agents=agents)
        self._line = Line(self._ledger)
        self._engine = engine
        self._stops: dict[str, Stop] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._accepting = asyncio.Lock()
        self._working: set[asyncio.Task[Any]] = set()
        self._upkeep = Upkeep(self._ledger, engine, surfaces=wiring.surfaces, days=wiring.retention)
        self._keeping_up: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Resume what was under way, and start what was accepted and not started."""
        for one in await self._ledger.open_turns():
            if one.turn.surface in self._transient:
                await self._end(one, abandoned(one.turn))
        await self._engine.launch(self._work)
        await self._upkeep.sweep()
        self._keeping_up = asyncio.create_task(self._upkeep.run())

    async def submit(self, turn: TurnRequest) -> bool:
        """Take a turn on: durable once this returns. False for one that is known; then nothing is started.

        Raises `RequestError` where it cannot be taken as it is.
        """
        check_request(turn.prompt, turn.context, self._pipeline.prompt_limit)
        async with self._accepting:  # places in the order of the calls
            if not await self._store.accept(turn):
                return False
        await self._engine.start(turn.turn_id)
        return True

    async def stop(self, turn_id: str, by: str) -> bool:
        """Stop a turn, running or waiting; False if it has ended, or was stopped already."""
        if not await self._ledger.ask_to_stop(turn_id, by):
            return False
        if stop := self._stops.get(turn_id):
            stop.press(by)
        return True

    async def retry(self, turn_id: str, stage: str | None = None) -> bool:
        """An ended turn once more in the same message, last in its line; what came before `stage` is kept.

        Without a stage it goes on where it ended. False if it has not ended, or is not known.
        """
        names = [s.name for s in self._pipeline.stages]
        again = await self._ledger.retry(turn_id, names[names.index(stage) :] if stage else [])
        if again is None:
            return False
        await self._engine.start(again.workflow_id)
        return True

    async def ended(self, turn_id: str) -> None:
        """Wait until a turn of this process has ended."""
        ended = self._ended.setdefault(turn_id, asyncio.Event())  # first, or it might end while we look
        if await self._ledger.open_turn(turn_id):
            await ended.wait()
        elif self._ended.get(turn_id) is ended:
            del self._ended[turn_id]

    async def events(self, turn_id: str, after: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
        """Number, name and fields of the boundary events that are kept since number `after`."""
        return await self._ledger.events(turn_id, after)

    async def idle(self) -> None:
        """Wait until no turn is open."""
        while open_turns := await self._ledger.open_turns():
            await self.ended(open_turns[0].turn.turn_id)

    async def close(self) -> None:
        """Let what is under way end within the shutdown time; leave the rest to the next process."""
        if self._keeping_up:
            self._keeping_up.cancel()
            await asyncio.gather(self._keeping_up, return_exceptions=True)
        if not await self._drain.close(self._shutdown):
            log.warning("agents still answered after %g s: the next start looks for what they said", self._shutdown)
        await asyncio.sleep(CHECKPOINT_SECONDS)
        await self._engine.close()
        # What is left is parked, or too slow. The engine can note nothing of it any more: for it they are under way.
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _work(self, workflow_id: str) -> None:
        """The workflow: one attempt at a turn."""
        task = asyncio.current_task()
        assert task is not None
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        turn_id = workflow_id.partition("#")[0]
        stop = self._stops.setdefault(turn_id, Stop())  # before we look: who stops it from now on presses this one
        try:
            one = await self._ledger.open_turn(turn_id)
            if one and one.workflow_id == workflow_id and one.turn.surface in self._surfaces:
                await self._answer(one, stop)
            # Else it ended before the engine could note it, was taken up under another id, or is not for this process.
        finally:
            self._stops.pop(turn_id, None)

    async def _answer(self, one: OpenTurn, stop: Stop) -> None:
        if one.stop_by:
            stop.press(one.stop_by)
        journal = Journal(self._ledger, one.turn)
        try:
            outcome = await self._outcome(one.turn, self._reply(one.turn, journal), stop)
        finally:
            await journal.flush()
        await self._end(one, outcome)

    def _reply(self, turn: TurnRequest, journal: Journal) -> LiveReply:
        return LiveReply(
            self._surfaces[turn.surface],
            first_view(self._pipeline.stages),
            redact=self._pipeline.redact,
            interval=self._interval,
            messages=self._ledger,
            also=journal.emit,
        )

    async def _outcome(self, turn: TurnRequest, reply: LiveReply, stop: Stop) -> Outcome:
        return await run_turn(
            turn,
            pipeline=self._pipeline,
            reply=reply,
            stop=stop,
            line=self._line,
            begin=partial(self._begin, turn),
            step=step,
        )

    async def _begin(self, turn: TurnRequest) -> Beginning:
        last = await self._store.last_exchange(turn.conversation_id, turn.turn_id)
        return Beginning(last, self._pipeline.prompt_limit, self._pipeline.on_reject)

    async def _end(self, one: OpenTurn, outcome: Outcome) -> None:
        turn_id = one.turn.turn_id
        await self._store.end(turn_id, outcome, Payload.of(outcome).model_dump_json())
        self._line.moved()
        if waiting := self._ended.pop(turn_id, None):
            waiting.set()


def version_of(stages: Sequence[str]) -> str:
    """Turns of another pipeline are not resumed step by step, but begun anew over what is kept of theirs."""
    return f"turn-v1:{','.join(stages)}"


@asynccontextmanager
async def open_turns(wiring: Wiring, path: Path) -> AsyncIterator[DurableTurns]:
    """The durable turns of a database file, started; closed at the end of the block."""
    version = version_of([stage.name for stage in wiring.pipeline.stages])
    engine = Engine(path, version=version, poll=wiring.poll)
    turns = DurableTurns(wiring, engine)
    await turns.start()
    try:
        yield turns
    finally:
        await turns.close()
