"""Erasing what the law does not keep of a student: drafts, reservations let go of, withdrawn requests, links.

Issued documents, serials, status indexes and the log are never touched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, Update, delete, insert, select, update

from schemas.change_trail import Actor
from service.storage.approvals import erase_acts
from service.storage.contact_imports import erase_imported, imported_of
from service.storage.database import reading, writing
from service.storage.family_requests import answered_requests, erase_requests
from service.storage.kept_answers import forget_answers
from service.storage.links import erase_links, links_to
from service.storage.notices import erase_notices, notices_of
from service.storage.records import ChangeState, Erasure, State
from service.storage.tables import (
    BatchRow,
    ChangeRow,
    ErasureRow,
    ImportChangeRow,
    ImportRow,
    IssuanceRow,
    StudentYearRow,
)
from service.storage.trail_erasing import ERASED, erase_entries

_NEVER_ISSUED = (State.RESERVED, State.ABANDONED)


class Erasures:
    """The part of the register that forgets."""

    _engine: Engine
    _token_bytes: Callable[[int], bytes]

    def what_to_erase(self, school: str, student_code: str) -> Erasure:
        """Return what an erasure would take away now."""
        with reading(self._engine) as connection:
            return _erasure(
                *_ids(connection, school, student_code),
                links_to(connection, school, student_code),
                range(
                    notices_of(connection, school, student_code)
                    + imported_of(connection, school, student_code)
                ),
                answered_requests(connection, school, student_code),
            )

    def erase(self, school: str, student_code: str, *, at: int, actor: Actor) -> Erasure:
        """Erase a student's data, and commit that it was done, without whose they were. Returns what was erased.

        Of the trail the words go, with those of years that nothing else knows any more; the digests stay.
        """
        with writing(self._engine) as connection:
            # What is deleted is overwritten, not only unlinked.
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            drafts, reservations, requests, batches = _ids(connection, school, student_code)
            links = links_to(connection, school, student_code)
            erase_links(connection, links)
            answered = answered_requests(connection, school, student_code)
            erase_requests(connection, answered)
            told = erase_notices(connection, school, student_code)
            notices = range(told + erase_imported(connection, school, student_code))
            erasure = _erasure(drafts, reservations, requests, batches, links, notices, answered)
            connection.execute(delete(StudentYearRow).where(StudentYearRow.id.in_(drafts)))
            kept = _issued_years(connection, school, student_code)
            erase_entries(
                connection, school, student_code, kept, actor=actor, at=at, token_bytes=self._token_bytes
            )
            erase_acts(connection, school, student_code, kept)
            # Kept for a day, and any of them may name the student.
            forget_answers(connection, school)
            # What an import can give back by being undone is a draft too.
            imports = select(ImportRow.id).where(ImportRow.school_code == school)
            connection.execute(
                delete(ImportChangeRow).where(
                    ImportChangeRow.student_code == student_code, ImportChangeRow.import_id.in_(imports)
                )
            )
            for issuance_id in reservations:
                connection.execute(_blank_reservation(issuance_id))
            connection.execute(
                update(ChangeRow)
                .where(ChangeRow.id.in_(requests))
                .values(
                    reason="",
                    request_digest="",
                    learner=None,
                    year=None,
                    trail=None,
                    trail_entry=None,
                    class_name=None,
                )
            )
            for batch_id in batches:
                blank = update(BatchRow).where(BatchRow.id == batch_id)
                connection.execute(blank.values(student_code=_pseudonym(batch_id)))
            if not erasure.is_empty:
                values = {name: getattr(erasure, name) for name in Erasure.__slots__}
                connection.execute(insert(ErasureRow).values(school_code=school, erased_at=at, **values))
        self._forget_old_pages()
        return erasure

    def erasures(self, school: str) -> tuple[tuple[int, Erasure], ...]:
        """Return when something was erased at a school, and how much, the oldest first."""
        query = select(ErasureRow).where(ErasureRow.school_code == school).order_by(ErasureRow.id)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            (row.erased_at, Erasure(*(getattr(row, name) for name in Erasure.__slots__))) for row in rows
        )

    def _forget_old_pages(self) -> None:
        """Empty SQLite's write-ahead log, in which the old pages still stand."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                raw = connection.connection.driver_connection
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _ids(
    connection: Connection, school: str, student_code: str
) -> tuple[list[int], list[str], list[str], list[str]]:
    """Return what may go: drafts that no issued document holds, reservations, requests, batches."""
    mine = (IssuanceRow.school_code == school, IssuanceRow.student_code == student_code)
    drafts = select(StudentYearRow.id).where(
        StudentYearRow.school_code == school,
        StudentYearRow.student_code == student_code,
        StudentYearRow.school_year.not_in(_issued_years(connection, school, student_code)),
    )
    pending = select(ChangeRow.replacement_id).where(ChangeRow.state == ChangeState.CONFIRMED)
    reservations = select(IssuanceRow.id).where(
        *mine,
        IssuanceRow.state.in_(_NEVER_ISSUED),
        IssuanceRow.id.not_in(pending.where(ChangeRow.replacement_id.is_not(None))),
    )
    requests = (
        select(ChangeRow.id)
        .join(IssuanceRow, IssuanceRow.id == ChangeRow.issuance_id)
        .where(*mine, ChangeRow.state == ChangeState.WITHDRAWN, ChangeRow.request_digest != "")
    )
    signed = select(IssuanceRow.batch_id).where(IssuanceRow.state.not_in(_NEVER_ISSUED))
    batches = select(BatchRow.id).where(
        BatchRow.school_code == school, BatchRow.student_code == student_code, BatchRow.id.not_in(signed)
    )
    return (
        list(connection.scalars(drafts)),
        list(connection.scalars(reservations)),
        list(connection.scalars(requests)),
        list(connection.scalars(batches)),
    )


def _issued_years(connection: Connection, school: str, student_code: str) -> set[str]:
    """Return the school years that a signed document holds."""
    mine = (IssuanceRow.school_code == school, IssuanceRow.student_code == student_code)
    issued = select(IssuanceRow.data).where(*mine, IssuanceRow.state.not_in(_NEVER_ISSUED))
    return {year["school_year"] for data in connection.scalars(issued) for year in json.loads(data)["years"]}


def _erasure(*found: Sequence[object]) -> Erasure:
    return Erasure(*map(len, found))


def _blank_reservation(issuance_id: str) -> Update:
    """Let go of a reservation for good. Its serial and its status index stay taken."""
    return (
        update(IssuanceRow)
        .where(IssuanceRow.id == issuance_id)
        .values(
            state=State.ABANDONED,
            student_code=_pseudonym(issuance_id),
            class_name="",
            data=b"",
            claims=b"",
            failure_code=None,
            failure_vi=None,
            failure_en=None,
        )
    )


def _pseudonym(row_id: str) -> str:
    return f"{ERASED}{row_id[:13]}"
