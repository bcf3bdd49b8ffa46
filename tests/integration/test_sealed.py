"""Sensitive data lie encrypted in the database, and whoever reads them is noted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import LargeBinary, insert, select, type_coerce
from sqlalchemy.exc import IntegrityError

from keys.data_key import DataKeys, format_data_keys, make_data_key, parse_data_keys, rotate_data_key
from keys.signer import KeysError
from schemas.change_trail import ActorKind
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.families.notices import contact_of
from service.importing.formats import SourceFile
from service.sample import sample_class
from service.storage.database import Base, migrating, reading, writing
from service.storage.migration import MIGRATIONS, upgrade
from service.storage.reading_tables import ReadingRow
from service.storage.readings import Shown
from service.storage.sealed import Sealed, sealed_columns
from tests.support.changes import correct, correction_request, draft, mended, token
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.postgresql import closing_engines, running_server
from tests.support.trail import AN_IMPORT

RARE = {"ethnicity": "Brâu", "personal_id": "001214999123", "policy_category": "Con liệt sĩ hiếm có"}

RARE_ADDRESS = "rare-parent@example.vn"


def put_rare(demonstration: Demonstration) -> str:
    """Let a student have data that nobody else has, in drafts, imports, requests, documents and the trail."""
    installation = demonstration.installation
    workbook = sample_class(2, class_name="6B", first_student=101)
    files = [SourceFile("6B.xlsx", workbook)]
    first, second = installation.import_files(files, SCHOOL_YEAR, dry_run=False).read.rows
    installation.register.put_student_years([mended(first, **RARE)], cause=AN_IMPORT)
    installation.import_files(files, SCHOOL_YEAR, dry_run=False)
    installation.register.put_student_years(
        [
            mended(row, **RARE)
            for row in installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
        ],
        cause=AN_IMPORT,
    )
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    correction_request(demonstration, data=mended(draft(demonstration), **RARE))
    for address in (RARE_ADDRESS, "second@example.vn"):
        contact = contact_of(SCHOOL, second.learner.student_code, address, at=1, by=None)
        installation.register.set_contact(contact)
    return second.learner.student_code


def in_the_clear(data: Path) -> list[str]:
    """Return what stands in the clear in the files of the database."""
    content = b"".join(path.read_bytes() for path in data.glob("hocba.sqlite3*"))
    assert len(content) > 100_000
    return [word for word in (*RARE.values(), RARE_ADDRESS) if word.encode() in content]


def test_the_files_of_the_database_hold_no_sensitive_word(demonstration: Demonstration) -> None:
    """Ethnicity, personal ID and policy category stand nowhere in the database or its write-ahead log."""
    put_rare(demonstration)
    (first, *_) = demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert first.learner.ethnicity == RARE["ethnicity"]
    assert in_the_clear(demonstration.data) == []


def test_sealing_what_is_there_leaves_no_old_page(demonstration: Demonstration) -> None:
    """A database of before is sealed by the upgrade, trail and all; nothing in the clear is left on the disk."""
    put_rare(demonstration)
    engine = demonstration.installation.database
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    with migrating(engine) as connection:
        alembic.attributes["connection"] = connection
        before = ScriptDirectory.from_config(alembic).get_revision("0014").down_revision
        command.downgrade(alembic, str(before))
    assert in_the_clear(demonstration.data) == [*RARE.values(), RARE_ADDRESS]
    upgrade(engine)
    assert in_the_clear(demonstration.data) == []
    assert demonstration.installation.audit().differences == ()


def test_every_column_of_a_record_is_sealed() -> None:
    """Whatever holds learners, years, documents or entries of the trail is sealed, and bound to its own name."""
    assert {f"{column.table.name}.{column.name}" for column in sealed_columns()} == {
        "student_years.learner",
        "student_years.year",
        "student_years.decisions",
        "issuances.data",
        "issuances.claims",
        "changes.learner",
        "changes.year",
        "changes.trail_entry",
        "import_changes.learner_before",
        "import_changes.year_before",
        "mark_changes.entry",
        "kept_answers.answer",
        "contacts.email",
        "notices.address",
        "contact_import_changes.before",
        "contact_import_changes.after",
    }
    for column in sealed_columns():
        assert isinstance(column.type, Sealed)
        assert column.type.column == f"{column.table.name}.{column.name}"


def test_a_value_opens_with_its_key_in_its_column_alone() -> None:
    """Another key, another column and one changed bit are refused; a key that was replaced still opens."""
    old, new = DataKeys([b"\x01" * 32]), DataKeys([b"\x02" * 32, b"\x01" * 32])
    sealed = old.seal(b"Kinh", "a.b")
    assert b"Kinh" not in sealed
    assert sealed != old.seal(b"Kinh", "a.b")
    assert [old.open(sealed, "a.b"), new.open(sealed, "a.b")] == [b"Kinh", b"Kinh"]
    assert (old.is_current(sealed), new.is_current(sealed)) == (True, False)
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for keys, value, column in (
        (DataKeys([b"\x03" * 32]), sealed, "a.b"),
        (old, sealed, "a.c"),
        (old, flipped, "a.b"),
        (old, b"", "a.b"),
        (old, b'{"ethnicity":"Kinh"}', "a.b"),
    ):
        with pytest.raises(KeysError, match="data-unreadable"):
            keys.open(value, column)


def test_the_key_file(tmp_path: Path) -> None:
    """It is its owner's alone, is never overwritten, has one spelling, and a new key stands before the old."""
    path = tmp_path / "data-key"
    make_data_key(path, b"\x01" * 32)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_data_key(path, b"\x02" * 32)
    rotate_data_key(path, b"\x02" * 32)
    assert path.read_bytes() == format_data_keys([b"\x02" * 32, b"\x01" * 32])
    for wrong in (b"", b"\n", b"00\n", b"AB" * 32 + b"\n", b"ab" * 32, b"ab" * 32 + b"\r\n"):
        with pytest.raises(KeysError, match="data-key-invalid"):
            parse_data_keys(wrong)
    path.chmod(0o640)
    with pytest.raises(KeysError, match="key-file-exposed"):
        DataKeys.load(path)


