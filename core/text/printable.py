"""**Pure.** A text as a chat platform can take it: whole characters, and none that turn others around."""

from __future__ import annotations

import re

from core.text.surrogates import whole_characters

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_COMMANDS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that reverse what is shown: an address must read as it is."""


def printable(text: str) -> str:
    """Without control characters and halves of characters; every line ends with a line feed; tabs stay."""
    return _COMMANDS.sub("", _LINE_END.sub("\n", whole_characters(text)))
