"""Who may not approve a class: whoever taught, entered or confirmed marks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.approvals.chains import Step
from service.approvals.confirming import Wish, confirm
from service.approvals.four_eyes import Author, involved_in
from service.approvals.states import ApprovalState
from service.errors import ServiceError
from service.people.roles import Person, Role
from tests.support.approvals import (
    CLERK,
    DEPUTY,
    HOMEROOM,
    PRINCIPAL,
    REASON,
    TEACHERS,
    actor,
    after,
    approve_whole,
    approved,
    board_of,
    changed_to,
    confirm_subjects,
    confirm_whole,
    draft,
    person,
    with_row,
)

READY = confirm_whole(confirm_subjects(board_of(draft())))
TEACHING = person("Nguyễn Thị Hồng Hạnh", Role.PRINCIPAL, Role.SUBJECT_TEACHER, teaches=["gdcd"])
ENTERED = (Author(PRINCIPAL.id, PRINCIPAL.name),)


def refusal(who: Person, **changes: Any) -> str:
    """Return why somebody may not approve the class."""
    with pytest.raises(ServiceError) as refused:
        approve_whole(replace(READY, **changes), who)
    return refused.value.code


@pytest.mark.parametrize("who", [TEACHERS["toan"], HOMEROOM, CLERK, person("Quản Trị", Role.ADMINISTRATOR)])
def test_only_principal_and_deputy_approve(who: Person) -> None:
    """Teachers, clerk and administrator do not."""
    assert refusal(who) == "rows-not-yours"


def test_a_principal_of_another_school_does_not_approve() -> None:
    """The role is of a school."""
    assert refusal(replace(PRINCIPAL, school_code="99-THCS-0001")) == "rows-not-yours"


@pytest.mark.parametrize("who", [PRINCIPAL, DEPUTY])
def test_a_leader_who_has_nothing_to_do_with_the_marks_approves(who: Person) -> None:
    """Principal or deputy."""
    assert approve_whole(READY, who).states["S001"].is_approved


def test_where_the_principal_teaches_the_class_a_deputy_approves() -> None:
    """By the assignment alone, before anything was confirmed."""
    assert refusal(TEACHING, staff=(TEACHING, DEPUTY)) == "four-eyes"
    assert approve_whole(replace(READY, staff=(TEACHING, DEPUTY)), DEPUTY).states["S001"].is_approved


def test_whoever_entered_marks_does_not_approve() -> None:
    """By the trail, whatever the account: the name is enough."""
    assert refusal(PRINCIPAL, authors=ENTERED) == "four-eyes"
    second_account = Author("another-id", "nguyễn thị  hồng hạnh")
    assert refusal(PRINCIPAL, authors=(second_account,)) == "four-eyes"


def test_whoever_imported_the_files_does_not_approve_but_may_release() -> None:
    """An import carries what teachers wrote, and they confirm it afterwards."""
    imported = (Author(CLERK.id, CLERK.name, by_import=True),)
    assert involved_in((), imported).includes(CLERK)
    assert not involved_in((), imported, releasing=True).includes(CLERK)
    assert involved_in((), (Author(CLERK.id, CLERK.name),), releasing=True).includes(CLERK)


def test_whoever_confirmed_for_an_absent_teacher_does_not_approve() -> None:
    """It takes a reason to do so, and a deputy to approve then."""
    board = board_of(draft())
    with pytest.raises(ServiceError) as refused:
        confirm(board, actor(PRINCIPAL), Wish(Step.SUBJECTS, "toan"))
    assert refused.value.code == "on-behalf-needed"
    wish = Wish(Step.SUBJECTS, "toan", on_behalf="Cô Vũ nghỉ thai sản.", reason_for_all=REASON)
    act = confirm(board, actor(PRINCIPAL), wish)
    assert act is not None
    assert (act.role, act.on_behalf) == (Role.PRINCIPAL, "Cô Vũ nghỉ thai sản.")
    ready = confirm_whole(confirm_subjects(after(board, act)))
    with pytest.raises(ServiceError) as refused:
        approve_whole(ready)
    assert refused.value.code == "four-eyes"
    assert approve_whole(ready, DEPUTY).states["S001"].is_approved


def test_where_nobody_else_could_the_act_names_the_exception() -> None:
    """Not without a reason, and not while a deputy could."""
    assert refusal(PRINCIPAL, authors=ENTERED, staff=(PRINCIPAL,)) == "four-eyes-alone"
    alone = replace(READY, authors=ENTERED, staff=(PRINCIPAL,))
    board = approve_whole(alone, four_eyes="Trường không có phó hiệu trưởng.")
    assert board.states["S001"].is_approved
    assert board.acts[-1].four_eyes == "Trường không có phó hiệu trưởng."
    with pytest.raises(ServiceError) as refused:
        approve_whole(replace(READY, authors=ENTERED), four_eyes="Tiện tay.")
    assert refused.value.code == "four-eyes"


def test_a_deputy_who_is_barred_too_is_nobody_else() -> None:
    """Both entered marks: then there is nobody."""
    both = (*ENTERED, Author(DEPUTY.id, DEPUTY.name))
    assert refusal(PRINCIPAL, authors=both) == "four-eyes-alone"


def test_a_principal_who_changes_a_mark_of_a_class_he_approved_loses_the_approvals() -> None:
    """Of the student whose mark it is by the digest, of the whole class by what the trail says."""
    board = approved(draft(1), draft(2))
    board = changed_to(board, with_row(draft(1), "toan", year="9.9"))
    assert not board.states["S001"].is_approved
    board = replace(board, authors=ENTERED)
    assert board.states["S002"].state is ApprovalState.WAITING_PRINCIPAL
    assert approve_whole(board, DEPUTY, students=["S002"]).states["S002"].is_approved


def test_a_homeroom_teacher_who_teaches_the_class_is_normal() -> None:
    """She confirms her subject and the class."""
    both = replace(HOMEROOM, assignments=(*HOMEROOM.assignments, *TEACHERS["ngu-van"].assignments))
    board = board_of(draft())
    board = after(board, confirm(board, actor(both), Wish(Step.SUBJECTS, "ngu-van")))
    board = confirm_subjects(board)
    assert confirm(board, actor(both), Wish(Step.HOMEROOM)) is not None


@pytest.mark.parametrize(
    ("who", "step", "subject"),
    [
        (TEACHERS["toan"], Step.SUBJECTS, "khtn"),
        (TEACHERS["toan"], Step.HOMEROOM, None),
        (HOMEROOM, Step.SUBJECTS, "toan"),
        (CLERK, Step.SUBJECTS, "toan"),
        (person("Quản Trị", Role.ADMINISTRATOR), Step.HOMEROOM, None),
        (person("Kiểm Tra", Role.INSPECTOR), Step.HOMEROOM, None),
        # The assignment without the role, and the role without the assignment.
        (person("Lê Quang Vũ", Role.CLERK, teaches=["toan"]), Step.SUBJECTS, "toan"),
        (person("Lê Quang Vũ", Role.SUBJECT_TEACHER), Step.SUBJECTS, "toan"),
    ],
)
def test_rows_are_confirmed_by_whose_they_are(who: Person, step: Step, subject: str | None) -> None:
    """A teacher of another subject, of another class, or of none may not; no reason helps."""
    with pytest.raises(ServiceError) as refused:
        confirm(board_of(draft()), actor(who), Wish(step, subject, on_behalf="Thay."))
    assert refused.value.code == "rows-not-yours"
