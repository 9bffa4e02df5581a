"""**Pure.** Fits a prompt to an agent's limit, by written priorities, never silently.

CustomGPT takes 8,000 characters a prompt (its page "Conversation limits") and remembers about 750 words of a
conversation, so every prompt carries what its agent must know. What has to give, gives in the order of `rank`:
first down to its `floor`, then, if that is not enough, down to the marker that says how much was left out, then
out of the prompt, and one line names all that went. The user's own words are never shortened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import PromptTooLong, RequestError
from core.text.surrogates import has_halves
from core.text.wording import NO_PROMPT, a_nul, half_a_character

RESERVE = 2_000
"""Characters of every prompt that are not the user's: the instructions, the delimiters, and some of the material."""

MARKER_ROOM = 48
"""What a section keeps at the least: the marker that says that it was left out."""

LONGEST_ID = 512
"""Characters of a conversation's id, an asker's, an event's: they stand in indexes, and in rings."""

KEPT = 0
"""The rank of what is never shortened."""


@dataclass(frozen=True, slots=True)
class Section:
    """A delimited part of a prompt. A higher `rank` gives way earlier; `floor` characters stay if at all possible."""

    name: str
    text: str
    rank: int = KEPT
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What an agent is sent, and the names of the sections that did not fit whole."""

    text: str
    shortened: tuple[str, ...] = ()


def longest_request(limit: int) -> int:
    """How many characters the user's prompt and context may have together where prompts may have `limit`."""
    return limit - RESERVE


def check_request(prompt: str, context: Mapping[str, str], limit: int) -> None:
    """Raise `RequestError` for a prompt of nothing, or of what cannot be sent; `PromptTooLong` for one too long."""
    if not prompt.strip():
        raise RequestError("prompt", NO_PROMPT)
    check_characters("prompt", prompt)
    check_characters("context", *context.keys(), *context.values())
    length = len(prompt) + len(context_lines(context))
    if length > longest_request(limit):
        raise PromptTooLong(length, longest_request(limit))


def check_ids(**ids: str) -> None:
    """Raise `RequestError` for a name of something that no database would take, by the field that it stands in."""
    for field, name in ids.items():
        if not name or len(name) > LONGEST_ID:
            raise RequestError(field, f"{len(name)} characters, and it may have 1 to {LONGEST_ID}")
        check_characters(field, name)


def check_characters(field: str, *texts: str) -> None:
    """Raise `RequestError` for what cannot be sent, or that no database would take, by the field it stands in."""
    if any(map(has_halves, texts)):
        raise RequestError(field, half_a_character(field))
    if any("\0" in text for text in texts):  # Postgres keeps it in no text
        raise RequestError(field, a_nul(field))


def context_lines(context: Mapping[str, str]) -> str:
    """The caller's context as the agents read it: `tone: friendly`, a line each."""
    return "\n".join(f"{_flat(key)}: {_flat(value)}" for key, value in context.items() if value.strip())


def _flat(text: str) -> str:
    return " ".join(text.split())


def fit(instructions: str, sections: Sequence[Section], *, token: str, limit: int) -> Prompt:
    """The prompt of at most `limit` characters. `token` makes delimiters that material cannot forge."""
    whole = [section for section in sections if section.text.strip()]
    over = len(_compose(instructions, whole, token)) - limit
    fitted = _shrink(whole, over) if over > 0 else list(whole)
    gone: list[str] = []
    while len(text := _compose(instructions, fitted, token, gone)) > limit:
        first = max((section for section in fitted if section.rank != KEPT), key=_rank, default=None)
        if first is None:
            raise PromptTooLong(len(text), limit)
        fitted = [section for section in fitted if section is not first]
        gone.append(first.name)
    return Prompt(text, tuple(section.name for section in whole if section not in fitted))


def room(instructions: str, sections: Sequence[Section], *, token: str, limit: int) -> int:
    """How many more characters fit once everything that can give has given down to its floor."""
    floors = [replace(section, text=section.text[: _least(section, section.floor)]) for section in sections]
    return limit - len(_compose(instructions, [section for section in floors if section.text], token))


def bare_room(instructions: str, sections: Sequence[Section], *, token: str, limit: int) -> int:
    """How many more characters fit once everything that can give has gone."""
    kept = [section for section in sections if section.rank == KEPT and section.text.strip()]
    gone = [section.name for section in sections if section.rank != KEPT and section.text.strip()]
    return limit - len(_compose(instructions, kept, token, gone))


def shorten(text: str, characters: int) -> str:
    """The beginning and the end of a text, around a marker that says how much is missing."""
    if len(text) <= characters:
        return text
    kept = max(0, characters - MARKER_ROOM)
    head, tail = kept - kept // 3, kept // 3
    marker = f"[… {len(text) - head - tail:,} characters left out …]"
    return "\n".join(piece for piece in (text[:head], marker, text[len(text) - tail :]) if piece)


def _compose(instructions: str, sections: Sequence[Section], token: str, gone: Sequence[str] = ()) -> str:
    line = [f"[… left out for want of room: {', '.join(gone)} …]"] if gone else []
    return "\n\n".join([instructions, *line, *(_delimited(section, token) for section in sections)])


def _delimited(section: Section, token: str) -> str:
    body = _without_token(section.text.strip("\n"), token)
    return f"--- BEGIN {section.name} {token} ---\n{body}\n--- END {section.name} {token} ---"


def _without_token(text: str, token: str) -> str:
    """The token broken wherever it stands, at the same length: no material closes or opens a section."""
    middle = len(token) // 2
    broken = re.compile(re.escape(token), re.IGNORECASE)
    while broken.search(text):  # again, because two may overlap
        text = broken.sub(lambda match: f"{match[0][:middle]}·{match[0][middle + 1 :]}", text)
    return text


def _rank(section: Section) -> int:
    return section.rank


def _shrink(sections: Sequence[Section], over: int) -> list[Section]:
    """Two rounds, highest rank first: down to the floors, then down to the markers."""
    fitted = list(sections)
    for to_the_floor in (True, False):
        for index in sorted(range(len(fitted)), key=lambda i: -fitted[i].rank):
            section = fitted[index]
            if over <= 0 or section.rank == KEPT:
                continue
            least = _least(section, section.floor if to_the_floor else 0)
            shorter = shorten(sections[index].text, max(least, len(section.text) - over))
            over -= len(section.text) - len(shorter)
            fitted[index] = replace(section, text=shorter)
    return fitted


def _least(section: Section, floor: int) -> int:
    if section.rank == KEPT:
        return len(section.text)
    return min(len(section.text), max(floor, MARKER_ROOM))
