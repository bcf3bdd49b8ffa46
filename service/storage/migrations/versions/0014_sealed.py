"""Sensitive columns are sealed; who reads sensitive data is noted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from service.storage.append_only import keep_append_only, let_go
from service.storage.database import INTEGER
from service.storage.sealed import keys_of
from service.storage.sealing import rewrite

revision = "0014"
down_revision = "0011b"
branch_labels = None
depends_on = None

# The columns as this migration found them: others may come later.
_COLUMNS = (
    ("student_years", ("learner", "year", "decisions")),
    ("issuances", ("data", "claims")),
    ("changes", ("learner", "year", "trail_entry")),
    ("import_changes", ("learner_before", "year_before")),
    ("mark_changes", ("entry",)),
)


def _columns() -> list[sa.Column[Any]]:
    metadata = sa.MetaData()
    tables = [
        sa.Table(name, metadata, *(sa.Column(each, sa.LargeBinary) for each in names))
        for name, names in _COLUMNS
    ]
    return [column for table in tables for column in table.columns]


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_readings_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index("ix_readings_student", "readings", ["school_code", "student_code"])
    connection = op.get_bind()
    let_go(connection)

    def seal(value: bytes, column: str) -> bytes:
        return keys_of(connection.dialect).seal(value, column)

    if rewrite(connection, _columns(), seal):
        context.config.attributes["sealed_rows"] = True
    keep_append_only(connection)


def downgrade() -> None:
    connection = op.get_bind()
    let_go(connection)
    rewrite(connection, _columns(), lambda value, column: keys_of(connection.dialect).open(value, column))
    keep_append_only(connection)
    op.drop_index("ix_readings_student", "readings")
    op.drop_table("readings")
