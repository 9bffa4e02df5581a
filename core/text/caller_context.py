"""**Pure.** The caller's context, where a platform has only one field for everything: the last lines of a prompt."""

from __future__ import annotations

import re

KEYS = ("tone", "length", "format", "audience", "language")

LONGEST = 200
"""A value of more characters is no setting but prose, and stays prompt."""

_LINE = re.compile(rf"[ \t]*({'|'.join(KEYS)})[ \t]*[:\uff1a](.*)", re.IGNORECASE)


def split_context(text: str) -> tuple[str, dict[str, str]]:
    """The prompt, and what its trailing lines say: `tone: formal`, one of `KEYS` each, blank lines between allowed.

    Of two lines with one key the last counts. A prompt of nothing but such lines is a prompt, and has no context;
    so is a text without any, and that comes back untouched.
    """
    lines = text.splitlines(keepends=True)
    found: dict[str, str] = {}
    rest = len(lines)
    for at in range(len(lines) - 1, -1, -1):
        said = _said(lines[at])
        if said:
            found.setdefault(*said)
            rest = at
        elif lines[at].strip():
            break
    prompt = "".join(lines[:rest]).rstrip()
    if not found or not prompt:
        return text, {}
    return prompt, {key: found[key] for key in KEYS if key in found}


def setting(words: str) -> tuple[str, str] | None:
    """Key and value of `tone friendly`, `tone: friendly`; of `tone none` the value is empty. None for anything else."""
    key, _, value = words.strip().partition(" ")
    key, value = key.rstrip(":\uff1a=").lower(), value.strip().lstrip(":\uff1a=").strip().strip('"“”')
    if key not in KEYS or not value:
        return None
    return key, "" if value.lower() == "none" else value


def _said(line: str) -> tuple[str, str] | None:
    """Key and value of a line of context."""
    match = _LINE.fullmatch(line.strip())
    value = match[2].strip() if match else ""
    return (match[1].lower(), value) if match and value and len(value) <= LONGEST else None
