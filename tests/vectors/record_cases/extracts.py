"""Extracts of one year and summaries for a transfer: what they are, and whose fate they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.profiles import EXTRACT_PROFILE, SUMMARY_PROFILE
from schemas.record.entry import Relation, format_entry
from schemas.record.fields import Reference
from schemas.record.statement import Role
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import OTHER_SCHOOL, revoked
from tests.support.whole_record import ISSUERS, SEAL, Document, WholeRecord, document, registered
from tests.vectors.record_cases.case import FAIL, UNKNOWN, Case

ONE = document("one")
_AT = len(ISSUERS)
"""The index of the transcript in `_extracted`."""
_EXTRACT_NOTE = (
    "This is an extract of one school year; it is not the whole transcript and does not stand in its place."
)
_SUMMARY_NOTE = (
    "This is a summary of results for a transfer; it is not the transcript and does not stand in its place."
)


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _sound()
    yield from _shared_fate()
    yield from _nothing()
    yield from _misstated()


def _sound() -> Iterator[Case]:
    record, extract = _extracted()
    files = _files(record)
    for name, what, verdict, subject in (
        ("extract", "an extract of one year", VerdictCode.VALID, {"file": extract.pdf}),
        ("extract-qr", "the QR code of an extract", VerdictCode.RECORDED, {"qr": extract.qr}),
        ("extract-serial", "the serial of an extract", VerdictCode.RECORDED, {"serial": extract.serial}),
    ):
        yield Case(name, what, verdict, files, notes=(_EXTRACT_NOTE,), **subject)
    record, summary = _extracted(profile=SUMMARY_PROFILE)
    yield Case(
        "transfer-summary",
        "a summary for a transfer",
        VerdictCode.VALID,
        _files(record),
        file=summary.pdf,
        notes=(_SUMMARY_NOTE,),
    )
    record, extract = _extracted()
    record.issue(document("two", continues=(_AT, ONE)))
    yield Case(
        "extract-of-a-continued-transcript",
        "a later document adds a year to the source: the extract stands",
        VerdictCode.VALID,
        _files(record),
        file=extract.pdf,
        notes=(_EXTRACT_NOTE,),
    )


def _shared_fate() -> Iterator[Case]:
    record, extract = _extracted()
    record.add(format_entry(revoked(_AT)))
    yield from _ended(
        "extract-of-a-revoked-transcript", "the source was revoked", record, extract, VerdictCode.REVOKED
    )
    record, extract = _extracted()
    record.issue(document("two", corrects=(_AT, ONE)))
    yield from _ended(
        "extract-of-a-corrected-transcript",
        "the source was corrected",
        record,
        extract,
        VerdictCode.SUPERSEDED,
    )
    record = WholeRecord()
    index = record.issue(ONE)
    record.add(format_entry(revoked(index)))
    extract = document("extract", extracts=(index, ONE))
    record.issue(extract)
    yield from _ended(
        "extract-after-the-revocation", "the source was revoked before", record, extract, VerdictCode.REVOKED
    )
    record, extract = _extracted()
    record.add(format_entry(revoked(_AT + 1)))
    yield from _ended(
        "extract-revoked", "the extract itself was revoked", record, extract, VerdictCode.REVOKED
    )
    yield Case(
        "transcript-of-a-revoked-extract",
        "an extract of it was revoked; the transcript stands",
        VerdictCode.VALID,
        _files(record),
        file=ONE.pdf,
    )


def _nothing() -> Iterator[Case]:
    record, extract = _extracted()
    record.issue(document("corrected", corrects=(_AT + 1, extract)))
    yield Case(
        "extract-corrected",
        "an extract cannot be corrected: the entry that says so counts for nothing",
        VerdictCode.VALID,
        _files(record),
        file=extract.pdf,
        notes=(_EXTRACT_NOTE,),
    )
    record, extract = _extracted()
    again = document("again", extracts=(_AT + 1, extract))
    record.issue(again)
    yield _unrecorded("extract-of-an-extract", "its entry refers to an extract", record, again)
    record = WholeRecord()
    record.add(registered(SEAL, Role.SEAL, school=OTHER_SCHOOL))
    stranger = document("extract", school=OTHER_SCHOOL, extracts=(record.issue(ONE), ONE))
    record.issue(stranger)
    yield _unrecorded("extract-by-another-school", "another school extracts a transcript", record, stranger)


def _misstated() -> Iterator[Case]:
    """The entry and the data differ in what the document is."""
    record = WholeRecord()
    index = record.issue(ONE)
    extract = document("extract", extracts=(index, ONE))
    record.add(format_entry(replace(extract.entry, profile=1, relation=Relation.FIRST, reference=None)))
    yield _altered(
        "extract-recorded-as-a-transcript", "the entry says that it is a transcript", record, extract
    )
    record = WholeRecord()
    index = record.issue(document("another"))
    record.add(
        format_entry(
            replace(
                ONE.entry, profile=EXTRACT_PROFILE, relation=Relation.EXTRACTS, reference=Reference(index)
            )
        )
    )
    yield _altered("transcript-recorded-as-an-extract", "the entry says that it is an extract", record, ONE)
    record, summary = _extracted(profile=SUMMARY_PROFILE)
    record.entries[-1] = format_entry(replace(summary.entry, profile=EXTRACT_PROFILE))
    yield _altered("summary-recorded-as-an-extract", "the entry says that it is an extract", record, summary)


def _extracted(profile: int = EXTRACT_PROFILE) -> tuple[WholeRecord, Document]:
    """Return a record that ends with a transcript and what was taken from it."""
    record = WholeRecord()
    extract = document("extract", extracts=(record.issue(ONE), ONE), profile=profile)
    record.issue(extract)
    return record, extract


def _files(record: WholeRecord) -> dict[str, bytes]:
    record.publish_list()
    return record.files()


def _ended(
    name: str, what: str, record: WholeRecord, extract: Document, verdict: VerdictCode
) -> Iterator[Case]:
    yield Case(
        name,
        what,
        verdict,
        _files(record),
        file=extract.pdf,
        checks={CheckId.STATUS: FAIL},
        notes=(_EXTRACT_NOTE,),
    )


def _unrecorded(name: str, what: str, record: WholeRecord, extract: Document) -> Case:
    return Case(
        name,
        what,
        VerdictCode.NOT_FOUND,
        _files(record),
        serial=extract.serial,
        checks={CheckId.RECORDED: FAIL, CheckId.STATUS: UNKNOWN},
    )


def _altered(name: str, what: str, record: WholeRecord, extract: Document) -> Case:
    return Case(
        name, what, VerdictCode.ALTERED, _files(record), file=extract.pdf, checks={CheckId.CONTENT: FAIL}
    )
