"""A year of primary school beside what TT 27/2020 gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from schemas.transcript.model import parse_year
from service.comparing.findings import Finding
from service.comparing.years import compare_year
from tests.support.transcript_members import json_text, primary_year_members
from tests.support.transcripts import sample_learner

Change = Callable[[Any], object]


def findings(change: Change = lambda _: None, *, grade: int = 4) -> tuple[Finding, ...]:
    """Return what is found in the sample year with a change."""
    members: Any = primary_year_members("2025-2026", grade)
    change(members)
    return compare_year(sample_learner(), parse_year(json_text(members).encode()))


def _lower_test(members: Any) -> None:
    members["subjects"][0]["test"] = 8


def _missing_test(members: Any) -> None:
    del members["subjects"][0]["test"]


def _good(members: Any) -> None:
    members["subjects"][0]["test"] = 8
    members |= {
        "result": "Hoàn thành tốt",
        "awards": "Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện",
    }


def _good_without_award(members: Any) -> None:
    _good(members)
    del members["awards"]


def _awarded(awards: str, members: Any) -> None:
    members["awards"] = awards


def _done_and_awarded(members: Any) -> None:
    members["subjects"][0] |= {"level": "H", "test": 5}
    members |= {"result": "Hoàn thành", "awards": "HSXS"}


def _not_done(members: Any) -> None:
    members["subjects"][0] |= {"level": "C", "test": 4}
    members |= {
        "result": "Chưa hoàn thành",
        "completion": "Chưa hoàn thành chương trình lớp học, được lên lớp",
    }
    del members["awards"]


def _without_subject(members: Any) -> None:
    members["subjects"].pop()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _: None, []),
        (_lower_test, [("result", "year-result-differs", "Hoàn thành xuất sắc", "Hoàn thành tốt")]),
        (_missing_test, [("result", "rule-leaves-open", "Hoàn thành xuất sắc", None)]),
        (_good, []),
        (_good_without_award, [("awards", "rule-leaves-open", None, None)]),
        (
            _not_done,
            [("completion", "rule-leaves-open", "Chưa hoàn thành chương trình lớp học, được lên lớp", None)],
        ),
        (
            lambda members: members.update(completion="Chưa hoàn thành chương trình lớp học"),
            [
                (
                    "completion",
                    "completion-differs",
                    "Chưa hoàn thành chương trình lớp học",
                    "Hoàn thành chương trình lớp học",
                )
            ],
        ),
        (lambda members: members.pop("awards"), [("awards", "title-differs", None, "Học sinh Xuất sắc")]),
        *(
            (partial(_awarded, award), [("awards", "title-differs", award, "Học sinh Xuất sắc")])
            for award in ("HSXS", "Học sinh giỏi", "Học sinh tiêu biểu", "Giải Nhất thi viết chữ đẹp")
        ),
        (
            _done_and_awarded,
            [("awards", "title-differs", "HSXS", None)],
        ),
        (_without_subject, [("subjects", "subject-missing", "11", None)]),
    ],
)
def test_differences(change: Change, expected: list[tuple[str, str, str | None, str | None]]) -> None:
    """Each difference is told once, with both values; what the school or the class decides is left open."""
    assert [(one.place, one.fault.code, one.recorded, one.computed) for one in findings(change)] == expected


def test_a_difference_says_why() -> None:
    """The sentence names what kept the year from the better result."""
    (found,) = findings(_lower_test)
    assert "Chưa tới mức Hoàn thành xuất sắc: bài kiểm tra dưới 9: Tiếng Việt 8" in found.fault.text.vi
    assert found.reasons[0].clause == "TT 27/2020, Điều 9, khoản 2"


def test_who_is_exempt_is_left_out() -> None:
    """A subject that the learner is exempt from has no part in the result."""

    def exempt(members: Any) -> None:
        row = members["subjects"][5]
        members["subjects"][5] = {"subject": row["subject"], "exempt": True}

    assert findings(exempt) == ()


@pytest.mark.parametrize("grade", [1, 2, 3, 4])
def test_every_grade_by_the_rules(grade: int) -> None:
    """A sound year of each grade has no findings."""
    assert findings(grade=grade) == ()


def test_grade_five_completes_primary_school() -> None:
    """In grade 5 the programme of primary school is completed, not only that of the grade."""
    (found,) = findings(grade=5)
    assert (found.place, found.computed) == ("completion", "Hoàn thành chương trình tiểu học")
