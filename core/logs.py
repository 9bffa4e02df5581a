"""**I/O edge.** Logging: to stderr, human in a terminal and JSON otherwise, every line redacted."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from core.text.redact import Redactor

QUIET = ("httpx", "httpcore", "aiosqlite", "alembic", "asyncio", "filelock", "markdown_it")
"""Libraries whose every request, or every step, is a line at INFO or DEBUG."""


class _Redacting(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class _Json(_Redacting):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return self._redact(json.dumps(line, ensure_ascii=False))


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
    logging.basicConfig(level=level.upper(), handlers=[listener], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
