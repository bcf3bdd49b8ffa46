"""The issuing service's tables: schools and tokens, what was imported, batches, issuances, requests to change them.

Every row carries its school. Rows never leave `service.storage`; `service.storage.register` hands out frozen
dataclasses.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.database import Base
from service.storage.sealed import Sealed


class SchoolRow(Base):
    """A school of this installation: what is printed of it, who led it when it was added, its levels, whether told."""

    __tablename__ = "schools"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    school: Mapped[bytes] = mapped_column(LargeBinary)
    signatory: Mapped[bytes] = mapped_column(LargeBinary)
    levels: Mapped[str | None] = mapped_column(String(20))
    notices: Mapped[bool] = mapped_column(server_default=true())


class DelegationRow(Base):
    """A decision by which a deputy signs for the principal, from day to day (YYYY-MM-DD), and when it was ended."""

    __tablename__ = "delegations"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    deputy: Mapped[bytes] = mapped_column(LargeBinary)
    decision: Mapped[str]
    first_day: Mapped[str] = mapped_column(String(10))
    last_day: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[str | None] = mapped_column(String(10))


class TokenRow(Base):
    """Who acts for a school: a token, by its digest, or a person who signs in, under the person's own id.

    A retired token has no digest, nor has the row of a person; they stay for what they asked for. A token may belong to
    a person as well.
    """

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    holder: Mapped[str]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[int]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    scopes: Mapped[str] = mapped_column(server_default="")
    expires_at: Mapped[int | None]
    last_used_at: Mapped[int | None]


class KeptAnswerRow(Base):
    """What an act of the API was answered, by its idempotency key; no answer where it was begun and never ended.

    Of key and request there are digests alone; the answer may name a student, or hold a PIN.
    """

    __tablename__ = "kept_answers"

    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), primary_key=True)
    token_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[int]
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(Sealed("kept_answers.answer"))


class AgentRow(Base):
    """A program that may bring a school's signatures: first by the digest of its pairing code, then of its token."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    holder: Mapped[str]
    created_at: Mapped[int]
    code_until: Mapped[int]
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    paired_at: Mapped[int | None]
    retired_at: Mapped[int | None]


class StudentYearRow(Base):
    """A learner's year as imported: the draft that approval looks at. `trail` is the head of its chain of changes.

    `decisions` is what somebody decided about it where it differs from the rules (JSON); it goes with the draft.
    """

    __tablename__ = "student_years"
    __table_args__ = (UniqueConstraint("school_code", "student_code", "school_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    school_year: Mapped[str] = mapped_column(String(9))
    class_name: Mapped[str]
    student_code: Mapped[str] = mapped_column(String(20))
    full_name: Mapped[str]
    learner: Mapped[bytes] = mapped_column(Sealed("student_years.learner"))
    year: Mapped[bytes] = mapped_column(Sealed("student_years.year"))
    trail: Mapped[str] = mapped_column(String(64))
    decisions: Mapped[bytes | None] = mapped_column(Sealed("student_years.decisions"))


class BatchRow(Base):
    """A request to issue; the same idempotency key of the same school is the same batch."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("school_code", "idempotency_key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(200))
    school_year: Mapped[str] = mapped_column(String(9))
    class_name: Mapped[str | None]
    student_code: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[int]


class IssuanceRow(Base):
    """One document on its way: the row of intent that is committed before anything is signed.

    `data` and `claims` are frozen at reservation: whatever is signed later is exactly these. `profile` is the one that
    they state: an extract stands beside the documents of its student, and is none of their versions.
    """

    __tablename__ = "issuances"
    __table_args__ = (
        UniqueConstraint("school_code", "student_code", "school_year", "version"),
        UniqueConstraint("list_id", "status_index"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    student_code: Mapped[str] = mapped_column(String(20))
    school_year: Mapped[str] = mapped_column(String(9))
    class_name: Mapped[str]
    version: Mapped[int]
    serial: Mapped[str] = mapped_column(String(17), unique=True)
    list_id: Mapped[int]
    status_index: Mapped[int]
    issued_at: Mapped[int]
    data: Mapped[bytes] = mapped_column(Sealed("issuances.data"))
    claims: Mapped[bytes] = mapped_column(Sealed("issuances.claims"))
    reference: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    log_index: Mapped[int | None] = mapped_column(unique=True)
    failure_code: Mapped[str | None]
    failure_vi: Mapped[str | None]
    failure_en: Mapped[str | None]
    standing: Mapped[str] = mapped_column(String(10))
    ended_at: Mapped[int | None]
    profile: Mapped[int] = mapped_column(server_default="1")
    releases_at: Mapped[int | None] = mapped_column(index=True)


_OPEN = text("state IN ('requested', 'confirmed')")


class ChangeRow(Base):
    """A request to revoke or to correct a document. At most one of a document is open at a time."""

    __tablename__ = "changes"
    __table_args__ = (
        UniqueConstraint("school_code", "idempotency_key"),
        Index(
            "uq_changes_open",
            "issuance_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    issuance_id: Mapped[str] = mapped_column(ForeignKey("issuances.id"))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    request_digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    requested_by: Mapped[str] = mapped_column(ForeignKey("tokens.id"))
    requested_at: Mapped[int]
    revocation_class: Mapped[int | None]
    class_name: Mapped[str | None]
    learner: Mapped[bytes | None] = mapped_column(Sealed("changes.learner"))
    year: Mapped[bytes | None] = mapped_column(Sealed("changes.year"))
    trail: Mapped[str | None] = mapped_column(String(64))
    trail_entry: Mapped[bytes | None] = mapped_column(Sealed("changes.trail_entry"))
    state: Mapped[str] = mapped_column(String(10))
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    confirmed_at: Mapped[int | None]
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("tokens.id"))
    withdrawn_at: Mapped[int | None]
    replacement_id: Mapped[str | None] = mapped_column(ForeignKey("issuances.id"), unique=True)
    log_index: Mapped[int | None]


class ErasureRow(Base):
    """That an erasure happened: when, at which school, how much. Never whose data."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    erased_at: Mapped[int]
    drafts: Mapped[int]
    reservations: Mapped[int]
    requests: Mapped[int]
    batches: Mapped[int]
    links: Mapped[int] = mapped_column(server_default="0")
    notices: Mapped[int] = mapped_column(server_default="0")
    answered: Mapped[int] = mapped_column(server_default="0")


class ImportRow(Base):
    """An import that changed something: when, from which files (JSON of names and digests), whether undone."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), index=True)
    school_year: Mapped[str] = mapped_column(String(9))
    imported_at: Mapped[int]
    files: Mapped[bytes] = mapped_column(LargeBinary)
    undone_at: Mapped[int | None]


class ImportChangeRow(Base):
    """What an import changed of a student's year: all before it (nothing where it was new), the digest after it."""

    __tablename__ = "import_changes"
    __table_args__ = (UniqueConstraint("import_id", "student_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id"))
    student_code: Mapped[str] = mapped_column(String(20))
    class_before: Mapped[str | None]
    learner_before: Mapped[bytes | None] = mapped_column(Sealed("import_changes.learner_before"))
    year_before: Mapped[bytes | None] = mapped_column(Sealed("import_changes.year_before"))
    trail_after: Mapped[str] = mapped_column(String(64))


class ColumnMappingRow(Base):
    """What somebody of a school said that a column of its workbooks is; titles are folded."""

    __tablename__ = "column_mappings"

    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    title: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
