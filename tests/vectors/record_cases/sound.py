"""Records without a fault."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.record.entry import RevocationClass, Revoked, format_entry
from schemas.record.fields import Reference
from schemas.record.signed_note import NoteSignature, SignedNote, format_note, parse_note
from schemas.record.statement import KeyState, Role, Succession
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import NOW, OTHER_SCHOOL, issuer_entry, revoked
from tests.support.whole_record import (
    PRINCIPAL,
    SEAL,
    WholeRecord,
    compromised,
    document,
    filler,
    proven,
    registered,
)
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE = document("one")


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _subjects()
    yield from _sizes()
    yield from _keys()
    yield from _later_entries()


def _subjects() -> Iterator[Case]:
    record = WholeRecord()
    index = record.issue(ONE)
    record.publish_list()
    files, proof = record.files(), record.prove(index)
    yield Case("file", "a file that the record knows", VerdictCode.VALID, files, file=ONE.pdf)
    yield Case(
        "file-with-proof", "a file that carries its proof", VerdictCode.VALID, files, file=proven(ONE, proof)
    )
    yield Case(
        "file-with-proof-offline",
        "no record at hand: the proof shows that it was issued, nothing shows that it still stands",
        VerdictCode.UNCONFIRMED,
        None,
        file=proven(ONE, proof),
        checks={CheckId.ISSUER: UNKNOWN, CheckId.STATUS: UNKNOWN},
    )
    yield Case("qr", "a QR code that the record knows", VerdictCode.RECORDED, files, qr=ONE.qr)
    yield Case("serial", "a serial that the record knows", VerdictCode.RECORDED, files, serial=ONE.serial)
    note = parse_note(record.log.note())
    witness = NoteSignature("witness.example.vn", bytes(4), bytes(72))
    yield Case(
        "checkpoint-with-a-witness",
        "the checkpoint has a line by a key that the trust root does not know; it is ignored",
        VerdictCode.VALID,
        record.files(note=format_note(SignedNote(note.text, (*note.signatures, witness)))),
        file=ONE.pdf,
    )


def _sizes() -> Iterator[Case]:
    record = WholeRecord()
    index = record.issue(ONE)
    record.add(*filler(2 * 256 - len(record.entries)))
    early = record.prove(index, size=index + 1)
    record.publish_list()
    files = record.files()
    yield Case(
        "record-of-513", "two full bundles, a partial one, two levels of tiles", VerdictCode.VALID, files,
        file=ONE.pdf,
    )  # fmt: skip
    yield Case(
        "proof-under-an-early-checkpoint",
        "the proof is under a checkpoint of 5 entries, the record has 513",
        VerdictCode.VALID,
        files,
        file=proven(ONE, early),
    )


def _keys() -> Iterator[Case]:
    record = WholeRecord()
    record.issue(ONE)
    record.add(registered(SEAL, Role.SEAL, state=KeyState.RETIRED, number=2))
    record.publish_list()
    yield Case(
        "seal-retired-later", "the seal was retired after the entry", VerdictCode.VALID, record.files(),
        file=ONE.pdf,
    )  # fmt: skip
    record = WholeRecord()
    index = record.issue(ONE)
    record.add(compromised(SEAL, Role.SEAL, from_index=index + 1))
    record.publish_list()
    yield Case(
        "seal-compromised-from-a-later-index",
        "the seal was compromised from the index after the entry on",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
        notes=(
            "The signing key was compromised later; this transcript was recorded before and remains good.",
        ),
    )
    record = WholeRecord()
    record.add(registered(PRINCIPAL, Role.DEPUTY, number=2))
    record.issue(ONE)
    record.publish_list()
    yield Case(
        "deputy-signs", "the first signature is a deputy's", VerdictCode.VALID, record.files(), file=ONE.pdf
    )


def _later_entries() -> Iterator[Case]:
    record = WholeRecord()
    index = record.issue(ONE)
    later = document("one more year", continues=(index, ONE))
    record.issue(later)
    record.publish_list()
    yield Case(
        "continued",
        "a later document continues this one, which stays good",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
        notes=("A later document adds a further school year.",),
    )
    yield Case(
        "continuing", "the document that continues another", VerdictCode.VALID, record.files(), file=later.pdf
    )
    record = WholeRecord()
    mended = document("one, mended", corrects=(record.issue(ONE), ONE))
    record.issue(mended)
    record.publish_list()
    yield Case(
        "correcting", "the document that corrects another", VerdictCode.VALID, record.files(), file=mended.pdf
    )
    record = WholeRecord()
    index = record.issue(ONE)
    record.add(format_entry(revoked(index, school=OTHER_SCHOOL)))
    record.publish_list()
    yield Case(
        "revoked-by-another-school",
        "a revocation by another school counts for nothing",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
    )
    record = WholeRecord()
    index = record.issue(ONE)
    record.add(issuer_entry(Succession(NOW, OTHER_SCHOOL, ONE.entry.school, 1)))
    record.add(format_entry(Revoked(NOW + 60, OTHER_SCHOOL, Reference(index), RevocationClass.COMPROMISE)))
    record.publish_list()
    yield Case(
        "revoked-by-the-successor",
        "a revocation by the registered successor of the school counts",
        VerdictCode.REVOKED,
        record.files(),
        file=ONE.pdf,
        checks={CheckId.STATUS: "fail"},
    )
