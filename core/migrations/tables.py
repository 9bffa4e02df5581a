"""**I/O edge.** The tables as the newest revision leaves them. Times in unix seconds."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, MetaData, Table, Text

# Constraints with names can be changed by a later revision.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Float, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("session_id", Text, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    # The order of acceptance: never given twice, and no clock has a say in it.
    Column("place", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("asker", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("context", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("accepted_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("answer", Text),
    Column("payload", Text),
    sqlite_autoincrement=True,
)
