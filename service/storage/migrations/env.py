"""Alembic's entry: runs the migrations on the connection that it is handed, else on a new database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from service.storage import (
    approval_tables,
    batch_tables,
    family_tables,
    log_tables,
    people_tables,
    reading_tables,
    tables,
    trail_tables,
)
from service.storage.database import Base

# Imported for what they add to the metadata.
TABLES = (
    tables,
    people_tables,
    family_tables,
    log_tables,
    trail_tables,
    approval_tables,
    reading_tables,
    batch_tables,
)


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").begin() as connection:
        _run(connection)
