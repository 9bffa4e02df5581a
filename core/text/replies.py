"""**Pure.** Every word that a command or a button is answered with. Plain sentences, each with what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.checks import CheckResult, CheckStatus
from core.errors import PromptTooLong, RequestError, TooManyTurns
from core.permissions import Action, Denied
from core.stored import StoredTurn
from core.text import wording
from core.text.caller_context import KEYS
from core.turn import Opinion, TurnStatus


def asked(asker: str) -> str:
    """What stands above a question that was asked by command."""
    return f"{asker} asked:"


MENTION_TO_GO_ON = "To go on here, mention me: I do not see what is said to nobody by name."
NO_THREADS_HERE = "I may not open threads here, so I answer in the channel. Reply to me to go on."
THREAD_GONE = "The thread of this question is gone, so its answer cannot be shown there. Please ask again."
THREAD_LOCKED = "The thread of this question is locked, so I cannot answer there. A moderator can unlock it."
MAY_NOT_WRITE = "I may not write where you asked, so I cannot answer. An admin can let me, or ask me elsewhere."
NOT_TAKEN = "I could not take this question on: my database cannot be used just now. Please ask again in a moment."


def part_of(number: int, of: int) -> str:
    """What stands under a further part of an answer."""
    return f"{number} of {of}"


LABELS: Mapping[Action, str] = {
    Action.STOP: "Stop",
    Action.GO_ON: "Go on",
    Action.RETRY: "Retry",
    Action.DETAILS: "Details",
    Action.PRAISE: "👍",
    Action.COMPLAIN: "👎",
    Action.EXPORT: "Export",
}
SPOKEN: Mapping[Action, str] = {Action.PRAISE: "This answer is good", Action.COMPLAIN: "This answer is not good"}
"""What a screen reader says of a button that shows a picture."""

RETRY_FROM = "Retry from …"


def retry_from(title: str) -> str:
    return f"Retry from {title}"


HELP = (
    "**Ask** me by mentioning me: `{mention} Explain how bees decide`. Four agents research, plan, write and review, "
    "and one message becomes the answer. Lines like `tone: friendly` or `length: 200 words` at the end say how.\n"
    "**Go on** in the thread: I know what was said there last.\n"
    "**In a thread:** `{mention} stop`, `{mention} status`, `{mention} new` (begin anew), `{mention} help`.\n"
    "**Anywhere:** `{command} ask …`, `{command} status`, `{command} stop`, `{command} settings`, `{command} help`; "
    "for admins `{command} check`."
)

DISCORD_HELP = (
    "**Ask** me with `/ask`, or by mentioning me. Four agents research, plan, write and review, and one message "
    "becomes the answer. The options of `/ask` say how, or lines like `tone: friendly` at the end. A command takes "
    "6,000 characters; longer questions go into a message or a file.\n"
    "**Go on** in the thread: I know what was said there last. Replying to me goes on, too.\n"
    "**In a thread:** mention me with `stop`, `status`, `new` (begin anew) or `help`.\n"
    "**Anywhere:** `/orchestrator status`, `stop`, `new`, `settings`, `help`; for admins `/orchestrator check`."
)

_DENIED = {
    Denied.PLACE: "I am not set up for this channel. An admin can allow it, or ask me in one where I am.",
    Denied.PERSON: "Only some people may use me here, and you are not among them. An admin can add you.",
    Denied.GUEST: "Guests may not use me unless an admin adds them to the list of those who may.",
    Denied.STRANGER: "I am for people of this workspace. An admin can add you, or your workspace, to those who may.",
    Denied.UNKNOWN: "I cannot find out who you are, so I may not answer. An admin can run the check to see why.",
    Denied.NOT_ASKER: "Only who asked, or an admin, can do that.",
    Denied.NOT_ADMIN: "Only an admin can do that.",
}

NOT_KEPT = "I do not know this turn any more: turns are deleted after a while. Please ask again."
NOT_RUNNING = "It has ended already; there is nothing to stop."
STOPPING_ALREADY = "It is being stopped already."
NOT_ENDED = "It is still at work. Stop it first, or wait for its end."
CHANGED = "This has changed meanwhile: it was retried. Please look at the message again."
NOTHING_TO_STOP = "Nothing is running here that could be stopped."
NOTHING_OPEN = "Nothing is running or waiting here."
NEW = "We begin anew: what you ask next in this thread is answered as if nothing had been said before."
NOTHING_SAID = "Nothing has been said in this thread yet: whatever you ask begins anew."
NEW_ELSEWHERE = "Every question outside a thread begins anew. In a thread, mention me with `new`."
CHECKING = "Checking …"
BROKEN = "That did not work, and nothing was changed. Please try again; if it goes on, an admin can look at the log."
WHO_ARE_YOU = "Please send `Authorization: Bearer TOKEN` with one of the tokens that this server knows."
NO_SUCH_TURN = "There is no such turn, or it is not yours, or it is so old that it was deleted."
NO_SUCH_CONVERSATION = "There is no such conversation, or it is not yours, or it is so old that it was deleted."
OTHER_QUESTION = "This key came before, with another question. Please take a fresh one for each; nothing was asked."
NO_FIRST_MESSAGE = "Nothing came. The first message is to be the question."
TOO_LARGE = "What was sent is larger than 1 MiB, and nobody reads it. Please send less; nothing was asked."
TOO_MANY_STREAMS = (
    "You follow as many turns as you may at once. Please end one of these streams first; nothing was asked."
)
NO_JSON = 'This is no JSON. It is to be an object like `{"messages": [{"role": "user", "content": "…"}]}`.'
CLOSING = "This server is about to end. Please try again in a moment; nothing was asked."
GOES_ON_LATER = "This server is about to end. The turn goes on once it is back: please ask for it by its `turn_id`."
STORE_LOST = "The database cannot be used just now. Please try again in a moment."
RETRIED = "The turn is being retried. Please ask for it by its `turn_id`."
BROKEN_HERE = "Something broke here, and the log says what. Please try again; if it goes on, an admin can look."
INVITE = "I am not in this channel. Invite me with `/invite @{name}`, then ask again; nothing was asked."
NO_QUESTION = "Please say what is to be answered, like `ask How do bees decide?`."
FILES_WITHOUT_WORDS = "Please say what I shall do with what you attached; nothing was asked."
EXPORTED = "The export is in the thread."
NO_SETTINGS = "Nothing is set for this channel."
OPINIONS = {
    Opinion.LIKED: "Noted: 👍. Press again to take it back.",
    Opinion.DISLIKED: "Noted: 👎. Press again to take it back.",
    Opinion.NEUTRAL: "Taken back.",
}
NOTED = {
    Opinion.LIKED: "Noted: liked.",
    Opinion.DISLIKED: "Noted: disliked.",
    Opinion.NEUTRAL: "Taken back.",
}


def denied(why: Denied) -> str:
    return _DENIED[why]


def refused(error: RequestError) -> str:
    """Why a question was not taken, and what can be done."""
    match error:
        case TooManyTurns():
            return too_many(error)
        case PromptTooLong():
            return wording.prompt_too_long(error)
        case _:
            return str(error)


def too_many(error: TooManyTurns) -> str:
    turns = wording.plural(error.most, "turn")
    minutes = wording.plural(max(1, round(error.seconds / 60)), "minute")
    return f"You have had {turns} in the last hour, and that is as many as one person may. Please try in {minutes}."


def invite(name: str) -> str:
    return INVITE.format(name=name)


def checked(results: Sequence[CheckResult]) -> str:
    """In a word."""
    wrong = sum(result.status is not CheckStatus.OK for result in results)
    return f"{wording.plural(wrong, 'thing')} to look at." if wrong else "Everything is set up."


CHECK_MARKS: Mapping[CheckStatus, str] = {CheckStatus.OK: "✓", CheckStatus.WARNING: "⚠", CheckStatus.FAILED: "✗"}


def found(result: CheckResult) -> str:
    """ "✗ credits: 0 of 10 queries left …"; its remedy stands below."""
    return f"{CHECK_MARKS[result.status]} {result.name}: {result.detail}"


def unknown_command(word: str) -> str:
    return f"I do not know “{word[:40]}”."


def stopping(count: int) -> str:
    return "Stopping it." if count == 1 else f"Stopping {wording.plural(count, 'turn')}."


def open_turn(turn: StoredTurn, asker: str, now: float) -> str:
    """ "● Working for 12 s, asked by Ada: How do bees …"."""
    state = "◌ Waiting" if turn.status is TurnStatus.QUEUED else "● Working"
    first = turn.prompt.strip().partition("\n")[0]
    prompt = first if len(first) <= 80 else f"{first[:79]}…"
    return f"{state} for {wording.duration(max(0.0, now - turn.since))}, asked by {asker}: {prompt}"


def more_turns(count: int) -> str:
    return f"… and {count:,} more."


def settings(chosen: Mapping[str, str]) -> str:
    """What holds in a channel, and how it is changed."""
    lines = [f"{key}: {chosen[key]}" for key in KEYS if key in chosen] or [NO_SETTINGS]
    return "\n".join([*lines, "", how_to_set()])


def how_to_set() -> str:
    return (
        f"An admin sets {_list(KEYS)} with `settings tone friendly`, and takes one back with `settings tone none`. "
        "What a question says itself comes first."
    )


def _list(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
