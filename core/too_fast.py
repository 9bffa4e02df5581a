"""**I/O edge.** Answers with 429, counted where they arrive: whoever asks, and whatever a library makes of them."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp

from core.tally import Count, TooFast


def watched(api: str, count: Count) -> aiohttp.TraceConfig:
    """For a client of aiohttp, or a library that has one."""

    async def ended(_: object, __: object, request: aiohttp.TraceRequestEndParams) -> None:
        if request.response.status == HTTPStatus.TOO_MANY_REQUESTS:
            count(TooFast(api))

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace
