"""Names that pass for others: no verdict rests on a name, and whoever reads one is told."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.verdict import CheckId, VerdictCode
from tests.support.certificates import SUBSCRIBER, party
from tests.support.whole_record import ANCHOR, SCHOOL_NAME, Document, WholeRecord, document
from tests.vectors.record_cases.case import FAIL, Case

_A = "\N{CYRILLIC SMALL LETTER A}"
_T = "\N{GREEK CAPITAL LETTER TAU}"
_LEARNER = f"Nguyễn Ho{_A}ng Khánh Quỳnh"
_SCHOOL = f"{_T}rường THCS Thử"
_NO_LETTER = "is no Latin letter or digit 0–9, though it may look like one"
_LEARNERS_NOTE = (
    f"The name “{_LEARNER}” may be another one than it looks. The character “{_A}” (U+0430 CYRILLIC SMALL LETTER A) "
    f"{_NO_LETTER}."
)
_SCHOOLS_NOTE = (
    f"The name “{_SCHOOL}” may be another one than it looks. The character “{_T}” (U+03A4 GREEK CAPITAL LETTER TAU) "
    f"{_NO_LETTER}."
)


def cases() -> Iterator[Case]:
    """Return the cases."""
    neighbour = document("one", names={"school": "Trường THCS Nguyễn Du"})
    yield _read(
        "school-named-as-its-neighbour",
        "a school prints another name than the registrar gave it",
        neighbour,
        "The document names its school “Trường THCS Nguyễn Du”; the record knows the code HN-0001 as "
        f"“{SCHOOL_NAME}”.",
    )
    yield _read(
        "school-with-a-greek-letter",
        "a letter of the school's name only looks like the registered one",
        document("one", names={"school": _SCHOOL}),
        _SCHOOLS_NOTE,
        f"The document names its school “{_SCHOOL}”; the record knows the code HN-0001 as “{SCHOOL_NAME}”.",
    )
    learner = document("one", names={"learner": _LEARNER})
    yield _read("learner-with-a-cyrillic-letter", "a letter of the learner's name only looks Latin", learner,
                _LEARNERS_NOTE)  # fmt: skip
    yield Case(
        "learner-with-a-cyrillic-letter-qr",
        "the same in a QR code",
        VerdictCode.RECORDED,
        _record(learner).files(),
        qr=learner.qr,
        notes=(_LEARNERS_NOTE,),
    )
    forged = document("one", seal=party(_SCHOOL, ANCHOR, extensions=SUBSCRIBER))
    yield Case(
        "seal-of-a-school-with-a-greek-letter",
        "a trusted authority gave somebody a certificate whose name looks like the school's; it is not registered",
        VerdictCode.UNTRUSTED_ISSUER,
        _record(forged).files(),
        file=forged.pdf,
        checks={CheckId.ISSUER: FAIL},
        notes=(_SCHOOLS_NOTE,),
    )


def _record(one: Document) -> WholeRecord:
    record = WholeRecord()
    record.issue(one)
    record.publish_list()
    return record


def _read(name: str, what: str, one: Document, *notes: str) -> Case:
    return Case(name, what, VerdictCode.VALID, _record(one).files(), file=one.pdf, notes=notes)
