"""What each document is: a transcript, or something taken from one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("profile", INTEGER, server_default="1", nullable=False))
        batch_op.create_index(batch_op.f("ix_issuances_reference"), ["reference"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuances_reference"))
        batch_op.drop_column("profile")
