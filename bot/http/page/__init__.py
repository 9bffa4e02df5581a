"""**I/O edge.** The page: a chat in the browser, and each turn's own page to look at."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.http.page import assets, routes, shared

PAGES: Sequence[APIRouter] = (assets.router, routes.router, shared.router)
