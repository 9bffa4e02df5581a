from __future__ import annotations

import asyncio

import pytest

from core.durable.hold import Hold
from core.durable.keeping import MOST_TAKEOVERS, Drain, KeepingAgents
from core.durable.ledger import Ledger, OpenTurn
from core.errors import AgentError, Superseded, Trouble
from core.store import Store
from core.turn import AgentFailure, AgentReply, Opinion
from tests.core.durable.around import bury, live, question, turn
from tests.fakes import Scripted, ScriptedAgents


async def test_what_is_under_way_is_waited_for() -> None:
    drain, begun, may_end = Drain(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with drain.under_way():
            begun.set()
            await may_end.wait()

    working = asyncio.create_task(work())
    await begun.wait()
    closing = asyncio.create_task(drain.close(30.0))
    await asyncio.sleep(0)

    assert not closing.done()

    may_end.set()

    assert await closing
    await working


async def test_what_takes_too_long_is_left() -> None:
    drain = Drain()

    async with drain.under_way():
        assert not await drain.close(0.0)


async def test_after_the_close_nothing_begins() -> None:
    drain = Drain()
    await drain.close(0.0)

    async def work() -> None:
        async with drain.under_way():
            pytest.fail("it has begun")

    late = asyncio.create_task(work())
    for _ in range(5):
        await asyncio.sleep(0)

    assert not late.done()

    late.cancel()
    await asyncio.gather(late, return_exceptions=True)


# Answers that are kept


class Held:
    """An attempt at a turn, over agents of its own, in the database."""

    def __init__(self, store: Store, one: OpenTurn, **answers: Scripted) -> None:
        self.agents = ScriptedAgents(**answers)
        self.hold = Hold(store.database, one)
        self.drain = Drain()
        self.keeping = KeepingAgents(self.agents, self.hold, self.drain)

    async def ask(self, stage: str = "research") -> AgentReply:
        return await self.keeping.ask(question(turn(1), stage), lambda _: None)


async def begun(store: Store, **answers: Scripted) -> Held:
    await live(store.database, "me")
    await store.accept(turn(1), "me")
    return Held(store, OpenTurn(turn(1), owner="me"), **answers)


async def again(store: Store, **answers: Scripted) -> Held:
    """After another process has died under it."""
    ledger = Ledger(store.database)
    one = await ledger.open_turn(turn(1).turn_id)
    assert one is not None
    assert one.owner is not None
    await bury(store.database, one.owner)
    await live(store.database, f"{one.owner}'")
    (taken,) = await ledger.take_over(f"{one.owner}'", {"memory"})
    return Held(store, taken, **answers)


async def test_an_answer_is_kept_before_it_is_used(store: Store) -> None:
    held = await begun(store)
    reply = await held.ask()

    assert {"research": reply} == await held.hold.kept()
    assert [False] == [asked.reentered for asked in held.agents.asked]


async def test_why_an_agent_did_not_answer_is_kept(store: Store) -> None:
    held = await begun(store, research=AgentError(Trouble.NO_CREDITS, "429", queries=2))

    with pytest.raises(AgentError):
        await held.ask()

    assert {"research": AgentFailure(Trouble.NO_CREDITS, "429", 2)} == await held.hold.kept()


async def test_what_was_on_its_way_as_the_process_died_is_asked_as_such(store: Store) -> None:
    held = await begun(store, research=ZeroDivisionError("the process dies"))
    with pytest.raises(ZeroDivisionError):
        await held.ask()
    next_one = await again(store)
    await next_one.ask()
    await next_one.ask("plan")

    assert [True, False] == [asked.reentered for asked in next_one.agents.asked]


async def test_after_too_many_deaths_in_a_row_nobody_is_asked_and_the_stage_has_failed(store: Store) -> None:
    held = await begun(store, research=ZeroDivisionError("the process dies"))
    for _ in range(MOST_TAKEOVERS + 1):
        with pytest.raises(ZeroDivisionError):
            await held.ask()
        held = await again(store, research=ZeroDivisionError("the process dies"))

    with pytest.raises(AgentError) as caught:
        await held.ask()

    assert Trouble.CRASHED == caught.value.trouble
    assert [] == held.agents.asked
    assert Trouble.CRASHED == (await held.hold.kept())["research"].trouble  # type: ignore[union-attr]


async def test_who_was_taken_for_dead_asks_nobody(store: Store) -> None:
    held = await begun(store)
    await again(store)

    with pytest.raises(Superseded):
        await held.ask()

    assert [] == held.agents.asked


async def test_an_answer_that_comes_too_late_is_not_kept(store: Store) -> None:
    held = await begun(store)
    held.agents.hold["research"] = asyncio.Event()
    asking = asyncio.create_task(held.ask())
    await held.agents.begun["research"].wait()
    next_one = await again(store)
    held.agents.hold["research"].set()

    with pytest.raises(Superseded):
        await asking

    assert {} == await next_one.hold.kept()


async def test_what_people_think_of_an_answer_is_passed_on(store: Store) -> None:
    held = await begun(store)
    reply = await held.ask("build")
    await held.keeping.react("build", reply, Opinion.LIKED)

    assert [("build", reply.message_id, Opinion.LIKED)] == held.agents.reactions


async def test_the_threads_conversations_are_opened_as_before(store: Store) -> None:
    held = await begun(store)
    held.keeping.prepare(turn(1), ["research", "plan"])

    assert [("thread", ("research", "plan"))] == held.agents.prepared
