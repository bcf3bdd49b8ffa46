"""Events of accounts are never changed; an act of approval names the delegation that its deputy acted under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.append_only import keep_rows, let_rows_go

revision = "0023"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_rows(op.get_bind(), "person_events")
    # Plainly, not by a table made anew: that would take the triggers of the acts away.
    op.add_column("approval_acts", sa.Column("delegation", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("approval_acts", "delegation")
    let_rows_go(op.get_bind(), "person_events")
