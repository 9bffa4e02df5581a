"""Files that people attach to a question."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.attachments import fetched
from bot.slack.web import connected
from core.attached import File, kept, read
from core.text.attachments import NOT_FETCHED
from tests.bot.slack.pressing import is_told
from tests.bot.slack.test_adapter_asking import prompts
from tests.contracts.harness import Asked, ended
from tests.contracts.slack_harness import SlackHarness, open_slack_harness


def attach(bot: SlackHarness, text: str, *files: tuple[str, bytes]) -> Asked:
    return bot.asked(bot.slack.post(bot.ada, bot.channel, f"<@{bot.slack.bot_user}> {text}", files=files))


async def test_a_text_is_background_for_the_research_and_what_is_none_is_named(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        picture, large = ("bee.png", b"\x89PNG"), ("large.txt", b"a" * (1024 * 1024 + 1))
        asked = attach(bot, "What does it say?", ("notes.md", b"Bees dance in the dark."), picture, large)
        await bot.settled()
        (shown,) = bot.shown(asked)

        assert "File notes.md:\nBees dance in the dark." in prompts(bot)[0]
        assert "Attached, and not read: bee.png (not a text); large.txt (more than 1 MiB)." in prompts(bot)[0]
        assert "Not read: bee.png (not a text); large.txt (more than 1 MiB)" in shown.last


async def test_what_claims_to_be_a_text_and_is_none_is_not_read(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = attach(bot, "What does it say?", ("notes.txt", b"\x80\x81"), ("empty.txt", b" \n"))
        await bot.settled()

        assert "Not read: notes.txt (not a text); empty.txt (empty)" in bot.shown(asked)[0].last


async def test_without_the_scope_a_file_is_named_as_not_read_and_the_question_is_answered(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        bot.slack.scopes = [scope for scope in bot.slack.scopes if scope != "files:read"]
        asked = attach(bot, "What does it say?", ("notes.md", b"Bees."))
        await bot.settled()

        assert f"Not read: notes.md ({NOT_FETCHED})" in bot.shown(asked)[0].last


async def test_who_attaches_something_and_says_nothing_is_asked_what_for(tmp_path: Path) -> None:
    async with open_slack_harness(tmp_path) as bot:
        asked = attach(bot, "", ("notes.md", b"Bees."))
        await is_told(bot, bot.ada, "what you attached")
        await bot.settled()

        assert await ended(bot, asked) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://drive.example.com/notes.md",
        "http://files.slack.com/notes.md",
        "https://files.slack.com.example.com/notes.md",
        "https://files.slack.com@example.com/notes.md",
        "",
    ],
)
async def test_the_token_goes_nowhere_but_to_slack(url: str) -> None:
    async with connected("xoxb-planted", "https://slack.com/api/") as client:
        found = await read(kept([File("F1", "notes.md", "text/markdown", 5, url)]), partial(fetched, client=client))

    assert isinstance(client, AsyncWebClient)
    assert ("", (f"notes.md ({NOT_FETCHED})",)) == (found.text, found.unread)
