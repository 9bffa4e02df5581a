"""**Pure.** The switches, read from JSON."""

from __future__ import annotations

import pytest

from sandbox.customgpt.faults import Account, ControlError, Fault, changed, schema, script_of


def test_what_is_not_named_stays() -> None:
    fault = changed(Fault(echo=True), {"status": 429, "retry_after": 1})

    assert fault == Fault(echo=True, status=429, retry_after=1)


def test_cited_ids_come_as_a_list() -> None:
    assert changed(Fault(), {"cites": [1, 2]}) == Fault(cites=(1, 2))


@pytest.mark.parametrize("active", [None, 0, 1, True, False])
def test_an_agent_may_be_active_in_every_way_that_was_seen(active: bool | int | None) -> None:
    read = changed(Fault(), {"is_chat_active": active}).is_chat_active

    assert (type(active), active) == (type(read), read)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"statos": 1}, "statos"),
        ({"status": 99}, "status: "),
        ({"drop_after": -1}, "drop_after: "),
        ({"citations": "many"}, "citations: "),
        (["status"], "body: must be a JSON object"),
        ("status", "body: must be a JSON object"),
    ],
)
def test_bad_input_is_refused_and_names_the_field(given: object, message: str) -> None:
    with pytest.raises(ControlError, match=f"^{message}"):
        changed(Fault(), given)


def test_a_script_names_the_entry_and_the_field() -> None:
    with pytest.raises(ControlError, match=r"^1\.status: "):
        script_of([{}, {"status": "x"}])


def test_a_script_is_a_list() -> None:
    with pytest.raises(ControlError, match=r"^body: must be a JSON list"):
        script_of({"status": 1})


def test_an_account_is_read_likewise() -> None:
    assert changed(Account(), {"max_queries": 3}) == Account(max_queries=3)


@pytest.mark.parametrize(
    ("fault", "kept", "costs"),
    [
        (Fault(), True, True),
        (Fault(drop_after=1), True, True),
        (Fault(drop_after=1, stored=False), False, True),
        (Fault(status=500), False, False),
        (Fault(status=500, stored=True), True, True),
        (Fault(error_after=0), False, True),
    ],
)
def test_what_is_kept_and_what_costs_a_query(fault: Fault, kept: bool, costs: bool) -> None:
    assert (fault.keeps, fault.works) == (kept, costs)


def test_every_switch_is_described() -> None:
    properties = schema()["fault"]["properties"] | schema()["account"]["properties"]

    assert [name for name, told in properties.items() if not told.get("description")] == []
