"""What was taken from a document shares its fate: the register follows the record (docs/formats/record.md)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import aliased

from schemas.profiles import EXTRACT_PROFILES
from service.storage.records import Standing
from service.storage.tables import IssuanceRow

IS_TRANSCRIPT = IssuanceRow.profile.not_in(EXTRACT_PROFILES)
"""Of documents: those that a student's year is issued with. What was taken from them stands beside."""


def settle_extracts(connection: Connection, issuances: Sequence[str]) -> None:
    """Give what was taken from these documents, and these where they are extracts, the standing of their source.

    One that is not recorded yet ends here as well: it would be born without worth, and is never finished.
    """
    source = aliased(IssuanceRow)
    ended = (
        select(IssuanceRow.id, source.standing, source.ended_at)
        .join(source, source.log_index == IssuanceRow.reference)
        .where(
            IssuanceRow.profile.in_(EXTRACT_PROFILES),
            IssuanceRow.standing != source.standing,
            IssuanceRow.standing != Standing.REVOKED,
            source.standing != Standing.CURRENT,
        )
    )
    for mine in (IssuanceRow.id.in_(issuances), source.id.in_(issuances)):
        for row in connection.execute(ended.where(mine)).all():
            connection.execute(
                update(IssuanceRow)
                .where(IssuanceRow.id == row.id)
                .values(standing=row.standing, ended_at=row.ended_at)
            )
