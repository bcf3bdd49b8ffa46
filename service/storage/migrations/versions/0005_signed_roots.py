"""The root that was signed for each size of the log: one, whoever signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signed_roots",
        sa.Column("size", INTEGER, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_signed_roots")),
        sa.UniqueConstraint("root", name=op.f("uq_signed_roots_root")),
    )


def downgrade() -> None:
    op.drop_table("signed_roots")
