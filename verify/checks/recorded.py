"""`recorded`: the document's entry lies under a checkpoint of a trusted log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from schemas.errors import HocbaError, Text
from schemas.record.checkpoint import CosignedCheckpoint, claimed_origin
from schemas.record.entry import Issued, parse_entry
from schemas.record.proof import check_inclusion_proof, parse_proof
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import NO_RECORD
from verify.record_reader import CLOCK_TOLERANCE, RecordView

_UNKNOWN_LOG = Text(
    "Bằng chứng thuộc một sổ cấp, hoặc được ký bằng một khoá, chưa được biết ở đây.",
    "The proof is of a log, or signed by a key, that is not known here.",
)

_COUNTS_FOR_NOTHING = Text(
    "Mục của học bạ này trong sổ cấp không có giá trị: số của nó đã được cấp cho học bạ khác.",
    "This transcript's entry in the record counts for nothing: its number had been issued to another.",
)


class ProofRefusedError(CheckFailedError):
    """The embedded proof is of a known log and does not prove these bytes: somebody put it there."""


class ForkError(CheckUnknownError):
    """Proof and record are both signed by the log and contradict each other."""


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """A document's entry and its index."""

    index: int
    issued: Issued
    beyond_view: bool = False
    """Whether only the proof shows it: the copy of the record at hand is older."""
    proven: CosignedCheckpoint | None = None
    """The checkpoint of the file's own proof."""


def entry_of_proof(
    proof: bytes, pdf_digest: bytes, *, trust: TrustRoot, view: RecordView | None
) -> RecordedEntry:
    """Return the entry that an embedded proof proves for the file whose seal covers `pdf_digest`.

    Raises:
        ProofRefusedError: it does not verify for these bytes.
        CheckFailedError: the entry is a second one of its serial, and counts for nothing.
        CheckUnknownError: its log, or the key that signed, is not one of the trust root's.
        ForkError: the record at hand contradicts it.
    """
    try:
        parsed = parse_proof(proof)
        log = trust.log_for(claimed_origin(parsed.note))
        if log is None:
            raise CheckUnknownError(_UNKNOWN_LOG)
        cosigned = check_inclusion_proof(
            parsed, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
        )
        entry = parse_entry(parsed.entry)
    except HocbaError as error:
        # No line by the key that is known for this log: it may be one that a newer trust root names.
        if error.code == "checkpoint-unsigned":
            raise CheckUnknownError(_UNKNOWN_LOG) from error
        raise ProofRefusedError(error.text) from error
    if (
        not isinstance(entry, Issued)
        or entry.pdf != pdf_digest
        or not entry.school.startswith(log.school_prefixes)
    ):
        raise ProofRefusedError(
            Text("Bằng chứng ghi sổ là của tệp khác.", "The inclusion proof belongs to another file.")
        )
    size = cosigned.checkpoint.size
    if view is not None and view.log.origin == log.origin and size <= view.size:
        try:
            agrees = view.has_root(size, cosigned.checkpoint.root)
        except (HocbaError, OSError) as error:
            raise CheckUnknownError(NO_RECORD) from error
        if not agrees:
            raise ForkError(
                Text(
                    "Bằng chứng và sổ cấp mâu thuẫn nhau; cần báo ngay cho Sở.",
                    "Proof and record contradict each other; tell the authority at once.",
                )
            )
        known = entry_in_record(pdf_digest, view)
        if known is None:
            raise CheckFailedError(_COUNTS_FOR_NOTHING)
        return replace(known, proven=cosigned)
    return RecordedEntry(parsed.index, entry, beyond_view=True, proven=cosigned)


def entry_in_record(pdf_digest: bytes, view: RecordView | None) -> RecordedEntry | None:
    """Return the entry of the file whose seal covers `pdf_digest`, where the record has one that counts."""
    return None if view is None else entry_at(view.ledger.index_of_pdf(pdf_digest), view)


def entry_at(index: int | None, view: RecordView) -> RecordedEntry | None:
    """Return the entry at `index`, where it lies under the view's checkpoint and counts for a school of the log."""
    issued = view.ledger.issued(index) if index is not None and index < view.size else None
    if index is None or issued is None or not issued.school.startswith(view.log.school_prefixes):
        return None
    return RecordedEntry(index, issued)


def check_absent(view: RecordView | None, signed_at: dt.datetime | None) -> None:
    """Say what it means that no entry was found.

    Raises:
        CheckFailedError: the record is newer than the signature and would have the entry.
        CheckUnknownError: the entry may have come later than the copy of the record at hand.
    """
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    clock = view.checkpoint.clock_time
    if clock is None or signed_at is None or clock <= signed_at.timestamp() + CLOCK_TOLERANCE:
        raise CheckUnknownError(
            Text(
                "Bản sao sổ cấp cũ hơn chữ ký, nên chưa biết học bạ đã được ghi sổ chưa.",
                "The copy of the record is older than the signature, so the entry may be missing from it.",
            )
        )
    raise CheckFailedError(
        Text(
            "Không có trong sổ cấp: tệp có chữ ký nhưng chưa từng được cấp.",
            "Not in the public record: the file is signed but was never issued.",
        )
    )
