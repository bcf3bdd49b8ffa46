"""Row-level security on PostgreSQL: while a school is served, the server itself shows no other school's rows.

A transaction of such a request becomes the role `hocba_school` and names its school. For that role each table has a
policy: its rows are those of the school, by their own column or by the row that they belong to. Where no school is
named, the policy fails. Whatever is of all schools by nature (the record, publishing, issuing under its lock, the
command line) stays the owner of the tables, whom no policy holds. SQLite has no such thing; there the queries alone
tell schools apart, on both databases the first line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Connection, MetaData, Table, func, select, text
from sqlalchemy.exc import ProgrammingError

from service.errors import ServiceError

ROLE: Final = "hocba_school"
SETTING: Final = "hocba.school"
OF_ALL: Final = frozenset({"log_entries", "signed_roots", "status_lists"})
"""Tables of no school: what the public record says to everybody."""
_SCHOOL: Final[ContextVar[str | None]] = ContextVar("hocba_school", default=None)


def limit_to_school(school: str | None) -> None:
    """Let what follows in this thread, until it is called again, see the rows of one school; of all with None."""
    _SCHOOL.set(school)


@contextmanager
def all_schools() -> Iterator[None]:
    """Let what is of all schools by nature see all rows."""
    token = _SCHOOL.set(None)
    try:
        yield
    finally:
        _SCHOOL.reset(token)


def take_limit(connection: Connection) -> None:
    """Limit a transaction that has just begun to the school that is served, if one is."""
    school = _SCHOOL.get()
    if school is not None and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL ROLE {ROLE}")
        connection.execute(
            text("SELECT set_config(:name, :school, true)"), {"name": SETTING, "school": school}
        )


def protect(connection: Connection, metadata: MetaData) -> None:
    """Give every table its policy, within the transaction of an upgrade; again without harm. SQLite is left alone.

    Raises:
        ServiceError: `database-role-missing`.
    """
    if connection.dialect.name != "postgresql":
        return
    _make_role(connection)
    for grant in (
        "USAGE ON SCHEMA public",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
        "USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public",
    ):
        connection.exec_driver_sql(f"GRANT {grant} TO {ROLE}")
    for table in metadata.sorted_tables:
        condition = condition_of(table)
        if condition is None:
            continue
        name = table.name
        connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS own_school ON {name}")
        connection.exec_driver_sql(
            f"CREATE POLICY own_school ON {name} TO {ROLE} USING ({condition}) WITH CHECK ({condition})"
        )


def condition_of(table: Table) -> str | None:
    """Return which rows of a table are a school's; None for tables of no school.

    Raises:
        RuntimeError: nothing tells whose the rows are: a table that is new needs a column, a parent, or `OF_ALL`.
    """
    if table.name in OF_ALL:
        return None
    own = f"= current_setting('{SETTING}')"
    if table.name == "schools":
        return f"code {own}"
    if "school_code" in table.columns:
        return f"school_code {own}"
    for key in table.foreign_keys:
        if not key.parent.nullable:
            # The parent has a policy of its own, which holds within this one.
            parent = key.column
            return (
                f"EXISTS (SELECT 1 FROM {parent.table.name} parent "  # noqa: S608 - names of our own
                f"WHERE parent.{parent.name} = {table.name}.{key.parent.name})"
            )
    raise RuntimeError(f"whose are the rows of {table.name}?")


def _make_role(connection: Connection) -> None:
    there = select(func.count()).select_from(text("pg_roles")).where(text("rolname = :role"))
    try:
        if not connection.execute(there, {"role": ROLE}).scalar_one():
            with connection.begin_nested():
                connection.exec_driver_sql(f"CREATE ROLE {ROLE} NOLOGIN")
        member = select(func.pg_has_role(ROLE, "MEMBER"))
        if not connection.execute(member).scalar_one():
            with connection.begin_nested():
                connection.exec_driver_sql(f"GRANT {ROLE} TO CURRENT_USER")
    except ProgrammingError as error:
        raise ServiceError(
            "database-role-missing",
            f"PostgreSQL không cho tạo vai trò {ROLE}. Hãy nhờ người quản trị CSDL chạy: CREATE ROLE {ROLE} NOLOGIN; "
            f"GRANT {ROLE} TO người dùng của hocba; rồi chạy lại hocba db upgrade.",
            f"PostgreSQL does not let the role {ROLE} be made. Have its administrator run: CREATE ROLE {ROLE} NOLOGIN; "
            f"GRANT {ROLE} TO the user of hocba; then run hocba db upgrade again.",
        ) from error
