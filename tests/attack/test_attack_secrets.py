"""Secrets planted in settings, prompts, answers and errors: in no log, no chat, no export, no number."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.app import BRIEF, App, Patience, open_app
from bot.demo import demo_settings
from core.customgpt.retry import Policy, Retry
from core.export import as_json, as_markdown, concealed
from core.logs import QUIET, set_up_logging
from core.text.redact import Redactor
from core.turn import TurnRequest
from sandbox.customgpt import CustomGPTStandIn, Fault
from tests.bot.shell import Shell
from tests.fakes import MemorySurface, a_turn

SLACK = "xoxb-123456789012-planted-in-a-test"
PASSWORD = "correct-horse-battery"
PLANTED = (SLACK, PASSWORD)
STAGES = ("research", "plan", "build", "review")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = {logger: logger.level for logger in map(logging.getLogger, (None, *QUIET))}
    listeners = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = listeners
    for logger, level in loggers.items():
        logger.setLevel(level)


class Places(MemorySurface):
    """Notes what it is asked to say as the question of a command."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[TurnRequest] = []

    async def open(self, turn: TurnRequest, *, again: bool) -> None:
        self.opened.append(turn)


class World:
    """A bot whose secrets are known to everybody around it."""

    def __init__(self, stand_in: CustomGPTStandIn, folder: Path) -> None:
        self.stand_in = stand_in
        self.secrets = (stand_in.key, stand_in.key.partition("|")[2], *PLANTED)
        self.said = f"The keys are {stand_in.key}, {SLACK} and {PASSWORD}."
        self.surface = Places()
        self.log = io.StringIO()
        self.settings = demo_settings(stand_in.url, folder)

    def turn(self, **more: str) -> TurnRequest:
        return a_turn(f"{self.said} How do bees choose?", surface="memory", **more)

    def assert_clean(self, where: str, text: str) -> None:
        assert [] == [secret for secret in self.secrets if secret in text], where


@pytest.fixture
def world(stand_in: CustomGPTStandIn, tmp_path: Path) -> World:
    world = World(stand_in, tmp_path)
    set_up_logging("debug", "json", Redactor((*world.settings.secrets, *PLANTED)), stream=world.log)
    return world


@pytest.fixture
async def app(world: World) -> AsyncIterator[App]:
    patience = Patience(Retry(policy=Policy(first_pause=0.01, looks=(0.0,))))
    surfaces = {"memory": world.surface}
    async with open_app(world.settings, surfaces, patience=patience, rhythm=BRIEF, secrets=PLANTED) as opened:
        yield opened


async def assert_nothing_leaks(world: World, app: App, turn: TurnRequest) -> None:
    kept, turn_id = await app.store.turn(turn.turn_id), turn.turn_id
    exported = await app.turns.exported(turn_id)
    assert kept is not None
    assert exported is not None
    world.assert_clean("chat", repr(world.surface.calls))
    world.assert_clean("payload", f"{kept.payload} {kept.answer}")
    world.assert_clean("export", as_markdown(exported) + as_json(exported) + as_json(concealed(exported)))
    events = [event async for event in app.turns.records.watch(turn_id)]
    world.assert_clean("events", json.dumps([[event.name, event.fields] for event in events]))
    world.assert_clean("numbers", (await app.scrape.text()).decode())
    world.assert_clean("log", world.log.getvalue())


async def test_where_agents_repeat_them(world: World, app: App) -> None:
    for stage in ("research", "plan", "build"):
        world.stand_in.agent(stage).always = Fault(answer=world.said)
    review = {"score": 90, "verdict": "revise", "summary": world.said, "findings": [{"message": world.said}]}
    edits = [{"find": "The keys", "replace": "The true keys", "reason": world.said}, {"find": SLACK, "replace": "x"}]
    world.stand_in.agent("review").always = Fault(answer=json.dumps({**review, "edits": edits}))
    await app.answer(turn := world.turn())

    await assert_nothing_leaks(world, app, turn)
    assert "asks: " in world.log.getvalue()  # so the prompts are in there, and only the secrets are not


@pytest.mark.parametrize("stage", STAGES)
async def test_where_an_error_repeats_them(world: World, app: App, stage: str) -> None:
    world.stand_in.agent(stage).always = Fault(status=400, body="text", body_text=world.said)
    await app.answer(turn := world.turn())

    await assert_nothing_leaks(world, app, turn)
    assert "did not answer" in world.log.getvalue()


async def test_where_a_stream_breaks_off_in_the_middle_of_one(world: World, app: App) -> None:
    half = world.stand_in.key[: len(world.stand_in.key) - 3]
    world.stand_in.agent("build").always = Fault(answer=f"{world.said} {half}", delta_size=7, close_after=6)
    await app.answer(turn := world.turn())

    await assert_nothing_leaks(world, app, turn)


async def test_at_info_no_words_of_people_or_agents_are_in_the_log(world: World, app: App) -> None:
    set_up_logging("info", "json", Redactor(), stream=world.log)
    world.log.truncate(0)
    world.stand_in.agent("research").always = Fault(answer="Zephyrine honey.")
    world.stand_in.agent("plan").always = Fault(status=400, body="text", body_text="no")
    await app.answer(a_turn("Which quixotic bee?", surface="memory"))

    assert "attempt 1 begins" in world.log.getvalue()
    assert "quixotic" not in world.log.getvalue()
    assert "Zephyrine" not in world.log.getvalue()


async def test_an_export_at_the_command_line_has_none_of_them(world: World, shell: Shell) -> None:
    key = world.stand_in.key
    asked = await shell.run("ask", f"My key is {key}", "--json")
    turn_id = json.loads(asked.out)["turn_id"]
    shown = await shell.run("turns", "export", turn_id)
    as_object = await shell.run("turns", "export", turn_id, "--format", "json")
    listed = await shell.run("turns", "list", "--json")

    assert "My key is" in shown.out
    assert "" == "".join(key for said in (asked, shown, as_object, listed) if key in said.out + said.err)


def test_the_settings_show_none_of_them(world: World) -> None:
    url = f"postgresql://bot:{PASSWORD}@db/orchestrator"
    settings = world.settings.model_copy(update={"orchestrator_database_url": url})

    world.assert_clean("repr", f"{settings!r} {settings}")
    assert PASSWORD in settings.secrets


async def test_a_command_s_question_is_said_without_them(world: World, app: App) -> None:
    await app.answer(turn := world.turn())

    assert [turn.turn_id] == [asked.turn_id for asked in world.surface.opened]
    world.assert_clean("question", repr(world.surface.opened))
    world.assert_clean("status", repr(await app.turns.turn(turn.turn_id)))
