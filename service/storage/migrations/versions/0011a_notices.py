"""Families' addresses, and the outbox of notices to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0011a"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("set_at", INTEGER, nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_contacts_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("school_code", "student_code", name=op.f("pk_contacts")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("issuance_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("happened_at", INTEGER, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", INTEGER, nullable=False),
        sa.Column("next_try_at", INTEGER, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("settled_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_notices_school_code_schools")
        ),
        sa.ForeignKeyConstraint(
            ["issuance_id"], ["issuances.id"], name=op.f("fk_notices_issuance_id_issuances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_school_code"), ["school_code"], unique=False)
        batch_op.create_index("ix_notices_due", ["state", "next_try_at"], unique=False)
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notices", INTEGER, server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_column("notices")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index("ix_notices_due")
        batch_op.drop_index(batch_op.f("ix_notices_school_code"))
    op.drop_table("notices")
    op.drop_table("contacts")
