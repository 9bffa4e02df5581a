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

OPEN = text("ended_at IS NULL")

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Float, nullable=False),
    # The place in line that was given last: each of its turns gets the next one, and a retried turn another.
    Column("last_place", Integer, nullable=False, server_default="0"),
    # Rises when somebody begins anew: what was said before is known to nobody any more.
    Column("chapter", Integer, nullable=False, server_default="0"),
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
    # Rises each time it is taken up: by a retry, and by whoever takes it over. Who holds an earlier one may not write.
    Column("attempt", Integer, nullable=False, server_default="1"),
    # The process that runs it; it is nobody's where that one is not among the processes.
    Column("owner", Text),
    # How often in a row its process died under it.
    Column("takeovers", Integer, nullable=False, server_default="0"),
    Column("beginning", JSON(none_as_null=True)),
    Column("post_begun", Boolean, nullable=False, server_default="0"),
    Column("message", Text),
    Column("stop_by", Text),
    # The chapter of its conversation in which it was asked.
    Column("chapter", Integer, nullable=False, server_default="0"),
    # Whoever has it can read the turn's page; empty: nobody can.
    Column("page_key", Text, nullable=False, server_default=""),
    # Where it was: its clock begins then.
    Column("retried_at", Float),
    Index("ix_turns_open", "conversation_id", "place", sqlite_where=OPEN, postgresql_where=OPEN),
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

# What the agents were asked and have answered, or why not. Where there is neither, it was asked for and did not come.
stage_results = Table(
    "stage_results",
    metadata,
    Column("turn_id", Text, ForeignKey("turns.id"), primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("prompt", Text, nullable=False),
    Column("asked", Integer, nullable=False, server_default="1"),
    Column("reply", JSON(none_as_null=True)),
    Column("failure", JSON(none_as_null=True)),
)

# Who is at work on this database. Whoever has not shown itself for a while is dead, and deleted by a survivor.
processes = Table(
    "processes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("beat", Float, nullable=False),
)

# Requests that are under way or wait to be, of so many at once. A process that dies leaves none.
slots = Table(
    "slots",
    metadata,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("process", Text, ForeignKey("processes.id", ondelete="CASCADE"), nullable=False),
    Column("seniority", Float, nullable=False),
    Column("since", Float, nullable=False),
    Column("held", Boolean, nullable=False),
    Index("ix_slots_line", "budget", "held", "seniority"),
)

# What was used of budgets of so many in any stretch of time.
uses = Table(
    "uses",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_uses_budget", "budget", "at"),
    sqlite_autoincrement=True,
)

# What is kept back of a budget for those who must not go without; and until when nothing may be used of it at all.
reserves = Table(
    "reserves",
    metadata,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False, index=True),
    Column("process", Text, ForeignKey("processes.id", ondelete="CASCADE"), nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("until", Float, nullable=False),
)

# Other names of a conversation: of a command that had no thread yet, the thread that was opened for it.
aliases = Table(
    "aliases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
)

# What turns in a channel go by where they do not say otherwise: tone, length …
preferences = Table(
    "preferences",
    metadata,
    Column("place", Text, primary_key=True),
    Column("context", JSON, nullable=False),
)

# What people think of an answer; `told`: CustomGPT has it.
feedback = Table(
    "feedback",
    metadata,
    Column("turn_id", Text, ForeignKey("turns.id"), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("reaction", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("told", Boolean, nullable=False, server_default="0"),
)

# When a platform was last heard of: one that is connected and yet delivers nothing is set up wrongly.
heard = Table(
    "heard",
    metadata,
    Column("surface", Text, primary_key=True),
    Column("at", Float, nullable=False),
)

# What one process at a time does. It goes with its process, as that leaves or dies.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("process", Text, ForeignKey("processes.id", ondelete="CASCADE"), nullable=False),
)

# What is to be remembered of the outside: which commands a platform was told, and what it made of them.
notes = Table(
    "notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", JSON, nullable=False),
)
