"""People who press, command and read what they alone are told."""

from __future__ import annotations

from sandbox.slack import Channel, Message, User
from sandbox.slack.blocks import elements
from sandbox.slack.record import Delivery
from sandbox.slack.transcript import body
from tests.contracts.harness import Asked
from tests.contracts.slack_harness import PATIENCE, SlackHarness


def buttons(message: Message) -> list[str]:
    """The action ids of what can be pressed now, without what they all begin with."""
    found = [str(element.get("action_id", "")) for _, element in elements(message.now.blocks)]
    return [name.removeprefix("turn:") for name in found if name.startswith("turn:")]


def living(bot: SlackHarness, asked: Asked) -> Message:
    return bot.messages(asked)[0]


async def press(bot: SlackHarness, who: User, asked: Asked, action: str, value: str | None = None) -> Delivery:
    """Press it, and wait until Slack has its acknowledgement."""
    sent = bot.slack.press(who, living(bot, asked), f"turn:{action}", value)
    await bot.slack.until(lambda: sent.settled, PATIENCE)
    assert sent.acked, sent
    return sent


def option(asked: Asked, stage: str, generation: int = 1) -> str:
    return f"{asked.turn_id}:{generation}:{stage}"


def told(bot: SlackHarness, who: User) -> list[str]:
    """What this person alone was told, oldest first."""
    hidden = [one for one in bot.slack.ephemerals() if one.user == who.id]
    return ["\n".join(body(bot.slack.world, one.text, one.blocks)) for one in hidden]


async def is_told(bot: SlackHarness, who: User, words: str) -> None:
    """Wait until somebody is told something with these words in it."""
    await bot.slack.until(lambda: any(words in text for text in told(bot, who)), PATIENCE)


async def command(bot: SlackHarness, who: User, text: str, channel: Channel | None = None) -> str:
    """Give the slash command; what its user reads at once."""
    before = len(told(bot, who))
    sent = bot.slack.command(who, channel or bot.channel, "/orchestrator", text)
    await bot.slack.until(lambda: sent.settled, PATIENCE)
    assert sent.acked, sent.failed
    return "\n".join(told(bot, who)[before:])
