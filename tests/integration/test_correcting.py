"""Correcting: one act of two people; which document counts before, while and after; and what stands in the way."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from typing import Any

import pytest

from schemas.record.entry import Issued
from schemas.record.statement import Role
from schemas.transcript.model import RelationKind, School, parse_transcript
from schemas.verdict import VerdictCode
from service.correcting import (
    CorrectingTools,
    confirm_correction,
    request_correction,
    row_of,
    withdraw_correction,
)
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.sample import sample_class
from service.storage.records import ChangeState, Issuance, Standing, State, StudentYear, Token
from tests.support.changes import (
    REASON,
    confirm,
    correct,
    correction_request,
    documents,
    draft,
    mended,
    revocation_request,
    revoke,
    token,
    verdict_of,
)
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.registrar import entries, last_statement, statement, succession
from tests.support.trail import AN_IMPORT
from tests.support.transcripts import secondary

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")


def corrections(demonstration: Demonstration) -> list[int]:
    """Return the indexes that published entries correct."""
    return [
        one.reference.index
        for one in entries(demonstration)
        if isinstance(one, Issued) and one.relation.name == "CORRECTS" and one.reference is not None
    ]


def refusal(ask: Any, *arguments: Any, **named: Any) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(ServiceError) as refused:
        ask(*arguments, **named)
    return refused.value.code


def test_correction_takes_the_place_of_the_old(demonstration: Demonstration) -> None:
    """The new document is valid and names the old one, which is superseded in file, QR and serial."""
    old, qr = demonstration.issuances()[0], demonstration.qr()
    new = correct(demonstration)
    said = parse_transcript(new.data)
    assert said.learner.birth_place == "Thành phố Huế"
    assert (said.relation.kind, said.relation.serial) == (RelationKind.CORRECTS, old.serial)
    assert (new.version, new.reference, new.state) == (2, old.log_index, State.RELEASED)
    assert verdict_of(demonstration, new) is VerdictCode.VALID
    assert verdict_of(demonstration, old) is VerdictCode.SUPERSEDED
    verifier = demonstration.verifier()
    assert verifier.serial(old.serial).verdict is VerdictCode.SUPERSEDED
    assert verifier.qr(qr).verdict is VerdictCode.SUPERSEDED
    assert verifier.serial(new.serial).verdict is VerdictCode.RECORDED
    verifier.close()
    assert [one.standing for one in documents(demonstration)] == [Standing.SUPERSEDED, Standing.CURRENT]
    assert draft(demonstration).learner.birth_place == "Thành phố Huế"
    assert draft(demonstration).trail == said.change_trail
    assert corrections(demonstration) == [old.log_index]


def test_request_alone_changes_nothing(demonstration: Demonstration) -> None:
    """Until another person confirms, draft and document are what they were, and a batch makes nothing new."""
    change = correction_request(demonstration)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert len(report.issuances) == 3
    assert len(documents(demonstration)) == 1
    assert draft(demonstration).learner.birth_place != "Thành phố Huế"
    with demonstration.installation.correcting() as tools:
        assert (
            refusal(confirm_correction, tools, token(demonstration), change.id) == "confirmation-same-token"
        )


def test_repeating_any_step_adds_nothing(demonstration: Demonstration) -> None:
    """The same key is the same request even when it is done, and confirming again issues nothing more."""
    data = mended(draft(demonstration))
    first, second = (correction_request(demonstration, data=data, key="k") for _ in range(2))
    assert first == second
    assert confirm(demonstration, first) == confirm(demonstration, first)
    assert correction_request(demonstration, data=data, key="k").state is ChangeState.DONE
    assert len(documents(demonstration)) == 2
    other = mended(draft(demonstration), birth_place="Lào Cai")
    assert refusal(correction_request, demonstration, data=other, key="k") == "idempotency-key-reused"


def test_second_correction_corrects_the_latest(demonstration: Demonstration) -> None:
    """Each correction refers to the document before it: no entry is ever corrected twice."""
    first = demonstration.issuances()[0]
    second = correct(demonstration, birth_place="Lào Cai")
    third = correct(demonstration, birth_place="Đà Nẵng")
    assert corrections(demonstration) == [first.log_index, second.log_index]
    verdicts = [verdict_of(demonstration, one) for one in (first, second, third)]
    assert verdicts == [VerdictCode.SUPERSEDED, VerdictCode.SUPERSEDED, VerdictCode.VALID]
    view = demonstration.verifier().view()
    assert view is not None
    assert view.ledger.anomalies == []


def test_revoked_document_is_issued_anew_not_corrected(demonstration: Demonstration) -> None:
    """A correction of a revoked document is refused, and what the refusal says to do works."""
    data = mended(draft(demonstration))
    revoke(demonstration)
    with pytest.raises(ServiceError) as refused:
        correction_request(demonstration, data=data)
    assert refused.value.code == "correction-of-revoked"
    assert "hocba import" in refused.value.text.vi
    demonstration.installation.register.put_student_years([data], cause=AN_IMPORT)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert len(report.released) == 3
    anew = documents(demonstration)[-1]
    assert (anew.version, anew.reference, verdict_of(demonstration, anew)) == (2, None, VerdictCode.VALID)


def test_corrected_document_can_be_revoked(demonstration: Demonstration) -> None:
    """The new document is revoked like any other; the old one stays superseded."""
    old = demonstration.issuances()[0]
    new = correct(demonstration)
    revoke(demonstration, [one.id for one in demonstration.issuances()].index(new.id))
    assert verdict_of(demonstration, new) is VerdictCode.REVOKED
    assert verdict_of(demonstration, old) is VerdictCode.SUPERSEDED


def test_document_has_one_open_request(demonstration: Demonstration) -> None:
    """Neither a correction nor a revocation is asked for while another request of the document is open."""
    correction_request(demonstration)
    other = mended(draft(demonstration), birth_place="Lào Cai")
    assert refusal(correction_request, demonstration, data=other) == "change-pending"
    assert refusal(revocation_request, demonstration) == "change-pending"


def test_correction_that_changes_nothing_is_refused(demonstration: Demonstration) -> None:
    """The very data that were issued are no correction."""
    assert (
        refusal(correction_request, demonstration, data=draft(demonstration)) == "correction-changes-nothing"
    )


def test_what_was_never_issued_is_imported_not_corrected(demonstration: Demonstration) -> None:
    """A student without a document, and one whose document is unfinished, are told what to do instead."""
    stranger = mended(draft(demonstration), student_code="HS9999")
    assert refusal(correction_request, demonstration, data=stranger) == "nothing-to-correct"
    with_new_class(demonstration)
    register = demonstration.installation.register
    (new, *_) = register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    _stop_at(demonstration, State.SIGNED)
    with demonstration.installation.correcting() as tools:
        ask = (tools, token(demonstration), mended(new))
        assert refusal(request_correction, *ask, reason=REASON, idempotency_key="k") == "correction-too-early"


def test_withdrawn_before_signing_leaves_the_old(demonstration: Demonstration) -> None:
    """A confirmed correction whose page cannot be set is withdrawn: the old document stands and may be corrected."""
    change, stuck = confirm(
        demonstration,
        correction_request(demonstration, data=mended(draft(demonstration), birth_place="Bắc 李")),
    )
    assert (change.state, stuck.state, stuck.failure_code) == (
        ChangeState.CONFIRMED,
        State.RESERVED,
        "page-character-missing",
    )
    assert verdict_of(demonstration, documents(demonstration)[0]) is VerdictCode.VALID
    with demonstration.installation.correcting() as tools:
        for _ in range(2):
            gone = withdraw_correction(tools, token(demonstration, second=True), change.id)
            assert gone.state is ChangeState.WITHDRAWN
    new = correct(demonstration)
    assert new.version == 3
    assert [one.state for one in documents(demonstration)] == [
        State.RELEASED,
        State.ABANDONED,
        State.RELEASED,
    ]
    assert list((demonstration.data / "work").iterdir()) == []


class _StoppedError(Exception):
    """Stands for the power cut."""


POINTS = ["reserved", State.SIGNED, "append", "publish", State.RECORDED, State.RELEASED]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("repair", ["confirm", "batch"])
def test_crash_anywhere_is_repaired(demonstration: Demonstration, point: Any, repair: str) -> None:
    """Stopped anywhere, a correction is finished by confirming again or by the next batch: one new document."""
    old = demonstration.issuances()[0]
    change = correction_request(demonstration)
    with pytest.raises(_StoppedError), demonstration.installation.correcting() as tools:
        confirm_correction(_stopping(tools, point), token(demonstration, second=True), change.id)
    left = demonstration.installation.register.changes(SCHOOL)[0]
    done_already = point is State.RELEASED
    assert left.state is (ChangeState.DONE if done_already else ChangeState.CONFIRMED)
    # The old document counts until the entry of the new one is under a checkpoint.
    under_checkpoint = point in {State.RECORDED, State.RELEASED}
    expected = VerdictCode.SUPERSEDED if under_checkpoint else VerdictCode.VALID
    assert verdict_of(demonstration, old) is expected
    if repair == "confirm":
        confirm(demonstration, change)
    else:
        demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert demonstration.installation.register.changes(SCHOOL)[0].state is ChangeState.DONE
    first, second = documents(demonstration)
    assert (first.standing, second.is_current) == (Standing.SUPERSEDED, True)
    assert verdict_of(demonstration, first) is VerdictCode.SUPERSEDED
    assert verdict_of(demonstration, second) is VerdictCode.VALID
    assert corrections(demonstration) == [old.log_index]
    assert list((demonstration.data / "work").iterdir()) == []


def _stopping(tools: CorrectingTools, point: Any) -> CorrectingTools:
    """Return tools with which the process dies at a point: a step of ours, or before a state is noted."""
    register, record = tools.issuing.register, tools.issuing.record

    def stop(*_: object, **__: object) -> Any:
        raise _StoppedError

    if point == "reserved":
        confirm_it = register.confirm

        def confirm_and_stop(*arguments: Any) -> Any:
            confirm_it(*arguments)
            raise _StoppedError

        vars(register)["confirm"] = confirm_and_stop
    elif point in {"append", "publish"}:
        setattr(record, point, stop)
    else:
        _stop_before(register, point)
    return tools


def _stop_before(register: Any, state: State) -> None:
    advance = register.advance

    def advance_or_stop(issuances: object, reached: State, log_indexes: object = None) -> None:
        if reached is state:
            raise _StoppedError
        advance(issuances, reached, log_indexes)

    register.advance = advance_or_stop


def _stop_at(demonstration: Demonstration, state: State) -> None:
    """Issue for the new class, and stop before a state is noted."""
    installation = demonstration.installation
    _stop_before(installation.register, state)
    with pytest.raises(_StoppedError):
        installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")


def with_new_class(demonstration: Demonstration) -> None:
    """Import a class of two that has not been issued."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok


