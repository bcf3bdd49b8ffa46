"""Imports that can be undone, and the columns that a school has confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("imported_at", INTEGER, nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("undone_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_imports_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imports_school_code"), ["school_code"], unique=False)

    op.create_table(
        "import_changes",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("class_before", sa.String(), nullable=True),
        sa.Column("learner_before", sa.LargeBinary(), nullable=True),
        sa.Column("year_before", sa.LargeBinary(), nullable=True),
        sa.Column("trail_after", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_changes_import_id_imports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_changes")),
        sa.UniqueConstraint(
            "import_id", "student_code", name=op.f("uq_import_changes_import_id_student_code")
        ),
    )
    op.create_table(
        "column_mappings",
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_column_mappings_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("school_code", "role", "title", name=op.f("pk_column_mappings")),
    )


def downgrade() -> None:
    op.drop_table("column_mappings")
    op.drop_table("import_changes")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imports_school_code"))

    op.drop_table("imports")
