"""**Pure.** CustomGPT's JSON → our nouns. What it refuses is read in `miss.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.customgpt.miss import Cure, Miss, error_text_of, json_of, object_of
from core.draft import one_line
from core.errors import Trouble
from core.text.surrogates import whole_characters
from core.turn import Citation

PREVIEW_PATH = "/api/v1/preview/"
"""Links to uploaded files lead here; they open only for people with an account."""


@dataclass(frozen=True, slots=True)
class Message:
    """One question and its answer, as CustomGPT keeps it. `text` is the answer, empty while there is none."""

    id: int | None
    text: str
    citations: tuple[Citation, ...] = ()
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some of a conversation's messages. `more`: a further page follows."""

    messages: tuple[Message, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class AgentInfo:
    """What an agent is called, and whether it can be asked."""

    id: int | None
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key it is."""

    id: int | None
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Queries of this billing cycle: asked, and allowed. None: not said."""

    queries: int | None
    most_queries: int | None

    @property
    def used_up(self) -> bool:
        return self.left == 0

    @property
    def left(self) -> int | None:
        """None: not said."""
        if self.queries is None or self.most_queries is None:
            return None
        return max(0, self.most_queries - self.queries)


def opened(body: bytes) -> Mapping[str, Any]:
    """What is in a success envelope. A body that is not the API's is a `Miss`: broken, perhaps answered."""
    fields = object_of(json_of(body))
    data = fields.get("data")
    if fields.get("status") != "error" and isinstance(data, dict):
        return data
    said = error_text_of(fields) or "not a body of the API"
    raise Miss(Trouble.BROKEN, said, cure=Cure.RECONCILE, counted=True)


def session_of(data: Mapping[str, Any]) -> str:
    """The session id of a conversation that was opened."""
    session = text_of(data.get("session_id"))
    if not session:
        raise Miss(Trouble.BROKEN, "a conversation without session_id", cure=Cure.RECONCILE)
    return session


def message_of(data: Mapping[str, Any]) -> Message:
    metadata = object_of(data.get("metadata"))
    return Message(
        id=id_of(data.get("id")),
        text=text_of(data.get("openai_response")),
        citations=citations_of(data.get("citations")),
        external_id=text_of(metadata.get("external_id")) or None,
    )


def messages_of(data: Mapping[str, Any]) -> MessagePage:
    page = object_of(data.get("messages"))
    kept = page.get("data")
    found = [message_of(item) for item in kept if isinstance(item, dict)] if isinstance(kept, list) else []
    return MessagePage(tuple(found), more=bool(page.get("next_page_url")))


def agent_of(data: Mapping[str, Any]) -> AgentInfo:
    """`is_chat_active` was seen as true, 1, 0 and null; there is no other sign of readiness."""
    active = data.get("is_chat_active") in (True, 1, "1", "true")
    return AgentInfo(id_of(data.get("id")), text_of(data.get("project_name")), active)


def account_of(data: Mapping[str, Any]) -> Account:
    return Account(id_of(data.get("id")), text_of(data.get("name")), text_of(data.get("email")))


def usage_of(data: Mapping[str, Any]) -> Usage:
    return Usage(_whole(data.get("current_queries")), _whole(data.get("max_queries")))


def citation_of(data: Mapping[str, Any]) -> Citation:
    """Details as they were looked up; all but the id may be null."""
    url = url_of(data.get("url"))
    login = url is not None and PREVIEW_PATH in urlsplit(url).path
    return Citation(id_of(data.get("id")), one_line(text_of(data.get("title"))) or None, url, login)


def citations_of(raw: object) -> tuple[Citation, ...]:
    """Ints, `"12061.0"`, links and objects, in a list, null or nothing → citations, each once, in order."""
    entries = raw if isinstance(raw, list) else []
    return _once(citation for citation in map(_citation, entries) if citation is not None)


def _citation(raw: object) -> Citation | None:
    match raw:
        case dict():
            citation = citation_of(raw)
        case str() if raw.strip().lower().startswith("http"):
            citation = citation_of({"url": raw})
        case _:
            citation = Citation(id_of(raw))
    return None if citation.id is None and citation.url is None else citation


def _once(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    seen: dict[int | str | None, Citation] = {}
    for citation in citations:
        seen.setdefault(citation.url if citation.id is None else citation.id, citation)
    return tuple(seen.values())


def id_of(raw: object) -> int | None:
    """A positive whole number, as int, float or text (`"12061.0"` was seen); else None."""
    number = _whole(raw)
    return number if number is not None and number > 0 else None


def _whole(raw: object) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if isinstance(raw, int):
        return raw
    try:
        number = float(raw)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def url_of(raw: object) -> str | None:
    """An absolute http or https address without blanks, control and invisible characters; else None."""
    address = text_of(raw).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    shown = address.isprintable() and " " not in address
    return address if shown and parts.scheme in ("http", "https") and parts.netloc else None


def text_of(raw: object) -> str:
    """A text without halves of characters; empty where it is none."""
    return whole_characters(raw) if isinstance(raw, str) else ""
