"""Subjects, their numbers and kinds."""

from __future__ import annotations

from schemas.transcript.subjects import LOWER_SECONDARY, SUBJECTS, SUBJECTS_BY_NUMBER, AssessmentKind


def test_numbers_are_fixed() -> None:
    """Numbers and printed names are those of docs/formats/qr.md."""
    assert [(one.number, one.name) for one in LOWER_SECONDARY] == [
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
    ]


def test_code_and_number_are_unique() -> None:
    """No two subjects share a code or a number."""
    assert len(SUBJECTS) == len(SUBJECTS_BY_NUMBER) == len(LOWER_SECONDARY)


def test_assessed_by_comment() -> None:
    """Four subjects are assessed by comment alone (TT 22/2021, Điều 5)."""
    comment = {one.code for one in LOWER_SECONDARY if one.kind is AssessmentKind.COMMENT}
    assert comment == {"gdtc", "nghe-thuat", "gd-dia-phuong", "hdtn-hn"}


def test_foreign_and_minority_languages_are_chosen() -> None:
    """All but the second foreign language and the minority language are compulsory."""
    assert {one.code for one in LOWER_SECONDARY if not one.compulsory} == {"ngoai-ngu-2", "tieng-dtts"}


def test_periods_depend_on_the_grade() -> None:
    """Công nghệ has 35 periods in grades 6 and 7 and 52 in grades 8 and 9; Ngữ văn has 140 in each."""
    assert SUBJECTS["cong-nghe"].periods == {6: 35, 7: 35, 8: 52, 9: 52}
    assert SUBJECTS["ngu-van"].periods == dict.fromkeys(range(6, 10), 140)
