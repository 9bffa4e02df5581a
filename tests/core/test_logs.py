from __future__ import annotations

import io
import json
import logging
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
