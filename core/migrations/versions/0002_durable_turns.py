"""**I/O edge.** Durable turns: lines, attempts, messages, stage results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("last_place", sa.Integer(), nullable=False, server_default="0"))
    op.execute("ALTER TABLE turns RENAME COLUMN place TO number")
    for column in _columns():
        op.add_column("turns", column)
    op.execute("UPDATE turns SET place = number")
    op.execute(
        "UPDATE conversations SET last_place = coalesce("
        "(SELECT max(place) FROM turns WHERE turns.conversation_id = conversations.id), 0)"
    )
    # What was running belonged to a process that is gone.
    op.execute("UPDATE turns SET status = 'stopped', ended_at = accepted_at WHERE ended_at IS NULL")
    unended = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_turns_open", "turns", ["conversation_id", "place"], sqlite_where=unended, postgresql_where=unended
    )
    op.create_table(
        "stage_results",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("reply", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_stage_results_turn_id"),
        sa.PrimaryKeyConstraint("turn_id", "slot", name="pk_stage_results"),
    )
    op.create_table(
        "turn_events",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_turn_events_turn_id"),
        sa.PrimaryKeyConstraint("turn_id", "seq", name="pk_turn_events"),
        sa.UniqueConstraint("turn_id", "key", name="uq_turn_events_turn_id_key"),
    )


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("identity", sa.Text(), nullable=False, server_default=""),
        sa.Column("surface", sa.Text(), nullable=False, server_default="terminal"),
        sa.Column("address", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("place", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("post_begun", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("stop_by", sa.Text(), nullable=True),
    ]
