"""The database's schema by Alembic: brought up to date by one command, checked at every start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from service.errors import ServiceError
from service.storage.database import Base, migrating, reading
from service.storage.row_security import protect
from service.storage.sealing import forget_clear_pages

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction.

    Where rows were sealed by it, what they were in the clear is overwritten.
    """
    with migrating(engine) as connection:
        has_sealed = upgrade_on(connection, "head")
        protect(connection, Base.metadata)
    if has_sealed:
        forget_clear_pages(engine)


def upgrade_on(connection: Connection, revision: str) -> bool:
    """Bring the schema to a revision, within the transaction of a connection.

    Raises:
        alembic.util.exc.CommandError: the revision is not known.

    Returns:
        Whether rows that lay in the clear were sealed.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    return bool(config.attributes.get("sealed_rows"))


def check_schema(engine: Engine) -> None:
    """Refuse a database whose schema is not the newest revision.

    Raises:
        ServiceError: `database-outdated`.
    """
    with reading(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != _newest_revision():
        raise ServiceError(
            "database-outdated",
            "Cơ sở dữ liệu thuộc phiên bản khác của phần mềm. Hãy sao lưu rồi chạy: hocba db upgrade --data THƯ_MỤC",
            "The database is of another version of the software. Back it up, then run: hocba db upgrade --data DIR",
        )


@cache
def _newest_revision() -> str | None:
    # Alembic runs every script of a migration to find it: once in a process.
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
