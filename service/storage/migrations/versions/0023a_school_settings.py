"""What is set of a school, who led it from when on, and the history of both, which the database keeps from changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.append_only import keep_rows, let_rows_go
from service.storage.database import INTEGER

revision = "0023a"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schools", sa.Column("levels", sa.String(length=20), nullable=True))
    op.add_column("schools", sa.Column("notices", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "principals",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("signatory", sa.LargeBinary(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_principals_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principals")),
    )
    op.create_index(op.f("ix_principals_school_code"), "principals", ["school_code"])
    op.create_table(
        "school_events",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("fact", sa.String(length=20), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_school_events_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_events")),
    )
    op.create_index(op.f("ix_school_events_school_code"), "school_events", ["school_code"])
    for table in ("principals", "school_events"):
        keep_rows(op.get_bind(), table)


def downgrade() -> None:
    for table in ("school_events", "principals"):
        let_rows_go(op.get_bind(), table)
        op.drop_index(op.f(f"ix_{table}_school_code"), table)
        op.drop_table(table)
    op.drop_column("schools", "notices")
    op.drop_column("schools", "levels")
