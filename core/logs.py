"""**I/O edge.** Logging: to stderr, human in a terminal and JSON otherwise, every line redacted.

Each line written while a turn is worked on carries the ids of turn, thread and stage (`core/subject.py`). What people
and agents say is in the log at `debug` alone.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from core.subject import NOTHING, subject
from core.text.redact import Redactor

QUIET = ("httpx", "httpcore", "aiosqlite", "alembic", "asyncio", "filelock", "markdown_it")
"""Libraries whose every request, or every step, is a line at INFO or DEBUG."""

SUBJECT = "subject"
"""Under this name a record carries what it is about."""


class _Redacting(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The ids come at the end of the line; one that the message names already does not come again."""
        told = (f"{name} {id}" for name, id in _about(record).items() if id not in record.message)
        ids = ", ".join(told)
        return super().formatMessage(record) + (f"  ({ids})" if ids else "")


class _Json(_Redacting):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_about(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(line, ensure_ascii=False))


def _about(record: logging.LogRecord) -> Mapping[str, str]:
    """What was worked on as the line was written."""
    found: Mapping[str, str] = getattr(record, SUBJECT, NOTHING)
    return found


def _mark(record: logging.LogRecord) -> bool:
    """A filter that lets all pass: it runs where the line is written, and a formatter may run later."""
    setattr(record, SUBJECT, subject())
    return True


class _Stderr(logging.StreamHandler[TextIO]):
    """Asks for stderr at each record: while a message is live in the terminal, something else stands for it."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """It is always the current one."""


def set_up_logging(
    level: str, form: Literal["auto", "text", "json"], redact: Redactor, *, stream: TextIO | None = None
) -> None:
    """Send everything that is logged to stderr (or `stream`), through the redactor."""
    listener = logging.StreamHandler(stream) if stream else _Stderr()
    as_json = form == "json" or (form == "auto" and not listener.stream.isatty())
    listener.setFormatter(_Json(redact) if as_json else _Redacting(redact))
    listener.addFilter(_mark)
    logging.basicConfig(level=level.upper(), handlers=[listener], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
