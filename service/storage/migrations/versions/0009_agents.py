"""Programs at schools' offices that bring signatures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("code_until", INTEGER, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("paired_at", INTEGER, nullable=True),
        sa.Column("retired_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_agents_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_agents_code_digest")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_agents_token_digest")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agents_school_code"), ["school_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agents_school_code"))
    op.drop_table("agents")