def test_correcting_while_a_batch_stands_half_done(demonstration: Demonstration) -> None:
    """A batch that was cut off and a correction finish each other's work without mixing it up."""
    with_new_class(demonstration)
    _stop_at(demonstration, State.RECORDED)
    new = correct(demonstration)
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert len(report.released) == 5
    assert new.id in {one.id for one in report.released}
    assert all(verdict_of(demonstration, one) is VerdictCode.VALID for one in report.released)


def test_later_year_continues_the_corrected_one(demonstration: Demonstration) -> None:
    """The next year's document continues the correction, which stays valid; the mended year is in it."""
    installation = demonstration.installation
    workbook = sample_class(1, school_year="2024-2025", class_name="6C", grade=6, first_student=301)
    (first_year,) = installation.import_workbook(workbook, "2024-2025", dry_run=False).rows
    installation.issue(SCHOOL, "2024-2025")
    data = mended(first_year)
    with installation.correcting() as tools:
        change = request_correction(tools, token(demonstration), data, reason=REASON, idempotency_key="k")
    _, corrected = confirm(demonstration, change)
    second_year = sample_class(1, school_year="2025-2026", class_name="7C", grade=7, first_student=301)
    installation.import_workbook(second_year, SCHOOL_YEAR, dry_run=False)
    (second,) = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="7C").released
    assert second.reference == corrected.log_index
    assert parse_transcript(second.data).relation.serial == corrected.serial
    assert verdict_of(demonstration, corrected) is VerdictCode.VALID


