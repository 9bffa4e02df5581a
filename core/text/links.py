"""**Pure.** Links in an answer: only such as may be followed, and none that looks like another.

Platforms read Markdown each in its own way. So nothing here relies on what CommonMark calls a link: whatever some
parser might take for one is judged, and broken by an invisible space if it is not plainly good. The words stay.
Code is left alone, but only what every parser takes for code: closed fences, and backticks within one line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from urllib.parse import SplitResult, quote, urlsplit

from core.text.markdown import code_spans
from core.text.printable import printable
from core.text.spans import Span, replace_spans

BREAK = "\u200b"
"""Nobody sees it, and no parser reads over it."""

LONGEST_ADDRESS = 2_000

_Change = tuple[Span, str]

_SCHEMES = ("http", "https", "mailto")
_AT = r"(?:@|&commat;|&#0*64;|&#x0*40;)"
_USER_INFO = re.compile(rf"https?://(?!{BREAK})(?=(?:[^\s/?#<>()\[\]]|&#)*?{_AT})", re.IGNORECASE)
# `<` before what may be a tag or a platform's own mark-up; an address alone in its brackets stays a link.
_ANGLE = re.compile(r"<(?!(?:https?://|mailto:)[^\s<>|\\]+>)(?=\\*[a-zA-Z/!?@#])", re.IGNORECASE)
_DEFINITION = re.compile(r"\](?=:)")
_BRACKETS = re.compile(r"(?<!\\)(?P<escapes>\\*)(?:(?P<opens>\[)|\](?P<leads>\()?)|\n[ \t>]*\n")
_TARGET = re.compile(
    r"""\([ \t]*+\n?[ \t]*+
    (?: <(?P<angled>[^\s<>|]*)> | (?P<bare>[^\s<>()|]*(?:\([^\s<>()|]*\)[^\s<>()|]*)*) )
    (?: [ \t\n]++ (?:"[^"\n]*" | '[^'\n]*' | \([^()\n]*\)) )?
    [ \t]*\)""",
    re.VERBOSE,
)
_PLACE = re.compile(r"[\w.:-]+")
_MAIL_ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]+")
_SCHEME = re.compile(r"\A[^\w/]*(?:[a-z][a-z0-9+.-]*:)?//")
_HOST = re.compile(r"(?<![\w.-])(?:[\w-]+\.)+[^\W\d_]{2,}")
_FORMATTING = re.compile(r"[*_~`\\]")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\xa0<>()\[\]\"|`^{}\\\u2028-\u202f\u200b\u2060-\u206f]")
_FENCE = re.compile(r"[\s>*+\-\d.)]*(?P<fence>`{3,})[^`\n]*\n(?:.*\n)?[ \t>]*(?P=fence)`*[ \t]*", re.DOTALL)
_INLINE = re.compile(r"(?P<ticks>`+)(?!`)(?P<code>[^\n]*?)(?<!`)(?P=ticks)")


def safe_links(text: str) -> str:
    """The text with every link to http, https or mailto; one whose words name another host says where it leads.

    All others, images, tags and reference definitions are no longer such. Nothing but `BREAK`, and hosts, is put in,
    and nothing but the `!` of an image taken out. Done twice it changes no more.
    """
    bare = _without_code(text)
    changes = [*_broken(bare, _USER_INFO), *_broken(bare, _ANGLE), *_broken(bare, _DEFINITION), *_links(text, bare)]
    return replace_spans(text, changes)


def web_address(url: str) -> str | None:
    """The address of a source as it may stand in a link, whatever mark-up surrounds it; None if it may not."""
    address = _UNSAFE.sub(lambda match: quote(match[0]), printable(url).strip())
    return address if len(address) <= LONGEST_ADDRESS and _destination(address) else None


def honest_label(label: str, url: str) -> str:
    """The words of a link, with where it leads behind them if they look like another address, or say nothing."""
    destination = _destination(url) or ""
    if not label.strip():
        return destination
    return f"{label} ({destination})" if _is_disguised(label, destination) else label


def _destination(address: str) -> str | None:
    """The host of a web address, the address in a mailto; None for what may not be linked."""
    plain = unescape(address)
    parts = _split(plain)
    if parts is None or parts.scheme.lower() not in _SCHEMES or "\\" in plain:
        return None
    if parts.scheme.lower() == "mailto":
        return parts.path if _MAIL_ADDRESS.fullmatch(parts.path) else None
    return parts.hostname if "@" not in parts.netloc and _PLACE.fullmatch(parts.hostname or "") else None


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:  # brackets that hold no IPv6 address, and the like
        return None


def _is_disguised(label: str, destination: str) -> bool:
    seen, real = _as_seen(label), destination.casefold()
    if seen == real or seen.endswith(f"({real})"):
        return False
    host = real.rpartition("@")[2].removeprefix("www.")
    return any(named.removeprefix("www.") != host for named in _hosts(seen))


def _hosts(label: str) -> Iterator[str]:
    """What looks like a host, in each word up to its path."""
    for word in label.split():
        yield from _HOST.findall(re.split("[/?#]", _SCHEME.sub("", word, count=1), maxsplit=1)[0])


def _as_seen(label: str) -> str:
    """Without what does not show: emphasis, zero widths, entities, letters of another width."""
    folded = unicodedata.normalize("NFKC", unescape(label)).casefold()
    shown = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    return _FORMATTING.sub("", shown)


def _links(text: str, bare: str) -> Iterator[_Change]:
    """Walks over the brackets; a blank line closes them all."""
    opened: list[int] = []
    for match in _BRACKETS.finditer(bare):
        escaped = len(match["escapes"] or "") % 2 == 1
        if match["escapes"] is None:
            opened.clear()
        elif match["opens"]:
            opened += [] if escaped else [match.end() - 1]
        else:
            start = opened.pop() if opened and not escaped else None
            if match["leads"]:
                yield from _link(text, bare, start, match.end() - 2)


def _link(text: str, bare: str, start: int | None, end: int) -> Iterator[_Change]:
    """`[` at start, `](` at end: the link stays as it is, says where it leads, or is none."""
    target = _TARGET.match(bare, end + 1)
    address = (target["angled"] or target["bare"] or "") if target else ""
    if start is None or not _destination(address) or "](" in bare[start:end]:
        yield (end + 1, end + 1), BREAK
        return
    if bare[start - 1 : start] == "!":
        yield (start - 1, start), ""
    label = text[start + 1 : end]
    told = honest_label(label, address)
    if told != label:
        yield (end, end), told.removeprefix(label)


def _broken(bare: str, pattern: re.Pattern[str]) -> Iterator[_Change]:
    for match in pattern.finditer(bare):
        yield (match.end(), match.end()), BREAK


def _without_code(text: str) -> str:
    """Of the same length, with nothing in place of what surely is code."""
    spans = [span for span in code_spans(text) if _is_surely_code(text[slice(*span)])]
    return replace_spans(text, [((start, end), "\0" * (end - start)) for start, end in spans])


def _is_surely_code(code: str) -> bool:
    inline = _INLINE.fullmatch(code)
    if inline:
        ticks = inline["ticks"]
        return not re.search(rf"(?<!`){ticks}(?!`)", inline["code"])
    return bool(_FENCE.fullmatch(code.rstrip("\n")))
