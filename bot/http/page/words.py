"""**Pure.** The words that the page's scripts put together themselves, made of those that are used everywhere.

`{…}` is filled in there. A test in a browser holds them against `wording.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.stages import STAGES
from core.text import on_page, wording
from core.turn import StageStatus
from core.view import StageLine, TurnView

_AS_THEY_ARE = (
    "AT_WORK",
    "COPIED",
    "COPY",
    "DONE",
    "ENDED",
    "LOADING",
    "NAME",
    "NO_ANSWER",
    "NO_SERVER",
    "ODD",
    "OFFLINE",
    "TRYING",
    "WAITING_TO_BEGIN",
)
_FORMS = {"one": 1, "two": 2, "few": 3, "other": 4}
"""An English number of each ordinal form, as `Intl.PluralRules` calls them."""


def words() -> Mapping[str, Any]:
    """JSON for the scripts."""
    return {
        "queued": wording.queued(1).replace(wording.ordinal(1), "{place}"),
        "ordinals": {form: wording.ordinal(n).removeprefix(str(n)) for form, n in _FORMS.items()},
        "working": _working(),
        "so_far": {"one": _so_far(1).replace("1", "{count}"), "other": _so_far(2).replace("2", "{count}")},
        "seconds": wording.duration(12).replace("12", "{seconds}"),
        "minutes": wording.duration(125).replace("2", "{minutes}").replace("5", "{seconds}"),
        "marks": {status.value: mark for status, mark in wording.MARKS.items()},
        "failed": wording.stage_line(StageLine("", "", status=StageStatus.FAILED)),
        "stopped": wording.stage_line(StageLine("", "", status=StageStatus.STOPPED)),
        "titles": {stage.name: stage.title for stage in STAGES},
        "drafts": [stage.name for stage in STAGES if stage.drafts],
        **{name.lower(): getattr(on_page, name) for name in _AS_THEY_ARE},
    }


def _working() -> str:
    lines = tuple(StageLine(stage.name, stage.title) for stage in STAGES)
    view = TurnView(lines)
    number = f"{view.number} of {len(lines)}"
    return wording.working(view).replace(number, "{number} of {of}").replace(wording.clock(0), "{clock}")


def _so_far(count: int) -> str:
    return wording.stage_line(StageLine("", "", status=StageStatus.RUNNING, words=count))
