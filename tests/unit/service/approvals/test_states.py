"""What of confirmations and approvals holds, from the data as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.approvals.chains import CHAINS, Step, chain_of
from service.approvals.confirming import Wish, approve, confirm
from service.approvals.digests import Digests, row_digests, year_digest
from service.approvals.states import ApprovalState
from service.errors import ServiceError
from service.storage.records import StudentYear
from tests.support.approvals import (
    CLERK,
    DEPUTY,
    HOMEROOM,
    PRINCIPAL,
    TEACHERS,
    actor,
    after,
    approve_whole,
    approved,
    board_of,
    changed_to,
    confirm_subject,
    confirm_subjects,
    confirm_whole,
    draft,
    primary_draft,
    returned,
    with_row,
)
from tests.support.transcripts import sample_year

SUBJECTS = tuple(row.subject for row in draft().year.subjects)
SCORED = [row.subject for row in sample_year().subjects if row.year and row.year[0].isdigit()]
MARKS = st.integers(0, 100).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
WHOLE = (Step.HOMEROOM, None)
_APPROVED = approved(draft(1), draft(2))


def code(refused: pytest.ExceptionInfo[ServiceError]) -> str:
    """Return why."""
    return refused.value.code


def test_a_secondary_class_goes_from_step_to_step() -> None:
    """Draft, subject teachers, homeroom teacher, principal: each state names who is waited for."""
    board = board_of(draft())
    assert board.states["S001"].state is ApprovalState.DRAFT
    board = confirm_subject(board, "toan")
    assert board.states["S001"].state is ApprovalState.WAITING_SUBJECTS
    assert set(board.states["S001"].missing) == set(SUBJECTS) - {"toan"}
    board = confirm_subjects(board)
    assert board.states["S001"].state is ApprovalState.WAITING_HOMEROOM
    board = confirm_whole(board)
    assert board.states["S001"].state is ApprovalState.WAITING_PRINCIPAL
    board = approve_whole(board)
    assert board.states["S001"].state is ApprovalState.APPROVED
    assert replace(board, issued=frozenset({"S001"})).states["S001"].state is ApprovalState.ISSUED


def test_in_primary_school_the_homeroom_teacher_answers_for_every_row() -> None:
    """No subject teacher is waited for, and none may confirm."""
    board = board_of(primary_draft())
    (student,) = board.drafts
    assert (board.subjects, board.states[student].missing) == ((), ())
    with pytest.raises(ServiceError) as refused:
        confirm(board, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", on_behalf="x"))
    assert code(refused) in {"step-not-of-class", "rows-not-yours"}
    board = after(
        board, confirm(board, actor(HOMEROOM), Wish(Step.HOMEROOM, reason_for_all="Dạy thay từ tháng 2."))
    )
    assert approve_whole(board).states[student].state is ApprovalState.APPROVED


@given(st.sampled_from(SCORED), st.sampled_from(["semester1", "semester2", "year", "reassessed"]), MARKS)
def test_a_change_of_a_row_voids_exactly_what_stands_on_it(subject: str, cell: str, mark: str) -> None:
    """The row's own confirmation, the homeroom teacher's and the approval of that student fall; no other does."""
    before = _APPROVED.drafts["S001"]
    row = next(one for one in before.year.subjects if one.subject == subject)
    board = changed_to(_APPROVED, with_row(before, subject, **{cell: mark}))
    state = board.states["S001"]
    if getattr(row, cell) == mark:
        assert state.state is ApprovalState.APPROVED
    else:
        assert state.missing == (subject,)
        assert set(state.confirmed) == {(Step.SUBJECTS, one) for one in SUBJECTS if one != subject}
        assert not state.is_approved
    assert board.states["S002"] == _APPROVED.states["S002"]


@given(
    st.sampled_from(
        [
            {"absences": 4},
            {"homeroom_remark": "Khác."},
            {"awards": None},
            {"homeroom_teacher": "Người Khác"},
            {"promotion": None},
        ]
    )
)
def test_a_change_elsewhere_voids_the_homeroom_teacher_and_the_approval(changes: dict[str, Any]) -> None:
    """Every subject teacher's confirmation stays."""
    board = changed_to(_APPROVED, draft(1, **changes))
    state = board.states["S001"]
    assert set(state.confirmed) == {(Step.SUBJECTS, one) for one in SUBJECTS}
    assert state.state is ApprovalState.WAITING_HOMEROOM


def test_a_change_of_the_learner_voids_the_approval() -> None:
    """The name is part of what is approved."""
    before = _APPROVED.drafts["S001"]
    learner = before.learner.model_copy(update={"full_name": "Nguyễn Hoàng Khánh Huyền"})
    board = changed_to(_APPROVED, replace(before, learner=learner))
    assert board.states["S001"].state is ApprovalState.WAITING_HOMEROOM


def test_data_that_come_back_are_those_that_were_approved() -> None:
    """What was confirmed is what stands: nothing that was not confirmed could be issued."""
    before = _APPROVED.drafts["S001"]
    away = changed_to(_APPROVED, with_row(before, "toan", year="1.0"))
    assert changed_to(away, before).states["S001"].is_approved


