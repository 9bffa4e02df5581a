"""**I/O edge.** Run by Alembic, which has put the connection of `core.migrations` into its context."""

from __future__ import annotations

from alembic import context

from core.migrations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by building it anew
)
with context.begin_transaction():
    context.run_migrations()
