"""The inclusion proof that a released transcript carries (c2sp.org/tlog-proof): one entry under one checkpoint.

The entry's bytes travel in the `extra` line, so that the file proves its own entry without the record at hand.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from schemas.errors import SchemaError
from schemas.record.checkpoint import (
    CosignedCheckpoint,
    bare_checkpoint_note,
    parse_checkpoint_note,
    parse_decimal,
)
from schemas.record.entry import MAX_ENTRY_BYTES, leaf_hash
from schemas.record.merkle import HASH_BYTES, check_inclusion
from schemas.record.signed_note import MAX_NOTE_BYTES, VerifierKey, decode_base64
from schemas.signatures import Verify

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_PROOF_BYTES = MAX_NOTE_BYTES + 8192
_MAX_HASHES = 64


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A proof as it was read: nothing in it is trusted before `check_inclusion_proof`."""

    entry: bytes
    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    """The checkpoint, a signed note."""


def format_proof(proof: InclusionProof) -> bytes:
    """Return the proof's file."""
    lines = [
        _HEADER,
        f"extra {_base64(proof.entry)}",
        f"index {proof.index}",
        *map(_base64, proof.hashes),
        "",
        "",
    ]
    return "\n".join(lines).encode() + proof.note


def parse_proof(data: bytes) -> InclusionProof:
    """Parse a proof: parse, format, compare.

    Raises:
        SchemaError: `proof-invalid`, `base64-invalid`, `number-invalid`.
    """
    head, _, note = data.partition(b"\n\n")
    if len(data) > _MAX_PROOF_BYTES or not head.isascii():
        raise _invalid()
    match head.decode().split("\n"):
        case [header, extra, index, *hashes] if header == _HEADER and len(hashes) <= _MAX_HASHES:
            proof = InclusionProof(
                entry=decode_base64(extra.removeprefix("extra "), "proof.extra"),
                index=parse_decimal(index.removeprefix("index "), "proof.index"),
                hashes=tuple(decode_base64(line, "proof.hashes") for line in hashes),
                note=note,
            )
        case _:
            raise _invalid()
    if len(proof.entry) > MAX_ENTRY_BYTES or any(len(one) != HASH_BYTES for one in proof.hashes):
        raise _invalid()
    if format_proof(proof) != data:
        raise _invalid()
    return proof


def check_inclusion_proof(
    proof: InclusionProof, *, log_key: VerifierKey, clock_key: VerifierKey, verify: Verify
) -> CosignedCheckpoint:
    """Check the checkpoint under the log's keys and the entry under the checkpoint; return the checkpoint.

    The checkpoint has the lines of both keys and no other: what nobody checks would go along in a file unseen.

    Raises:
        SchemaError: what `parse_checkpoint_note` raises, `proof-lines-other`, or `inclusion-proof-invalid`.
    """
    path = "proof.checkpoint"
    cosigned = parse_checkpoint_note(
        proof.note, log_key=log_key, clock_key=clock_key, verify=verify, path=path
    )
    bare = bare_checkpoint_note(proof.note, log_key=log_key, clock_key=clock_key, path=path)
    if cosigned.clock_time is None or bare != proof.note:
        raise SchemaError(
            "proof-lines-other",
            path,
            "Điểm chốt trong bằng chứng ghi sổ không có đúng hai chữ ký của sổ cấp và của đồng hồ sổ.",
            "The checkpoint in the inclusion proof does not have just the two signatures of the log and its clock.",
        )
    check_inclusion(
        index=proof.index,
        size=cosigned.checkpoint.size,
        leaf=leaf_hash(proof.entry),
        proof=proof.hashes,
        root=cosigned.checkpoint.root,
    )
    return cosigned


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _invalid() -> SchemaError:
    return SchemaError(
        "proof-invalid",
        "proof",
        "Bằng chứng ghi sổ không đúng dạng (c2sp.org/tlog-proof).",
        "The inclusion proof is not well formed (c2sp.org/tlog-proof).",
    )