def test_the_homeroom_teacher_waits_until_all_subject_teachers_are_in() -> None:
    """The refusal names what is missing; the ones that are ready can be chosen."""
    board = confirm_subjects(board_of(draft(1)))
    board = changed_to(board, draft(2))
    with pytest.raises(ServiceError) as refused:
        confirm(board, actor(HOMEROOM), Wish(Step.HOMEROOM))
    assert code(refused) == "class-not-ready"
    assert "Toán" in refused.value.text.vi
    act = confirm(board, actor(HOMEROOM), Wish(Step.HOMEROOM, students=["S001"]))
    assert act is not None
    assert [row.student_code for row in act.rows] == ["S001"]


def test_the_principal_waits_for_the_homeroom_teacher() -> None:
    """No approval of what nobody has confirmed."""
    with pytest.raises(ServiceError) as refused:
        approve_whole(confirm_subjects(board_of(draft())))
    assert code(refused) == "class-not-ready"


def test_a_single_student_is_approved_alone() -> None:
    """A summer case does not wait for the class."""
    board = changed_to(approved(draft(1)), draft(2))
    assert [board.states[one].state for one in ("S001", "S002")] == [
        ApprovalState.APPROVED,
        ApprovalState.DRAFT,
    ]


def test_a_returned_row_falls_with_what_stands_on_it() -> None:
    """The reason is shown until the teacher confirms again, and homeroom teacher and principal begin again."""
    board = returned(_APPROVED, PRINCIPAL, Step.SUBJECTS, "toan", "S001")
    state = board.states["S001"]
    assert (state.state, state.missing) == (ApprovalState.RETURNED, ("toan",))
    assert state.why_returned == "Xem lại điểm thi."
    assert board.states["S002"].is_approved
    board = confirm_subject(board, "toan")
    assert board.states["S001"].state is ApprovalState.WAITING_HOMEROOM
    assert approve_whole(confirm_whole(board)).states["S001"].is_approved


def test_what_is_returned_to_the_homeroom_teacher_keeps_the_subjects() -> None:
    """Only homeroom teacher and principal begin again."""
    board = returned(_APPROVED, DEPUTY, Step.HOMEROOM, None, "S001")
    state = board.states["S001"]
    assert (state.state, state.missing) == (ApprovalState.RETURNED, ())
    assert approve_whole(confirm_whole(board)).states["S001"].is_approved


@pytest.mark.parametrize(
    ("who", "step", "subject"),
    [
        (TEACHERS["toan"], Step.SUBJECTS, "toan"),
        (CLERK, Step.HOMEROOM, None),
        (HOMEROOM, Step.HOMEROOM, None),
    ],
)
def test_others_may_not_return(who: Any, step: Step, subject: str | None) -> None:
    """A homeroom teacher returns rows; the whole only principal and deputy do."""
    with pytest.raises(ServiceError) as refused:
        returned(_APPROVED, who, step, subject, "S001")
    assert code(refused) == "rows-not-yours"


def test_what_is_issued_is_not_returned() -> None:
    """It takes a correction."""
    with pytest.raises(ServiceError) as refused:
        returned(
            replace(_APPROVED, issued=frozenset({"S001"})), PRINCIPAL, Step.SUBJECTS, "toan", "S001", "S002"
        )
    assert code(refused) == "already-approved-and-issued"


def test_an_approval_of_before_a_revocation_does_not_count() -> None:
    """Nobody releases again, alone, what two people revoked."""
    (approval,) = {act.at for act in _APPROVED.acts if act.step is Step.APPROVAL}
    board = replace(_APPROVED, revoked_at={"S001": approval + 1})
    assert board.states["S001"].state is ApprovalState.WAITING_PRINCIPAL
    assert board.states["S002"].is_approved
    act = approve(board, actor(PRINCIPAL, approval + 2), Wish(Step.APPROVAL))
    assert after(board, act).states["S001"].is_approved


def test_asking_for_what_is_done_gives_no_act() -> None:
    """A second click is harmless."""
    assert confirm(_APPROVED, actor(HOMEROOM), Wish(Step.HOMEROOM)) is None
    assert confirm(_APPROVED, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan")) is None
    assert approve(_APPROVED, actor(PRINCIPAL), Wish(Step.APPROVAL)) is None


def test_each_grade_and_year_has_one_chain() -> None:
    """Chains have ids of their own, and no level begins two in the same school year."""
    assert len({chain.id for chain in CHAINS}) == len(CHAINS)
    begins = [(level, chain.first_year) for chain in CHAINS for level in chain.levels]
    assert len(set(begins)) == len(begins)
    assert chain_of(draft().year).id == "secondary/1"
    assert chain_of(primary_draft().year).id == "primary/1"


def test_the_digest_of_a_year_knows_nothing_of_what_issuing_adds() -> None:
    """Confirmations and counted corrections come with the document."""
    year = draft().year
    assert year_digest(year) == year_digest(
        year.model_copy(update={"confirmations": sample_year().confirmations})
    )
    assert set(row_digests(year)) == set(SUBJECTS)


@pytest.mark.parametrize("made", [draft(), primary_draft(), draft(confirmations=sample_year().confirmations)])
def test_the_digests_are_those_of_drafts_and_documents(made: StudentYear) -> None:
    """Made in one go, they are what `StudentYear.digest`, `row_digests` and `year_digest` give."""
    digests = Digests.of(made)
    assert (digests.whole, digests.year) == (made.digest, year_digest(made.year))
    assert digests.subjects in ({}, row_digests(made.year))
