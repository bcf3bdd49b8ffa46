"""Exceptions first: what has to be looked at before a class is confirmed as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.transcript.model import Levels
from schemas.transcript.rulesets.tt22_2021 import Level
from service.approvals.acts import ExceptionKind
from service.approvals.chains import Step
from service.approvals.confirming import Wish, confirm, seen
from service.approvals.exceptions import exceptions_of
from service.errors import ServiceError
from service.storage.records import Decision, StudentYear
from tests.support.approvals import (
    HOMEROOM,
    REASON,
    TEACHERS,
    actor,
    after,
    approve_whole,
    board_of,
    confirm_subjects,
    confirm_whole,
    draft,
    with_row,
)


def kinds(of: StudentYear, *earlier: StudentYear) -> set[tuple[ExceptionKind, str]]:
    """Return kinds and places of the exceptions."""
    return {(one.key.kind, one.key.place) for one in exceptions_of(of, earlier, ())}


def test_a_sound_year_has_none() -> None:
    """Marks, levels and names are as they should be."""
    assert kinds(draft(), draft()) == set()


def test_a_missing_mark_is_one() -> None:
    """Of a subject, and of the results of the year."""
    assert (ExceptionKind.MARK_MISSING, "toan.year") in kinds(with_row(draft(), "toan", year=None))
    assert (ExceptionKind.MARK_MISSING, "promotion") in kinds(draft(promotion=None))


@pytest.mark.parametrize(("second", "is_one"), [("6.5", True), ("6.6", False), ("10.0", False)])
def test_a_jump_since_the_last_term_is_one(second: str, *, is_one: bool) -> None:
    """From two marks on (8.5 in the first term)."""
    found = kinds(with_row(draft(), "toan", semester2=second))
    assert ((ExceptionKind.JUMP, "toan.semester2") in found) is is_one


def test_a_name_that_differs_from_the_year_before_is_one() -> None:
    """Name and date of birth."""
    learner = draft().learner.model_copy(update={"full_name": "Nguyễn Hoàng Khánh Quyên"})
    before = replace(draft(), learner=learner)
    assert kinds(draft(), before) == {(ExceptionKind.NAME_DIFFERS, "full_name")}


def test_a_difference_from_the_rules_is_one_until_it_is_decided() -> None:
    """The same findings as `hocba differences`, and the same decisions."""
    differing = with_row(draft(), "toan", year="8.9")
    (found,) = [one for one in exceptions_of(differing, (), ()) if one.key.place == "toan.year"]
    assert (found.key.kind, found.subject) == (ExceptionKind.RULE_UNDECIDED, "toan")
    decision = Decision("toan.year", "year-mark-differs", "8.9", "8.8", REASON, "t", 1)
    assert exceptions_of(differing, (), (decision,)) == ()


def test_what_no_rule_could_give_cannot_stand() -> None:
    """Neither a teacher's nor anybody's reason helps."""
    board = board_of(with_row(draft(), "toan", year="1.0"))
    with pytest.raises(ServiceError) as refused:
        confirm(board, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", reason_for_all=REASON))
    assert refused.value.code == "exception-impossible"


def test_exceptions_are_acknowledged_with_a_reason_or_nothing_is_confirmed() -> None:
    """Each by its place, or all at once; a teacher is shown those of the own rows alone."""
    jump = with_row(
        with_row(draft(), "toan", semester1="6.4", year="8.1"), "khtn", semester1="6.0", year="7.7"
    )
    board = board_of(jump)
    with pytest.raises(ServiceError) as refused:
        confirm(board, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan"))
    assert refused.value.code == "exceptions-open"
    reasons = {("S001", "toan.semester2"): REASON}
    act = confirm(board, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", reasons=reasons))
    assert act is not None
    assert [(key.place, reason) for key, reason in act.rows[0].acknowledged.items()] == [
        ("toan.semester2", REASON)
    ]


def test_what_a_teacher_acknowledged_is_not_asked_again() -> None:
    """Homeroom teacher and principal see it with its reason."""
    learning = Levels(semester1=Level.FAIR, semester2=Level.GOOD, year=Level.GOOD)
    board = board_of(with_row(draft(learning=learning), "toan", semester1="6.5", year="8.2"))
    act = confirm(board, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", reason_for_all=REASON))
    board = approve_whole(confirm_whole(confirm_subjects(after(board, act))))
    state = board.states["S001"]
    assert state.is_approved
    assert [reason for key, reason in state.acknowledged.items() if key.kind is ExceptionKind.JUMP] == [
        REASON
    ]


def test_another_teacher_than_the_page_names_is_one() -> None:
    """Whoever confirms for somebody else says why."""
    other = replace(TEACHERS["toan"], name="Người Dạy Thay")
    with pytest.raises(ServiceError) as refused:
        confirm(board_of(draft()), actor(other), Wish(Step.SUBJECTS, "toan"))
    assert refused.value.code == "exceptions-open"


def test_nothing_is_confirmed_that_nobody_has_seen() -> None:
    """Where the data changed after the page was shown, it is shown again."""
    looked_at = seen(board_of(draft()), Step.SUBJECTS, "toan")
    changed = board_of(with_row(draft(), "toan", semester2="8.9"))
    with pytest.raises(ServiceError) as refused:
        confirm(changed, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", looked_at=looked_at))
    assert refused.value.code == "rows-changed"
    other_row = board_of(with_row(draft(), "khtn", semester2="8.7"))
    assert confirm(other_row, actor(TEACHERS["toan"]), Wish(Step.SUBJECTS, "toan", looked_at=looked_at))


@pytest.mark.parametrize("students", [["S999"], ["S001", "S999"]])
def test_a_student_of_another_class_is_refused(students: list[str]) -> None:
    """By the code."""
    with pytest.raises(ServiceError) as refused:
        confirm(board_of(draft()), actor(HOMEROOM), Wish(Step.HOMEROOM, students=students))
    assert refused.value.code == "student-not-in-class"
