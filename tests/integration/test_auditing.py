"""Record, database and files compared: whoever edits one of them is named by the other two."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from hashlib import sha256

import pytest

from schemas.record.entry import Issued, Relation, parse_entry
from service.correcting import confirm_correction
from service.storage.sealed import keys_of
from service.tending import Tending
from tests.support.changes import correction_request, revoke, token
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def codes(demonstration: Demonstration) -> list[str]:
    """Return the codes of what the audit finds."""
    return [one.code for one in demonstration.installation.audit().differences]


def _sql(demonstration: Demonstration, statement: str, *values: object) -> None:
    with sqlite3.connect(demonstration.data / "hocba.sqlite3") as database:
        database.execute(statement, values)


def _delete_row(demonstration: Demonstration) -> None:
    database = demonstration.data / "hocba.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM issuances WHERE serial = ?", (demonstration.issuances()[0].serial,))


def _change_mark(demonstration: Demonstration) -> None:
    """Edit what is stored, without the key of the column."""
    serial = demonstration.issuances()[0].serial
    _sql(demonstration, "UPDATE issuances SET data = CAST(data || x'00' AS BLOB) WHERE serial = ?", serial)


def _change_mark_with_the_key(demonstration: Demonstration) -> None:
    """Edit what is stored, as somebody could who has the server's disk too."""
    one = demonstration.issuances()[0]
    keys = keys_of(demonstration.installation.database.dialect)
    data = keys.seal(one.data.replace(b".", b","), "issuances.data")
    _sql(demonstration, "UPDATE issuances SET data = ? WHERE serial = ?", data, one.serial)


def _unrevoke(demonstration: Demonstration) -> None:
    revoke(demonstration)
    _sql(demonstration, "UPDATE issuances SET standing = 'current'")


def _uncorrect(demonstration: Demonstration) -> None:
    change = correction_request(demonstration)
    with demonstration.installation.correcting() as tools:
        confirm_correction(tools, token(demonstration, second=True), change.id)
    assert codes(demonstration) == []
    _sql(demonstration, "UPDATE issuances SET standing = 'current' WHERE standing = 'superseded'")


def _other_file(demonstration: Demonstration) -> None:
    first, second = sorted((demonstration.data / "issued").glob("*.pdf"))[:2]
    first.write_bytes(second.read_bytes())


def _add_file(demonstration: Demonstration) -> None:
    (demonstration.data / "issued" / "extra.pdf").write_bytes(demonstration.pdf())


def _stolen_key(demonstration: Demonstration) -> None:
    sample = parse_entry(
        demonstration.installation.sequencer.prove(demonstration.issuances()[0].log_index or 0).entry
    )
    assert isinstance(sample, Issued)
    digest = sha256(b"forged").digest()
    demonstration.append(
        Issued(
            time=sample.time, school=SCHOOL, sid=digest[:16] if len(sample.sid) == 16 else digest, pdf=digest,
            claims=digest, data=digest, list_id=1, status_index=77, profile=1, relation=Relation.FIRST,
        )
    )  # fmt: skip


def _add_row(demonstration: Demonstration) -> None:
    _sql(
        demonstration,
        "INSERT INTO issuances SELECT 'invented', batch_id, school_code, 'HS-9999', school_year, class_name, 1, "
        "'0000000000000000', list_id, 999999, issued_at, data, claims, reference, 'recorded', NULL, failure_code, "
        "failure_vi, failure_en, standing, ended_at, profile, NULL FROM issuances LIMIT 1",
    )


def _delete_log_row(demonstration: Demonstration) -> None:
    _sql(demonstration, 'DELETE FROM log_entries WHERE "index" = (SELECT max("index") FROM log_entries)')


def _flip_tile(demonstration: Demonstration) -> None:
    tile = next(path for path in (demonstration.record / "tile" / "0").rglob("*") if path.is_file())
    data = tile.read_bytes()
    tile.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])


def _roll_list_back(demonstration: Demonstration) -> None:
    lists = demonstration.record / "status-list" / "1"
    first = (lists / "1").read_bytes()
    revoke(demonstration)
    max(lists.iterdir(), key=lambda path: int(path.name)).write_bytes(first)


