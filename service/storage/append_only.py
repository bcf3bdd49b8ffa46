"""Triggers by which the database itself keeps the trail and other histories append-only, on SQLite and PostgreSQL.

They stop a mistake and an attacker who has the service's account; whoever owns the tables can drop them, and is found
by the chains.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

_KEPT: Final = ("school_code", "number", "school_year", "entry_digest", "head", "school_head")
# An erasure takes an entry's words and puts a pseudonym for the student: nothing else may ever change.
_ERASURE: Final = " AND ".join(
    (
        *(f"NEW.{name} = OLD.{name}" for name in _KEPT),
        "NEW.entry IS NULL",
        "NEW.student_code LIKE 'erased/%'",
    )
)
_REFUSAL: Final = "the trail of changes is append-only"
_SQLITE: Final = (
    f"""CREATE TRIGGER mark_changes_update BEFORE UPDATE ON mark_changes WHEN NOT ({_ERASURE})
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER mark_changes_delete BEFORE DELETE ON mark_changes
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
)
_POSTGRESQL: Final = (
    f"""CREATE FUNCTION mark_changes_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"""CREATE TRIGGER mark_changes_update BEFORE UPDATE ON mark_changes FOR EACH ROW
    WHEN (NOT ({_ERASURE})) EXECUTE FUNCTION mark_changes_kept()""",
    """CREATE TRIGGER mark_changes_delete BEFORE DELETE ON mark_changes FOR EACH ROW
    EXECUTE FUNCTION mark_changes_kept()""",
    """CREATE TRIGGER mark_changes_truncate BEFORE TRUNCATE ON mark_changes
    EXECUTE FUNCTION mark_changes_kept()""",
)


def keep_append_only(connection: Connection) -> None:
    """Make the triggers. A migration that makes the table anew must make them again."""
    on_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if on_sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement.replace("%", "%%") if not on_sqlite else statement)


def let_go(connection: Connection) -> None:
    """Take the triggers away."""
    on_sqlite = connection.dialect.name == "sqlite"
    for name in ("update", "delete", *(() if on_sqlite else ("truncate",))):
        table = "" if on_sqlite else " ON mark_changes"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS mark_changes_{name}{table}")
    if not on_sqlite:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS mark_changes_kept()")


def keep_rows(connection: Connection, table: str) -> None:
    """Make the triggers by which no row of a table is ever changed or deleted; a name of ours, not of a request."""
    refusal = f"{table} is append-only"
    if connection.dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    connection.exec_driver_sql(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for act, each in (("UPDATE", "FOR EACH ROW "), ("DELETE", "FOR EACH ROW "), ("TRUNCATE", "")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} {each}EXECUTE FUNCTION {table}_kept()"
        )


def let_rows_go(connection: Connection, table: str) -> None:
    """Take the triggers of `keep_rows` away."""
    on_sqlite = connection.dialect.name == "sqlite"
    for name in ("update", "delete", *(() if on_sqlite else ("truncate",))):
        where = "" if on_sqlite else f" ON {table}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}{where}")
    if not on_sqlite:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {table}_kept()")
