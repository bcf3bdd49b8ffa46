"""The database: its durability settings, its migrations, and that one school never sees another's rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from schemas.transcript.model import School
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.storage import log_tables, tables
from service.storage.database import Base, open_database, reading, writing
from service.storage.migration import MIGRATIONS, check_schema, upgrade
from service.storage.records import Batch
from service.storage.register import Register
from tests.support.demonstration import SCHOOL, Demonstration, add_school

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")


def config() -> Config:
    """Return Alembic's configuration."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def test_every_connection_is_durable(tmp_path: Path) -> None:
    """WAL, full synchronisation and foreign keys hold on every connection; the file is its owner's alone."""
    engine = open_database(tmp_path / "a.sqlite3")
    for _ in range(2):
        with reading(engine) as connection:
            asked = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert asked == ["wal", 2, 1]
    engine.dispose()
    assert (tmp_path / "a.sqlite3").stat().st_mode & 0o777 == 0o600


def test_migrations_give_the_tables_of_the_models(tmp_path: Path) -> None:
    """After all migrations nothing is left for Alembic to change."""
    engine = open_database(tmp_path / "a.sqlite3")
    upgrade(engine)
    upgrade(engine)
    check_schema(engine)
    assert {tables.__name__, log_tables.__name__} <= {
        mapper.class_.__module__ for mapper in Base.registry.mappers
    }
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrations_go_down_and_up(tmp_path: Path) -> None:
    """Every migration can be undone and done again."""
    engine = open_database(tmp_path / "a.sqlite3")
    upgrade(engine)
    for move, revision in ((command.downgrade, "base"), (command.upgrade, "head")):
        alembic = config()
        with writing(engine) as connection:
            alembic.attributes["connection"] = connection
            move(alembic, revision)
    check_schema(engine)
    engine.dispose()


def test_other_schema_is_refused(tmp_path: Path) -> None:
    """A database of another version says what to run."""
    engine = open_database(tmp_path / "a.sqlite3")
    with pytest.raises(ServiceError) as refusal:
        check_schema(engine)
    engine.dispose()
    assert refusal.value.code == "database-outdated"
    assert "hocba db upgrade" in refusal.value.text.vi


def test_failed_unit_leaves_nothing(tmp_path: Path) -> None:
    """What raises in the middle of a unit of work is undone as a whole."""
    engine = open_database(tmp_path / "a.sqlite3")
    upgrade(engine)
    row = "INSERT INTO schools (code, school, signatory) VALUES ('A', x'00', x'00')"
    with pytest.raises(IntegrityError), writing(engine) as connection:
        [connection.exec_driver_sql(row) for _ in range(2)]
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM schools").scalar() == 0
    engine.dispose()


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """A page that the disk gives back as nonsense is a refusal with its code, not a trace."""
    path = tmp_path / "hocba.sqlite3"
    path.write_bytes(b"nonsense" * 1024)
    with pytest.raises(ServiceError) as refusal:
        check_schema(open_database(path))
    assert refusal.value.code == "database-unavailable"


def test_register_keeps_schools_apart(demonstration: Demonstration) -> None:
    """Another school finds no class, student, batch or document of this one."""
    register: Register = demonstration.installation.register
    add_school(register, OTHER, "other")
    issuance = register.issuances(SCHOOL, SCHOOL_YEAR)[0]
    assert register.student_years(OTHER.code, SCHOOL_YEAR) == ()
    assert register.issuances(OTHER.code, SCHOOL_YEAR) == ()
    assert register.issuance(OTHER.code, issuance.id) is None
    assert register.batch(OTHER.code, issuance.batch_id) is None
    assert register.class_counts(OTHER.code) == ()
    assert register.unfinished(OTHER.code) == ()
    token = register.token_of("other")
    assert token is not None
    assert token.school_code == OTHER.code
    assert register.token_of("wrong") is None
    assert register.changes(OTHER.code) == ()


def test_same_idempotency_key_of_two_schools_is_two_batches(demonstration: Demonstration) -> None:
    """A key belongs to its school."""
    register = demonstration.installation.register
    add_school(register, OTHER, "other")
    batches = [
        register.open_batch(Batch(f"{number}" * 32, school, "key", SCHOOL_YEAR, None, None, 0))
        for number, school in ((1, SCHOOL), (2, OTHER.code))
    ]
    assert batches[0].id != batches[1].id
