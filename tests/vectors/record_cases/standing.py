"""Documents that were revoked or corrected, and entries that count for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.record.entry import format_entry
from schemas.record.statement import Role
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import NOW, OTHER_SCHOOL, revoked
from tests.support.whole_record import SEAL, Document, WholeRecord, document, proven, registered
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE = document("one")
_DAYS = 3 * 86_400


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _revoked()
    yield from _corrected()
    yield from _nothing()


def _revoked() -> Iterator[Case]:
    record = WholeRecord()
    record.add(format_entry(revoked(record.issue(ONE))))
    record.publish_list()
    yield from _each("revoked", "the school revoked the document", VerdictCode.REVOKED, record.files())
    yield _standing(
        "revoked-by-an-old-record",
        "the record is three days old, and even so it knows the revocation",
        VerdictCode.REVOKED,
        record.files(time=NOW - _DAYS),
    )
    record = WholeRecord()
    index = record.issue(ONE)
    record.publish_list()
    record.add(format_entry(revoked(index)))
    yield _standing(
        "revoked-after-the-list",
        "the revocation came after the published list: it is read from the log",
        VerdictCode.REVOKED,
        record.files(),
    )


def _corrected() -> Iterator[Case]:
    record = WholeRecord()
    record.issue(document("one, mended", corrects=(record.issue(ONE), ONE)))
    record.publish_list()
    yield from _each(
        "corrected", "a corrected version takes the document's place", VerdictCode.SUPERSEDED, record.files()
    )
    record = WholeRecord()
    index = record.issue(ONE)
    record.issue(document("one, mended", corrects=(index, ONE)))
    record.add(format_entry(revoked(index)))
    record.publish_list()
    yield _standing(
        "corrected-and-revoked",
        "corrected first and revoked then: revoked is what counts",
        VerdictCode.REVOKED,
        record.files(),
    )


def _nothing() -> Iterator[Case]:
    record = WholeRecord()
    record.add(registered(SEAL, Role.SEAL, number=2))
    index = record.issue(ONE)
    stranger = document("mended by a stranger", school=OTHER_SCHOOL, corrects=(index, ONE))
    record.issue(stranger)
    record.publish_list()
    yield Case(
        "corrected-by-another-school",
        "a correction by another school counts for nothing: the document stands",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
    )
    record = WholeRecord()
    record.issue(ONE)
    double = replace(document("two").entry, sid=ONE.entry.sid)
    record.add(format_entry(double))
    record.publish_list()
    yield Case(
        "serial-issued-twice",
        "a second entry with the same serial counts for nothing: the first one stands",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
    )
    yield Case(
        "serial-issued-twice-the-second",
        "the file of the second entry proves its entry, which counts for nothing",
        VerdictCode.UNRECORDED,
        record.files(),
        file=proven(document("two"), record.prove(record.entries.index(format_entry(double)))),
        checks={CheckId.CONTENT: UNKNOWN, CheckId.RECORDED: "fail", CheckId.STATUS: UNKNOWN},
    )
    record = WholeRecord()
    record.add(b"\xa1\x00\x18\x63")
    record.issue(ONE)
    record.publish_list()
    yield Case(
        "entry-of-an-unknown-type",
        "an entry of a type that this format does not have counts for nothing and hinders nothing",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
    )
    record = WholeRecord()
    record.issue(ONE)
    record.add(format_entry(revoked(len(record.entries) + 1)), *record.entries[:1])
    record.publish_list()
    yield Case(
        "revocation-of-a-later-entry",
        "a revocation must refer to an earlier document: this one counts for nothing",
        VerdictCode.VALID,
        record.files(),
        file=ONE.pdf,
    )


def _each(name: str, what: str, verdict: VerdictCode, files: dict[str, bytes]) -> Iterator[Case]:
    yield _standing(name, what, verdict, files)
    one: Document = ONE
    failed = {CheckId.STATUS: "fail"}
    yield Case(f"{name}-qr", f"{what}; its QR code", verdict, files, qr=one.qr, checks=failed)
    yield Case(f"{name}-serial", f"{what}; its serial", verdict, files, serial=one.serial, checks=failed)


def _standing(name: str, what: str, verdict: VerdictCode, files: dict[str, bytes]) -> Case:
    return Case(name, what, verdict, files, file=ONE.pdf, checks={CheckId.STATUS: "fail"})
