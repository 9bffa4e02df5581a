"""**Pure.** Components V2, checked as strictly as Discord does. <https://docs.discord.com/developers/components/reference>"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.discord.record import Json
from sandbox.discord.refusal import invalid

ROW, BUTTON, SELECT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, BOX = 1, 2, 3, 9, 10, 11, 12, 13, 14, 17
TOP = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, BOX)
IN_BOX = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
MOST, MOST_TEXT, MOST_ID, MOST_LABEL, MOST_BUTTONS, MOST_OPTIONS = 40, 4_000, 100, 80, 5, 25
LINK = 5


def check(components: Any, uploaded: set[str]) -> None:
    """Raises `Refusal`. `uploaded`: the names of the files that come with the message, or are there already."""
    if not isinstance(components, list) or not components:
        raise invalid("components", "must not be empty")
    every = list(walk(components))
    if len(every) > MOST:
        raise invalid("components", f"{len(every)} components, at most {MOST}")
    if sum(len(str(one.get("content", ""))) for one in every) > MOST_TEXT:
        raise invalid("components", f"more than {MOST_TEXT} characters of text")
    _no_twins(every)
    for n, one in enumerate(components):
        _check(one, f"components.{n}", TOP, uploaded)
    shown = {str(one["file"]["url"]).removeprefix("attachment://") for one in every if one.get("type") == FILE}
    if unused := uploaded - shown:
        raise invalid("attachments", f"no component shows {sorted(unused)}")


def walk(components: Any) -> Iterator[Json]:
    """All of them, however deep."""
    for one in components if isinstance(components, list | tuple) else ():
        if isinstance(one, dict):
            yield one
            yield from walk(one.get("components"))
            yield from walk([one["accessory"]] if "accessory" in one else [])


def _no_twins(every: list[Json]) -> None:
    for key in ("custom_id", "id"):
        given = [one[key] for one in every if one.get(key)]
        if len(set(given)) < len(given):
            raise invalid("components", f"{key} is not unique")


def _check(one: Json, at: str, kinds: tuple[int, ...], uploaded: set[str]) -> None:
    kind = one.get("type")
    if kind not in kinds:
        raise invalid(f"{at}.type", f"{kind} may not stand here")
    match kind:
        case 10:
            _length(one.get("content"), f"{at}.content", MOST_TEXT)
        case 1:
            _row(one, at)
        case 13:
            _file(one, at, uploaded)
        case 17:
            _box(one, at, uploaded)


def _box(one: Json, at: str, uploaded: set[str]) -> None:
    inside = one.get("components")
    if not isinstance(inside, list) or not inside:
        raise invalid(f"{at}.components", "must not be empty")
    colour = one.get("accent_color")
    if colour is not None and not 0 <= int(colour) <= 0xFFFFFF:
        raise invalid(f"{at}.accent_color", "is no colour")
    for n, child in enumerate(inside):
        _check(child, f"{at}.components.{n}", IN_BOX, uploaded)


def _file(one: Json, at: str, uploaded: set[str]) -> None:
    url = str(one.get("file", {}).get("url", ""))
    if not url.startswith("attachment://") or url.removeprefix("attachment://") not in uploaded:
        raise invalid(f"{at}.file", f"{url} was not uploaded")


def _row(one: Json, at: str) -> None:
    inside = one.get("components")
    if not isinstance(inside, list) or not 1 <= len(inside) <= MOST_BUTTONS:
        raise invalid(f"{at}.components", f"1 to {MOST_BUTTONS}")
    kinds = {child.get("type") for child in inside}
    if kinds != {BUTTON} and (len(inside) > 1 or not kinds <= {SELECT, 5, 6, 7, 8}):
        raise invalid(f"{at}.components", "buttons, or one menu")
    for n, child in enumerate(inside):
        _button(child, f"{at}.components.{n}") if child["type"] == BUTTON else _menu(child, f"{at}.components.{n}")


def _button(one: Json, at: str) -> None:
    if one.get("style") not in (1, 2, 3, 4, 5, 6):
        raise invalid(f"{at}.style", "is none")
    if not one.get("label") and not one.get("emoji"):
        raise invalid(f"{at}.label", "a label, or an emoji")
    if one.get("label"):
        _length(one["label"], f"{at}.label", MOST_LABEL)
    _length(
        one.get("url" if one["style"] == LINK else "custom_id"),
        f"{at}.custom_id",
        512 if one["style"] == LINK else MOST_ID,
    )


def _menu(one: Json, at: str) -> None:
    _length(one.get("custom_id"), f"{at}.custom_id", MOST_ID)
    if one["type"] != SELECT:
        return
    options = one.get("options")
    if not isinstance(options, list) or not 1 <= len(options) <= MOST_OPTIONS:
        raise invalid(f"{at}.options", f"1 to {MOST_OPTIONS}")
    if len({option.get("value") for option in options}) < len(options):
        raise invalid(f"{at}.options", "values are not unique")
    for option in options:
        _length(option.get("label"), f"{at}.options", 100)
        _length(option.get("value"), f"{at}.options", 100)


def _length(value: object, at: str, most: int) -> None:
    if not isinstance(value, str) or not len(value.strip()) >= 1 or len(value) > most:
        raise invalid(at, f"must be 1 to {most} characters")
