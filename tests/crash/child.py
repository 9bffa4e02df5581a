"""**I/O edge.** The process that the crash tests kill: the real app, on the two stand-ins.

python -m tests.crash.child ORDERS     ORDERS as JSON, see `Orders`

It does what it is told, waits until no turn is open, and ends with 0; with 1 and a sentence where it cannot.
SIGTERM lets it end early and in good order; a `pause` lasts until SIGUSR1. What its orders returned is its output.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.app import Patience, Rhythm, open_app
from bot.demo import demo_settings
from bot.discord import posting as discord_posting
from bot.discord.adapter import Ways as DiscordWays
from bot.discord.adapter import open_discord
from bot.discord.config import read_discord
from bot.slack.adapter import Ways, open_slack
from bot.slack.config import read_slack
from bot.slack.surface import Pacing
from core.config import Settings, read_settings
from core.customgpt.retry import Policy, Retry
from core.durable.membership import Beats
from core.durable.turns import DurableTurns
from core.errors import OrchestratorError
from core.ports import Adapter, Limit, Surface
from core.stages import STAGES
from core.stages.stage import Stage
from core.turn import FollowUps, TurnRequest
from sandbox.slack import APP_TOKEN, BOT_TOKEN
from tests.crash.fuse import Fuse, Kill
from tests.crash.surface import CHANNEL, open_surface

log = logging.getLogger(__name__)

OBEYED = "has done all that it was told"
"""What a child says in its log then."""

SURFACE = "platform"
HURRIED = Patience(Retry(policy=Policy(looks=(0.0, 0.2, 0.4), first_pause=0.1)))
BEATS = Beats(every=0.3, stale=2.0)
"""Long enough that nobody is taken for dead because the machine is busy."""

LOOK = 0.2
SWIFT = Pacing(posts=Limit(1, 0.05))


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a child does. `do` is a tuple of `("submit", identity, conversation, prompt)`, `("deliver", times, …)`,
    `("stop", turn_id, by)`, `("retry", turn_id, stage | None)`, `("pause",)`. Its fuse burns from the first of them,
    or from the start."""

    stand_in: str
    platform: str
    database: str
    do: tuple[tuple[Any, ...], ...] = ()
    kill: Kill | None = None
    from_start: bool = False
    concurrency: int = 5
    interval: float = 0.05
    """Seconds between two updates of a message."""
    stages: tuple[str, ...] = ()
    """Another pipeline than ours: as after an update that added a stage, or renamed one."""
    slack: str = ""
    """The Web API of a Slack stand-in, to be listened to from first to last; empty for none."""
    discord: tuple[str, str] = ("", "")
    """The same of Discord: the address of its REST API, and the token."""
    notify_after: float = 60.0

    @classmethod
    def read(cls, text: str) -> Orders:
        given = json.loads(text)
        kill = Kill(**given["kill"]) if given["kill"] else None
        do = tuple(tuple(one) for one in given["do"])
        return cls(
            **{**given, "kill": kill, "do": do, "stages": tuple(given["stages"]), "discord": tuple(given["discord"])}
        )

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def settings_of(orders: Orders) -> Settings:
    base = demo_settings(orders.stand_in, Path())
    given = {name.upper(): value for name, value in base.model_dump().items()}
    ours = {"ORCHESTRATOR_DATABASE_URL": orders.database, "CUSTOMGPT_CONCURRENCY": str(orders.concurrency)}
    ours["ORCHESTRATOR_TURNS_PER_USER_HOUR"] = "1000000"
    return read_settings({**given, **ours})


def stages_named(names: tuple[str, ...]) -> tuple[Stage, ...]:
    """Ours by their names; `name=ours` is one of ours under another name, asked of the same agent."""
    ours = {stage.name: stage for stage in STAGES}
    pairs = [name.partition("=") for name in names]
    return tuple(replace(ours[own or name], name=name) for name, _, own in pairs)


@asynccontextmanager
async def opened(orders: Orders) -> AsyncIterator[DurableTurns]:
    """The app, as `orchestrator run` would open it."""
    stages = stages_named(orders.stages) or STAGES
    rhythm = Rhythm(interval=orders.interval, look=LOOK, beats=BEATS)
    async with open_surface(orders.platform) as surface, opened_chat(orders) as adapter:
        surfaces: dict[str, Surface] = {SURFACE: surface} | ({adapter.name: adapter.surface} if adapter else {})
        settings = settings_of(orders)
        async with open_app(settings, surfaces, patience=HURRIED, rhythm=rhythm, stages=stages) as app:
            listening = asyncio.create_task(adapter.listen(app.turns)) if adapter else None
            try:
                yield app.turns
            finally:
                await _left(listening)


@asynccontextmanager
async def opened_chat(orders: Orders) -> AsyncIterator[Adapter | None]:
    """The platform that is listened to; None without one."""
    if opened := slack_of(orders) if orders.slack else discord_of(orders):
        async with opened as adapter:
            yield adapter
    else:
        yield None


def slack_of(orders: Orders) -> AbstractAsyncContextManager[Adapter]:
    settings = read_slack({"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": orders.slack})
    ways = Ways(follow_ups=FollowUps.PARTICIPANTS, notify_after=orders.notify_after, pacing=SWIFT)
    return open_slack(settings, ways)


def discord_of(orders: Orders) -> AbstractAsyncContextManager[Adapter] | None:
    url, token = orders.discord
    if not url:
        return None
    settings = read_discord({"DISCORD_BOT_TOKEN": token, "DISCORD_API_URL": url})
    ways = DiscordWays(
        follow_ups=FollowUps.PARTICIPANTS,
        notify_after=orders.notify_after,
        pacing=discord_posting.Pacing(updates=Limit(4, 0.5), apart=0.05, posts=Limit(4, 0.2)),
    )
    return open_discord(settings, ways)


async def _left(listening: asyncio.Task[None] | None) -> None:
    if listening:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def turn_of(identity: str, conversation: str, prompt: str) -> TurnRequest:
    return TurnRequest(
        identity=identity,
        conversation_id=conversation,
        prompt=prompt,
        asker="Ada",
        accepted_at=time.time(),
        surface=SURFACE,
        address={CHANNEL: conversation},
    )


async def obey(turns: DurableTurns, order: tuple[Any, ...], told: asyncio.Event) -> object:
    match order:
        case ("submit", *said):
            return await turns.submit(turn_of(*said))
        case ("deliver", int(times), *said):
            return await asyncio.gather(*(turns.submit(turn_of(*said)) for _ in range(times)))
        case ("stop", turn_id, by):
            return await turns.stop(turn_id, by)
        case ("retry", turn_id, stage):
            return await turns.retry(turn_id, stage)
        case ("pause",):
            return await told.wait()
        case _:
            raise ValueError(order)


async def live(orders: Orders) -> list[object]:
    """Everything from the start to the end; what the orders returned."""
    loop, told, terminated = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, told.set)
    loop.add_signal_handler(signal.SIGTERM, terminated.set)
    fuse = Fuse(orders.kill)
    log.info("born %d", os.getpid())
    if orders.from_start:
        fuse.light()
    async with opened(orders) as turns:
        fuse.light()
        log.info("opened")
        returned = [await obey(turns, order, told) for order in orders.do]
        log.info(OBEYED)
        await _either(turns.idle(), terminated.wait())
        log.info("leaves")
    log.info("closed")
    return returned


async def _either(*waits: Any) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main(orders: Orders) -> int:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    for quiet in ("httpx", "alembic"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    try:
        print(json.dumps(asyncio.run(live(orders))), flush=True)
    except OrchestratorError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Orders.read(sys.argv[1])))