def test_earlier_year_mended_corrects_the_later_document_too(demonstration: Demonstration) -> None:
    """A document holds all years so far: once an earlier one is mended, the later document is corrected by itself."""
    installation = demonstration.installation
    workbook = sample_class(1, school_year="2024-2025", class_name="6C", grade=6, first_student=301)
    (first_year,) = installation.import_workbook(workbook, "2024-2025", dry_run=False).rows
    installation.issue(SCHOOL, "2024-2025")
    workbook = sample_class(1, school_year="2025-2026", class_name="7C", grade=7, first_student=301)
    (second_year,) = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    (old,) = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="7C").released
    absent = replace(first_year, year=first_year.year.model_copy(update={"absences": 7}))

    def corrected(data: StudentYear) -> Issuance:
        with installation.correcting() as tools:
            change = request_correction(
                tools, token(demonstration), data, reason=REASON, idempotency_key=secrets.token_hex(8)
            )
        return confirm(demonstration, change)[1]

    _, new = corrected(absent), corrected(second_year)
    assert secondary(parse_transcript(new.data).years[0]).absences == 7
    assert (new.reference, verdict_of(demonstration, old)) == (old.log_index, VerdictCode.SUPERSEDED)


def test_another_school_touches_nothing(demonstration: Demonstration) -> None:
    """Another school's token finds neither the student's document nor the request."""
    installation = demonstration.installation
    (stranger,) = add_school(installation.register, OTHER, "other")
    change = correction_request(demonstration)
    theirs = replace(mended(draft(demonstration)), school_code=OTHER.code)
    with installation.correcting() as tools:
        ask = (tools, stranger, theirs)
        assert refusal(request_correction, *ask, reason=REASON, idempotency_key="k") == "nothing-to-correct"
        for act in (confirm_correction, withdraw_correction):
            assert refusal(act, tools, stranger, change.id) == "change-unknown"


