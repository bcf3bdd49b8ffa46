"""Imports of families' addresses: in one transaction, undone in one, where nobody has changed an address since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.errors import ServiceError
from service.storage.contact_tables import ContactImportChangeRow, ContactImportRow
from service.storage.database import reading, writing
from service.storage.family_records import Contact
from service.storage.family_tables import ContactRow
from service.storage.notices import Notices, put_contact, take_contact
from service.storage.tables import StudentYearRow


@dataclass(frozen=True, slots=True)
class ContactImport:
    """An import of addresses: when (seconds), by whose name, from which file; how many addresses it set."""

    id: str
    school_code: str
    at: int
    by: str
    file_name: str
    file_digest: str
    undone_at: int | None = None
    changed: int = 0


class ContactImports(Notices):
    """The part of the register that knows which addresses came from which file."""

    _engine: Engine

    def student_names(self, school: str) -> dict[str, str]:
        """Return the names of a school's students by code, each as in the newest year."""
        query = select(StudentYearRow.student_code, StudentYearRow.full_name)
        mine = query.where(StudentYearRow.school_code == school).order_by(StudentYearRow.school_year)
        with reading(self._engine) as connection:
            return {row.student_code: row.full_name for row in connection.execute(mine)}

    def addresses(self, school: str) -> dict[str, str]:
        """Return the address of each family that has one, by student code."""
        query = select(ContactRow.student_code, ContactRow.email).where(ContactRow.school_code == school)
        with reading(self._engine) as connection:
            return {row.student_code: row.email.decode() for row in connection.execute(query)}

    def import_contacts(
        self, made: ContactImport, addresses: Mapping[str, str], *, set_by: str | None
    ) -> ContactImport:
        """Set addresses by student code, all or none; what is so already is left alone, and told to nobody.

        Returns:
            The import, with how many addresses it set; nothing is kept of one that sets none.
        """
        changed = 0
        with writing(self._engine) as connection:
            known = _known(connection, made.school_code)
            for student, email in addresses.items():
                before = known.get(student)
                if before == email:
                    continue
                if not changed:
                    _insert(connection, made)
                changed += 1
                contact = Contact(made.school_code, student, email, made.at, set_by)
                put_contact(connection, contact)
                connection.execute(
                    insert(ContactImportChangeRow).values(
                        import_id=made.id,
                        student_code=student,
                        before=None if before is None else before.encode(),
                        after=email.encode(),
                    )
                )
        return replace(made, changed=changed)

    def contact_imports(self, school: str) -> tuple[ContactImport, ...]:
        """Return a school's imports of addresses, the newest first."""
        query = select(ContactImportRow).where(ContactImportRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(ContactImportRow.at.desc(), ContactImportRow.id)).all()
            return tuple(
                ContactImport(
                    row.id,
                    school,
                    row.at,
                    row.by,
                    row.file_name,
                    row.file_digest,
                    row.undone_at,
                    len(_changes(connection, row.id)),
                )
                for row in rows
            )

    def undo_contacts(self, school: str, import_id: str, *, at: int, set_by: str | None) -> tuple[int, int]:
        """Give each family the address before an import; one that was changed since stays as it is.

        Raises:
            ServiceError: `contact-import-unknown`: the school has none of this id, or it was undone.

        Returns:
            How many addresses were given back, and how many were left.
        """
        mine = (ContactImportRow.school_code == school, ContactImportRow.id == import_id)
        undone = left = 0
        with writing(self._engine) as connection:
            done = connection.execute(
                update(ContactImportRow)
                .where(*mine, ContactImportRow.undone_at.is_(None))
                .values(undone_at=at)
            )
            if done.rowcount != 1:
                raise ServiceError(
                    "contact-import-unknown",
                    "Không có lần nhập địa chỉ này, hoặc đã hoàn tác; xem danh sách bằng: hocba contact imports",
                    "There is no such import of addresses, or it was undone; list them: hocba contact imports",
                )
            known = _known(connection, school)
            for student, before, after in _changes(connection, import_id):
                if known.get(student) != after:
                    left += 1
                    continue
                undone += 1
                if before is None:
                    take_contact(connection, school, student, at)
                else:
                    put_contact(connection, Contact(school, student, before, at, set_by))
        return undone, left


def erase_imported(connection: Connection, school: str, student_code: str) -> int:
    """Delete what imports know of a student's address; returns how many rows went."""
    return connection.execute(delete(ContactImportChangeRow).where(*_of(school, student_code))).rowcount


def imported_of(connection: Connection, school: str, student_code: str) -> int:
    """Return how many rows of imports hold a family's address."""
    query = select(func.count()).select_from(ContactImportChangeRow).where(*_of(school, student_code))
    return connection.execute(query).scalar_one()


def _of(school: str, student_code: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    own = select(ContactImportRow.id).where(ContactImportRow.school_code == school)
    return ContactImportChangeRow.student_code == student_code, ContactImportChangeRow.import_id.in_(own)


def _insert(connection: Connection, made: ContactImport) -> None:
    names = ("id", "school_code", "at", "by", "file_name", "file_digest")
    connection.execute(insert(ContactImportRow).values({name: getattr(made, name) for name in names}))


def _known(connection: Connection, school: str) -> dict[str, str]:
    query = select(ContactRow.student_code, ContactRow.email).where(ContactRow.school_code == school)
    return {row.student_code: row.email.decode() for row in connection.execute(query)}


def _changes(connection: Connection, import_id: str) -> list[tuple[str, str | None, str]]:
    query = select(ContactImportChangeRow).where(ContactImportChangeRow.import_id == import_id)
    return [
        (row.student_code, None if row.before is None else row.before.decode(), row.after.decode())
        for row in connection.execute(query)
    ]
