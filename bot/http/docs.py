"""**I/O edge.** `/docs`: the API's description to read and try, without a network and without a script in the page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

router = APIRouter(include_in_schema=False)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Orchestrator · API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true });\n'
_TYPES = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}
_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")


@router.get("/docs")
async def docs() -> Response:
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
    return Response(_PAGE, media_type="text/html", headers=headers)


@router.get("/docs/start.js")
async def start() -> Response:
    return Response(_START, media_type=_TYPES[".js"])


def _add(name: str) -> None:
    @router.get(f"/docs/{name}")
    def asset() -> Response:
        kind = _TYPES[name[name.rindex(".") :]]
        return Response(_content(name), media_type=kind, headers={"Cache-Control": "max-age=86400"})


@cache
def _content(name: str) -> bytes:
    return (files("fastapi_swagger") / "resources" / name).read_bytes()


for _name in _ASSETS:
    _add(_name)
