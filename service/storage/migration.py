"""The database's schema by Alembic: brought up to date by one command, checked at every start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from service.errors import ServiceError
from service.storage.database import migrating, reading

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction."""
    config = _config()
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_schema(engine: Engine) -> None:
    """Refuse a database whose schema is not the newest revision.

    Raises:
        ServiceError: `database-outdated`.
    """
    with reading(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != ScriptDirectory.from_config(_config()).get_current_head():
        raise ServiceError(
            "database-outdated",
            "Cơ sở dữ liệu thuộc phiên bản khác của phần mềm. Hãy sao lưu rồi chạy: hocba db upgrade --data THƯ_MỤC",
            "The database is of another version of the software. Back it up, then run: hocba db upgrade --data DIR",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
