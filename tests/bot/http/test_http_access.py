from __future__ import annotations

import pytest

from bot.http.access import Access, Caller
from core.permissions import Action

ACCESS = Access(["ada", "ben"], ["root"], "1234|key")


def test_a_token_is_known_by_its_hash_alone() -> None:
    ada, ben = ACCESS.caller("ada", loopback=False), ACCESS.caller("ben", loopback=False)

    assert ada
    assert ben
    assert ada.id != ben.id
    assert "ada" not in ada.id
    assert ada == ACCESS.caller("ada", loopback=True)
    assert f"http:{ada.id}:" == ada.prefix


@pytest.mark.parametrize("token", ["", "ad", "adaa", "Ada", "nobody", "\ud800"])
def test_whoever_has_no_token_is_nobody(token: str) -> None:
    assert ACCESS.caller(token, loopback=True) is None


def test_the_key_opens_on_this_machine_alone_and_makes_nobody_an_admin() -> None:
    caller = ACCESS.caller("1234|key", loopback=True)

    assert caller
    assert not caller.admin
    assert ACCESS.caller("1234|key", loopback=False) is None


def test_an_admin_may_check_and_touch_the_turns_of_others() -> None:
    admin, ada = Caller("r", admin=True), Caller("a")

    assert admin.may(Action.CHECK)
    assert admin.may(Action.STOP, asker="a")
    assert not ada.may(Action.CHECK)
    assert ada.may(Action.STOP, asker="a")
    assert not ada.may(Action.STOP, asker="b")
