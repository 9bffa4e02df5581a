"""**Pure.** Halves of characters. JSON can carry a lone surrogate; nothing that encodes text can."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def has_halves(text: str) -> bool:
    return bool(_SURROGATE.search(text))


def whole_characters(text: str) -> str:
    """Halves that belong together become their character; a lone one the replacement character."""
    if not has_halves(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def storable(text: str) -> str:
    """As every database keeps it, and everything that encodes text takes it: whole characters, and no NUL."""
    return whole_characters(text).replace("\0", "\N{REPLACEMENT CHARACTER}")


def hold_back(text: str) -> tuple[str, str]:
    """The text, and the first half of a character at its end, which waits for its second."""
    held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    return text[: len(text) - len(held)], held
