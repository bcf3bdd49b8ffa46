"""Alembic's entry: runs the migrations on the connection that it is handed, else on a new database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from service.storage import log_tables, tables
from service.storage.database import Base

TABLES = (tables, log_tables)  # imported for what they add to the metadata


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
