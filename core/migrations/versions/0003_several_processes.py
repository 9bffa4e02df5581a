"""**I/O edge.** Several processes: who is at work, whose turn it is, and what they share of the outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.add_column("turns", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("turns", sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("beginning", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("stage_results", sa.Column("failure", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "processes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("beat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )
    _slots()
    _budgets()


def _slots() -> None:
    op.create_table(
        "slots",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("seniority", sa.Float(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["process"], ["processes.id"], name="fk_slots_process", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
    )
    op.create_index("ix_slots_line", "slots", ["budget", "held", "seniority"])


def _budgets() -> None:
    op.create_table(
        "uses",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_uses"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_uses_budget", "uses", ["budget", "at"])
    op.create_table(
        "reserves",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["process"], ["processes.id"], name="fk_reserves_process", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reserves"),
    )
    op.create_index("ix_reserves_budget", "reserves", ["budget"])
    op.create_table(
        "pauses",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("budget", name="pk_pauses"),
    )
