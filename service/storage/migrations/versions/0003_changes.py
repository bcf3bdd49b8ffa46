"""Tokens of their own, requests to revoke and to correct, erasures."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

_FIRST_HOLDER = "Văn phòng"


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_tokens_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_index(op.f("ix_tokens_school_code"), "tokens", ["school_code"])
    # The token that each school had goes on to speak for it; since when is not known.
    schools = sa.table("schools", sa.column("code"), sa.column("token_digest"))
    tokens = sa.table("tokens", *map(sa.column, ("id", "school_code", "holder", "digest", "created_at")))
    for row in op.get_bind().execute(sa.select(schools).where(schools.c.token_digest.is_not(None))).all():
        op.execute(
            tokens.insert().values(
                id=sha256(row.token_digest).hexdigest()[:16],
                school_code=row.code,
                holder=_FIRST_HOLDER,
                digest=row.token_digest,
                created_at=0,
            )
        )
    with op.batch_alter_table("schools") as batch_op:
        batch_op.drop_constraint(op.f("uq_schools_token_digest"), type_="unique")
        batch_op.drop_column("token_digest")
    with op.batch_alter_table("issuances") as batch_op:
        batch_op.add_column(
            sa.Column("standing", sa.String(length=10), nullable=False, server_default="current")
        )
        batch_op.add_column(sa.Column("ended_at", INTEGER, nullable=True))
    with op.batch_alter_table("issuances") as batch_op:
        batch_op.alter_column("standing", server_default=None)
    _create_changes()
    op.create_table(
        "erasures",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("erased_at", INTEGER, nullable=False),
        sa.Column("drafts", INTEGER, nullable=False),
        sa.Column("reservations", INTEGER, nullable=False),
        sa.Column("requests", INTEGER, nullable=False),
        sa.Column("batches", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_erasures_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_school_code"), "erasures", ["school_code"])


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("issuance_id", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(length=16), nullable=False),
        sa.Column("requested_at", INTEGER, nullable=False),
        sa.Column("revocation_class", INTEGER, nullable=True),
        sa.Column("class_name", sa.String(), nullable=True),
        sa.Column("learner", sa.LargeBinary(), nullable=True),
        sa.Column("year", sa.LargeBinary(), nullable=True),
        sa.Column("trail", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("confirmed_by", sa.String(length=16), nullable=True),
        sa.Column("confirmed_at", INTEGER, nullable=True),
        sa.Column("withdrawn_by", sa.String(length=16), nullable=True),
        sa.Column("withdrawn_at", INTEGER, nullable=True),
        sa.Column("replacement_id", sa.String(length=32), nullable=True),
        sa.Column("log_index", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_changes_school_code_schools")
        ),
        sa.ForeignKeyConstraint(
            ["issuance_id"], ["issuances.id"], name=op.f("fk_changes_issuance_id_issuances")
        ),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["issuances.id"], name=op.f("fk_changes_replacement_id_issuances")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["tokens.id"], name=op.f("fk_changes_requested_by_tokens")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["tokens.id"], name=op.f("fk_changes_confirmed_by_tokens")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["tokens.id"], name=op.f("fk_changes_withdrawn_by_tokens")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint(
            "school_code", "idempotency_key", name=op.f("uq_changes_school_code_idempotency_key")
        ),
        sa.UniqueConstraint("replacement_id", name=op.f("uq_changes_replacement_id")),
    )
    op.create_index(op.f("ix_changes_school_code"), "changes", ["school_code"])
    is_open = sa.text("state IN ('requested', 'confirmed')")
    op.create_index(
        "uq_changes_open",
        "changes",
        ["issuance_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("changes")
    with op.batch_alter_table("issuances") as batch_op:
        batch_op.drop_column("ended_at")
        batch_op.drop_column("standing")
    with op.batch_alter_table("schools") as batch_op:
        batch_op.add_column(sa.Column("token_digest", sa.LargeBinary(), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_schools_token_digest"), ["token_digest"])
    # A school had one token: the oldest stays.
    op.execute(
        "UPDATE schools SET token_digest = (SELECT digest FROM tokens WHERE school_code = schools.code "
        "AND digest IS NOT NULL ORDER BY created_at, id LIMIT 1)"
    )
    op.drop_table("tokens")
