"""Into Slack, and back in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.slack.adapter import SlackAdapter, open_slack
from bot.slack.adapter import Ways as SlackWays
from bot.slack.socket import Pulse
from core.errors import SurfaceError
from core.turn import FollowUps
from sandbox.slack import HTML_ERROR, EventFault, Fault, SlackStandIn
from tests.contracts.harness import Loss, Ways, complaints
from tests.contracts.long import LONG
from tests.contracts.slack_harness import LIMITS, PULSE, open_slack_harness, slack_settings
from tests.core.waiting import until
from tests.taken import TakenTurns


@asynccontextmanager
async def an_adapter(slack: SlackStandIn, pulse: Pulse = PULSE) -> AsyncIterator[SlackAdapter]:
    ways = SlackWays(follow_ups=FollowUps.ANYONE, notify_after=60.0, pulse=pulse)
    async with open_slack(slack_settings(slack), ways) as opened:
        yield opened


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=LIMITS) as stand_in:
        yield stand_in


@pytest.mark.parametrize(
    ("token", "said"),
    [("bot_token", r"^auth\.test: token_revoked$"), ("app_token", r"^apps\.connections\.open: token_revoked$")],
)
async def test_a_token_that_is_no_good_is_said_at_once(slack: SlackStandIn, token: str, said: str) -> None:
    slack.revoke(getattr(slack, token))
    async with an_adapter(slack) as adapter:
        with pytest.raises(SurfaceError, match=said):
            await adapter.listen(TakenTurns())


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_slack_that_is_not_well_is_said_at_once(slack: SlackStandIn, method: str) -> None:
    slack.script(method, HTML_ERROR)
    async with an_adapter(slack) as adapter:
        with pytest.raises(SurfaceError, match=f"^{method}: 503"):
            await adapter.listen(TakenTurns())


async def test_a_socket_that_does_not_open_is_given_up(slack: SlackStandIn) -> None:
    slack.refuse_sockets(30.0)
    async with an_adapter(slack, replace(PULSE, lost=0.5)) as adapter:
        with pytest.raises(SurfaceError, match=r"^Slack's socket does not open within 0\.5 s$"):
            await adapter.listen(TakenTurns())


async def test_a_socket_that_stays_away_is_given_up(slack: SlackStandIn) -> None:
    async with an_adapter(slack, replace(PULSE, lost=0.6)) as adapter:
        listening = asyncio.create_task(adapter.listen(TakenTurns()))
        await slack.until(lambda: slack.sockets)
        slack.revoke(slack.app_token)
        slack.disconnect("link_disabled")

        with pytest.raises(SurfaceError, match=r"^Slack's socket has been closed for 0\.6 s$"):
            await listening


async def test_it_is_ready_while_it_is_connected(slack: SlackStandIn) -> None:
    async with an_adapter(slack, replace(PULSE, lost=30.0)) as adapter:

        async def ready() -> bool:
            return not adapter.not_ready

        async def not_ready() -> bool:
            return adapter.not_ready == "not connected"

        assert await not_ready()
        listening = asyncio.create_task(adapter.listen(TakenTurns()))
        await until(ready)
        slack.refuse_sockets(30.0)
        slack.cut_sockets()
        await until(not_ready)
        slack.refuse_sockets(0.0)
        await until(ready)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert await not_ready()


async def test_an_event_is_taken_though_slack_cannot_say_any_more_who_we_are(slack: SlackStandIn) -> None:
    """Bolt would ask, and acknowledge the event unheard."""
    turns, ada = TakenTurns(), slack.person("Ada")
    general = slack.channel("general", [ada])
    async with an_adapter(slack) as adapter:
        listening = asyncio.create_task(adapter.listen(turns))
        await slack.until(lambda: slack.sockets)
        slack.always("auth.test", Fault(error="internal_error"))
        slack.mention(ada, general, "How do bees choose?")
        await slack.until(lambda: slack.quiet)

        assert ["How do bees choose?"] * 2 == [turn.prompt for turn in turns.taken]
        assert 1 == len(slack.calls("auth.test"))

        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_what_is_being_taken_at_the_end_is_acknowledged_yet(slack: SlackStandIn) -> None:
    turns, ada = TakenTurns(), slack.person("Ada")
    general = slack.channel("general", [ada])
    async with an_adapter(slack) as adapter:
        listening = asyncio.create_task(adapter.listen(turns))
        await slack.until(lambda: slack.sockets)
        turns.gate.clear()
        slack.mention(ada, general, "How do bees choose?")
        await turns.begun.wait()
        listening.cancel()
        left, _ = await asyncio.wait({listening}, timeout=0.2)
        turns.gate.set()
        await asyncio.gather(listening, return_exceptions=True)
        await slack.until(lambda: slack.quiet)

    assert set() == left
    assert 2 == len(turns.taken)
    assert ["acked"] * 2 == [attempt.outcome for one in slack.deliveries() for attempt in one.attempts]


async def test_what_cannot_be_taken_is_not_acknowledged(slack: SlackStandIn) -> None:
    turns, ada = TakenTurns(), slack.person("Ada")
    general = slack.channel("general", [ada])
    turns.gate.clear()
    async with an_adapter(slack, replace(PULSE, accept=0.2)) as adapter:
        listening = asyncio.create_task(adapter.listen(turns))
        await slack.until(lambda: slack.sockets)
        slack.mention(ada, general, "How do bees choose?")
        await slack.until(lambda: any(len(one.attempts) > 1 for one in slack.deliveries()))
        turns.gate.set()
        await slack.until(lambda: slack.quiet)

        first = [one.attempts[0].outcome for one in slack.deliveries()]
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    assert ["timeout"] * 2 == first
    assert {"How do bees choose?"} == {turn.prompt for turn in turns.taken}


def logged(records: Sequence[logging.LogRecord]) -> str:
    """All of it, tracebacks included."""
    form = logging.Formatter("%(name)s %(message)s")
    return "\n".join(map(form.format, records))


async def test_no_token_is_in_any_line_of_the_log_whatever_goes_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_slack_harness(tmp_path, Ways(notify_after=0.0)) as bot:
            bot.slack.script("chat.postMessage", HTML_ERROR)
            bot.slack.script("chat.update", Fault(error="invalid_auth"))
            bot.slack.script("users.info", Fault(drop=True))
            bot.slack.script("files.completeUploadExternal", Fault(drop=True))
            bot.gpt.agent("build").always = bot.gpt.agent("build").always.__class__(answer=LONG, cites=())
            bot.slack.script_events(EventFault(copies=1))
            asked = await bot.ask(f"What would {bot.people['Ben'].mention} say?")
            bot.slack.script("apps.connections.open", HTML_ERROR)
            await bot.lose(Loss.REFUSED)
            await bot.settled()
            found = await complaints(bot, asked, answer="Section 01")
            tokens = bot.slack.bot_token, bot.slack.app_token

    said = logged(caplog.records)
    assert [one for one in found if "messages" not in one] == []
    assert "slack_sdk" in said or "slack_bolt" in said
    for token in tokens:
        assert token not in said


async def test_no_token_is_in_an_error(slack: SlackStandIn) -> None:
    slack.script("apps.connections.open", Fault(drop=True))
    async with an_adapter(slack) as adapter:
        with pytest.raises(SurfaceError) as raised:
            await adapter.listen(TakenTurns())

    shown = repr(raised.value) + repr(raised.value.__cause__)
    assert slack.bot_token not in shown
    assert slack.app_token not in shown
