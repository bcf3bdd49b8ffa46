"""Requests of families, and their steps, which the database itself keeps from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0011b"
down_revision = "0018"
branch_labels = None
depends_on = None

_REFUSAL = "the steps of a request are append-only"
# An erasure takes the words away: nothing else may ever change.
_ERASURE = "NEW.detail = '' AND " + " AND ".join(
    f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in ("id", "request_id", "at", "by", "state")
)
_SQLITE = (
    f"""CREATE TRIGGER request_events_update BEFORE UPDATE ON request_events
    WHEN NOT ({_ERASURE.replace("IS NOT DISTINCT FROM", "IS")})
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER request_events_delete BEFORE DELETE ON request_events
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION request_events_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"""CREATE TRIGGER request_events_update BEFORE UPDATE ON request_events FOR EACH ROW
    WHEN (NOT ({_ERASURE})) EXECUTE FUNCTION request_events_kept()""",
    """CREATE TRIGGER request_events_delete BEFORE DELETE ON request_events FOR EACH ROW
    EXECUTE FUNCTION request_events_kept()""",
    """CREATE TRIGGER request_events_truncate BEFORE TRUNCATE ON request_events
    EXECUTE FUNCTION request_events_kept()""",
)


def upgrade() -> None:
    op.create_table(
        "family_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("acknowledge_by", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("calendar", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("acknowledged_on", sa.String(length=10), nullable=True),
        sa.Column("closed_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_family_requests_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_requests")),
        sa.UniqueConstraint("school_code", "number", name=op.f("uq_family_requests_school_code_number")),
        sa.UniqueConstraint(
            "school_code", "idempotency_key", name=op.f("uq_family_requests_school_code_idempotency_key")
        ),
    )
    with op.batch_alter_table("family_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_family_requests_school_code"), ["school_code"], unique=False)
    op.create_table(
        "request_events",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["family_requests.id"], name=op.f("fk_request_events_request_id_family_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_events")),
    )
    with op.batch_alter_table("request_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_events_request_id"), ["request_id"], unique=False)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if on_sqlite else _POSTGRESQL:
        op.execute(sa.text(statement))
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered", INTEGER, server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_column("answered")
    op.drop_table("request_events")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(sa.text("DROP FUNCTION IF EXISTS request_events_kept()"))
    op.drop_table("family_requests")
