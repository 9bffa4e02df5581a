"""**I/O edge.** What people can tell the bot besides a question, by command or button: the same on every platform.

Each method is answered with a sentence for who asked for it, or with what is to be shown; nothing is raised but
`StoreError`. Empty: the turn's own message says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.actions import Pressed, applies
from core.errors import RequestError, TooManyTurns
from core.export import concealed
from core.permissions import Action, AllowLists, Denied, Person, denied
from core.ports import Turns
from core.stored import Exported, StoredTurn
from core.text import replies
from core.text.caller_context import setting
from core.turn import Opinion, TurnStatus

OPINIONS = {Action.PRAISE: Opinion.LIKED, Action.COMPLAIN: Opinion.DISLIKED}
OPEN = (TurnStatus.QUEUED, TurnStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants something, and where: the ids of the place, the widest first; `address`: what its turns have in common.

    `preferences`: the name under which the place's are kept.
    """

    person: Person
    surface: str
    place: tuple[str, ...]
    address: Mapping[str, str]

    @property
    def preferences(self) -> str:
        return ":".join((self.surface, *self.place))


class Commands:
    """Over the durable turns, for people on these lists."""

    def __init__(self, turns: Turns, lists: AllowLists) -> None:
        self._turns = turns
        self._lists = lists

    def denied(self, action: Action, caller: Caller, *, asker: str | None = None) -> Denied | None:
        """Why this person may not do that here."""
        return denied(action, caller.person, caller.place, self._lists, asker=asker)

    def kept_out(self, caller: Caller) -> Denied | None:
        """Why this person may not use the bot here at all."""
        return self.denied(Action.HELP, caller)

    async def press(self, pressed: Pressed, caller: Caller) -> str | Exported:
        """What becomes of a button; for `DETAILS` and `EXPORT` what is to be shown of the turn."""
        turn = await self._turns.turn(pressed.turn_id)
        if turn is None or turn.surface != caller.surface:
            return replies.NOT_KEPT
        if why := self.denied(pressed.action, caller, asker=turn.asker):
            return replies.denied(why)
        match pressed.action:
            case Action.STOP:
                return await self._stop(turn, caller)
            case Action.GO_ON | Action.RETRY:
                return await self._retry(turn, pressed, caller)
            case Action.DETAILS | Action.EXPORT:
                return await self._exported(pressed, caller)
            case Action.PRAISE | Action.COMPLAIN:
                return await self._rate(pressed, caller)
            case _:
                return replies.CHANGED

    async def stop_here(self, caller: Caller) -> str:
        """Stop those turns at this address that this person may stop."""
        found = await self.open_here(caller)
        mine = [turn for turn in found if self.denied(Action.STOP, caller, asker=turn.asker) is None]
        stopped = [await self._turns.stop(turn.id, caller.person.name or caller.person.id) for turn in mine]
        if any(stopped):
            return replies.stopping(sum(stopped))
        return replies.denied(Denied.NOT_ASKER) if found and not mine else replies.NOTHING_TO_STOP

    async def open_here(self, caller: Caller) -> list[StoredTurn]:
        """The turns at this address that have not ended, in the order of acceptance."""
        found = await self._turns.open_on(caller.surface)
        return [turn for turn in found if caller.address.items() <= turn.address.items()]

    async def new(self, caller: Caller, conversation_id: str) -> str:
        """Begin a thread anew."""
        if why := self.denied(Action.NEW, caller):
            return replies.denied(why)
        return replies.NEW if await self._turns.begin_anew(conversation_id) else replies.NOTHING_SAID

    async def settings(self, caller: Caller, words: str) -> str:
        """Show the preferences of this place, or change one: `tone friendly`, `tone none`."""
        if why := self.denied(Action.WRITE_SETTINGS if words.strip() else Action.READ_SETTINGS, caller):
            return replies.denied(why)
        if not words.strip():
            return replies.settings(await self._turns.preferences.of(caller.preferences))
        change = setting(words)
        if change is None:
            return replies.how_to_set()
        try:
            return replies.settings(await self._turns.preferences.change(caller.preferences, dict([change])))
        except RequestError as error:
            return replies.refused(error)

    async def _stop(self, turn: StoredTurn, caller: Caller) -> str:
        if turn.status not in OPEN:
            return replies.NOT_RUNNING
        stopped = await self._turns.stop(turn.id, caller.person.name or caller.person.id)
        return "" if stopped else replies.STOPPING_ALREADY

    async def _retry(self, turn: StoredTurn, pressed: Pressed, caller: Caller) -> str:
        if turn.status in OPEN:
            return replies.NOT_ENDED
        if pressed.generation != turn.generation or not applies(pressed.action, turn.status):
            return replies.CHANGED
        stage = pressed.stage or None
        try:
            begun = await self._turns.retry(turn.id, stage, generation=turn.generation, by=caller.person.id)
        except TooManyTurns as error:
            return replies.too_many(error)
        return "" if begun else replies.CHANGED

    async def _exported(self, pressed: Pressed, caller: Caller) -> str | Exported:
        """An export is for all who can read the thread, whoever wanted it; details are for one pair of eyes."""
        found = await self._turns.exported(pressed.turn_id)
        if found is None:
            return replies.NOT_KEPT
        sees_all = caller.person.admin and pressed.action is Action.DETAILS
        return concealed(found) if found.withheld and not sees_all else found

    async def _rate(self, pressed: Pressed, caller: Caller) -> str:
        wanted, who = OPINIONS[pressed.action], (pressed.turn_id, pressed.generation, caller.person.id)
        held = await self._turns.feedback.opinion(*who)
        opinion = Opinion.NEUTRAL if held is wanted else wanted
        return replies.OPINIONS[opinion] if await self._turns.feedback.give(*who, opinion) else replies.CHANGED
