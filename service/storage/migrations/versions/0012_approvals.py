"""Acts of confirming, approving and returning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.approval_tables import keep_acts_append_only, let_acts_go
from service.storage.database import INTEGER

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_acts",
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("class_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("on_behalf", sa.String(), nullable=True),
        sa.Column("four_eyes", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_approval_acts_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_approval_acts")),
        sa.UniqueConstraint("id", name=op.f("uq_approval_acts_id")),
        sa.UniqueConstraint(
            "school_code", "idempotency_key", name=op.f("uq_approval_acts_school_code_idempotency_key")
        ),
    )
    op.create_index("ix_approval_acts_class", "approval_acts", ["school_code", "school_year", "class_name"])
    op.create_table(
        "approval_rows",
        sa.Column("act_number", INTEGER, nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("acknowledged", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["act_number"], ["approval_acts.number"], name=op.f("fk_approval_rows_act_number_approval_acts")
        ),
        sa.PrimaryKeyConstraint("act_number", "student_code", name=op.f("pk_approval_rows")),
    )
    keep_acts_append_only(op.get_bind())


def downgrade() -> None:
    let_acts_go(op.get_bind())
    op.drop_table("approval_rows")
    op.drop_index("ix_approval_acts_class", "approval_acts")
    op.drop_table("approval_acts")
