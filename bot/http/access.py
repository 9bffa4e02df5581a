"""**Pure.** Who is calling: a bearer token is known by its hash, and compared in constant time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from core.permissions import Action, AllowLists, Person, denied

NAME_LENGTH = 16
"""Hexadecimal digits of a token's hash: enough to tell tokens apart."""

_NOBODY_KEPT_OUT = AllowLists()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling; `id` is what is kept of the token."""

    id: str
    admin: bool = False

    @property
    def prefix(self) -> str:
        """What the keys of this caller's conversations begin with."""
        return f"http:{self.id}:"

    def may(self, action: Action, *, asker: str | None = None) -> bool:
        """By the one table. `asker`: of the turn that it is about."""
        return denied(action, Person(self.id, admin=self.admin), (), _NOBODY_KEPT_OUT, asker=asker) is None


class Access:
    """The tokens that are let in. CustomGPT's `key` opens on loopback alone, if at all: it is the operator's own."""

    def __init__(self, tokens: Iterable[str], admins: Iterable[str], key: str | None) -> None:
        self._tokens = [_digest(token) for token in tokens]
        self._admins = [_digest(token) for token in admins]
        self._key = [_digest(key)] if key else []

    def caller(self, token: str, *, loopback: bool) -> Caller | None:
        """Whose token that is; None where it is nobody's."""
        digest = _digest(token)
        admin = _among(digest, self._admins)
        known = _among(digest, self._tokens) | (_among(digest, self._key) & loopback)
        return Caller(digest.hex()[:NAME_LENGTH], admin) if admin | known else None


def _among(digest: bytes, known: Iterable[bytes]) -> bool:
    """All of them are looked at, whichever it is."""
    return sum(compare_digest(digest, one) for one in known) > 0


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
