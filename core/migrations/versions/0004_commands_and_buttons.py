"""**I/O edge.** What people tell the bot besides a question: begin anew, preferences, feedback; threads it opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    for table in ("conversations", "turns"):
        op.add_column(table, sa.Column("chapter", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "aliases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_aliases_conversation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_aliases"),
    )
    op.create_table(
        "preferences",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_preferences"),
    )
    op.create_table(
        "feedback",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reaction", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_feedback_turn_id"),
        sa.PrimaryKeyConstraint("turn_id", "generation", "person", name="pk_feedback"),
    )
    op.create_table(
        "heard",
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("surface", name="pk_heard"),
    )
