"""**Pure.** What Slack takes as blocks, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.blocks import checked, texts, with_ids
from sandbox.slack.refusal import Refusal


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Stop"), **fields}


def section(text: str = "x", **fields: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **fields}


def actions(*elements: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **fields}


def markdown(length: int) -> dict[str, Any]:
    return {"type": "markdown", "text": "x" * length}


OPTION = {"text": plain("Build"), "value": "build"}
GOOD: list[dict[str, Any]] = [
    section("x" * 3000, block_id="b" * 255),
    {"type": "section", "fields": [mrkdwn("x" * 2000)] + [mrkdwn("x")] * 9, "accessory": button(action_id="a" * 255)},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    {"type": "context", "elements": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}]},
    actions(*[button(action_id=str(number)) for number in range(25)]),
    actions(button(value="v" * 2000, style="danger", url="https://example.com")),
    actions({"type": "static_select", "placeholder": plain("Retry"), "options": [OPTION], "action_id": "retry"}),
    actions({"type": "overflow", "options": [OPTION]}),
    markdown(12_000),
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    {"type": "plan", "title": "Work", "tasks": [{"type": "task_card", "task_id": "1", "title": "Build"}]},
    {"type": "task_card", "task_id": "1", "title": "Build", "status": "in_progress"},
    {"type": "input", "label": plain("Why?"), "element": {"type": "plain_text_input", "action_id": "why"}},
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            }
        ],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}] * 20] * 100},
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_what_the_reference_allows_is_taken(block: dict[str, Any]) -> None:
    assert checked([block]) == [block]


BAD: list[tuple[dict[str, Any], str]] = [
    (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section"}, "must define either"),
    (
        {"type": "section", "fields": [mrkdwn("x")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    ({"type": "section", "fields": [mrkdwn("x" * 2001)]}, "[json-pointer:/blocks/0/fields/0/text]"),
    (section(block_id="b" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ({"type": "header", "text": mrkdwn("x")}, "[json-pointer:/blocks/0/text/type]"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items allowed"),
    ({"type": "context", "elements": []}, "no fewer than 1 items allowed"),
    (actions(*[button(action_id=str(number)) for number in range(26)]), "no more than 25 items allowed"),
    (actions(), "no fewer than 1 items allowed"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    (actions(button(text=mrkdwn("x"))), "[json-pointer:/blocks/0/elements/0/text/type]"),
    (actions(button(value="v" * 2001)), "must be less than 2001 characters"),
    (actions(button(action_id="a" * 256)), "must be less than 256 characters"),
    (actions(button(style="green")), "[json-pointer:/blocks/0/elements/0/style]"),
    (actions(button(action_id="a"), button(action_id="a")), "`action_id` already exists"),
    (actions({"type": "static_select", "placeholder": plain("x")}), "missing required field: options"),
    (actions({"type": "static_select", "options": [OPTION] * 101}), "no more than 100 items allowed"),
    (actions({"type": "overflow", "options": [{**OPTION, "value": "v" * 151}]}), "must be less than 151 characters"),
    (actions({"type": "checkmark"}), "unsupported type: checkmark"),
    (markdown(12_001), "must be less than 12001 characters [json-pointer:/blocks/0/text]"),
    ({"type": "image", "alt_text": "a"}, "image_url or slack_file"),
    ({"type": "table", "rows": [[{}] * 21]}, "no more than 20 items allowed"),
    ({"type": "task_card", "title": "x"}, "missing required field: task_id"),
    ({"type": "task_card", "task_id": "1", "title": "x", "status": "done"}, "[json-pointer:/blocks/0/status]"),
    ({"type": "paragraph"}, "unsupported type: paragraph"),
    ({"text": "x"}, "missing required field: type"),
    (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0/colour]"),
]


@pytest.mark.parametrize(("block", "problem"), BAD, ids=[problem[:50] for _, problem in BAD])
def test_what_the_reference_does_not_allow_is_refused_with_its_place(block: dict[str, Any], problem: str) -> None:
    with pytest.raises(Refusal) as caught:
        checked([block])

    assert caught.value.error == "invalid_blocks"
    assert problem in caught.value.fields["errors"][0]
    assert caught.value.fields["response_metadata"]["messages"][0].startswith("[ERROR] ")


def test_a_message_has_at_most_fifty_blocks() -> None:
    assert checked([{"type": "divider"}] * 50)
    with pytest.raises(Refusal, match="invalid_blocks"):
        checked([{"type": "divider"}] * 51)


def test_a_block_id_stands_once_in_a_message() -> None:
    with pytest.raises(Refusal, match="invalid_blocks"):
        checked([section(block_id="a"), section(block_id="a")])


def test_markdown_counts_altogether() -> None:
    assert checked([markdown(6_000), markdown(6_000)])
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        checked([markdown(6_000), markdown(6_001)])


def test_all_text_counts_altogether() -> None:
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        checked([section("x" * 3000)] * 5)


@pytest.mark.parametrize("blocks", ["text", {"type": "divider"}, ["divider"], 3])
def test_what_is_no_list_of_objects_is_refused_for_its_format(blocks: object) -> None:
    with pytest.raises(Refusal, match="invalid_blocks_format"):
        checked(blocks)


KEYS = st.sampled_from(["type", "text", "elements", "section", "actions", "button", "mrkdwn", "block_id", "markdown"])


def outcome(blocks: object) -> str:
    try:
        checked(blocks)
    except Refusal as refusal:
        return refusal.error
    return "taken"


@given(st.recursive(st.none() | KEYS | st.integers(), lambda x: st.lists(x) | st.dictionaries(KEYS, x)))
def test_whatever_comes_is_taken_or_refused(blocks: object) -> None:
    assert outcome(blocks) in ("taken", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")


def test_ids_are_added_where_none_are_given() -> None:
    given = [
        section(accessory=button()),
        actions(button(action_id="mine"), button()),
        {"type": "context", "elements": []},
    ]
    numbers = iter(range(10))
    named = with_ids(given, lambda: f"new{next(numbers)}")

    assert [block["block_id"] for block in named] == ["new0", "new1", "new2"]
    assert named[0]["accessory"]["action_id"] == "new3"
    assert [one["action_id"] for one in named[1]["elements"]] == ["mine", "new4"]
    assert given[1]["elements"] == [button(action_id="mine"), button()]


def test_every_text_that_a_reader_sees_is_found() -> None:
    blocks = [
        section("one"),
        actions(button()),
        {"type": "image", "image_url": "https://example.com", "alt_text": "three"},
    ]

    assert list(texts(blocks)) == ["one", "Stop", "three"]
