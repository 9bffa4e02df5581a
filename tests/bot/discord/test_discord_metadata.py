"""Which message is which, by what its buttons say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.discord.metadata import LIVING, Posted, custom_id, posted, pressed
from core.actions import Choice, Pressed
from core.permissions import Action
from core.turn import turn_id_of

TURN = turn_id_of("discord:1")


@given(st.sampled_from(Action), st.integers(1, 99_999), st.sampled_from(["", "research", "review"]))
def test_a_button_says_its_turn_and_what_it_is_for(action: Action, generation: int, stage: str) -> None:
    said = custom_id(Choice(action, stage), TURN, generation)

    assert len(said) <= 100
    assert Posted(TURN, generation, LIVING) == posted([said])
    assert Pressed(action, TURN, generation, stage) == pressed(said)


@given(st.integers(1, 99_999), st.integers(1, 999))
def test_a_part_says_which_it_is_and_cannot_be_pressed(generation: int, part: int) -> None:
    one = Posted(TURN, generation, part)

    assert one == posted([one.custom_id])
    assert None is pressed(one.custom_id)


def test_the_option_of_a_menu_says_the_stage() -> None:
    menu = custom_id(Choice(Action.RETRY), TURN, 1)

    assert Pressed(Action.RETRY, TURN, 1, "build") == pressed(menu, ["build"])


@given(st.text(max_size=120), st.lists(st.text(max_size=80), max_size=2))
def test_what_is_not_ours_is_none(text: str, values: list[str]) -> None:
    assert pressed(text, values) is None or text.startswith("turn:")
    assert posted([text]) is None or text.startswith("turn:")


def test_a_nonce_is_of_one_part_of_one_generation_and_short_enough() -> None:
    nonces = {Posted(TURN, generation, part).nonce for generation in range(1, 9) for part in range(-3, 9)}

    assert 8 * 12 == len(nonces)
    assert {24} == set(map(len, nonces))
