"""Row-level security on PostgreSQL: the policies are made after every upgrade (`service.storage.row_security`)."""

from __future__ import annotations

revision = "0018"
down_revision = "0011a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A database of before is refused until it is upgraded, and the upgrade ends with the policies.
    pass


def downgrade() -> None:
    pass
