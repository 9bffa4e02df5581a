"""What the scripts say is what everything else says; what they make of events is what the view is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.http.page.told import first_view
from core.events import Event, StageCompleted, StageDelta, StageStarted, TurnQueued, TurnStarted
from core.text import wording
from core.turn import StageStatus
from core.view import StageLine, TurnView, apply
from tests.browser.around import Reader

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NUMBERS = [*range(1, 130), 1_000, 12_345]
SECONDS = [0, 0.04, 0.4, 1, 3.2, 9.9, 9.94, 9.95, 10, 12.3, 59.4, 59.6, 60, 61, 125.4, 3_700]


async def said(reader: Reader, script: str, given: Any) -> Any:
    """What a script makes of it, with the words that the page has."""
    return await reader.page.evaluate(
        f"""async (given) => {{
            const {{ Words, clock }} = await import("/page/static/words.js");
            const {{ blocks }} = await import("/page/static/draft.js");
            const {{ begin, fold, textOf, numberOf }} = await import("/page/static/fold.js");
            const words = new Words(await (await fetch("/page/words.json")).json());
            return ({script})(given);
        }}""",
        given,
    )


async def test_the_scripts_speak_as_the_server_does(ada: Reader) -> None:
    assert await said(ada, "(all) => all.map((n) => words.queuedAt(n))", NUMBERS) == list(map(wording.queued, NUMBERS))
    durations = list(map(wording.duration, SECONDS))
    assert await said(ada, "(all) => all.map((n) => words.duration(n))", SECONDS) == durations
    assert await said(ada, "(all) => all.map(clock)", SECONDS) == list(map(wording.clock, SECONDS))
    assert await said(ada, "(all) => all.map((n) => words.wordsSoFar(n))", NUMBERS) == [
        wording.stage_line(StageLine("build", "Build", status=StageStatus.RUNNING, words=n)) for n in NUMBERS
    ]
    done = StageLine("plan", "Plan", status=StageStatus.DONE, note="4 sections", seconds=6.0)
    given = {"status": "done", "note": "4 sections", "seconds": 6.0}
    assert await said(ada, "(stage) => words.ofStage(stage)", given) == wording.stage_line(done)


EVENTS: list[tuple[Event, dict[str, Any]]] = [
    (TurnQueued(2), {"type": "turn.queued", "seq": 1, "position": 2}),
    (TurnStarted(5.0), {"type": "turn.started", "seq": 2, "at": 5.0}),
    (StageStarted("research"), {"type": "stage.started", "seq": 3, "stage": "research", "part": 1, "attempt": 1}),
    (
        StageCompleted("research", "5 sources", 3.0),
        {"type": "stage.completed", "seq": 4, "stage": "research", "note": "5 sources", "seconds": 3.0},
    ),
    (StageStarted("build"), {"type": "stage.started", "seq": 5, "stage": "build", "part": 1, "attempt": 1}),
    (
        StageDelta("build", "Bees 🐝 "),
        {"type": "stage.delta", "seq": 5, "stage": "build", "part": 1, "attempt": 1, "offset": 0, "text": "Bees 🐝 "},
    ),
    (
        StageDelta("build", "choose."),
        {"type": "stage.delta", "seq": 5, "stage": "build", "part": 1, "attempt": 1, "offset": 7, "text": "choose."},
    ),
]
FOLD = """(events) => {
    const state = events.reduce(fold, begin(words.order));
    return [state.status, state.position, numberOf(state), Object.values(state.stages).map((one) => one.status),
        textOf(state.stages.build), words.ofStage(state.stages.research)];
}"""


def seen(view: TurnView) -> list[Any]:
    lines = [line.status.value for line in view.lines]
    research = wording.stage_line(view.line("research"))
    return [view.status.value, view.position, view.number, lines, view.line("build").text, research]


async def test_the_scripts_fold_events_as_the_view_does(ada: Reader) -> None:
    view = first_view()
    for n, (event, _) in enumerate(EVENTS, 1):
        view = apply(view, event)
        assert await said(ada, FOLD, [told for _, told in EVENTS[:n]]) == seen(view)


async def test_events_that_come_again_change_nothing(ada: Reader) -> None:
    once = [told for _, told in EVENTS]

    assert await said(ada, FOLD, [*once, *once]) == await said(ada, FOLD, once)


def delta(offset: int, text: str, attempt: int = 1) -> dict[str, Any]:
    about = {"type": "stage.delta", "seq": 5, "stage": "build", "part": 1}
    return {**about, "attempt": attempt, "offset": offset, "text": text}


@pytest.mark.parametrize(
    ("deltas", "text"),
    [
        ([delta(0, "One "), delta(4, "two")], "One two"),
        ([delta(0, "One "), delta(4, "two"), delta(0, "One two three")], "One two three"),  # after a reconnect
        ([delta(0, "One two"), delta(4, "two three")], "One two three"),  # it overlaps
        ([delta(0, "One"), delta(0, "Anew", attempt=2)], "Anew"),
        ([delta(0, "One"), delta(40, "late")], "One\n\n…\n\nlate"),  # some were lost on the way
        ([delta(0, "🐝🐝"), delta(2, "!")], "🐝🐝!"),  # characters, as Python counts them
    ],
)
async def test_pieces_of_text_find_their_place(ada: Reader, deltas: list[dict[str, Any]], text: str) -> None:
    found = await said(ada, "(all) => textOf(all.reduce(fold, begin(words.order)).stages.build)", deltas)

    assert found == text


DRAFT = """# Title

Some **bold** and
more `code`.

- one
- two
  goes on
1. first

```py
# no heading

x = 1
```
end"""


async def test_a_draft_looks_much_like_its_answer(ada: Reader) -> None:
    assert await said(ada, "(text) => blocks(text).map((one) => `${one.kind}: ${one.text}`)", DRAFT) == [
        "h1: Title",
        "paragraph: Some bold and more code.",
        "item: • one",
        "item: • two goes on",
        "item: 1. first",
        "code: # no heading\n\nx = 1",
        "paragraph: end",
    ]


async def test_no_word_is_left_unfilled(ada: Reader) -> None:
    words = await said(ada, "() => words", None)

    assert "undefined" not in json.dumps(words)
    assert words["working"] == "Working · {number} of {of} · {clock}"
