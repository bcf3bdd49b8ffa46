"""The outbox of invitations by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0023b"
down_revision = "0023a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation_mails",
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=True),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("asked_at", INTEGER, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", INTEGER, nullable=False),
        sa.Column("next_try_at", INTEGER, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("settled_at", INTEGER, nullable=True),
        sa.Column("invitation", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_invitation_mails_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_invitation_mails_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_invitation_mails")),
        sa.UniqueConstraint("id", name=op.f("uq_invitation_mails_id")),
    )
    op.create_index(op.f("ix_invitation_mails_person_id"), "invitation_mails", ["person_id"])
    op.create_index(op.f("ix_invitation_mails_school_code"), "invitation_mails", ["school_code"])


def downgrade() -> None:
    op.drop_table("invitation_mails")
