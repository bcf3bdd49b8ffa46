"""Offline packs: what a check of one school's QR codes needs where there is no network (docs/formats/offline-pack.md).

A pack says nothing that the log does not say up to its checkpoint; whoever has the log can compare the two.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.cose import Sign1, parse_sign1, sign1
from schemas.errors import SchemaError
from schemas.record.fields import MAX_UNSIGNED, Fields
from schemas.record.status_list import Status
from schemas.signatures import Sign

TYP = "application/vnd.hocba.offline-pack+cbor"
MAX_PACK_BYTES = 4 << 20
MAX_STATEMENTS = 256
_ROW = struct.Struct(">I8s4s")
_SCHOOL, _NAME, _CHECKPOINT, _STATEMENTS, _DOCUMENTS, _ENDED = range(6)
_MAX_NAME_BYTES = 160


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A row of a pack: the index of the document's entry, and whether the claims are the ones that were issued."""

    index: int
    claims_match: bool


@dataclass(frozen=True, slots=True)
class OfflinePack:
    """What the record says of one school, up to a checkpoint."""

    school: str
    school_name: str
    checkpoint: bytes
    """The signed note, with the clock's line: its size numbers the pack, its time dates it."""
    statements: tuple[tuple[int, bytes], ...]
    """Index and COSE_Sign1 of every statement about a key that speaks, or spoke, for the school."""
    documents: bytes
    """A row for each issued document, see `document_row`, in the order of the log."""
    ended: Mapping[int, Status]
    """By index, the documents that were revoked or corrected, or taken from such a one."""

    def indexes(self) -> list[int]:
        """Return the indexes of the documents, ascending."""
        return _indexes(self.documents)

    def find(self, *, claims: bytes, sid: bytes) -> FoundDocument | None:
        """Return the document with this serial digest; of several that begin alike, the one with these claims."""
        wanted, found = claims[:8], None
        for index, of_claims, of_sid in _ROW.iter_unpack(self.documents):
            if of_sid == sid[:4]:
                found = FoundDocument(index, of_claims == wanted)
                if found.claims_match:
                    break
        return found


@dataclass(frozen=True, slots=True)
class SignedPack:
    """A pack as it was read; its signature is not checked, see `signed.check`."""

    pack: OfflinePack
    signed: Sign1


def document_row(index: int, *, claims: bytes, sid: bytes) -> bytes:
    """Return the row of the entry at `index`: 4 bytes of index, the first 8 of `claims` and 4 of `sid`.

    The 4 tell a serial that was never issued from one whose claims differ.
    """
    return _ROW.pack(index, claims[:8], sid[:4])


def sign_pack(pack: OfflinePack, *, key_id: bytes, sign: Sign) -> bytes:
    """Return the COSE_Sign1 to publish.

    Raises:
        SchemaError: as `parse_pack` would for the same values.
    """
    data = sign1(_format(pack), key_id, sign, typ=TYP)
    if parse_pack(data).pack != pack:
        raise _invalid("pack")
    return data


def parse_pack(data: bytes) -> SignedPack:
    """Parse a pack. Neither its signature nor what it holds is checked here.

    Raises:
        SchemaError: `pack-invalid`, or what `schemas.cose` and `schemas.record.fields` raise.
    """
    signed = parse_sign1(data, "pack", typ=TYP, max_bytes=MAX_PACK_BYTES)
    fields = Fields(cbor.decode(signed.payload, "pack", max_bytes=MAX_PACK_BYTES), "pack")
    pack = OfflinePack(
        school=fields.school(_SCHOOL),
        school_name=fields.text(_NAME, most_bytes=_MAX_NAME_BYTES),
        checkpoint=fields.octets(_CHECKPOINT),
        statements=_parse_statements(fields.value(_STATEMENTS)),
        documents=fields.octets(_DOCUMENTS),
        ended=_parse_ended(fields.value(_ENDED)),
    )
    fields.check_none_left()
    indexes = pack.indexes()
    _check_ascending(indexes, "pack.4")
    if not set(pack.ended) <= set(indexes):
        raise _invalid("pack.5")
    return SignedPack(pack, signed)


def _format(pack: OfflinePack) -> bytes:
    return cbor.encode(
        {
            _SCHOOL: pack.school,
            _NAME: pack.school_name,
            _CHECKPOINT: pack.checkpoint,
            _STATEMENTS: [[index, statement] for index, statement in pack.statements],
            _DOCUMENTS: pack.documents,
            _ENDED: {index: int(status) for index, status in pack.ended.items()},
        }
    )


def _parse_statements(value: CBORValue) -> tuple[tuple[int, bytes], ...]:
    if type(value) is not list or len(value) > MAX_STATEMENTS:
        raise _invalid("pack.3")
    statements = []
    for one in value:
        match one:
            case [int(index), bytes(statement)] if 0 <= index <= MAX_UNSIGNED:
                statements.append((index, statement))
            case _:
                raise _invalid("pack.3")
    _check_ascending([index for index, _ in statements], "pack.3")
    return tuple(statements)


def _indexes(rows: bytes) -> list[int]:
    if len(rows) % _ROW.size:
        raise _invalid("pack.4")
    return [row[0] for row in _ROW.iter_unpack(rows)]


def _parse_ended(value: CBORValue) -> dict[int, Status]:
    if type(value) is not dict or not set(value.values()) <= {Status.REVOKED, Status.SUPERSEDED}:
        raise _invalid("pack.5")
    return {index: Status(cast("int", status)) for index, status in value.items()}


def _check_ascending(indexes: list[int], path: str) -> None:
    if any(later <= earlier for earlier, later in pairwise(indexes)):
        raise _invalid(path)


def _invalid(path: str) -> SchemaError:
    return SchemaError(
        "pack-invalid",
        path,
        "Gói kiểm tra ngoại tuyến không đúng dạng quy định.",
        "The offline pack is not in the form laid down.",
    )
