from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.durable.codec import Result, from_json, to_json
from core.errors import Trouble
from core.turn import AgentFailure, AgentReply, Beginning, Citation, Exchange, OnReject, Stopped

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
CITATIONS = st.builds(Citation, st.integers() | st.none(), TEXT | st.none(), TEXT | st.none(), st.booleans())
RESULTS = st.one_of(
    st.none(),
    TEXT,
    st.builds(AgentReply, TEXT, st.lists(CITATIONS).map(tuple), st.integers() | st.none(), TEXT | st.none()),
    st.builds(AgentFailure, st.sampled_from(Trouble), TEXT, st.integers(0, 9)),
    st.builds(Stopped, TEXT, st.integers(0, 9)),
    st.builds(Beginning, st.none() | st.builds(Exchange, TEXT, TEXT), st.integers(1, 9_000), st.sampled_from(OnReject)),
)


@given(RESULTS)
def test_what_a_step_returned_comes_back_the_same(result: Result) -> None:
    assert result == from_json(json.loads(json.dumps(to_json(result))))


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody knows"):
        from_json({"kind": "Pickle", "payload": "cos\nsystem"})
