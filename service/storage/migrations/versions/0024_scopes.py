"""Tokens are given out for acts and for a time; the API keeps its answers for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

# What every token could do before, in the order of the scopes of this revision.
_EVERY = "read import marks confirm approve issue revoke correct links notices requests"


def upgrade() -> None:
    op.add_column("tokens", sa.Column("scopes", sa.String(), nullable=False, server_default=""))
    op.add_column("tokens", sa.Column("expires_at", INTEGER, nullable=True))
    op.add_column("tokens", sa.Column("last_used_at", INTEGER, nullable=True))
    tokens = sa.table("tokens", sa.column("scopes"), sa.column("digest"))
    op.execute(tokens.update().where(tokens.c.digest.is_not(None)).values(scopes=_EVERY))
    op.create_table(
        "kept_answers",
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("token_id", sa.String(length=16), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("begun_at", INTEGER, nullable=False),
        sa.Column("status", INTEGER, nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_kept_answers_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("school_code", "token_id", "key_digest", name=op.f("pk_kept_answers")),
    )


def downgrade() -> None:
    op.drop_table("kept_answers")
    for name in ("last_used_at", "expires_at", "scopes"):
        op.drop_column("tokens", name)
