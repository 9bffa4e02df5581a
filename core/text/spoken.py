"""**Pure.** What is said to the bot in a few words: commands that stand where a question would."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

_SYMBOLS = ("So", "Sk", "Mn", "Me", "Cf", "Zs")
"""What emoji are made of: symbols, skin tones, joiners, variation selectors, and blanks between them."""


class CommandName(StrEnum):
    """What can be said to the bot instead of a question."""

    STOP = "stop"
    STATUS = "status"
    HELP = "help"
    NEW = "new"


_COMMANDS = {name.value: name for name in CommandName}


def command_in(words: str) -> CommandName | None:
    """The command that these words are; a name is none when there is more behind it."""
    return _COMMANDS.get(words.strip("/!. \t\n").casefold())


def only_emoji(words: str) -> bool:
    """Is nothing there but emoji and blanks? Of no words at all that is true, too."""
    return all(unicodedata.category(letter) in _SYMBOLS or letter.isspace() for letter in words)