def test_rotating_seals_everything_anew(demonstration: Demonstration) -> None:
    """After `hocba db rotate-key` the old key opens nothing that is there, and all is as it was."""
    code = put_rare(demonstration)
    file = demonstration.data / "keys" / "data-key"
    (old,) = parse_data_keys(file.read_bytes())
    demonstration.installation.database.dispose()
    done = run("hocba", "db", "rotate-key", "--data", demonstration.data)
    assert "sealed anew" in done.stdout
    new, kept = parse_data_keys(file.read_bytes())
    assert kept == old != new
    keys = DataKeys([new])
    with sqlite3.connect(demonstration.data / "hocba.sqlite3") as database:
        for column in sealed_columns():
            rows = database.execute(f"SELECT {column.name} FROM {column.table.name}")  # noqa: S608 - our own names
            values = [value for (value,) in rows if value is not None]
            assert all(keys.is_current(value) for value in values)
            assert all(keys.open(value, f"{column.table.name}.{column.name}") for value in values)
    shown = run("hocba", "trail", "verify", code, SCHOOL_YEAR, "--data", demonstration.data)
    assert "nguyên vẹn" in shown.stdout, shown


def test_without_its_key_the_database_is_not_opened(demonstration: Demonstration) -> None:
    """A missing key file stops every command with a sentence; another key reads nothing, and the audit says so."""
    file = demonstration.data / "keys" / "data-key"
    code = draft(demonstration).learner.student_code
    kept = file.read_bytes()
    file.unlink()
    command_line = ("hocba", "trail", "show", code, SCHOOL_YEAR, "--data", demonstration.data)
    assert "[key-file-missing]" in run(*command_line).stderr
    make_data_key(file, b"\x05" * 32)
    assert "[data-unreadable]" in run(*command_line).stderr
    assert "[audit-data-unreadable]" in run("hocba", "record", "audit", "--data", demonstration.data).stdout
    file.write_bytes(kept)
    assert run(*command_line).returncode == 0


