"""What the entries of a log amount to: every rule of "What an entry counts for" (docs/formats/record.md)."""

from __future__ import annotations

import pytest

from schemas.profiles import EXTRACT_PROFILE
from schemas.record.entry import Entry, Relation, StatusListPublished, format_entry, origin_hash
from schemas.record.fields import Reference
from schemas.record.issuers import Standing
from schemas.record.ledger import Anomaly, Ledger, PublishedList
from schemas.record.statement import Role, Succession
from schemas.record.status_list import Status
from tests.support.record import (
    NOW,
    ORIGIN,
    OTHER_SCHOOL,
    SCHOOL,
    digest,
    issued,
    issuer_entry,
    key_statement,
    revoked,
    trust_root,
    verify,
)

FIRST = issued("first")
SUCCESSION = issuer_entry(Succession(NOW, OTHER_SCHOOL, SCHOOL, 1))


def _corrects(name: str, index: int, **changes: object) -> Entry:
    return issued(name, relation=Relation.CORRECTS, reference=Reference(index), **changes)


def _continues(name: str, index: int, **changes: object) -> Entry:
    return issued(name, relation=Relation.CONTINUES, reference=Reference(index), **changes)


def _extracts(name: str, index: int, **changes: object) -> Entry:
    return issued(
        name, relation=Relation.EXTRACTS, profile=EXTRACT_PROFILE, reference=Reference(index), **changes
    )


def _ledger(*entries: Entry | bytes) -> Ledger:
    ledger = Ledger(ORIGIN, trust_root(), verify)
    for entry in entries:
        ledger.add(entry if isinstance(entry, bytes) else format_entry(entry))
    return ledger


def test_an_issued_document_is_found() -> None:
    """By index, by serial digest and by the digest of its bytes."""
    ledger = _ledger(issued("other"), FIRST)
    assert ledger.issued(1) == FIRST
    assert ledger.index_of_sid(FIRST.sid) == ledger.index_of_pdf(FIRST.pdf) == 1
    assert (ledger.size, ledger.anomalies) == (2, [])
    assert (ledger.issued(2), ledger.index_of_sid(bytes(32)), ledger.index_of_pdf(bytes(32))) == (
        None,
        None,
        None,
    )


def test_revoked_by_its_school() -> None:
    """A revocation counts from the same school; the first of two stands."""
    ledger = _ledger(FIRST, revoked(0), revoked(0))
    assert ledger.revocation(0) == (1, revoked(0))
    assert ledger.anomalies == []


def test_corrected_by_its_school() -> None:
    """A correction counts from the same school, and is a document of its own."""
    ledger = _ledger(FIRST, _corrects("second", 0))
    assert ledger.corrected_by(0) == 1
    assert ledger.issued(1) is not None
    assert ledger.anomalies == []


@pytest.mark.parametrize(
    "entry", [revoked(0, school=OTHER_SCHOOL), _corrects("second", 0, school=OTHER_SCHOOL)]
)
def test_another_school_cannot_touch_a_document(entry: Entry) -> None:
    """A revocation or correction from another school counts for nothing, and alarms."""
    ledger = _ledger(FIRST, entry)
    assert ledger.anomalies == [Anomaly(1, "reference-other-school")]
    assert (ledger.revocation(0), ledger.corrected_by(0), ledger.issued(1)) == (None, None, None)


@pytest.mark.parametrize(
    "entry", [revoked(0, school=OTHER_SCHOOL), _corrects("second", 0, school=OTHER_SCHOOL)]
)
def test_a_successor_speaks_for_its_predecessor(entry: Entry) -> None:
    """The registered successor may revoke and correct."""
    ledger = _ledger(FIRST, SUCCESSION, entry)
    assert ledger.anomalies == []
    assert (ledger.revocation(0) is not None) or (ledger.corrected_by(0) == 2)


def test_a_successor_speaks_only_from_its_registration_on() -> None:
    """What a school did before it became the successor counts for nothing."""
    ledger = _ledger(FIRST, revoked(0, school=OTHER_SCHOOL), SUCCESSION)
    assert ledger.anomalies == [Anomaly(1, "reference-other-school")]


def test_a_predecessor_does_not_speak_for_its_successor() -> None:
    """Succession has one direction."""
    ledger = _ledger(issued("theirs", school=OTHER_SCHOOL), SUCCESSION, revoked(0, school=SCHOOL))
    assert ledger.anomalies == [Anomaly(2, "reference-other-school")]


