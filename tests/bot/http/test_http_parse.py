from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.http.access import Caller
from bot.http.bodies import Chat
from bot.http.parse import bearer, repeats, said_in, turn_of, wants_no_wait
from core.errors import RequestError
from core.stored import StoredTurn
from core.turn import Exchange, TurnRequest, TurnStatus

ADA = Caller("a1b2")


def chat(*messages: tuple[str, str], **more: object) -> Chat:
    said = [{"role": role, "content": content} for role, content in messages]
    return Chat.model_validate({"messages": said, **more})


def turn(*messages: tuple[str, str], key: str = "k", **more: object) -> TurnRequest:
    return turn_of(chat(*messages, **more), ADA, key=key, now=7.0)


def test_identity_conversation_and_asker_belong_to_the_token() -> None:
    asked = turn(("user", "How?"), conversation_id="demo-123", context={"tone": "friendly"})

    assert ("http:a1b2:k", "http:a1b2:demo-123", "a1b2") == (asked.identity, asked.conversation_id, asked.asker)
    assert ("How?", {"tone": "friendly"}, 7.0, "http") == (
        asked.prompt,
        asked.context,
        asked.accepted_at,
        asked.surface,
    )


def test_without_a_conversation_a_new_one_begins_which_a_repeat_finds_again() -> None:
    first, repeated, other = turn(("user", "How?")), turn(("user", "How?")), turn(("user", "How?"), key="l")

    assert f"http:a1b2:{first.turn_id}" == first.conversation_id
    assert first == repeated
    assert first.conversation_id != other.conversation_id


@pytest.mark.parametrize(
    ("messages", "prompt", "last"),
    [
        ([("user", " How? ")], "How?", None),
        ([("user", "A"), ("user", "B")], "B", None),
        ([("user", "A"), ("assistant", "1"), ("user", "B")], "B", Exchange("A", "1")),
        ([("user", "A"), ("assistant", "1"), ("user", "B"), ("assistant", "2")], "B", Exchange("A", "1")),
        ([("user", "A"), ("assistant", "1"), ("user", "B"), ("user", "C")], "C", Exchange("A", "1")),
        ([("user", "A"), ("user", "B"), ("assistant", "1"), ("user", "C")], "C", Exchange("B", "1")),
        ([("assistant", "Hello!"), ("user", "A")], "A", Exchange("", "Hello!")),
    ],
)
def test_the_last_of_the_user_is_the_prompt_and_the_exchange_before_it_is_replayed(
    messages: list[tuple[str, str]], prompt: str, last: Exchange | None
) -> None:
    asked = turn(*messages)

    assert (prompt, last) == (asked.prompt, said_in(asked.address))


def test_where_nobody_asks_the_field_is_named() -> None:
    with pytest.raises(RequestError) as raised:
        turn(("assistant", "Hello!"))

    assert "messages" == raised.value.field


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": []},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": ["x"]}]},
        {"messages": [{"role": "user", "content": "x"}] * 201},
        {"messages": [{"role": "user", "content": "x"}], "conversation_id": ""},
        {"messages": [{"role": "user", "content": "x"}], "conversation_id": "c" * 201},
        {"messages": [{"role": "user", "content": "x"}], "conversation_id": "a\nb"},
        {"messages": [{"role": "user", "content": "x"}], "conversationId": "mine"},
        {"messages": [{"role": "user", "content": "x"}], "context": {"tone": {"of": "voice"}}},
        {"messages": [{"role": "user", "content": "x"}], "context": {str(n): "x" for n in range(33)}},
        {"context": {}},
    ],
)
def test_what_is_no_question_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Chat.model_validate(wrong)


def test_numbers_in_the_context_are_words_of_it() -> None:
    assert {"length": "800", "share": "0.5"} == turn(("user", "A"), context={"length": 800, "share": 0.5}).context


def kept(asked: TurnRequest) -> StoredTurn:
    return StoredTurn(
        asked.turn_id,
        asked.conversation_id,
        1,
        asked.asker,
        asked.prompt,
        asked.context,
        TurnStatus.COMPLETE,
        1.0,
        2.0,
        "A.",
        "{}",
        address=asked.address,
    )


def test_a_repeat_is_the_same_in_all_that_matters() -> None:
    first = turn(("user", "A"), conversation_id="c", context={"tone": "x"})
    others = (
        turn(("user", "B"), conversation_id="c", context={"tone": "x"}),
        turn(("user", "A"), conversation_id="d", context={"tone": "x"}),
        turn(("user", "A"), conversation_id="c"),
        turn(("user", "0"), ("assistant", "1"), ("user", "A"), conversation_id="c", context={"tone": "x"}),
    )

    assert repeats(turn(("user", "A"), conversation_id="c", context={"tone": "x"}), kept(first))
    assert [] == [other for other in others if repeats(other, kept(first))]


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", ""), ("", ""), (None, "")],
)
def test_the_token_of_a_header(header: str | None, token: str) -> None:
    assert token == bearer(header)


@pytest.mark.parametrize(
    ("prefer", "wanted"),
    [
        ("respond-async", True),
        ("wait=10, Respond-Async", True),
        ("respond-async; x=1", True),
        ("wait=10", False),
        ("respond", False),
        (None, False),
    ],
)
def test_who_does_not_want_to_wait_says_so(prefer: str | None, wanted: bool) -> None:
    assert wanted is wants_no_wait(prefer)


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=5)), min_size=1, max_size=8))
def test_whatever_was_said_the_prompt_is_the_users_and_the_answer_the_assistants(said: list[tuple[str, str]]) -> None:
    if all(role == "assistant" for role, _ in said):
        return
    asked = turn(*said)
    last = said_in(asked.address)

    assert asked.prompt == [content for role, content in said if role == "user"][-1].strip()
    assert last is None or ("assistant", last.answer) in said