def test_no_row_stands_in_an_error(demonstration: Demonstration) -> None:
    """A statement that the database refuses says so without what it was to write."""
    code = draft(demonstration).learner.student_code
    row = {"school_code": "NOWHERE", "at": 1, "actor_kind": "token", "actor_id": "a", "actor_name": "b"}
    with pytest.raises(IntegrityError) as refused, writing(demonstration.installation.database) as connection:
        connection.execute(insert(ReadingRow), [row | {"student_code": code, "what": "trail"}])
    assert code not in str(refused.value)


def test_the_command_makes_a_key_once(tmp_path: Path) -> None:
    """`hocba db make-key` writes a key and names the setting; a second time it refuses."""
    path = tmp_path / "data-key"
    assert run("hocba", "db", "make-key", path).stdout == f"HOCBA_DATA_KEY_FILE={path}\n"
    kept = path.read_bytes()
    assert "[data-key-exists]" in run("hocba", "db", "make-key", path).stderr
    assert path.read_bytes() == kept


def test_readings_are_noted(demonstration: Demonstration) -> None:
    """Fetching a file, a preview that shows a stored ethnicity, and a trail that does: who, whom, where."""
    installation = demonstration.installation
    who = token(demonstration)
    client = create_app(installation).test_client()
    secret = (demonstration.data / TOKEN_FILE).read_text().strip()
    document = demonstration.issuances()[0]
    headers = {"Authorization": f"Bearer {secret}"}
    with client.get(f"/api/v1/transcripts/{document.id}/pdf", headers=headers) as answer:
        assert answer.status_code == 200
    (first,) = installation.register.readings(SCHOOL)
    assert (first.actor.kind, first.actor.id, first.actor.name) == (ActorKind.TOKEN, who.id, who.holder)
    assert (first.student_code, first.what) == (document.student_code, Shown.TRANSCRIPT)

    files = [SourceFile("6B.xlsx", sample_class(2, class_name="6B", first_student=101))]
    row, _ = installation.import_files(files, SCHOOL_YEAR, dry_run=False).read.rows
    assert len(installation.register.readings(SCHOOL)) == 1
    installation.register.put_student_years([mended(row, ethnicity="Brâu")], cause=AN_IMPORT)
    installation.import_files(files, SCHOOL_YEAR, dry_run=True)
    code = row.learner.student_code
    (preview,) = installation.register.readings(SCHOOL, student_code=code)
    assert preview.what is Shown.IMPORT_PREVIEW

    run("hocba", "trail", "show", code, SCHOOL_YEAR, "--data", demonstration.data)
    listed = run("hocba", "access", "list", "--student", code, "--data", demonstration.data).stdout
    assert "vết thay đổi" in listed
    assert "2 lần xem" in listed
    assert (
        "0 lần xem" in run("hocba", "access", "list", "--by", "nobody", "--data", demonstration.data).stdout
    )


@pytest.fixture
def on_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demonstration]:
    """Three released transcripts on a PostgreSQL server."""
    with running_server() as server:
        monkeypatch.setenv("HOCBA_DATABASE_URL", server.new_database())
        with closing_engines(monkeypatch):
            yield Demonstration.make(tmp_path / "data", students=3)


def test_the_same_on_a_server(on_server: Demonstration) -> None:
    """On PostgreSQL every stored value is sealed, a correction works, and rotating seals all anew."""
    put_rare(on_server)
    engine = on_server.installation.database
    correct(on_server, 1, address="Số 1, đường Khác")
    words = [word.encode() for word in (*RARE.values(), RARE_ADDRESS)]
    with reading(engine) as connection:
        for table in Base.metadata.sorted_tables:
            columns = [
                type_coerce(one, LargeBinary)
                for one in table.columns
                if isinstance(one.type, LargeBinary | Sealed)
            ]
            if columns:
                for found in connection.execute(select(*columns)):
                    assert not any(word in bytes(value or b"") for value in found for word in words), (
                        table.name
                    )
    run("hocba", "db", "rotate-key", "--data", on_server.data, check=True)
    fresh = Demonstration(on_server.data, on_server.clock)
    assert fresh.installation.audit().differences == ()
