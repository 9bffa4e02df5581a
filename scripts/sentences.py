"""**I/O edge.** Every sentence that the bot can say to a user, from the code, into docs/operations.md.

python -m scripts.sentences           write them anew
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.checks import CheckResult, CheckStatus
from core.errors import PromptTooLong, TooManyTurns, Trouble
from core.permissions import Denied
from core.pipeline import first_view
from core.review import Review, Verdict
from core.stages import STAGES
from core.stored import StoredTurn
from core.text import replies, wording
from core.turn import Failure, Opinion, Outcome, StageRecord, StageStatus, TurnStatus
from core.view import StageLine
from scripts.meanings import GROUPS, PARTS_OF_SENTENCES

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
BEGIN = "<!-- written by python -m scripts.sentences -->"
END = "<!-- until here -->"
TITLES = {stage.name: stage.title for stage in STAGES}
MODULES = {"wording": wording, "replies": replies}


def outcome(status: TurnStatus, **more: object) -> Outcome:
    """A turn that has ended as it may."""
    done = (StageRecord("research", StageStatus.DONE), StageRecord("plan", StageStatus.DONE))
    return Outcome("t", "c", status, "", stages=done, **more)  # type: ignore[arg-type]


REVIEW = Review(40, Verdict.REJECT, "*(the reviewer's reason)*")
REJECTED = outcome(TurnStatus.REJECTED, review=REVIEW)
TURN = StoredTurn("t", "c", 1, "U1", "How do bees …", {}, TurnStatus.RUNNING, 0.0, None, None, None)

MADE: Mapping[str, str] = {
    "wording.queued": wording.queued(2),
    "wording.working": wording.working(first_view(STAGES)),
    "wording.stage_line": wording.stage_line(
        StageLine("r", "Research", status=StageStatus.DONE, note="5 sources", seconds=12.0)
    ),
    "wording.reviewed": wording.reviewed(
        outcome(TurnStatus.COMPLETE, review=Review(92, Verdict.APPROVE, ""), seconds=41.0)
    ),
    "wording.continued": wording.continued(2),
    "wording.not_read": wording.not_read(("report.pdf: *(why)*",)),
    "wording.unknown_citation": wording.unknown_citation(7),
    "wording.headline:rejected": wording.headline(REJECTED, TITLES),
    "wording.headline:withheld": wording.headline(outcome(TurnStatus.WITHHELD, review=REVIEW), TITLES),
    "wording.headline:failed": wording.headline(
        outcome(TurnStatus.FAILED, failure=Failure("build", Trouble.NO_CREDITS)), TITLES
    ),
    "wording.headline:stopped": wording.headline(outcome(TurnStatus.STOPPED, stopped_by="Ada"), TITLES),
    "wording.a_nul": wording.a_nul("prompt"),
    "wording.half_a_character": wording.half_a_character("prompt"),
    "wording.prompt_too_long": wording.prompt_too_long(PromptTooLong(7_000, 6_000)),
    "replies.too_many": replies.too_many(TooManyTurns(20, 600.0)),
    "replies.asked": replies.asked("Ada"),
    "replies.stopping": replies.stopping(1),
    "replies.open_turn": replies.open_turn(TURN, "Ada", 12.0),
    "replies.more_turns": replies.more_turns(3),
    "replies.checked": replies.checked([CheckResult("CustomGPT", CheckStatus.FAILED, "")]),
    "replies.unknown_command": replies.unknown_command("sing"),
    "replies.how_to_set": replies.how_to_set(),
    **{f"wording.trouble:{why}": f"… did not answer: {wording.trouble(why)}" for why in Trouble},
    **{f"replies.denied:{why}": replies.denied(why) for why in Denied},
    **{f"replies.OPINIONS:{opinion}": replies.OPINIONS[opinion] for opinion in Opinion},
    **{f"replies.NOTED:{opinion}": replies.NOTED[opinion] for opinion in Opinion},
}
"""What is put together from parts, with examples in it."""


def said(key: str) -> str:
    """The words under a key of `meanings.py`."""
    if key in MADE:
        return MADE[key]
    module, _, name = key.partition(".")
    found: str = getattr(MODULES[module], name)
    return found


def names(module: str) -> Iterator[str]:
    """Everything that a module offers: its constants and functions."""
    for node in ast.parse(Path(MODULES[module].__file__ or "").read_text()).body:
        match node:
            case ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def unexplained() -> set[str]:
    """What the bot can say and this page says nothing about."""
    public = {f"{module}.{name}" for module in MODULES for name in names(module) if not name.startswith("_")}
    explained = {key.partition(":")[0] for group in GROUPS.values() for key in group}
    return public - explained - PARTS_OF_SENTENCES


def table() -> str:
    """All of them, as Markdown."""
    lines: list[str] = []
    for heading, group in GROUPS.items():
        lines += ["", f"### {heading}", "", "| it says | that means | what to do |", "|---|---|---|"]
        lines += [f"| {_cell(said(key))} | {_cell(means)} | {_cell(do)} |" for key, (means, do) in group.items()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def written(page: str) -> str:
    """The page with the sentences as they are now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
