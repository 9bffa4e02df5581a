"""**I/O edge.** The API as a whole: its routes, its errors, its description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from bot.http import docs, stream
from bot.http.page import PAGES
from bot.http.problems import MEDIA_TYPE, Bounded, add_problems
from bot.http.routes import ROUTERS

LARGEST = 1024 * 1024
"""Bytes of a request's body, and of a WebSocket's message."""

_DESCRIPTION = """Four agents on one prompt: research, plan, build, review.

`WS /v1/chat/stream` takes the body of `POST /v1/chat` as its first message (with `token`, where no header can be sent)
and sends the turn's events: `turn.queued`, `turn.started`, `stage.started`, `stage.delta`, `stage.completed`,
`stage.failed`, `turn.stopped`, and last `complete`, with the payload, or `error`. Who comes back sends `turn_id` and
`after`, the last `seq` that they have seen.
"""


def api(lifespan: Any = None) -> FastAPI:
    """The application; `state.served` is what it stands on."""
    app = _Described(
        title="Orchestrator",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        middleware=[
            Middleware(Bounded, largest=LARGEST),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST),
        ],
        separate_input_output_schemas=False,  # what a serializer leaves out would hide all the rest
        lifespan=lifespan,
    )
    add_problems(app)
    for router in (*ROUTERS, stream.router, docs.router, *PAGES):
        app.include_router(router)
    return app


class _Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Problems have their own media type, and no other."""
        routes = (route for paths in super().openapi()["paths"].values() for route in paths.values())
        for answer in (answer for route in routes for answer in route["responses"].values()):
            if MEDIA_TYPE in answer.get("content", {}):
                answer["content"].pop("application/json", None)
        return super().openapi()