def test_successor_corrects_what_its_predecessor_issued(demonstration: Demonstration) -> None:
    """Two people of the succeeding school correct in its own name: its seal, the years of both, the old superseded."""
    old = demonstration.issuances()[0]
    one, other = _succeed(demonstration)
    theirs = replace(mended(draft(demonstration)), school_code=OTHER.code)
    with demonstration.installation.correcting() as tools:
        change = request_correction(tools, one, theirs, reason=REASON, idempotency_key="k")
        change, new = confirm_correction(tools, other, change.id)
    assert (change.state, new.failure) == (ChangeState.DONE, None)
    assert (new.school_code, parse_transcript(new.data).issuer.code) == (OTHER.code, OTHER.code)
    assert verdict_of(demonstration, new) is VerdictCode.VALID
    assert verdict_of(demonstration, old) is VerdictCode.SUPERSEDED
    assert documents(demonstration)[0].standing is Standing.SUPERSEDED
    register = demonstration.installation.register
    assert len(register.years_until(OTHER.code, old.student_code, SCHOOL_YEAR)) == 1


def _succeed(demonstration: Demonstration) -> tuple[Token, ...]:
    """Have another school succeed the demonstration's, and take its certificates over."""
    for role in ("principal", "seal"):
        folder = demonstration.data / "keys" / role
        shutil.copy(folder / f"{SCHOOL}.p12", folder / f"{OTHER.code}.p12")
    log = entries(demonstration)
    demonstration.append(
        succession(demonstration, OTHER.code, SCHOOL),
        *(
            statement(demonstration, last_statement(log, role), school=OTHER.code)
            for role in (Role.PRINCIPAL, Role.SEAL)
        ),
    )
    return add_school(demonstration.installation.register, OTHER, "one", "other")


def test_one_row_of_a_workbook_is_taken(demonstration: Demonstration) -> None:
    """The student's row is found by code; where there is none, the refusal says so."""
    rows: list[StudentYear] = [draft(demonstration, number) for number in range(3)]
    code = rows[1].learner.student_code
    assert row_of(rows, code) == rows[1]
    assert refusal(row_of, rows, "HS9999") == "student-not-in-workbook"
