"""Slack for the conformance suite: the real adapter, over real Bolt and Socket Mode, against its stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.app import App, Rhythm, open_app
from bot.demo import demo_settings
from bot.serving import _listen
from bot.slack.adapter import SlackAdapter, nothing_shared, open_slack
from bot.slack.adapter import Ways as SlackWays
from bot.slack.config import REQUIRED_SCOPES, SlackSettings, read_slack
from bot.slack.socket import Pulse
from bot.slack.surface import Pacing
from core.check import check_core
from core.checks import CheckResult
from core.config import Settings, read_settings
from core.ports import Limit
from core.turn import turn_id_of
from sandbox.customgpt import CustomGPTStandIn
from sandbox.slack import (
    HTML_ERROR,
    NOT_STORED,
    REPLY_LOST,
    Channel,
    EventFault,
    Fault,
    Limits,
    Message,
    SlackStandIn,
    User,
)
from sandbox.slack.record import Delivery
from sandbox.slack.state import State
from sandbox.slack.transcript import body
from tests.contracts.harness import WAYS, Asked, Loss, Mishap, Shown, Step, Trouble, Ways, held, prepared

PACING = Pacing(posts=Limit(1, 0.25))
LIMITS = Limits(post_burst=3, post_interval=0.05, retries=(0.0, 0.1, 0.1, 0.1, 0.1))
"""Stricter than Slack, and twenty times as fast."""

PULSE = Pulse(ping=0.5, lost=2.5, look=0.05)
PATIENCE = 40.0
"""Seconds until a test hangs."""

MARKS = {"eyes": "at work", "white_check_mark": "answered", "warning": "not answered"}
FAULTS = {
    Trouble.REPLY_LOST: REPLY_LOST,
    Trouble.NOT_STORED: NOT_STORED,
    Trouble.SERVER_ERROR: Fault(status=500),
    Trouble.HTML: HTML_ERROR,
    Trouble.BUSY: Fault(retry_after=1),
}
STEPS = {
    Step.POST: ("chat.postMessage", 0),
    Step.UPDATE: ("chat.update", 0),
    Step.PUBLISH: ("chat.update", 1),
    Step.PART_2: ("chat.postMessage", 1),
    Step.PART_3: ("chat.postMessage", 2),
    Step.FILE_BEGUN: ("files.getUploadURLExternal", 0),
    Step.FILE_DONE: ("files.completeUploadExternal", 0),
}
"""The method, and how many of its calls go well before."""


class SlackHarness:
    """Fills `Harness`; what is Slack's own is at `slack`, `channel` and `adapter`."""

    def __init__(
        self,
        slack: SlackStandIn,
        gpt: CustomGPTStandIn,
        app: App,
        adapter: SlackAdapter,
        before: SlackHarness | None = None,
    ) -> None:
        self.slack, self.gpt, self.app, self.adapter = slack, gpt, app, adapter
        self.people: dict[str, User] = (
            before.people if before else {name: slack.person(name) for name in ("Ada", "Ben")}
        )
        self.ada = self.people["Ada"]
        self.channel: Channel = before.channel if before else slack.channel("general", self.people.values())
        self.told: list[str] = []
        self.listening: list[asyncio.Task[None]] = []
        self._befalls: list[Mishap] = []

    async def listen(self) -> None:
        """One socket more."""
        sockets = self.slack.sockets
        self.listening.append(asyncio.create_task(_listen(self.adapter, self.app.turns, self.told.append)))
        await self.slack.until(lambda: self.slack.sockets > sockets)

    async def close(self) -> None:
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*self.listening, return_exceptions=True)

    async def ask(self, prompt: str, *, after: Asked | None = None, who: str = "Ada") -> Asked:
        mishap = self._befalls.pop(0) if self._befalls else None
        self.slack.script_events(*(self._befallen(mishap) if mishap else (EventFault(), EventFault())))
        thread = after.where if after else ""
        first = mishap is not Mishap.OTHER_ORDER
        return self.asked(
            self.slack.mention(self.people[who], self.channel, prompt, thread=thread, mention_first=first)
        )

    async def say(self, text: str, after: Asked, *, who: str = "Ada") -> Asked:
        return self.asked(self.slack.post(self.people[who], self.channel, text, thread=after.where))

    def asked(self, message: Message) -> Asked:
        team = self.slack.team.id
        turn_id = turn_id_of(f"slack:{team}:{message.channel}:{message.ts}")
        return Asked(turn_id, f"slack:{team}:{message.channel}:{message.root}", message.text, message)

    async def visible(self, asked: Asked) -> None:
        await self.slack.until(lambda: self.messages(asked), PATIENCE)

    async def showing(self, asked: Asked, words: str) -> None:
        def shows() -> bool:
            return any(words in self.text(message.now) for message in self.messages(asked)[:1])

        await self.slack.until(shows, PATIENCE)

    async def settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.slack.until(lambda: self.slack.quiet and self.slack.sockets, PATIENCE)
            await self.app.turns.idle()
            await self.slack.until(lambda: self.slack.quiet, PATIENCE)

    def messages(self, asked: Asked) -> list[Message]:
        """Those that carry the turn's id, in their metadata or in the name of their file; oldest first."""
        said = self.slack.said(self.slack.world.channels[asked.where.channel])
        return [message for message in said if asked.turn_id in self._of(message)]

    def _of(self, message: Message) -> str:
        names = "".join(file.name for file in self.slack.files(message))
        return names or str((message.metadata or {}).get("event_payload", {}).get("turn_id"))

    def shown(self, asked: Asked) -> list[Shown]:
        return list(map(self._shown, self.messages(asked)))

    def _shown(self, message: Message) -> Shown:
        contents = [(file.content or b"").decode() for file in self.slack.files(message)]
        return Shown(tuple(map(self.text, message.states)), tuple(self.slack.pings(message)), tuple(contents))

    def text(self, state: State) -> str:
        """What a person reads."""
        return "\n".join(body(self.slack.world, state.text, state.blocks))

    def mark(self, asked: Asked) -> frozenset[str]:
        return frozenset(MARKS[name] for name in asked.where.reactions)

    def fail(self, step: Step, *troubles: Trouble) -> None:
        method, before = STEPS[step]
        self.slack.script(method, *[Fault()] * before, *(FAULTS[trouble] for trouble in troubles))

    def befall(self, *mishaps: Mishap) -> None:
        self._befalls += mishaps

    def _befallen(self, mishap: Mishap) -> tuple[EventFault, EventFault]:
        """Of the two events that a mention is."""
        return {
            Mishap.FIVE_TIMES: (EventFault(copies=4), EventFault(copies=4)),
            Mishap.OTHER_ORDER: (EventFault(), EventFault()),
            Mishap.LOST: (EventFault(drop=True), EventFault(drop=True)),
            Mishap.NOT_ACKNOWLEDGED: (EventFault(lost_acks=2), EventFault(lost_acks=1)),
            Mishap.CUT: (EventFault(), EventFault(sent=self._cut_once)),
            Mishap.AFTER_THE_NEXT: (EventFault(swap=True), EventFault(swap=True)),
        }[mishap]

    def _cut_once(self, delivery: Delivery) -> None:
        if len(delivery.attempts) == 1:
            self.slack.cut_sockets()

    async def lose(self, loss: Loss) -> None:
        before = self.slack.connections
        match loss:
            case Loss.CUT:
                self.slack.cut_sockets()
            case Loss.GOODBYE:
                self.slack.disconnect("refresh_requested")
            case Loss.WARNING:
                self.slack.disconnect("warning")
            case Loss.REFUSED:
                self.slack.refuse_sockets(0.5)
                self.slack.cut_sockets()
            case Loss.STALE:
                self.slack.refuse_sockets(0.5)
                self.slack.cut_sockets()
                await self.slack.until(lambda: len(self.slack.calls("apps.connections.open")) > before)
                self.slack._link.tickets.clear()  # so long that none is good any more
        await self.slack.until(lambda: self.slack.connections > before)

    async def second_connection(self) -> None:
        await self.listen()

    def delete_answer(self, asked: Asked) -> None:
        (message,) = self.messages(asked)
        self.slack.delete(self.ada, message)

    def delete_question(self, asked: Asked) -> None:
        self.slack.delete(self.ada, asked.where)

    def database_held(self) -> AbstractAsyncContextManager[None]:
        return held(self.file)

    async def marked(self, asked: Asked) -> None:
        await self.slack.until(lambda: asked.where.reactions)

    async def refused(self) -> None:
        """Slack has waited for it in vain."""
        missed = {"timeout", "http_error", "too_late"}
        await self.slack.until(
            lambda: any(attempt.outcome in missed for one in self.slack.deliveries() for attempt in one.attempts)
        )

    def updates(self, asked: Asked) -> list[float]:
        times = {message.ts for message in self.messages(asked)}
        return [call.at for call in self.slack.calls("chat.update") if call.args["ts"] in times]

    @property
    def hurried(self) -> Sequence[str]:
        return [call.method for call in self.slack.calls() if call.limited]

    file: Path = Path()

    async def direct(self, who: User, text: str, *, after: Asked | None = None) -> Asked:
        """Somebody writes to the bot alone."""
        return self.asked(self.slack.post(who, self.slack.dm(who), text, thread=after.where if after else ""))

    def another_channel(self, name: str) -> Channel:
        return self.slack.channel(name, self.people.values())


