"""**I/O edge.** The tables as the newest revision leaves them. Times in unix seconds."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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
    # The place in line that was given last: each of its turns gets the next one, and a retried turn another.
    Column("last_place", Integer, nullable=False, server_default="0"),
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
    Column("number", Integer, primary_key=True),
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
    Column("identity", Text, nullable=False, server_default=""),
    Column("surface", Text, nullable=False, server_default="terminal"),
    Column("address", JSON, nullable=False, server_default="{}"),
    # Its place in its thread's line.
    Column("place", Integer, nullable=False, server_default="0"),
    # How often the engine was given it: the workflow's id is the turn's and this.
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("post_begun", Boolean, nullable=False, server_default="0"),
    Column("message", Text),
    Column("stop_by", Text),
    Index("ix_turns_open", "conversation_id", "place", sqlite_where=text("ended_at IS NULL")),
    sqlite_autoincrement=True,
)

# What happened in a turn, by the names that clients know; `key` keeps the same thing from being kept twice.
turn_events = Table(
    "turn_events",
    metadata,
    Column("turn_id", Text, ForeignKey("turns.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("fields", JSON, nullable=False),
    UniqueConstraint("turn_id", "key"),
)

# What the agents were asked and have answered. A reply that is not there yet was asked for and did not come.
stage_results = Table(
    "stage_results",
    metadata,
    Column("turn_id", Text, ForeignKey("turns.id"), primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("prompt", Text, nullable=False),
    Column("asked", Integer, nullable=False, server_default="1"),
    Column("reply", JSON(none_as_null=True)),
)
