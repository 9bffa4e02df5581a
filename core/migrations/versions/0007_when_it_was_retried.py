"""**I/O edge.** When a turn was retried last: its clock begins then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.add_column("turns", sa.Column("retried_at", sa.Float()))
