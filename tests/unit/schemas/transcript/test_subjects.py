"""Subjects, their numbers and kinds, and which grade is taught what."""

from __future__ import annotations

import pytest

from schemas.transcript.subjects import (
    CURRICULUM,
    LOWER_SECONDARY,
    SUBJECTS,
    SUBJECTS_BY_NUMBER,
    UPPER_SECONDARY,
    AssessmentKind,
    Choice,
)
from schemas.transcript.traits import TRAITS, TraitGroup


def test_numbers_are_fixed() -> None:
    """Numbers and printed names are those of docs/formats/qr.md, whichever level teaches the subject."""
    assert {(one.number, one.name) for one in CURRICULUM.subjects} == {
        (1, "Ngữ văn"),
        (2, "Toán"),
        (3, "Ngoại ngữ 1"),
        (4, "Giáo dục công dân"),
        (5, "Lịch sử và Địa lí"),
        (6, "Khoa học tự nhiên"),
        (7, "Công nghệ"),
        (8, "Tin học"),
        (9, "Giáo dục thể chất"),
        (10, "Nghệ thuật"),
        (11, "Nội dung giáo dục của địa phương"),
        (12, "Hoạt động trải nghiệm, hướng nghiệp"),
        (13, "Ngoại ngữ 2"),
        (14, "Tiếng dân tộc thiểu số"),
        (20, "Lịch sử"),
        (21, "Địa lí"),
        (22, "Giáo dục kinh tế và pháp luật"),
        (23, "Vật lí"),
        (24, "Hoá học"),
        (25, "Sinh học"),
        (26, "Âm nhạc"),
        (27, "Mĩ thuật"),
        (28, "Giáo dục quốc phòng và an ninh"),
        (50, "Tiếng Việt"),
        (51, "Đạo đức"),
        (52, "Tự nhiên và Xã hội"),
        (53, "Khoa học"),
        (54, "Tin học và Công nghệ (Tin học)"),
        (55, "Tin học và Công nghệ (Công nghệ)"),
        (56, "Nghệ thuật (Âm nhạc)"),
        (57, "Nghệ thuật (Mĩ thuật)"),
        (58, "Hoạt động trải nghiệm"),
    }


def test_code_and_number_are_unique() -> None:
    """A code has one number and one name at every level, and no two codes share a number."""
    assert len({(one.code, one.number, one.name) for one in CURRICULUM.subjects}) == len(SUBJECTS)
    assert len(SUBJECTS) == len(SUBJECTS_BY_NUMBER)


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (LOWER_SECONDARY, {"gdtc", "nghe-thuat", "gd-dia-phuong", "hdtn-hn"}),
        (UPPER_SECONDARY, {"gdtc", "am-nhac", "mi-thuat", "gd-dia-phuong", "hdtn-hn"}),
    ],
)
def test_assessed_by_comment(subjects: tuple[object, ...], expected: set[str]) -> None:
    """The subjects assessed by comment alone (TT 22/2021, Điều 5), and their kind by code alone."""
    known = [one for one in CURRICULUM.subjects if one in subjects]
    assert {one.code for one in known if one.kind is AssessmentKind.COMMENT} == expected
    assert all(SUBJECTS[one.code].kind is one.kind for one in known)


@pytest.mark.parametrize(
    ("grade", "compulsory", "group", "optional"),
    [
        (1, 8, 0, {"ngoai-ngu-1", "tieng-dtts"}),
        (2, 8, 0, {"ngoai-ngu-1", "tieng-dtts"}),
        (3, 11, 0, {"tieng-dtts"}),
        (4, 12, 0, {"tieng-dtts"}),
        (5, 12, 0, {"tieng-dtts"}),
        *((grade, 12, 0, {"ngoai-ngu-2", "tieng-dtts"}) for grade in range(6, 10)),
        *((grade, 8, 9, {"ngoai-ngu-2", "tieng-dtts"}) for grade in range(10, 13)),
    ],
)
def test_what_a_grade_is_taught(grade: int, compulsory: int, group: int, optional: set[str]) -> None:
    """How many subjects are for everybody, how many are in the group to choose from, which are beside the timetable."""
    taught = CURRICULUM.taught(grade)
    assert len([one for one in taught if one.choice is Choice.COMPULSORY]) == compulsory
    assert len([one for one in taught if one.choice is Choice.OF_GROUP]) == group
    assert {one.code for one in taught if one.choice is Choice.OPTIONAL} == optional


def test_four_of_nine_and_three_topics() -> None:
    """Upper secondary chooses four of nine, and three cụm chuyên đề; no other grade does."""
    assert CURRICULUM.chosen_of_group == {10: 4, 11: 4, 12: 4}
    assert CURRICULUM.topics == {10: 3, 11: 3, 12: 3}


def test_periods_depend_on_the_grade() -> None:
    """Công nghệ has 35 periods in grades 6 and 7 and 52 in 8 and 9; Toán 140 in lower, 105 in upper secondary."""
    found = {grade: CURRICULUM.find("cong-nghe", grade) for grade in range(6, 13)}
    assert [one.periods[grade] for grade, one in found.items() if one] == [35, 35, 52, 52, 70, 70, 70]
    maths = {grade: CURRICULUM.find("toan", grade) for grade in (9, 10)}
    assert [one.periods[grade] for grade, one in maths.items() if one] == [140, 105]


def test_tests_of_primary_school() -> None:
    """Who has year-end tests: two subjects from grade 1, the foreign language and computing from 3, the rest from 4."""
    tested = {
        grade: {one.code for one in CURRICULUM.taught(grade) if grade in one.tested} for grade in range(1, 6)
    }
    assert tested[1] == tested[2] == {"tieng-viet", "toan"}
    assert tested[3] == tested[1] | {"ngoai-ngu-1", "tin-hoc-th", "cong-nghe-th"}
    assert tested[4] == tested[5] == tested[3] | {"lich-su-dia-li", "khoa-hoc"}


def test_traits_by_grade() -> None:
    """Five qualities, three general competences, seven specific ones, of which grades 1 and 2 have five."""
    assert [len([one for one in TRAITS if one.group is group]) for group in TraitGroup] == [5, 3, 7, 0]
    assert [len([one for one in TRAITS if grade in one.grades]) for grade in range(1, 6)] == [
        13,
        13,
        15,
        15,
        15,
    ]
