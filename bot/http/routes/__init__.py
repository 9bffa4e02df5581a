"""**I/O edge.** The routes of the API, in the order of their description: one file for each thing."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from bot.http.routes import chat, conversations, health, turns

ROUTERS: Sequence[APIRouter] = (chat.router, turns.router, conversations.router, health.router)