def slack_settings(slack: SlackStandIn, **more: str) -> SlackSettings:
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    return read_slack({**tokens, "SLACK_API_URL": slack.url, **more})


def app_settings(gpt: CustomGPTStandIn, folder: Path, ways: Ways) -> Settings:
    base = demo_settings(gpt.url, folder)
    given = {name.upper(): str(value) for name, value in base.model_dump().items() if value is not None}
    given["CUSTOMGPT_API_KEY"] = base.customgpt_api_key.get_secret_value()
    given["ORCHESTRATOR_ON_REJECT"] = "withhold" if ways.withhold else "warn"
    given["ORCHESTRATOR_TURNS_PER_USER_HOUR"] = str(ways.per_hour)
    given["ORCHESTRATOR_SHUTDOWN_SECONDS"] = str(ways.shutdown)
    given["CUSTOMGPT_CONCURRENCY"] = str(ways.concurrency)
    if ways.database:
        given["ORCHESTRATOR_DATABASE_URL"] = ways.database
    return read_settings(given)


def opened_adapter(
    slack: SlackStandIn,
    ways: Ways = WAYS,
    pacing: Pacing = PACING,
    shared: Callable[[], Awaitable[list[CheckResult]]] = nothing_shared,
) -> AbstractAsyncContextManager[SlackAdapter]:
    its_own = SlackWays(
        follow_ups=ways.follow_ups,
        notify_after=ways.notify_after,
        pacing=pacing,
        pulse=replace(PULSE, accept=ways.accept),
        shared=shared,
    )
    return open_slack(slack_settings(slack, **ways.platform), its_own)


