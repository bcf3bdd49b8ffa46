"""A document as a row of the index: each field of its entry in a column, and a sum over them.

A look-up parses nothing: the entry was parsed before it was written here. The sum tells a row that was damaged, or
belongs to another index, from one that was written; against somebody who writes rows of his own it is no help, and
need not be: whoever may write the index is believed (`verify.record_index`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast
from zlib import crc32

from schemas.record.entry import Issued, Relation
from schemas.record.fields import Reference

DOCUMENT_TABLE: Final = (
    "CREATE TABLE document (n INTEGER PRIMARY KEY, time INTEGER, school TEXT, sid BLOB, pdf BLOB, claims BLOB, "
    "data BLOB, list INTEGER, status INTEGER, profile INTEGER, relation INTEGER, target INTEGER, origin BLOB, "
    "check_sum INTEGER)"
)
DOCUMENT_COLUMNS: Final = (
    "time, school, document.sid, document.pdf, claims, data, list, status, profile, relation, target, origin, "
    "check_sum"
)
"""What `document_of` takes; two names are also those of other tables."""
NEW_DOCUMENT: Final = f"INSERT INTO document VALUES ({', '.join('?' * 14)})"  # noqa: S608 - marks alone
_RELATIONS: Final = {one.value: one for one in Relation}


class IndexBrokenError(Exception):
    """The index does not answer, or contradicts itself: it must be made anew, and what it said is not believed."""


def document_row(index: int, one: Issued) -> tuple[object, ...]:
    """Return what `NEW_DOCUMENT` writes of the document at `index`."""
    target, origin = (one.reference.index, one.reference.origin_hash) if one.reference else (None, None)
    digests = one.sid, one.pdf, one.claims, one.data
    numbers = one.list_id, one.status_index, one.profile, one.relation.value
    check_sum = _check_sum((index, one.time, one.school, *numbers, target), (*digests, origin or b""))
    return index, one.time, one.school, *digests, *numbers, target, origin, check_sum


def document_of(index: int, row: Sequence[object]) -> Issued:
    """Return the document at `index` from its columns.

    Raises:
        IndexBrokenError: this is not what was written.
    """
    time, school, sid, pdf, claims, data, list_id, status, profile, relation, target, origin, found = cast(
        "Any", row
    )
    numbers = index, time, school, list_id, status, profile, relation, target
    try:
        is_whole = _check_sum(numbers, (sid, pdf, claims, data, origin or b"")) == found
    except TypeError as error:
        raise IndexBrokenError("a document in the index has a value of another type") from error
    if not is_whole:
        raise IndexBrokenError("a document in the index is damaged")
    reference = None if target is None else Reference(target, origin)
    return Issued(
        time, school, sid, pdf, claims, data, list_id, status, profile, _RELATIONS[relation], reference
    )


def _check_sum(numbers: tuple[object, ...], digests: tuple[bytes, ...]) -> int:
    return crc32(b"".join(digests), crc32(repr(numbers).encode()))
