"""Links to released documents, and how each was opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0011"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("issuance_id", sa.String(length=32), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("pin_salt", sa.LargeBinary(), nullable=False),
        sa.Column("pin_digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", INTEGER, nullable=False),
        sa.Column("expires_at", INTEGER, nullable=False),
        sa.Column("revoked_at", INTEGER, nullable=True),
        sa.Column("wrong_pins", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["school_code"], ["schools.code"], name=op.f("fk_links_school_code_schools")),
        sa.ForeignKeyConstraint(
            ["issuance_id"], ["issuances.id"], name=op.f("fk_links_issuance_id_issuances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_links_token_digest")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_school_code"), ["school_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_links_issuance_id"), ["issuance_id"], unique=False)
    op.create_table(
        "link_opens",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("opened_at", INTEGER, nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("issuance_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_link_opens_link_id_links")),
        sa.ForeignKeyConstraint(
            ["issuance_id"], ["issuances.id"], name=op.f("fk_link_opens_issuance_id_issuances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_opens")),
    )
    with op.batch_alter_table("link_opens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_opens_link_id"), ["link_id"], unique=False)
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("links", INTEGER, server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_column("links")
    with op.batch_alter_table("link_opens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_opens_link_id"))
    op.drop_table("link_opens")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_links_issuance_id"))
        batch_op.drop_index(batch_op.f("ix_links_school_code"))
    op.drop_table("links")
