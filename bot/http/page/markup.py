"""**Pure.** HTML out of values: what is not `Html` already is made printable, and escaped."""

from __future__ import annotations

from html import escape

from core.text.printable import printable


class Html(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


def joined(*content: str) -> Html:
    """One after the other."""
    return Html("".join(one if isinstance(one, Html) else escape(printable(one)) for one in content))


def tag(name: str, /, *content: str, **attributes: str | bool) -> Html:
    """An element. `class_` is `class`, `aria_label` is `aria-label`; True is an attribute alone, False is none."""
    return Html(f"<{name}{_written(attributes)}>{joined(*content)}</{name}>")


def void(name: str, /, **attributes: str | bool) -> Html:
    """An element that has no content: `meta`, `input` …"""
    return Html(f"<{name}{_written(attributes)}>")


def _written(attributes: dict[str, str | bool]) -> str:
    return "".join(_attribute(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())


def _attribute(name: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{escape(printable(value))}"'
