"""**I/O edge.** A key for each turn, that opens its page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.add_column("turns", sa.Column("page_key", sa.Text(), nullable=False, server_default=""))