def test_an_extract_shares_the_fate_of_its_source() -> None:
    """It is revoked and corrected with it, in the status list too, whichever came first; it ends nothing itself."""
    first, extract = issued("first", status_index=7), _extracts("extract", 0, status_index=8)
    ledger = _ledger(first, extract)
    assert (ledger.source_of(0), ledger.source_of(1)) == (None, 0)
    assert ledger.statuses(1, before=2) == {}
    ledger = _ledger(first, extract, _corrects("second", 0))
    assert (ledger.corrected_by(0), ledger.corrected_by(1)) == (2, 2)
    assert ledger.statuses(1, before=2) == {}
    assert ledger.statuses(1, before=3) == {7: Status.SUPERSEDED, 8: Status.SUPERSEDED}
    ledger = _ledger(first, revoked(0), _extracts("extract", 0, status_index=8))
    assert ledger.revocation(2) == (1, revoked(0))
    assert ledger.statuses(1, before=2) == {7: Status.REVOKED}
    assert ledger.statuses(1, before=3) == {7: Status.REVOKED, 8: Status.REVOKED}
    ledger = _ledger(first, extract, revoked(1), _corrects("second", 0))
    assert (ledger.revocation(0), ledger.revocation(1)) == (None, (2, revoked(1)))
    assert ledger.statuses(1, before=4) == {7: Status.SUPERSEDED, 8: Status.REVOKED}
    assert ledger.anomalies == []


@pytest.mark.parametrize(
    "entry",
    [
        _extracts("second", 1),
        _corrects("second", 1),
        _continues("second", 1),
    ],
)
def test_nothing_builds_on_an_extract(entry: Entry) -> None:
    """Only a transcript is continued, corrected or taken from."""
    ledger = _ledger(FIRST, _extracts("extract", 0), entry)
    assert ledger.anomalies == [Anomaly(2, "reference-to-extract")]
    assert ledger.issued(2) is None


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (_extracts("extract", 0, school=OTHER_SCHOOL), "reference-other-school"),
        (_extracts("extract", 1), "reference-invalid"),
        (
            issued(
                "extract",
                relation=Relation.EXTRACTS,
                profile=EXTRACT_PROFILE,
                reference=Reference(0, origin_hash("other.example/record")),
            ),
            "reference-invalid",
        ),
    ],
)
def test_an_extract_is_by_the_school_of_its_source(entry: Entry, code: str) -> None:
    """Another school's, one of nothing, and one of another log count for nothing."""
    ledger = _ledger(FIRST, entry)
    assert ledger.anomalies == [Anomaly(1, code)]
    assert ledger.issued(1) is None


def test_a_successor_may_extract() -> None:
    """The registered successor answers for what it took over."""
    ledger = _ledger(FIRST, SUCCESSION, _extracts("extract", 0, school=OTHER_SCHOOL))
    assert (ledger.source_of(2), ledger.anomalies) == (0, [])


def test_any_school_may_continue() -> None:
    """A learner who moved has the new document from another school; the last continuation is named."""
    ledger = _ledger(FIRST, _continues("second", 0, school=OTHER_SCHOOL), _continues("third", 0))
    assert ledger.continued_by(0) == 2
    assert (ledger.corrected_by(0), ledger.anomalies) == (None, [])


def test_a_document_of_another_log_may_be_continued() -> None:
    """A continuation may refer to another log; nothing in this log changes by it."""
    elsewhere = Reference(0, origin_hash("other.example/record"))
    ledger = _ledger(FIRST, issued("second", relation=Relation.CONTINUES, reference=elsewhere))
    assert (ledger.continued_by(0), ledger.anomalies) == (None, [])
    assert ledger.issued(1) is not None


def test_a_document_of_another_log_cannot_be_corrected() -> None:
    """A correction must stand in the log of what it corrects."""
    elsewhere = Reference(0, origin_hash("other.example/record"))
    ledger = _ledger(FIRST, issued("second", relation=Relation.CORRECTS, reference=elsewhere))
    assert ledger.anomalies == [Anomaly(1, "reference-invalid")]
    assert (ledger.corrected_by(0), ledger.issued(1)) == (None, None)


def test_this_log_may_be_named() -> None:
    """A reference that names this log by its origin is one to this log."""
    here = Reference(0, origin_hash(ORIGIN))
    assert _ledger(FIRST, issued("second", relation=Relation.CORRECTS, reference=here)).corrected_by(0) == 1


