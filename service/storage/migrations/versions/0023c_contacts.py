"""Families' addresses are sealed; imports of them, and what each changed, so that one can be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from keys.data_key import DataKeys
from service.storage.database import INTEGER
from service.storage.sealed import keys_of

revision = "0023c"
down_revision = "0023b"
branch_labels = None
depends_on = None

_ADDRESSES = (("contacts", "email"), ("notices", "address"))


def upgrade() -> None:
    for table, column in _ADDRESSES:
        if _replace(
            table, column, sa.LargeBinary(), lambda keys, value, name: keys.seal(value.encode(), name)
        ):
            context.config.attributes["sealed_rows"] = True
    op.create_table(
        "contact_imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("school_code", sa.String(length=20), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("undone_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["schools.code"], name=op.f("fk_contact_imports_school_code_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_imports")),
    )
    op.create_index(op.f("ix_contact_imports_school_code"), "contact_imports", ["school_code"])
    op.create_table(
        "contact_import_changes",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("student_code", sa.String(length=20), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["contact_imports.id"],
            name=op.f("fk_contact_import_changes_import_id_contact_imports"),
        ),
        sa.PrimaryKeyConstraint("import_id", "student_code", name=op.f("pk_contact_import_changes")),
    )


def downgrade() -> None:
    op.drop_table("contact_import_changes")
    op.drop_table("contact_imports")
    for table, column in _ADDRESSES:
        _replace(
            table, column, sa.String(length=254), lambda keys, value, name: keys.open(value, name).decode()
        )


def _replace(
    table: str, column: str, kind: sa.types.TypeEngine[Any], change: Callable[[DataKeys, Any, str], Any]
) -> bool:
    """Give a column another type, with each of its values changed; return whether there were any."""
    connection = op.get_bind()
    known = sa.Table(table, sa.MetaData(), autoload_with=connection)
    own = list(known.primary_key.columns)
    rows = connection.execute(sa.select(*own, known.c[column])).all()
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column, existing_type=known.c[column].type, new_column_name=f"{column}_before")
    with op.batch_alter_table(table) as batch:
        batch.alter_column(f"{column}_before", existing_type=known.c[column].type, nullable=True)
        batch.add_column(sa.Column(column, kind, nullable=True))
    new = sa.Table(table, sa.MetaData(), autoload_with=connection)
    for row in rows:
        mine = [new.c[key.name] == value for key, value in zip(own, row, strict=False)]
        value = change(keys_of(connection.dialect), row[-1], f"{table}.{column}")
        connection.execute(sa.update(new).where(*mine).values({column: value, f"{column}_before": None}))
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column, existing_type=kind, nullable=False)
        batch.drop_column(f"{column}_before")
    return bool(rows)
