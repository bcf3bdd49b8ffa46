"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_entries",
        sa.Column("index", INTEGER, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("changes_status", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_log_entries_key")),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_entries_changes_status"), ["changes_status"], unique=False)

    op.create_table(
        "schools",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("school", sa.LargeBinary(), nullable=False),
        sa.Column("signatory", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_schools")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_schools_token_digest")),
    )
    op.create_table(
        "status_lists",
        sa.Column("list_id", INTEGER, autoincrement=False, nullable=False),
        sa.Column("version", INTEGER, autoincrement=False, nullable=False),
        sa.Column("entry_index", INTEGER, nullable=False),
        sa.Column("issued_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "version", name=op.f("pk_status_lists")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("class_name", sa.String(), nullable=True),
        sa.Column("student_code", sa.String(length=20), nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_batches_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint(
            "school_code", "idempotency_key", name=op.f("uq_batches_school_code_idempotency_key")
        ),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batches_school_code"), ["school_code"], unique=False)

    op.create_table(
        "student_years",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("class_name", sa.String(), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("learner", sa.LargeBinary(), nullable=False),
        sa.Column("year", sa.LargeBinary(), nullable=False),
        sa.Column("trail", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_student_years_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_years")),
        sa.UniqueConstraint(
            "school_code",
            "student_code",
            "school_year",
            name=op.f("uq_student_years_school_code_student_code_school_year"),
        ),
    )
    with op.batch_alter_table("student_years", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_student_years_school_code"), ["school_code"], unique=False)

    op.create_table(
        "issuances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("class_name", sa.String(), nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("serial", sa.String(length=17), nullable=False),
        sa.Column("list_id", INTEGER, nullable=False),
        sa.Column("status_index", INTEGER, nullable=False),
        sa.Column("issued_at", INTEGER, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
        sa.Column("reference", INTEGER, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("log_index", INTEGER, nullable=True),
        sa.Column("failure_code", sa.String(), nullable=True),
        sa.Column("failure_vi", sa.String(), nullable=True),
        sa.Column("failure_en", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_issuances_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_issuances_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuances")),
        sa.UniqueConstraint("list_id", "status_index", name=op.f("uq_issuances_list_id_status_index")),
        sa.UniqueConstraint("log_index", name=op.f("uq_issuances_log_index")),
        sa.UniqueConstraint(
            "school_code",
            "student_code",
            "school_year",
            "version",
            name=op.f("uq_issuances_school_code_student_code_school_year_version"),
        ),
        sa.UniqueConstraint("serial", name=op.f("uq_issuances_serial")),
    )
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuances_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issuances_school_code"), ["school_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_issuances_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuances_state"))
        batch_op.drop_index(batch_op.f("ix_issuances_school_code"))
        batch_op.drop_index(batch_op.f("ix_issuances_batch_id"))

    op.drop_table("issuances")
    with op.batch_alter_table("student_years", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_student_years_school_code"))

    op.drop_table("student_years")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batches_school_code"))

    op.drop_table("batches")
    op.drop_table("status_lists")
    op.drop_table("schools")
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_entries_changes_status"))

    op.drop_table("log_entries")
