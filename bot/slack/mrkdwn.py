"""**Pure.** Slack's own mark-up: read as Markdown, written so that it pings nobody.

<https://docs.slack.dev/messaging/formatting-message-text/>
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.text.links import BREAK, honest_label, web_address
from core.text.printable import printable

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_REFERENCE = re.compile(r"<([^<>\n]+)>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]+)(?<=\S)~(?![\w~])")
_BULLET = re.compile("^([ \t]*)[•◦▪][ \t]*", re.MULTILINE)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # the ampersand last: `&amp;lt;` is "&lt;"

_LABEL = 150
"""Characters of a link's words: a title is no paragraph."""

_ALL = "(?:here|channel|everyone|group)"
_BROADCAST = re.compile(
    rf"(?:(?P<address>https?://[^\s<>()\[\]]{{0,2000}}?)@|@|&commat;|&#0*64;|&#x0*40;)(?={_ALL})", re.IGNORECASE
)
_SPECIAL = re.compile(r"(?:<|&lt;|&#0*60;|&#x0*3c;)(?=\\*[!@])", re.IGNORECASE)
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}\Z")


def to_markdown(mrkdwn: str, names: Mapping[str, str]) -> str:
    """What a person wrote, as plain Markdown. `names` of users by id, as far as they are known."""
    pieces = _CODE.split(mrkdwn)
    read = (_code(piece) if n % 2 else _prose(piece, names) for n, piece in enumerate(pieces))
    return "".join(read)


def _code(code: str) -> str:
    """Slack makes links in code, too: there they are what was typed."""
    return _unescaped(_REFERENCE.sub(lambda match: _typed(match[1]), code))


def _typed(reference: str) -> str:
    target, _, label = reference.partition("|")
    return label or target


def _prose(text: str, names: Mapping[str, str]) -> str:
    """Emphasis goes over references: they are put back when it has been read."""
    plain = text.replace("\0", "")
    references = iter(_REFERENCE.findall(plain))
    marked = _emphasis(_REFERENCE.sub("\0", plain))
    return _unescaped(re.sub("\0", lambda _: _reference(next(references), names), marked))


def _emphasis(text: str) -> str:
    return _BULLET.sub(r"\1- ", _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text)))


def _reference(reference: str, names: Mapping[str, str]) -> str:
    """What stands between `<` and `>`: a person, a channel, everybody, a group, a date, a link."""
    target, _, label = reference.partition("|")
    match target[:1]:
        case "@":
            return f"@{label or names.get(target[1:], target[1:])}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:]}"
        case _:
            return _link(target, label)


def _link(address: str, label: str) -> str:
    """Slack itself adds the label where a bare address was typed."""
    bare = address.removeprefix("mailto:").removeprefix("https://").removeprefix("http://")
    if label in ("", address):
        return address
    return label if label == bare else f"[{label}]({address})"


def _unescaped(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def defused(text: str) -> str:
    """Nobody is pinged by it, in mrkdwn and in Markdown; it looks the same, and an address leads to the same place."""
    return _BROADCAST.sub(_without_ping, _SPECIAL.sub(rf"\g<0>{BREAK}", text))


def _without_ping(match: re.Match[str]) -> str:
    return f"{match['address']}%40" if match["address"] else f"{match[0]}{BREAK}"


def escaped(text: str, limit: int) -> str:
    """Any text as mrkdwn of at most `limit` characters; what does not fit ends with "…"."""
    safe = _safe(text[: limit + 1])
    if len(text) <= limit and len(safe) <= limit:
        return safe
    return _HALF_ENTITY.sub("", safe[: limit - 1]) + "…"


def _safe(text: str) -> str:
    return defused(printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def link(label: str, url: str | None, limit: int) -> str:
    """A link in mrkdwn of at most `limit` characters; only its words where the address may not be followed."""
    words = shortened(" ".join(label.split()))
    address = web_address(url) if url else None
    made = f"<{defused(address.replace('&', '&amp;'))}|{_safe(honest_label(words, address))}>" if address else ""
    return made if made and len(made) <= limit else escaped(words, limit)


def shortened(words: str) -> str:
    return words if len(words) <= _LABEL else words[: _LABEL - 1] + "…"
