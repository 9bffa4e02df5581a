"""**I/O edge.** Slack: what people say becomes turns, durable before it is acknowledged."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, assert_never

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.config import SlackSettings
from bot.slack.parse import Ask, Bot, Command, Deleted, FollowUp, Ignored, parse
from bot.slack.people import People, mentioned
from bot.slack.socket import PULSE, Ears, Pulse, hear
from bot.slack.surface import PACING, Pacing, SlackSurface
from bot.slack.web import call, connected
from core.errors import RequestError
from core.ports import Turns
from core.turn import FollowUps

log = logging.getLogger(__name__)

SOMEBODY = "somebody"


class SlackAdapter:
    """Made by `open_slack`. Fills `core.ports.Adapter`."""

    name = "slack"

    def __init__(
        self,
        settings: SlackSettings,
        client: AsyncWebClient,
        *,
        follow_ups: FollowUps,
        notify_after: float,
        pacing: Pacing = PACING,
        pulse: Pulse = PULSE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._app_token = settings.slack_app_token
        self._client = client
        self._people = People(client)
        self._follow_ups = follow_ups
        self._pulse = pulse
        self._now = now
        self.surface = SlackSurface(client, self._people, notify_after=notify_after, pacing=pacing)

    async def listen(self, turns: Turns) -> None:
        """Hear what is said, until cancelled. Raises `SurfaceError` where Slack does not let us in."""
        who = await call(self._client, "auth.test")
        bot = Bot(str(who.get("user_id", "")), str(who.get("bot_id", "")))
        log.info("in Slack we are %s, in %s", who.get("user"), who.get("team"))
        assert self._app_token
        ears = Ears(partial(self.take, bot=bot, turns=turns), self._pulse.accept)
        await hear(ears, self._client, bot, self._app_token, self._pulse)

    async def take(self, body: Mapping[str, Any], *, bot: Bot, turns: Turns) -> None:
        """Take an event on, durably. Whatever is raised, Slack delivers it again."""
        match parse(body, bot=bot, now=self._now()):
            case Ask():
                await self._submit(body, bot, turns)
            case FollowUp(request) if await self._may_follow(request.conversation_id, request.asker, turns):
                await self._submit(body, bot, turns)
            case FollowUp():
                log.debug("a message in a thread is not for us")
            case Deleted() as deleted:
                await turns.stop(deleted.turn_id, await self._people.name(deleted.user) or SOMEBODY)
            case Command(name):
                log.info("the command %s is not part of this version", name)
            case Ignored(reason):
                log.debug("an event is not for us: %s", reason)
            case never:
                assert_never(never)

    async def close(self) -> None:
        """Nothing is looked up any more."""
        await self._people.close()

    async def _submit(self, body: Mapping[str, Any], bot: Bot, turns: Turns) -> None:
        """Only now that it is for us, whoever is mentioned is looked up."""
        names = await self._people.names(user for user in mentioned(_text(body)) if user != bot.user_id)
        match parse(body, bot=bot, now=self._now(), names=names):
            case Ask(request) | FollowUp(request):
                try:
                    await turns.submit(request)
                except RequestError as error:
                    log.info("turn %s is not taken: %s", request.turn_id, error)

    async def _may_follow(self, conversation_id: str, user: str, turns: Turns) -> bool:
        if self._follow_ups is FollowUps.MENTION:
            return False
        askers = await turns.askers(conversation_id)
        return bool(askers) if self._follow_ups is FollowUps.ANYONE else user in askers


def _text(body: Mapping[str, Any]) -> str:
    text = body["event"].get("text")  # it has been parsed before
    return text if isinstance(text, str) else ""


@asynccontextmanager
async def open_slack(
    settings: SlackSettings,
    *,
    follow_ups: FollowUps,
    notify_after: float,
    pacing: Pacing = PACING,
    pulse: Pulse = PULSE,
) -> AsyncIterator[SlackAdapter]:
    """The adapter, over one pool of connections."""
    assert settings.slack_bot_token
    async with connected(settings.slack_bot_token.get_secret_value(), settings.slack_api_url) as client:
        adapter = SlackAdapter(
            settings, client, follow_ups=follow_ups, notify_after=notify_after, pacing=pacing, pulse=pulse
        )
        try:
            yield adapter
        finally:
            await adapter.close()
