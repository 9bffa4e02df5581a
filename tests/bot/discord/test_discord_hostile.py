"""2,000 hostile answers, questions, names, options, buttons: Discord takes what comes of each, and nobody is pinged."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.components import DiscordMessage
from bot.discord.details import details, exported
from bot.discord.layout import files, layout
from bot.discord.metadata import posted, pressed
from bot.discord.parse import Ask, Command, FollowUp, Ignored, Kind, Place, Said, parse
from bot.discord.render import Hint, question, render, thread_name
from bot.discord.telling import message, plain, status
from bot.discord.web import NOBODY
from core.actions import Pressed
from core.attached import File
from core.errors import Trouble
from core.events import TurnEnded
from core.pipeline import first_view
from core.review import Review, Verdict
from core.stages import STAGES
from core.stored import Exported, StoredTurn
from core.turn import AgentReply, Failure, Outcome, Source, TurnStatus
from core.view import StageLine, TurnView, apply
from sandbox.customgpt import Fault
from sandbox.discord import DiscordStandIn, kit
from sandbox.discord.pings import pings_of
from tests.bot.discord.test_discord_render import HOSTILE
from tests.contracts.discord_harness import LIMITS, open_discord_harness
from tests.contracts.harness import Ways

pytestmark = pytest.mark.timeout(240)
ONCE = partial(settings, deadline=None)
TURN = "a" * 24
SHORT = HOSTILE.map(lambda text: text[:300])


def assert_taken(said: DiscordMessage, *, code: bool = False) -> None:
    """The stand-in for Discord takes it as the library sends it, and would call nobody for it: by what goes with it;
    everybody not even without that. `code`: there may be code or addresses in it, which call nobody."""

    async def made() -> tuple[list[dict[str, Any]], set[str]]:
        drawn = layout(said).to_components()  # type: ignore[no-untyped-call]
        return drawn, {file.filename for file in files(said)}

    components, uploaded = asyncio.run(made())
    kit.check(components, uploaded)

    assert () == pings_of("", components, dict(NOBODY.to_dict()), None)
    assert code or "everyone" not in pings_of("", components, None, None)


sources = st.lists(
    st.builds(Source, st.integers(1, 3), st.none(), SHORT, st.none() | SHORT | st.just("https://x.example/@here")),
    max_size=4,
)
outcomes = st.builds(
    lambda status, answer, sources, said, seconds, unread: Outcome(
        TURN,
        "discord:1",
        status,
        answer,
        sources=tuple(sources),
        review=Review(50, Verdict.REJECT, said),
        failure=Failure("build", Trouble.BUSY),
        stopped_by=said,
        seconds=seconds,
        unread=tuple(unread),
    ),
    st.sampled_from([one for one in TurnStatus if one not in (TurnStatus.QUEUED, TurnStatus.RUNNING)]),
    HOSTILE,
    sources,
    SHORT,
    st.floats(0, 1e6),
    st.lists(SHORT, max_size=5),
)


@ONCE(max_examples=700)
@given(outcomes, st.sampled_from(Hint))
def test_hostile_answers(outcome: Outcome, hint: Hint) -> None:
    rendered = render(apply(first_view(STAGES, TURN, 7), TurnEnded(outcome)), hint)

    for one in (rendered.first, *rendered.parts, *([rendered.file] if rendered.file else [])):
        assert_taken(one, code=True)


@ONCE(max_examples=300)
@given(st.lists(SHORT, min_size=3, max_size=3), HOSTILE, st.sampled_from([TurnStatus.QUEUED, TurnStatus.RUNNING]))
def test_hostile_drafts(said: list[str], draft: str, status: TurnStatus) -> None:
    title, note, name = said
    lines = (StageLine(name[:20] or "x", title, drafts=True, note=note, text=draft), StageLine("review", "Review"))

    assert_taken(render(TurnView(lines, status, turn_id=TURN)).first)


@ONCE(max_examples=300)
@given(HOSTILE, SHORT, SHORT)
def test_hostile_questions_options_and_names(prompt: str, option: str, name: str) -> None:
    assert_taken(question(prompt[:6_000], {"tone": option[:200], "format": option[:200]}, name[:80]))
    assert 1 <= len(thread_name(prompt).strip()) <= 100


@ONCE(max_examples=300)
@given(HOSTILE, HOSTILE, SHORT)
def test_hostile_turns_in_details_and_status(prompt: str, text: str, name: str) -> None:
    reply = AgentReply(text=text, message_id=1, session_id="s", seconds=1.0, asked_at=0.0)
    turn = Exported(TURN, prompt[:6_000], {"tone": name[:200]}, "1", 0.0, "failed", {}, {"research": (prompt, reply)})
    kept = StoredTurn(TURN, "c", 1, "1", prompt, {}, TurnStatus.RUNNING, 0.0, None, None, None)

    for one in (details(turn), exported(turn)):
        assert_taken(one, code=True)
    for said in (plain(f"No: {text}"), message(status([kept] * 12, 9.0))):
        assert_taken(said)


PLACES = [
    Place("1", "2", Kind.CHANNEL, "3"),
    Place("1", "4", Kind.THREAD, "3", parent="2"),
    Place("", "5", Kind.DIRECT, "3"),
]


@ONCE(max_examples=300)
@given(HOSTILE, st.sampled_from(PLACES), st.lists(SHORT, max_size=2), st.booleans())
def test_hostile_messages_and_names_of_files(text: str, place: Place, names: list[str], mention: bool) -> None:
    attached = tuple(File(str(n), name, name, 1, name) for n, name in enumerate(names))
    said = Said(
        "9", place, f"<@7> {text}" if mention else text, mentions_us=mention, names={"<@1>": text}, files=attached
    )

    assert isinstance(parse(said, ours=("<@7>",), now=0.0), Ask | FollowUp | Command | Ignored)


scraps = st.lists(st.sampled_from(["turn", ":", "stop", "retry", "part", TURN, "1", "-1", "9" * 9, "\0", "é", "build"]))


@ONCE(max_examples=400)
@given(scraps.map("".join) | scraps.map(":".join) | HOSTILE, st.lists(SHORT, max_size=2))
def test_hostile_buttons(custom: str, values: list[str]) -> None:
    found = pressed(custom, values)

    assert found is None or isinstance(found, Pressed)
    assert found is None or custom.startswith(f"turn:{found.action}:{found.turn_id}:")
    posted([custom, *values])


FAST = replace(LIMITS, everything=10_000, react=(100, 0.1))
SHOUT = "@everyone @here <@{ada}> <@&{role}> "
QUESTIONS = [
    SHOUT + "how?",
    "```\n" * 9 + SHOUT,
    "[x](javascript:alert(1)) " + SHOUT,
    "# " * 50 + "||" * 50 + SHOUT,
    "| a | b |\n|---|---|\n" + "| " + SHOUT + " | \\ |\n",
    "\u202e\u200b🐝" * 200,
    "<@&0> <#0> <:x:0> </ask:0> <t:0:R> <id:home>",
]
NAMES = ["@everyone.txt", "<@1>.txt", "`x`_*y*.txt", "x" * 200 + ".md", "bees\u202e.txt", "🐝.bin"]


def refused(discord: DiscordStandIn) -> list[str]:
    """The calls that Discord found fault with, but for their number."""
    return [
        f"{call.name} {call.status} {call.code}"
        for call in discord.calls()
        if call.status >= 400 and call.status != 429
    ]


async def test_the_whole_way_nothing_is_refused_nobody_is_called_and_nothing_is_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_discord_harness(tmp_path, Ways(concurrency=50), limits=FAST) as bot:
        shout = SHOUT.format(ada=bot.ada.id, role=bot.discord.guild.id)
        mallory = bot.discord.person("@everyone **<@1>**")
        for stage in ("research", "plan", "build"):
            bot.gpt.agent(stage).always = Fault(answer=f"{shout}\n" + "".join(QUESTIONS), cites=())
        for n, text in enumerate(QUESTIONS):
            prompt = text.format(ada=bot.ada.id, role=bot.discord.guild.id)
            attached = [(name, b"Bees. @everyone") for name in NAMES[n % 2 :: 2]]
            bot.discord.mention(mallory, bot.channel, prompt, files=attached)
            bot.discord.command(mallory, bot.channel, "ask", prompt=prompt, tone=prompt[:200], audience=shout)
        for sub in ("status", "settings", "help", "new"):
            bot.discord.command(mallory, bot.channel, "orchestrator", sub)
        await bot.settled()
        channels = bot.discord.world.channels.values()
        said = [one for channel in channels for one in bot.discord.said(channel)]

        assert 2 * len(QUESTIONS) == len(await bot.app.store.turns())
        assert 3 * len(QUESTIONS) <= len(said)
        assert [] == refused(bot.discord)
        assert [] == [ping for one in said for ping in bot.discord.pings(one)]
        assert [] == [ping for one in bot.discord.ephemerals() for ping in one.state.pings]
        assert [] == [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
