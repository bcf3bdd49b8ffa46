"""Erasing the words of entries of the trail: what the law does not keep of a student goes, the chains stay whole."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import Connection, select, update

from schemas.change_trail import NONCE_BYTES, START, Act, Actor, TrailEntry, format_entry
from service.storage.trail_tables import MarkChangeRow
from service.storage.trail_writing import TrailWriter, Whose

ERASED = "erased/"
"""Begins what stands in the place of a student's code."""
OF_NO_STUDENT = ""


def erase_entries(
    connection: Connection,
    school: str,
    student_code: str,
    kept_years: Collection[str],
    *,
    actor: Actor,
    at: int,
    token_bytes: Callable[[int], bytes],
) -> None:
    """Erase the words of a student's entries but those of years that a document holds, and append that it was done.

    A year's entries get one pseudonym, so that they are still one chain.
    """
    query = select(MarkChangeRow.number, MarkChangeRow.school_year).where(
        MarkChangeRow.school_code == school,
        MarkChangeRow.student_code == student_code,
        MarkChangeRow.school_year.not_in(kept_years),
    )
    found = connection.execute(query.order_by(MarkChangeRow.number)).all()
    pseudonyms: dict[str, str] = {}
    for number, school_year in found:
        pseudonym = pseudonyms.setdefault(school_year, f"{ERASED}{number}")
        connection.execute(
            update(MarkChangeRow)
            .where(MarkChangeRow.school_code == school, MarkChangeRow.number == number)
            .values(entry=None, student_code=pseudonym)
        )
    if found:
        trails = TrailWriter(connection, token_bytes)
        entry = TrailEntry(
            school=school,
            act=Act.ERASURE,
            actor=actor,
            at=at,
            nonce=token_bytes(NONCE_BYTES).hex(),
            numbers=tuple(number for number, _ in found),
        )
        trails.append_with_head(Whose(school, OF_NO_STUDENT, ""), format_entry(entry), START)
        trails.flush()
