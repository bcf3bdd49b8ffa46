"""Batches that a worker carries out, and the acts about them, which the database itself keeps from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.batch_tables import keep_batch_acts_append_only, let_batch_acts_go
from service.storage.database import INTEGER

revision = "0021"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_jobs",
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("classes", sa.String(), nullable=False),
        sa.Column("todo", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stop_code", sa.String(length=60), nullable=True),
        sa.Column("stop_vi", sa.String(), nullable=True),
        sa.Column("stop_en", sa.String(), nullable=True),
        sa.Column("revision", INTEGER, nullable=False),
        sa.Column("turn_at", INTEGER, nullable=False),
        sa.Column("turn_open", INTEGER, nullable=True),
        sa.Column("documents", INTEGER, nullable=False),
        sa.Column("milliseconds", INTEGER, nullable=False),
        sa.Column("ended_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_jobs_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_batch_jobs_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch_jobs")),
    )
    op.create_index("ix_batch_jobs_school_code", "batch_jobs", ["school_code"])
    op.create_index("ix_batch_jobs_state", "batch_jobs", ["state"])
    op.create_table(
        "batch_acts",
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("via", sa.String(length=40), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_acts_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_batch_acts_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_batch_acts")),
    )
    op.create_index("ix_batch_acts_batch_id", "batch_acts", ["batch_id"])
    keep_batch_acts_append_only(op.get_bind())


def downgrade() -> None:
    let_batch_acts_go(op.get_bind())
    op.drop_index("ix_batch_acts_batch_id", "batch_acts")
    op.drop_table("batch_acts")
    op.drop_index("ix_batch_jobs_state", "batch_jobs")
    op.drop_index("ix_batch_jobs_school_code", "batch_jobs")
    op.drop_table("batch_jobs")