@asynccontextmanager
async def open_slack_harness(
    folder: Path, ways: Ways = WAYS, *, limits: Limits = LIMITS, pacing: Pacing = PACING
) -> AsyncIterator[SlackHarness]:
    async with (
        CustomGPTStandIn() as gpt,
        SlackStandIn(limits=limits, scopes=tuple(REQUIRED_SCOPES)) as slack,
        opened_on(slack, prepared(gpt), folder, ways, pacing=pacing) as harness,
    ):
        yield harness


@asynccontextmanager
async def opened_on(
    slack: SlackStandIn,
    gpt: CustomGPTStandIn,
    folder: Path,
    ways: Ways = WAYS,
    *,
    pacing: Pacing = PACING,
    before: SlackHarness | None = None,
) -> AsyncIterator[SlackHarness]:
    """A process, on stand-ins that outlive it; `before` is the one that ran there before."""
    settings, rhythm = app_settings(gpt, folder, ways), Rhythm(interval=ways.interval)
    async with (
        opened_adapter(slack, ways, pacing, partial(check_core, settings)) as adapter,
        open_app(settings, {"slack": adapter.surface}, rhythm=rhythm) as app,
    ):
        harness = SlackHarness(slack, gpt, app, adapter, before)
        harness.file = folder / "demo.db"
        await harness.listen()
        try:
            yield harness
        finally:
            await harness.close()


@asynccontextmanager
async def beside(bot: SlackHarness, folder: Path, ways: Ways, *, pacing: Pacing = PACING) -> AsyncIterator[None]:
    """A second process on the same database, as far as anybody can tell."""
    settings, rhythm = app_settings(bot.gpt, folder, ways), Rhythm(interval=ways.interval)
    async with (
        opened_adapter(bot.slack, ways, pacing) as adapter,
        open_app(settings, {"slack": adapter.surface}, rhythm=rhythm) as app,
    ):
        sockets = bot.slack.sockets
        listening = asyncio.create_task(adapter.listen(app.turns))
        await bot.slack.until(lambda: bot.slack.sockets > sockets)
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
