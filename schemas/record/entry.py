"""Log entries: what the public record says, byte for byte (docs/formats/record.md, "Entries").

One spelling for each entry. Knows nothing of what an entry counts for: that is `schemas.record.issuers` and
`schemas.record.ledger`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.errors import SchemaError
from schemas.profiles import EXTRACT_PROFILES
from schemas.record.fields import ORIGIN_HASH_BYTES, Fields, Reference, invalid_field

MAX_ENTRY_BYTES = 512
STATUS_LIST_LENGTH = 1 << 20


class EntryType(IntEnum):
    """Key 0 of an entry."""

    ISSUER = 1
    ISSUED = 2
    REVOKED = 3
    STATUS_LIST = 4


class Relation(IntEnum):
    """What an issued document is to the one it refers to."""

    FIRST = 0
    CONTINUES = 1
    CORRECTS = 2
    EXTRACTS = 3
    """It is taken from the document it refers to, and is worth what that one is worth."""


class RevocationClass(IntEnum):
    """Why a document was revoked; the reason in words stays with the issuing service."""

    ERROR = 0
    COMPROMISE = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class IssuerEntry:
    """A registrar's signed statement: the bytes of a COSE_Sign1, not yet parsed or checked."""

    statement: bytes


@dataclass(frozen=True, slots=True)
class Issued:
    """One transcript was issued. Digests are 32 bytes of SHA-256; see docs/formats/record.md for what each covers."""

    time: int
    school: str
    sid: bytes
    pdf: bytes
    claims: bytes
    data: bytes
    list_id: int
    status_index: int
    profile: int
    relation: Relation
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """An issued transcript was revoked."""

    time: int
    school: str
    reference: Reference
    revocation_class: RevocationClass


@dataclass(frozen=True, slots=True)
class StatusListPublished:
    """A version of a status list was published; `digest` is the SHA-256 of its file."""

    time: int
    list_id: int
    version: int
    digest: bytes


Entry: TypeAlias = IssuerEntry | Issued | Revoked | StatusListPublished


def leaf_hash(entry: bytes) -> bytes:
    """Return the RFC 6962 leaf hash of an entry's bytes."""
    return sha256(b"\x00" + entry).digest()


def origin_hash(origin: str) -> bytes:
    """Return the 8 bytes by which a `Reference` names another log."""
    return sha256(origin.encode()).digest()[:ORIGIN_HASH_BYTES]


def parse_entry(data: bytes) -> Entry:
    """Parse the bytes of one log entry.

    Raises:
        SchemaError: `entry-too-large`, `entry-type-unknown`, `entry-field-missing`, `entry-field-unknown`,
            `entry-field-invalid`, or what `schemas.cbor.decode` raises.
    """
    if len(data) > MAX_ENTRY_BYTES:
        raise _too_large()
    fields = Fields(cbor.decode(data, "entry"), "entry")
    entry = _read_entry(fields)
    fields.check_none_left()
    return entry


@lru_cache(maxsize=1024)
def parse_kept_entry(data: bytes) -> Entry:
    """Parse an entry that is read again and again, as in a look-up: the same bytes are always the same entry.

    Raises:
        SchemaError: as `parse_entry`.
    """
    return parse_entry(data)


def format_entry(entry: Entry) -> bytes:
    """Return the bytes of `entry`.

    Raises:
        SchemaError: as `parse_entry` would for the same values.
    """
    data = cbor.encode(_entry_map(entry))
    if parse_entry(data) != entry:
        raise invalid_field("entry")
    return data


def _read_entry(fields: Fields) -> Entry:
    match fields.unsigned(0):
        case EntryType.ISSUED:
            return _read_issued(fields)
        case EntryType.ISSUER:
            return IssuerEntry(statement=fields.octets(15))
        case EntryType.REVOKED:
            return Revoked(
                time=fields.time(1),
                school=fields.school(2),
                reference=fields.reference(11),
                revocation_class=fields.member(12, RevocationClass),
            )
        case EntryType.STATUS_LIST:
            return StatusListPublished(
                time=fields.time(1),
                list_id=fields.unsigned(7),
                version=fields.unsigned(13, least=1),
                digest=fields.digest(14),
            )
        case _:
            raise SchemaError(
                "entry-type-unknown",
                "entry.0",
                "Loại mục không được biết; hãy cập nhật phần mềm.",
                "The type of entry is unknown; update the software.",
            )


def _read_issued(fields: Fields) -> Issued:
    relation, profile = fields.member(10, Relation), fields.unsigned(9)
    if (relation is Relation.EXTRACTS) != (profile in EXTRACT_PROFILES):
        raise invalid_field("entry.9")
    return Issued(
        time=fields.time(1),
        school=fields.school(2),
        sid=fields.digest(3),
        pdf=fields.digest(4),
        claims=fields.digest(5),
        data=fields.digest(6),
        list_id=fields.unsigned(7),
        status_index=fields.unsigned(8, most=STATUS_LIST_LENGTH - 1),
        profile=profile,
        relation=relation,
        reference=None if relation is Relation.FIRST else fields.reference(11),
    )


def _entry_map(entry: Entry) -> CBORValue:
    match entry:
        case Issued():
            fields: dict[int, CBORValue] = {
                0: int(EntryType.ISSUED),
                1: entry.time,
                2: entry.school,
                3: entry.sid,
                4: entry.pdf,
                5: entry.claims,
                6: entry.data,
                7: entry.list_id,
                8: entry.status_index,
                9: entry.profile,
                10: int(entry.relation),
            }
            if entry.reference is not None:
                fields[11] = _reference_value(entry.reference)
            return fields
        case IssuerEntry():
            return {0: int(EntryType.ISSUER), 15: entry.statement}
        case Revoked():
            return {
                0: int(EntryType.REVOKED),
                1: entry.time,
                2: entry.school,
                11: _reference_value(entry.reference),
                12: int(entry.revocation_class),
            }
        case StatusListPublished():
            return {
                0: int(EntryType.STATUS_LIST),
                1: entry.time,
                7: entry.list_id,
                13: entry.version,
                14: entry.digest,
            }


def _reference_value(reference: Reference) -> CBORValue:
    return reference.index if reference.origin_hash is None else [reference.origin_hash, reference.index]


def _too_large() -> SchemaError:
    return SchemaError(
        "entry-too-large",
        "entry",
        f"Mục dài hơn {MAX_ENTRY_BYTES} byte.",
        f"The entry is longer than {MAX_ENTRY_BYTES} bytes.",
    )
