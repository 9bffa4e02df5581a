from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.durable.codec import beginning_from, failure_from, reply_from
from core.errors import Trouble
from core.turn import AgentFailure, AgentReply, Beginning, Citation, Exchange, OnReject

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
SECONDS = st.floats(0, 1e10)
CITATIONS = st.builds(Citation, st.integers() | st.none(), TEXT | st.none(), TEXT | st.none(), st.booleans())
REPLIES = st.builds(
    AgentReply,
    TEXT,
    st.lists(CITATIONS).map(tuple),
    st.integers() | st.none(),
    TEXT | st.none(),
    SECONDS,
    SECONDS,
    st.integers(1, 9),
)
FAILURES = st.builds(AgentFailure, st.sampled_from(Trouble), TEXT, st.integers(0, 9))
EXCHANGES = st.builds(Exchange, TEXT, TEXT)
BEGINNINGS = st.builds(Beginning, st.none() | EXCHANGES, st.integers(1, 9_000), st.sampled_from(OnReject))


def as_kept(value: AgentReply | AgentFailure | Beginning) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(asdict(value)))
    return kept


@given(REPLIES)
def test_a_reply_comes_back_the_same(reply: AgentReply) -> None:
    assert reply == reply_from(as_kept(reply))


@given(FAILURES)
def test_a_failure_comes_back_the_same(failure: AgentFailure) -> None:
    assert failure == failure_from(as_kept(failure))


@given(BEGINNINGS)
def test_a_beginning_comes_back_the_same(beginning: Beginning) -> None:
    assert beginning == beginning_from(as_kept(beginning))
