"""**Pure.** Which message is which: what its buttons say of it, read back after a crash or when they are pressed.

turn:ACTION:TURN:GENERATION:STAGE     a button under the message that lives; of a menu the options say it
turn:part:TURN:GENERATION:PART        what stands under each further part: "2 of 3"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.actions import Choice, Pressed
from core.permissions import Action
from core.turn import turn_id_of

QUESTION, NOTICE, LIVING, FILE, TROUBLE = -1, 0, 1, -2, -3
"""Parts: the question of a command; the short message that calls the asker; the message that lives; the whole answer as
a file; that it cannot be shown. From 2 on the answer goes on."""

PREFIX = "turn"
_ACTIONS = {one.value: one for one in Action}
_ID = re.compile(
    r"turn:(?P<what>[a-z_]+):(?P<turn>[a-z2-7]{1,64}):(?P<generation>[0-9]{1,8}):(?P<rest>[a-z0-9_]{0,64})"
)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours: of which turn and generation, and which part."""

    turn_id: str
    generation: int
    part: int = LIVING

    @property
    def nonce(self) -> str:
        """Discord posts no second message with the same one for some minutes; it takes 25 characters."""
        return turn_id_of(f"{self.turn_id}:{self.generation}:{self.part}")

    @property
    def custom_id(self) -> str:
        """Of a further part's label."""
        return f"{PREFIX}:part:{self.turn_id}:{self.generation}:{self.part}"


def custom_id(choice: Choice, turn_id: str, generation: int) -> str:
    """Of a button, or of a menu."""
    return f"{PREFIX}:{choice.action}:{turn_id}:{generation}:{choice.stage}"


def posted(custom_ids: Iterable[str]) -> Posted | None:
    """What a message's buttons say of it; None if it is not one of ours."""
    for match in filter(None, map(_ID.fullmatch, custom_ids)):
        part = match["rest"] if match["what"] == "part" else str(LIVING)
        if (match["what"] == "part" or match["what"] in _ACTIONS) and part.isdigit():
            return Posted(match["turn"], int(match["generation"]), int(part))
    return None


def pressed(custom_id: str, values: Iterable[str] = ()) -> Pressed | None:
    """What a button, or the option of a menu, asks for; None for what is no button of ours."""
    match = _ID.fullmatch(custom_id)
    action = _ACTIONS.get(match["what"]) if match else None
    if match is None or action is None:
        return None
    stage = next(iter(values), "") or match["rest"]
    return Pressed(action, match["turn"], int(match["generation"]), stage[:64])