@pytest.mark.parametrize("index", [1, 2, 99])
@pytest.mark.parametrize(
    "make", [revoked, lambda index: _corrects("x", index), lambda index: _continues("x", index)]
)
def test_a_reference_points_to_an_earlier_document(make: object, index: int) -> None:
    """Not to itself, not ahead, not to an entry of another type."""
    ledger = _ledger(FIRST, SUCCESSION, make(index))  # type: ignore[operator] # one of the three above
    assert ledger.anomalies == [Anomaly(2, "reference-invalid")]


@pytest.mark.parametrize("same", [{"sid": FIRST.sid}, {"pdf": FIRST.pdf}])
def test_a_second_entry_for_one_document_counts_for_nothing(same: dict[str, object]) -> None:
    """The same serial or the same bytes twice: the first stands, the second alarms."""
    ledger = _ledger(FIRST, issued("second", **same), revoked(1))
    assert ledger.anomalies == [Anomaly(1, "issued-twice"), Anomaly(2, "reference-invalid")]
    assert ledger.index_of_sid(FIRST.sid) == ledger.index_of_pdf(FIRST.pdf) == 0
    assert ledger.index_of_sid(issued("second").sid) is None
    assert ledger.issued(1) is None


def test_a_second_correction_counts_for_nothing() -> None:
    """The first correction stands; the second alarms and is not issued."""
    ledger = _ledger(FIRST, _corrects("second", 0), _corrects("third", 0))
    assert ledger.anomalies == [Anomaly(2, "corrected-twice")]
    assert (ledger.corrected_by(0), ledger.issued(2)) == (1, None)


def test_a_correction_may_be_corrected() -> None:
    """Each document of a chain is corrected once."""
    ledger = _ledger(FIRST, _corrects("second", 0), _corrects("third", 1))
    assert (ledger.corrected_by(0), ledger.corrected_by(1), ledger.anomalies) == (1, 2, [])


def test_what_counts_for_nothing_blocks_nothing() -> None:
    """A refused correction leaves the way free for the real one."""
    ledger = _ledger(FIRST, _corrects("second", 0, school=OTHER_SCHOOL), _corrects("second", 0))
    assert ledger.corrected_by(0) == 2


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (b"", "cbor-invalid"),
        (b"\xa1\x00\x09", "entry-type-unknown"),
        (issuer_entry(key_statement(), by="stranger"), "statement-registrar"),
    ],
)
def test_a_bad_entry_is_an_anomaly(entry: bytes, code: str) -> None:
    """Bytes that say nothing keep their index and alarm; what follows still counts."""
    ledger = _ledger(entry, FIRST)
    assert ledger.anomalies == [Anomaly(0, code)]
    assert (ledger.size, ledger.index_of_sid(FIRST.sid)) == (2, 1)


def test_issuers_are_folded_with_the_log() -> None:
    """A statement counts from the entry after its own."""
    ledger = _ledger(FIRST, issuer_entry(key_statement()))
    standing = [
        ledger.issuers.standing(digest("seal certificate"), roles={Role.SEAL}, school=SCHOOL, index=index)
        for index in (1, 2)
    ]
    assert standing == [Standing.UNREGISTERED, Standing.IN_FORCE]


def test_statuses_are_those_before_an_index() -> None:
    """A status list is compared with the entries before its own; revoked outweighs corrected."""
    first, second, third = (issued(f"{n}", status_index=n) for n in range(3))
    other_list = issued("3", status_index=3, list_id=2)
    ledger = _ledger(first, second, third, other_list, revoked(0), _corrects("4", 1), revoked(1), revoked(3))
    assert ledger.anomalies == []
    assert ledger.statuses(1, before=4) == {}
    assert ledger.statuses(1, before=5) == {0: Status.REVOKED}
    assert ledger.statuses(1, before=6) == {0: Status.REVOKED, 1: Status.SUPERSEDED}
    assert ledger.statuses(1, before=8) == {0: Status.REVOKED, 1: Status.REVOKED}
    assert ledger.statuses(2, before=8) == {3: Status.REVOKED}


def test_the_last_version_of_a_list_counts() -> None:
    """Versions of a list rise; one that does not is an anomaly, and lists do not disturb each other."""
    lists = [
        StatusListPublished(NOW, list_id, version, digest(f"{list_id}.{version}"))
        for list_id, version in ((1, 1), (2, 1), (1, 3), (1, 3), (1, 2))
    ]
    ledger = _ledger(*lists)
    assert ledger.published_list(1) == PublishedList(2, 3, digest("1.3"))
    assert ledger.published_list(2) == PublishedList(1, 1, digest("2.1"))
    assert ledger.published_list(3) is None
    assert ledger.anomalies == [Anomaly(3, "status-list-version"), Anomaly(4, "status-list-version")]
