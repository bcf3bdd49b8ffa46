"""The trail of changes; what was there before it is carried into it."""

from __future__ import annotations

import secrets  # noqa: TID251 - a migration is run by nobody who could hand it randomness
import time
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from schemas.change_trail import (
    NONCE_BYTES,
    START,
    Act,
    Actor,
    ActorKind,
    TrailEntry,
    entry_digest,
    format_entry,
    next_school_head,
)
from service.storage.append_only import keep_append_only, let_go
from service.storage.database import INTEGER

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mark_changes",
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("number", INTEGER, autoincrement=False, nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("entry_digest", sa.String(length=64), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("school_head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_mark_changes_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("school_code", "number", name=op.f("pk_mark_changes")),
    )
    op.create_index("ix_mark_changes_year", "mark_changes", ["school_code", "school_year", "student_code"])
    with op.batch_alter_table("changes") as batch_op:
        batch_op.add_column(sa.Column("trail_entry", sa.LargeBinary(), nullable=True))
    _carry_over()
    keep_append_only(op.get_bind())


def _carry_over() -> None:
    """Give every year that is there its first entry, with the head that it has: documents name it."""
    connection = op.get_bind()
    names = ("id", "school_code", "student_code", "school_year", "learner", "year", "trail")
    drafts = sa.table("student_years", *map(sa.column, names))
    entries = sa.table(
        "mark_changes",
        *map(
            sa.column,
            (
                "school_code",
                "number",
                "student_code",
                "school_year",
                "entry",
                "entry_digest",
                "head",
                "school_head",
            ),
        ),
    )
    last: dict[str, tuple[int, bytes]] = {}
    for row in connection.execute(sa.select(drafts).order_by(drafts.c.id)).all():
        entry = format_entry(
            TrailEntry(
                school=row.school_code,
                act=Act.CARRIED,
                actor=Actor(ActorKind.ACCOUNT, "", "hocba db upgrade"),
                at=int(time.time()),  # noqa: TID251 - nor a clock
                nonce=secrets.token_bytes(NONCE_BYTES).hex(),
                student=row.student_code,
                school_year=row.school_year,
                record=sha256(row.learner + row.year).hexdigest(),
                head=row.trail,
            )
        )
        number, school_head = last.get(row.school_code, (0, START))
        digest, number = entry_digest(entry), number + 1
        school_head = next_school_head(school_head, number, bytes.fromhex(row.trail), digest)
        last[row.school_code] = number, school_head
        connection.execute(
            entries.insert().values(
                school_code=row.school_code,
                number=number,
                student_code=row.student_code,
                school_year=row.school_year,
                entry=entry,
                entry_digest=digest.hex(),
                head=row.trail,
                school_head=school_head.hex(),
            )
        )


def downgrade() -> None:
    let_go(op.get_bind())
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_column("trail_entry")
    op.drop_index("ix_mark_changes_year", "mark_changes")
    op.drop_table("mark_changes")
