"""People who sign in, their roles and classes, the changes of these; a token may belong to a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.database import INTEGER

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sign_in_name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("second_factor", sa.String(), nullable=True),
        sa.Column("second_factor_counter", INTEGER, nullable=True),
        sa.Column("recovery_codes", sa.String(), nullable=True),
        sa.Column("invitation", sa.LargeBinary(), nullable=True),
        sa.Column("invitation_until", INTEGER, nullable=True),
        sa.Column("failed_tries", INTEGER, nullable=False),
        sa.Column("locked_until", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_people_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_people_sign_in_name")),
        sa.UniqueConstraint("session_id", name=op.f("uq_people_session_id")),
        sa.UniqueConstraint("invitation", name=op.f("uq_people_invitation")),
    )
    op.create_index(op.f("ix_people_school_code"), "people", ["school_code"])
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_table(
        "assignments",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("class_name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assignments_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint(
            "person_id",
            "school_year",
            "class_name",
            "subject",
            name=op.f("uq_assignments_person_id_school_year_class_name_subject"),
        ),
    )
    op.create_index(op.f("ix_assignments_person_id"), "assignments", ["person_id"])
    op.create_table(
        "person_events",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=True),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_events_person_id_people")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_person_events_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_events")),
    )
    op.create_index(op.f("ix_person_events_person_id"), "person_events", ["person_id"])
    op.create_index(op.f("ix_person_events_school_code"), "person_events", ["school_code"])
    with op.batch_alter_table("tokens") as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.String(length=16), nullable=True))
        batch_op.create_index(batch_op.f("ix_tokens_person_id"), ["person_id"])
        batch_op.create_foreign_key(batch_op.f("fk_tokens_person_id_people"), "people", ["person_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("tokens") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_tokens_person_id_people"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_tokens_person_id"))
        batch_op.drop_column("person_id")
    for table in ("person_events", "assignments", "person_roles", "people"):
        op.drop_table(table)
