"""When the grace window of a signed document ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0022"
down_revision = "0023c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("releases_at", INTEGER, nullable=True))
        batch_op.create_index(batch_op.f("ix_issuances_releases_at"), ["releases_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("issuances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuances_releases_at"))
        batch_op.drop_column("releases_at")
