"""**Pure.** What is attached to a question: what can be read of it, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Sequence

MOST_BYTES = 1024 * 1024
MOST_CHARACTERS = 32_000
"""Of all texts together: more fits into no prompt, whatever its limit; how much of it does is the prompt's to say."""

_TEXTS = (
    *("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml"),
    *("application/csv", "application/sql", "application/javascript", "application/x-javascript", "application/x-sh"),
    *("application/typescript", "application/x-python", "application/x-ndjson", "application/rtf", "message/rfc822"),
)
_ENDINGS = (
    *(".txt", ".md", ".markdown", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".log"),
    *(".xml", ".html", ".htm", ".css", ".sql", ".py", ".js", ".ts", ".java", ".go", ".rs", ".c", ".h", ".cpp", ".sh"),
)

NO_TEXT = "not a text"
TOO_LARGE = "more than 1 MiB"
NOT_FETCHED = "it could not be fetched"
EMPTY = "empty"


def obstacle(name: str, kind: str, size: int) -> str:
    """Why a file is not even fetched: by its name, its media type, its size in bytes; empty if it is."""
    if size > MOST_BYTES:
        return TOO_LARGE
    media = kind.partition(";")[0].strip().lower()
    textual = media.startswith("text/") or media in _TEXTS or media.endswith(("+json", "+xml"))
    return "" if textual or name.lower().endswith(_ENDINGS) else NO_TEXT


def decoded(content: bytes) -> str | None:
    """A text in UTF-8 or, with its mark, UTF-16; None for what is none."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def joined(texts: Sequence[tuple[str, str]]) -> str:
    """Names and texts as one, each with its share of the room where they are too long together."""
    share = MOST_CHARACTERS // max(1, len(texts))
    return "\n\n".join(f"File {_one_line(name)}:\n{_cut(text.strip(), share)}" for name, text in texts)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n[… {len(text) - most:,} further characters are left out]"


def unread(name: str, why: str) -> str:
    return f"{_one_line(name)} ({why})"


def _one_line(name: str) -> str:
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return words[:120] or "a file"
