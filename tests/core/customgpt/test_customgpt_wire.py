"""Their JSON in our nouns, as documented, as recorded, and as it may yet come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.customgpt import wire
from core.customgpt.miss import Cure, Miss
from core.customgpt.wire import Account, AgentInfo, Message, Usage, citations_of, id_of, url_of
from core.errors import Trouble
from core.turn import Citation

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "url", "title", "x"]), inner),
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([73558806, 73558811], (Citation(73558806), Citation(73558811))),
        (["12061.0", "7"], (Citation(12061), Citation(7))),
        ([12061.0], (Citation(12061),)),
        (None, ()),
        ([], ()),
        ("12", ()),
        ({"id": 1}, ()),
        ([True, None, "x", "1.5", -1, 0, float("nan"), float("inf"), "1e999", [], {}], ()),
        ([5, "5.0", {"id": 5, "title": "later"}], (Citation(5),)),
        (
            [{"id": "9", "title": " A ", "url": "https://a.example/1"}],
            (Citation(9, "A", "https://a.example/1"),),
        ),
        ([{"title": "A", "url": "https://a.example"}] * 2, (Citation(None, "A", "https://a.example"),)),
        ([" https://a.example/x ", "https://a.example/x y"], (Citation(None, None, "https://a.example/x"),)),
        ([{"id": 1, "url": "javascript:alert(1)"}, {"url": "ftp://a.example"}], (Citation(1),)),
        ([{"title": "neither id nor link"}], ()),
    ],
)
def test_citations_come_in_many_shapes(raw: object, expected: tuple[Citation, ...]) -> None:
    assert expected == citations_of(raw)


@pytest.mark.parametrize("sign", [" ", "\n", "\t", "\0", "\x7f", "\u202e", "\u2066", "\u200b", "\u00a0", "\u2028"])
def test_an_address_with_what_nobody_sees_is_dropped(sign: str) -> None:
    assert url_of(f"https://a.example/{sign}x") is None


def test_a_title_is_one_line() -> None:
    said = {"id": 1, "title": "A\n[9] evil\u202e \u2014 https://evil\0"}

    assert "A [9] evil \u2014 https://evil" == wire.citation_of(said).title


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("a\ud83d", "a\ufffd"),
        ("\ud83d\ude42", "🙂"),
        ("\ude42\ud83d", "\ufffd\ufffd"),
        ("\ud83db", "\ufffdb"),
        ("🙂", "🙂"),
    ],
)
def test_half_a_character_does_not_get_past_the_border(said: str, read: str) -> None:
    assert read == wire.message_of({"openai_response": said}).text


@settings(deadline=None)
@given(ANYTHING)
def test_no_citations_are_too_strange(raw: Any) -> None:
    found = citations_of(raw)

    assert all(citation.id is not None or citation.url is not None for citation in found)
    assert len({citation.id or citation.url for citation in found}) == len(found)


def test_a_preview_link_needs_a_login() -> None:
    url = "https://app.customgpt.ai/api/v1/preview/7"

    assert Citation(7, "file.pdf", url, needs_login=True) == wire.citation_of(
        {"id": 7, "url": url, "title": "file.pdf", "description": "kept nowhere", "image": None}
    )


def test_a_citation_may_know_no_more_than_its_id() -> None:
    assert Citation(7) == wire.citation_of({"id": 7, "url": None, "title": None})


@pytest.mark.parametrize("url", ["", "/relative", "mailto:a@b.example", "https://", "http://[", None, 7])
def test_what_is_no_web_address_is_dropped(url: object) -> None:
    assert url_of(url) is None


@settings(deadline=None)
@given(st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans()))
def test_ids_are_positive_or_none(raw: object) -> None:
    found = id_of(raw)

    assert found is None or found > 0


def test_a_recorded_message_is_read() -> None:
    data = {
        "id": 10631255,
        "user_query": "What changed?",
        "openai_response": "Three things",
        "citations": [7],
        "metadata": {"user_ip": "203.0.113.7", "external_id": "turn-build-1-1"},
    }

    assert Message(10631255, "Three things", (Citation(7),), "turn-build-1-1") == wire.message_of(data)


def test_a_message_may_lack_nearly_everything() -> None:
    assert Message(None, "") == wire.message_of({"openai_response": None, "metadata": None})


def test_a_page_of_messages_says_whether_more_follow() -> None:
    def page(following: str | None) -> dict[str, Any]:
        return {"messages": {"data": [{"id": 1}, "odd", {"id": 2}], "next_page_url": following}}

    assert [message.id for message in wire.messages_of(page(None)).messages] == [1, 2]
    assert not wire.messages_of(page(None)).more
    assert wire.messages_of(page("https://…?page=2")).more


@pytest.mark.parametrize("data", [{}, {"messages": None}, {"messages": {"data": None}}])
def test_a_page_of_nothing_is_empty(data: dict[str, Any]) -> None:
    assert wire.messages_of(data).messages == ()


@pytest.mark.parametrize(
    ("raw", "active"),
    [(True, True), (1, True), ("1", True), (0, False), (None, False), ("0", False), ([], False)],
)
def test_an_agent_is_active_when_its_chat_is(raw: object, active: bool) -> None:
    data = {"id": 4711, "project_name": "Researcher", "is_chat_active": raw}

    assert AgentInfo(4711, "Researcher", active) == wire.agent_of(data)


def test_the_account_is_read() -> None:
    assert Account(35, "", "a@b.example") == wire.account_of({"id": 35, "email": "a@b.example"})


@pytest.mark.parametrize(
    ("current", "most", "used_up"),
    [(1000, 1000, True), (1001, "1000", True), (0, 1, False), (None, 1, False)],
)
def test_credits_are_used_up_at_the_limit(current: object, most: object, used_up: bool) -> None:
    usage = wire.usage_of({"current_queries": current, "max_queries": most})

    assert used_up == usage.used_up


def test_what_the_limits_do_not_say_is_not_known() -> None:
    assert Usage(None, None) == wire.usage_of({})


def test_a_success_envelope_is_opened() -> None:
    assert wire.opened(b'{"status":"success","data":{"id":1}}') == {"id": 1}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"[]", b'{"data":[]}', b"\xff", b'{"status":"error","data":{"message":"no"}}'],
)
def test_a_body_that_is_not_the_apis_is_a_miss(body: bytes) -> None:
    with pytest.raises(Miss) as caught:
        wire.opened(body)

    assert (caught.value.trouble, caught.value.cure) == (Trouble.BROKEN, Cure.RECONCILE)


def test_a_conversation_has_a_session() -> None:
    assert wire.session_of({"session_id": "3f"}) == "3f"


def test_a_conversation_without_a_session_is_a_miss() -> None:
    with pytest.raises(Miss, match="without session_id"):
        wire.session_of(json.loads('{"id": 9001}'))
