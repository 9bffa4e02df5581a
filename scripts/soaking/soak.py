"""**I/O edge.** A soak: `orchestrator run` in the stand-ins while things go wrong, and what has come of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from core.errors import StoreError
from core.stages import STAGES
from core.store import open_store
from sandbox.customgpt import AGENTS, Account, CustomGPTStandIn, Endpoint, Fault, Pace
from sandbox.discord import DiscordStandIn
from sandbox.slack import Limits, SlackStandIn
from scripts.soaking.bots import Bots, bots
from scripts.soaking.disk import Disk, disk
from scripts.soaking.findings import Report, memory_of
from scripts.soaking.people import Crowd, DiscordCrowd, SlackCrowd
from scripts.soaking.plan import Orders, Planned, Trouble, plan
from tests.postgres import Server, running

log = logging.getLogger(__name__)

LIMITS = Limits(retries=(0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0))
"""Slack comes again after nothing, one minute and five; here in less, but no sooner than a restart takes."""

PACE = Pace(first_byte=0.4)
PATIENCE = 600.0
"""Seconds for all to be answered, once everything is well again: 45 updates a minute are all there are."""

GLANCE = 0.5
ALL = 10_000_000


@dataclass(slots=True)
class World:
    """Everything around the bots."""

    orders: Orders
    gpt: CustomGPTStandIn
    crowds: Sequence[Crowd]
    bots: Bots
    disk: Disk
    database: str
    server: Server | None
    troubles: Counter[str] = field(default_factory=Counter)


async def soak(orders: Orders, folder: Path) -> Report:
    """All of it, in a folder that keeps the logs of the processes."""
    (there := folder / "disk").mkdir()
    async with (
        disk(there, orders.database) as small,
        _database(orders, small) as (database, server),
        CustomGPTStandIn(pace=PACE, account=Account(max_queries=ALL)) as gpt,
        SlackStandIn(limits=LIMITS) as slack,
        DiscordStandIn() as discord,
    ):
        chance = Random(orders.seed)  # nosec B311
        crowds = SlackCrowd(slack, chance), DiscordCrowd(discord, chance)
        async with bots(orders.bots, _environment(gpt, slack, discord, database), folder, chance) as living:
            await slack.until(lambda: slack.sockets, 60.0)
            world = World(orders, gpt, crowds, living, small, database, server)
            await _under_load(world)
            await _settled(world)
        return await _report(world)


@asynccontextmanager
async def _database(orders: Orders, small: Disk) -> AsyncIterator[tuple[str, Server | None]]:
    if orders.database == "sqlite":
        yield f"sqlite:///{small.folder}/soak.db", None
        return
    with ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, running(small.folder))
        yield server.fresh(), server


def _environment(gpt: CustomGPTStandIn, slack: SlackStandIn, discord: DiscordStandIn, database: str) -> dict[str, str]:
    return {
        "CUSTOMGPT_BASE_URL": gpt.url,
        "CUSTOMGPT_API_KEY": gpt.key,
        "CUSTOMGPT_CONCURRENCY": "8",
        **{stage.setting: str(AGENTS[stage.name]) for stage in STAGES},
        "ORCHESTRATOR_DATABASE_URL": database,
        "ORCHESTRATOR_TURNS_PER_USER_HOUR": str(ALL),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.url,
        "DISCORD_BOT_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
    }


async def _under_load(world: World) -> None:
    """People ask, and things go wrong, for as long as was ordered."""
    asking = asyncio.create_task(_ask(world))
    begun = time.monotonic()
    for one in plan(world.orders):
        await asyncio.sleep(max(0.0, begun + one.at - time.monotonic()))
        await _make(world, one)
    await asyncio.sleep(max(0.0, begun + world.orders.seconds - time.monotonic()))
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def _ask(world: World) -> None:
    while True:
        for crowd in world.crowds:
            crowd.ask()
        await asyncio.sleep(world.orders.ask_every)


async def _make(world: World, planned: Planned) -> None:
    """A trouble, from its begin to its end."""
    match planned.trouble:
        case Trouble.KILL:
            made = world.bots.kill_one()
        case Trouble.STORM:
            made = await _storm(world, planned.lasts)
        case Trouble.SOCKETS:
            for crowd in world.crowds:
                crowd.cut()
            made = True
        case Trouble.DISK:
            made = await _full(world, planned.lasts)
    world.troubles[planned.trouble] += made


async def _storm(world: World, seconds: float) -> bool:
    busy, send = Fault(status=429, retry_after=1.0), world.gpt.endpoint(Endpoint.SEND)
    for crowd in world.crowds:
        crowd.storm(on=True)
    send.always = busy
    await asyncio.sleep(seconds)
    send.always = None
    for crowd in world.crowds:
        crowd.storm(on=False)
    return True


async def _full(world: World, seconds: float) -> bool:
    """A server that does not survive it is started again, as an operator would."""
    if world.disk.why_not:
        return False
    await world.disk.fill()
    await asyncio.sleep(seconds)
    await world.disk.free()
    if world.server:
        await asyncio.to_thread(world.server.start)
    return True


async def _settled(world: World) -> None:
    """Wait until every platform has said all, and no turn is open; at most for so long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        rows = await _rows(world)
        if all(crowd.settled for crowd in world.crowds) and all(ended for _, ended in rows.values()):
            return
        await asyncio.sleep(GLANCE)
    log.warning("after %g s not everything is answered", PATIENCE)


async def _rows(world: World) -> dict[str, tuple[str, bool]]:
    """Turn id → its status, and whether it has ended."""
    try:
        async with open_store(world.database) as store:
            return {one.id: (str(one.status), one.ended_at is not None) for one in await store.turns(limit=ALL)}
    except StoreError as error:
        log.warning("nobody can look into the database: %s", error)
        return {"": ("unknown", False)}


async def _report(world: World) -> Report:
    rows = await _rows(world)
    asked = [one for crowd in world.crowds for one in crowd.asked(rows)]
    slots = {one.query["external_id"].rsplit("-", 2)[0] for one in world.gpt.requests(Endpoint.SEND)}
    orders = world.orders
    about = {**asdict(orders), "bots": orders.bots, "starts": world.bots.starts}
    return Report(
        about=about,
        asked=tuple(asked),
        troubles=world.troubles,
        memory=memory_of(world.bots.samples, orders.quiet_from, orders.quiet_until),
        asked_again=world.gpt.account.current_queries - len(slots),  # what was refused cost nothing
        left_out=(world.disk.why_not,) if world.disk.why_not else (),
    )
