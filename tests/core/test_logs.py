from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from core.logs import set_up_logging
from core.text.redact import Redactor

KEY = "1234|" + "k" * 40


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, listeners = root.level, root.handlers[:]
    yield
    root.handlers[:] = listeners
    root.setLevel(level)


def logged(form: str) -> str:
    out = io.StringIO()
    set_up_logging("info", form, Redactor([KEY]), stream=out)  # type: ignore[arg-type]
    try:
        raise ValueError(f"key {KEY}")
    except ValueError:
        logging.getLogger("core.test").exception("refused: %s", KEY)
    logging.getLogger("httpx").info("every request")
    return out.getvalue()


@pytest.mark.parametrize("form", ["text", "json", "auto"])
def test_no_secret_reaches_the_log_not_even_in_a_traceback(form: str) -> None:
    said = logged(form)

    assert KEY not in said
    assert "…kkkk" in said
    assert "every request" not in said


def test_json_lines_carry_level_logger_and_message() -> None:
    line = json.loads(logged("json").splitlines()[0])

    assert ("error", "core.test", "refused: …kkkk") == (line["level"], line["logger"], line["message"])
    assert "ValueError" in line["exception"]


def test_what_is_no_terminal_gets_json() -> None:
    assert logged("auto").startswith("{")


def test_a_line_goes_to_what_stands_for_stderr_when_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info", "text", Redactor())
    before, sys.stderr = sys.stderr, io.StringIO()  # as a live terminal does
    try:
        logging.getLogger("core.test").info("retried")
        said = sys.stderr.getvalue()
    finally:
        sys.stderr = before

    assert "INFO core.test: retried\n" == said
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize("name", ["markdown_it.rules_block.list", "asyncio", "filelock", "httpcore.http11"])
def test_at_debug_the_libraries_stay_quiet(name: str) -> None:
    out = io.StringIO()
    set_up_logging("debug", "text", Redactor(), stream=out)
    logging.getLogger(name).debug("entering")
    logging.getLogger("core.test").debug("ours")

    assert "DEBUG core.test: ours\n" == out.getvalue()


@pytest.mark.parametrize("name", ["sqlalchemy.pool", "alembic.runtime.migration", "psycopg"])
def test_what_a_library_says_takes_our_way_out(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    set_up_logging("warning", "text", Redactor([KEY]), stream=out)

    logging.getLogger(name).warning("lost %s", KEY)
    logging.getLogger(name).info("connected")

    assert f"WARNING {name}: lost …kkkk\n" == out.getvalue()
    assert "" == capfd.readouterr().err
