"""**I/O edge.** The page and what belongs to it, as files of the package: asked for anew each time, sent once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePosixPath

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.http.page import shell
from bot.http.page.words import words

router = APIRouter(include_in_schema=False)

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
GUARDED = {
    "Content-Security-Policy": shell.POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@router.get("/")
async def page(request: Request) -> Response:
    return _known(request, _page(), "text/html; charset=utf-8", GUARDED)


@router.get("/page/words.json")
async def spoken(request: Request) -> Response:
    return _known(request, _words(), "application/json", {"X-Content-Type-Options": "nosniff"})


@router.get("/page/static/{name}")
async def static(name: str, request: Request) -> Response:
    kind = _TYPES.get(PurePosixPath(name).suffix, "")
    return _known(request, _content(name), kind, {"X-Content-Type-Options": "nosniff"})


def _known(request: Request, content: bytes, kind: str, headers: Mapping[str, str]) -> Response:
    """The content, or that it is what the browser has. So a new version is there at once."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    told = {**headers, "ETag": tag, "Cache-Control": "no-cache"}
    held = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in held:
        return Response(status_code=304, headers=told)
    return Response(content, media_type=kind, headers=told)


@cache
def _page() -> bytes:
    return shell.page().encode()


@cache
def _words() -> bytes:
    return json.dumps(words(), ensure_ascii=False).encode()


@cache
def _static() -> Mapping[str, bytes]:
    """All there are: a name that is none of them reaches no file."""
    folder = files("bot.http.page") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if PurePosixPath(one.name).suffix in _TYPES}


def _content(name: str) -> bytes:
    try:
        return _static()[name]
    except KeyError:
        raise HTTPException(404) from None
