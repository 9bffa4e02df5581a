from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from core.logs import QUIET, set_up_logging
from core.subject import about
from core.text.redact import Redactor

KEY = "1234|" + "k" * 40


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, QUIET))}
    listeners = root.handlers[:]
    yield
    root.handlers[:] = listeners
    for logger, level in levels.items():
        logger.setLevel(level)


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


def written(form: str, message: str) -> str:
    out = io.StringIO()
    set_up_logging("info", form, Redactor([KEY]), stream=out)  # type: ignore[arg-type]
    with about(turn="turn1", thread="slack:T:C:1", stage="build"):
        logging.getLogger("core.test").info(message)
    logging.getLogger("core.test").info("between turns")
    return out.getvalue()


def test_json_names_turn_thread_and_stage_while_they_are_worked_on() -> None:
    within, between = map(json.loads, written("json", "again in 1 s").splitlines())

    assert ("turn1", "slack:T:C:1", "build") == (within["turn"], within["thread"], within["stage"])
    assert {"at", "level", "logger", "message"} == set(between)


def test_text_names_them_at_the_end_of_the_line_each_once() -> None:
    within, between = written("text", "turn turn1: not posted yet").splitlines()

    assert "INFO core.test: turn turn1: not posted yet  (thread slack:T:C:1, stage build)" == within
    assert "INFO core.test: between turns" == between


def test_an_id_that_holds_a_secret_does_not_bring_it_into_the_log() -> None:
    out = io.StringIO()
    for form in ("text", "json"):
        set_up_logging("info", form, Redactor([KEY]), stream=out)
        with about(thread=f"http:{KEY}"):
            logging.getLogger("core.test").info("hello")

    assert KEY not in out.getvalue()
    assert 2 == out.getvalue().count("…kkkk")
