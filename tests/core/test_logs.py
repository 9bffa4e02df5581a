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
    loggers = [logging.getLogger(), logging.getLogger("dbos")]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, listeners, propagate in before:
        logger.handlers[:] = listeners
        logger.setLevel(level)
        logger.propagate = propagate


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


def test_what_the_engine_says_takes_our_way_out(capfd: pytest.CaptureFixture[str]) -> None:
    engine = logging.getLogger("dbos")
    of_its_own = logging.StreamHandler()
    engine.addHandler(of_its_own)
    engine.propagate = False
    out = io.StringIO()

    set_up_logging("info", "text", Redactor([KEY]), stream=out)
    engine.warning("lost %s", KEY)
    engine.info("started")

    assert "WARNING dbos: lost …kkkk\n" == out.getvalue()
    assert of_its_own not in engine.handlers
    assert engine.handlers  # without one it would bring its own again
    assert "" == capfd.readouterr().err