FRAUDS: dict[str, tuple[Callable[[Demonstration], None], set[str]]] = {
    "row-deleted": (_delete_row, {"audit-entry-unapproved", "audit-file-stranger"}),
    "mark-changed-in-the-database": (_change_mark, {"audit-data-unreadable"}),
    "mark-changed-with-the-data-key": (
        _change_mark_with_the_key,
        {"audit-entry-unapproved", "audit-document-unrecorded", "audit-document-trail"},
    ),
    "revocation-undone-in-the-database": (_unrevoke, {"audit-standing"}),
    "correction-undone-in-the-database": (_uncorrect, {"audit-standing"}),
    "superseded-in-the-database-alone": (
        lambda one: _sql(
            one, "UPDATE issuances SET standing = 'superseded' WHERE serial = ?", one.issuances()[0].serial
        ),
        {"audit-standing"},
    ),
    "entry-changed-in-the-database": (
        lambda one: _sql(one, "UPDATE log_entries SET entry = x'a10002' WHERE \"index\" = 7"),
        {"audit-store-entry"},
    ),
    "file-deleted": (
        lambda one: min((one.data / "issued").glob("*.pdf")).unlink(),
        {"audit-file-missing"},
    ),
    "file-of-another-student": (_other_file, {"audit-file-changed"}),
    "file-added": (
        _add_file,
        {"audit-file-stranger"},
    ),
    "row-added": (_add_row, {"audit-document-unrecorded"}),
    "log-row-deleted": (_delete_log_row, {"audit-store-shorter"}),
    "tile-byte-flipped": (_flip_tile, {"audit-tile"}),
    "status-list-rolled-back": (_roll_list_back, {"audit-list", "audit-list-unusable"}),
    "entry-that-nobody-approved": (_stolen_key, {"audit-entry-unapproved"}),
}


def test_sound_installation_has_no_difference(released: Demonstration) -> None:
    """Issued, recorded, stored: the three agree."""
    assert codes(released) == []


def test_revoked_and_issued_anew_is_no_difference(demonstration: Demonstration) -> None:
    """What the service itself does is explained by its own register."""
    revoke(demonstration)
    assert codes(demonstration) == []


@pytest.mark.parametrize("name", FRAUDS)
def test_fraud_is_named(demonstration: Demonstration, name: str) -> None:
    """Each has its code, at the place where it was done."""
    commit, expected = FRAUDS[name]
    commit(demonstration)
    assert set(codes(demonstration)) == expected


def test_commands_tell_by_exit_code(demonstration: Demonstration) -> None:
    """`record audit` and `record watch` end with 0 on a sound installation, with 1 and a name after a fraud."""
    data = ("--data", demonstration.data)
    assert run("hocba", "record", "audit", *data).returncode == 0
    watched = run("hocba", "record", "watch", "--school", SCHOOL, *data)
    assert (watched.returncode, watched.stdout.count("cấp / issued")) == (0, 3)
    roles = [line.split(": ")[1] for line in watched.stdout.splitlines() if "issuer" in line]
    assert sorted(roles) == ["credential, active", "principal, active", "seal, active", "status, active"]
    _stolen_key(demonstration)
    audited = run("hocba", "record", "audit", *data)
    assert audited.returncode == 1
    assert "[audit-entry-unapproved]" in audited.stdout
    watched = run("hocba", "record", "watch", "--school", SCHOOL, *data)
    assert watched.returncode == 1
    assert watched.stdout.count("ALARM") == 1


def test_watch_knows_a_revocation_under_way(demonstration: Demonstration) -> None:
    """Confirmed, written and not yet noted: no alarm; the same entry that nobody asked for is one."""
    change = revoke(demonstration)
    watch = ("record", "watch", "--school", SCHOOL, "--data", demonstration.data)
    _sql(demonstration, "UPDATE issuances SET standing = 'current'")
    _sql(demonstration, "UPDATE changes SET state = 'confirmed', log_index = NULL WHERE id = ?", change.id)
    under_way = run("hocba", *watch)
    assert (under_way.returncode, under_way.stdout.count("revoked")) == (0, 1), under_way.stdout
    _sql(demonstration, "UPDATE changes SET state = 'withdrawn'")
    forged = run("hocba", *watch)
    assert (forged.returncode, forged.stdout.count("ALARM")) == (1, 1)


def test_tending_raises_metric_and_log_line(
    demonstration: Demonstration, caplog: pytest.LogCaptureFixture
) -> None:
    """What runs in the background counts what it found, and logs it without a person's name."""
    _other_file(demonstration)
    tending: Tending = demonstration.installation.tending
    with caplog.at_level(logging.ERROR):
        tending.publish()
        tending.audit()
    assert "hocba_audit_differences 1\n" in tending.health.metrics()
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.endswith("[audit-file-changed]")


def test_failure_of_tending_is_counted_and_stops_nothing(
    demonstration: Demonstration, caplog: pytest.LogCaptureFixture
) -> None:
    """A record that cannot be read is a failure with its reason in the log; the thread goes on."""
    (demonstration.record / "checkpoint").unlink()
    tending = demonstration.installation.tending
    with caplog.at_level(logging.ERROR):
        tending.audit()
    assert tending.health.failures == 1
    assert "audit failed" in caplog.text
