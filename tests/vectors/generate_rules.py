"""Makes rules/cases.json: what the assessment rules give, case by case. Every expected value is written by hand.

The cases are those of the instruments: each threshold on both sides, each line of each table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

FILE = Path(__file__).parent / "rules" / "cases.json"
Case: TypeAlias = dict[str, Any]

GOOD, FAIR, PASS, FAIL = "Tốt", "Khá", "Đạt", "Chưa đạt"
LEVELS = (GOOD, FAIR, PASS, FAIL)


def text() -> str:
    """Return the text of the file."""
    cases = [
        *_averages(),
        *_rulesets(),
        *_learning(),
        *_adjustment(),
        *_open_learning(),
        *_conduct(),
        *_promotion(),
        *_titles(),
        *_primary(),
        *_primary_ends(),
    ]
    content = {"page": "docs/rules.md", "cases": cases}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _case(rule: str, name: str, given: object, value: object, *, is_open: bool = False, vi: str = "") -> Case:
    case = {"rule": rule, "name": f"{rule}: {name}", "given": given, "value": value, "open": is_open}
    return case | ({"vi": vi} if vi else {})


def _averages() -> list[Case]:
    semesters = [
        ("8 9 7 8", "7.5", "8", "7.9"),
        ("8 9 9", "8", "8", "8.3"),
        ("6.5 7 6", "6", "6.8", "6.5"),
        ("5 5", "3", "3.5", "3.8"),
        ("10 10", "10", "10", "10.0"),
        ("0 0", "0", "0", "0.0"),
    ]
    years = [
        ("7.9", "8.1", "8.0"),
        ("6.4", "6.6", "6.5"),
        ("4.9", "5.0", "5.0"),
        ("8.0", "7.9", "7.9"),
        ("0.0", "0.1", "0.1"),
    ]
    counts = [(35, 0, 2), (36, 0, 3), (70, 0, 3), (71, 0, 4), (140, 0, 4), (70, 1, 4)]
    return [
        *(
            _case(
                "semester-average",
                f"{regular}, {midterm}, {final}",
                {"regular": regular.split(), "midterm": midterm, "final": final},
                average,
            )
            for regular, midterm, final, average in semesters
        ),
        *(
            _case("year-average", f"{first}, {second}", {"semester1": first, "semester2": second}, year)
            for first, second, year in years
        ),
        *(
            _case("regular-marks", f"{periods} periods, {topics} topics", [periods, topics], count)
            for periods, topics, count in counts
        ),
        *(
            _case("comment-year", f"{first}, {second}", [first, second], year)
            for first, second, year in (("Đ", "Đ", "Đ"), ("CĐ", "Đ", "Đ"), ("Đ", "CĐ", "CĐ"))
        ),
    ]


def _rulesets() -> list[Case]:
    first = {
        "tt27-2020": {1: 2020, 2: 2021, 3: 2022, 4: 2023, 5: 2024},
        "tt22-2021": {6: 2021, 7: 2022, 10: 2022, 8: 2023, 11: 2023, 9: 2024, 12: 2024},
    }
    before = {"tt27-2020": "tt22-2016", "tt22-2021": "tt58-2011"}
    return [
        _case(
            "ruleset",
            f"grade {grade} in {start}",
            {"school_year": f"{start}-{start + 1}", "grade": grade},
            value,
        )
        for ruleset, grades in first.items()
        for grade, year in sorted(grades.items())
        for start, value in ((year - 1, before[ruleset]), (year, ruleset), (2026, ruleset))
    ]


def _learning_case(name: str, marks: str, value: str | None, *, is_open: bool = False, vi: str = "") -> Case:
    return _case("learning", name, marks.split(), value, is_open=is_open, vi=vi)


def _learning() -> list[Case]:
    comments = " Đ Đ Đ Đ"
    return [
        _learning_case(
            "six at 8.0, two at 6.5",
            "8.0 8.0 8.0 8.0 8.0 8.0 6.5 6.5" + comments,
            GOOD,
            vi="Tốt: 6 môn ≥ 8,0, không môn nào < 6,5",
        ),
        _learning_case(
            "five at 8.0 and one at 7.9",
            "8.0 8.0 8.0 8.0 8.0 7.9 6.5 6.5" + comments,
            FAIR,
            vi="Khá: 8 môn ≥ 6,5, không môn nào < 5,0. Chưa tới mức Tốt: chỉ 5 môn ≥ 8,0 (cần 6)",
        ),
        _learning_case("one at 6.4", "8.0 8.0 8.0 8.0 8.0 8.0 8.0 6.4" + comments, FAIR),
        _learning_case(
            "seven at 6.5, one at 5.0",
            "6.5 6.5 6.5 6.5 6.5 6.5 6.5 5.0" + comments,
            FAIR,
            vi="Khá: 7 môn ≥ 6,5, không môn nào < 5,0. Chưa tới mức Tốt: chỉ 0 môn ≥ 8,0 (cần 6); Môn 1 5 < 6,5",
        ),
        _learning_case("six at 6.5, two at 5.0", "6.5 6.5 6.5 6.5 6.5 6.5 5.0 5.0" + comments, FAIR),
        _learning_case("five at 6.5 and one at 6.4", "6.5 6.5 6.5 6.5 6.5 6.4 5.0 5.0" + comments, PASS),
        _learning_case("one at 4.9 below Khá", "6.5 6.5 6.5 6.5 6.5 6.5 6.5 4.9" + comments, PASS),
        _learning_case("six at 5.0, two at 3.5", "5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5" + comments, PASS),
        _learning_case("six at 5.0 and one Chưa đạt", "5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5 CĐ Đ Đ Đ", PASS),
        _learning_case(
            "two Chưa đạt",
            "5.0 5.0 5.0 5.0 5.0 5.0 3.5 3.5 CĐ CĐ Đ Đ",
            FAIL,
            vi="Chưa đạt: môn nhận xét Chưa đạt: Môn 10, Môn 9",
        ),
        _learning_case("five at 5.0", "5.0 5.0 5.0 5.0 5.0 4.9 4.9 4.9" + comments, FAIL),
        _learning_case("one at 3.4", "5.0 5.0 5.0 5.0 5.0 5.0 5.0 3.4" + comments, FAIL),
        _learning_case("excellent marks and two Chưa đạt", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 9.0 CĐ CĐ Đ Đ", FAIL),
        _learning_case(
            "who is exempt from physical education", "8.0 8.0 8.0 8.0 8.0 8.0 6.5 6.5 M Đ Đ Đ", GOOD
        ),
        _learning_case("just six scored subjects", "8.0 8.0 8.0 8.0 8.0 8.0", GOOD),
    ]


def _adjustment() -> list[Case]:
    comments = " Đ Đ Đ Đ"
    return [
        _learning_case(
            "Tốt but for one 4.8",
            "9.0 9.0 9.0 9.0 9.0 9.0 9.0 4.8" + comments,
            FAIR,
            vi="Khá: điều chỉnh từ Đạt lên mức liền kề, vì chỉ do môn Môn 1 mà thấp hơn mức Tốt từ hai mức. "
            "Đạt: 7 môn ≥ 5,0, không môn nào < 3,5. Chưa tới mức Khá: Môn 1 4,8 < 5,0",
        ),
        _learning_case("Tốt but for one 3.2", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 3.2" + comments, PASS),
        _learning_case("Khá but for one 3.2", "7.0 7.0 7.0 7.0 7.0 7.0 7.0 3.2" + comments, PASS),
        _learning_case("Đạt but for one 3.2", "5.5 5.5 5.5 5.5 5.5 5.5 5.5 3.2" + comments, FAIL),
        _learning_case("Tốt but for one Chưa đạt", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 9.0 CĐ Đ Đ Đ", FAIR),
        _learning_case(
            "Khá but for one Chưa đạt is one level only", "7.0 7.0 7.0 7.0 7.0 7.0 7.0 7.0 CĐ Đ Đ Đ", PASS
        ),
        _learning_case("two subjects are not one", "9.0 9.0 9.0 9.0 9.0 9.0 4.8 4.8" + comments, PASS),
        _learning_case("a mark and a comment are not one", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 4.8 CĐ Đ Đ Đ", PASS),
        _learning_case(
            "Tốt but for one 6.4 is one level only", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 6.4" + comments, FAIR
        ),
    ]


def _open_learning() -> list[Case]:
    return [
        _learning_case("a mark is missing", "8.0 8.0 8.0 8.0 8.0 8.0 8.0 - Đ Đ Đ Đ", None, is_open=True),
        _learning_case("a comment is missing", "8.0 8.0 8.0 8.0 8.0 8.0 8.0 8.0 - Đ Đ Đ", None, is_open=True),
        _learning_case("five scored subjects", "9.0 9.0 9.0 9.0 9.0 M M M Đ Đ Đ Đ", FAIL, is_open=True),
    ]


def _conduct() -> list[Case]:
    table = {
        GOOD: (GOOD, GOOD, FAIR, FAIR),
        FAIR: (FAIR, FAIR, FAIR, PASS),
        PASS: (FAIR, PASS, PASS, PASS),
        FAIL: (FAIL, FAIL, FAIL, FAIL),
    }
    return [
        _case("conduct-of-year", f"{first}, then {second}", [first, second], value)
        for second, values in table.items()
        for first, value in zip(LEVELS, values, strict=True)
    ]


def _promotion() -> list[Case]:
    def case(name: str, value: str, *, is_open: bool = False, **given: object) -> Case:
        year = {"conduct": PASS, "learning": PASS, "conduct_after": None, "learning_after": None}
        return _case("promotion", name, year | {"absences": 0, "grade": 6} | given, value, is_open=is_open)

    promoted, after, failed = "Được lên lớp", "Được lên lớp sau đánh giá lại", "Không được lên lớp"
    completed = "Hoàn thành chương trình cấp học"
    return [
        case("both Đạt, 45 sessions", promoted, absences=45),
        case("both Đạt, 46 sessions", failed, absences=46),
        case("learning Chưa đạt", failed, learning=FAIL),
        case("conduct Chưa đạt", failed, conduct=FAIL),
        case("learning Đạt after re-assessment", after, learning=FAIL, learning_after=PASS),
        case("learning Chưa đạt after re-assessment", failed, learning=FAIL, learning_after=FAIL),
        case("conduct Đạt after summer training", after, conduct=FAIL, conduct_after=PASS),
        case("re-assessed, but 46 sessions", failed, learning=FAIL, learning_after=PASS, absences=46),
        case("both Chưa đạt", failed, conduct=FAIL, learning=FAIL, is_open=True),
        case(
            "both Chưa đạt, then both Đạt",
            after,
            conduct=FAIL,
            learning=FAIL,
            conduct_after=PASS,
            learning_after=PASS,
            is_open=True,
        ),
        case("grade 8", promoted, grade=8),
        case("grade 9", completed, grade=9),
        case("grade 11", promoted, grade=11),
        case("grade 12", completed, grade=12),
        case("grade 12, learning Chưa đạt", failed, grade=12, learning=FAIL),
    ]


def _titles() -> list[Case]:
    def case(name: str, marks: str, value: str | None, conduct: str = GOOD, learning: str = GOOD) -> Case:
        given = {"conduct": conduct, "learning": learning, "marks": marks.split()}
        return _case("title", name, given, value)

    excellent, good = "Học sinh Xuất sắc", "Học sinh Giỏi"
    return [
        case("six at 9.0", "9.0 9.0 9.0 9.0 9.0 9.0 6.5 6.5 Đ Đ", excellent),
        case("five at 9.0 and one at 8.9", "9.0 9.0 9.0 9.0 9.0 8.9 6.5 6.5 Đ Đ", good),
        case("conduct Khá", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 9.0 Đ Đ", None, conduct=FAIR),
        case("learning Khá", "9.0 9.0 9.0 9.0 9.0 9.0 9.0 6.4 Đ Đ", None, learning=FAIR),
    ]


def _primary() -> list[Case]:
    def case(name: str, subjects: str, traits: str, value: str | None, *, is_open: bool = False) -> Case:
        given = {"subjects": subjects.split(), "traits": list(traits)}
        return _case("primary-result", name, given, value, is_open=is_open)

    # A subject is its level, and its test where it has one.
    excellent, good, done, not_done = (
        "Hoàn thành xuất sắc",
        "Hoàn thành tốt",
        "Hoàn thành",
        "Chưa hoàn thành",
    )
    return [
        case("all T, tests at 9", "T9 T9 T10 T T", "TTTTT", excellent),
        case("one test at 8", "T9 T8 T10 T T", "TTTTT", good),
        case("one test at 7", "T9 T7 T10 T T", "TTTTT", good),
        case("one test at 6", "T9 T6 T10 T T", "TTTTT", done),
        case("one H with a test at 9", "T9 H9 T10 T T", "TTTTT", done),
        case("one H without a test", "T9 T9 T10 T H", "TTTTT", done),
        case("one trait Đ", "T9 T9 T10 T T", "TTTTĐ", done),
        case("all H and Đ, tests at 5", "H5 H5 H5 H H", "ĐĐĐĐĐ", done),
        case("one test at 4", "H5 H4 H5 H H", "ĐĐĐĐĐ", not_done),
        case("one C", "T9 T9 T10 T C", "TTTTT", not_done),
        case("one trait C", "T9 T9 T10 T T", "TTTTC", not_done),
        case("a test is missing", "T9 T? T10 T T", "TTTTT", None, is_open=True),
        case("a level is missing", "T9 -9 T10 T T", "TTTTT", None, is_open=True),
        case("a trait is missing", "T9 T9 T10 T T", "TTTT-", None, is_open=True),
        case("no subject at all", "", "TTTTT", None, is_open=True),
    ]


def _primary_ends() -> list[Case]:
    excellent, good, done, not_done = (
        "Hoàn thành xuất sắc",
        "Hoàn thành tốt",
        "Hoàn thành",
        "Chưa hoàn thành",
    )
    model = "Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện"
    return [
        _case("primary-award", excellent, excellent, "Học sinh Xuất sắc"),
        _case("primary-award", good, good, model, is_open=True),
        _case("primary-award", done, done, None),
        _case("primary-award", not_done, not_done, None),
        *(
            _case("primary-completion", f"{result}, grade {grade}", [result, grade], value)
            for result in (excellent, good, done)
            for grade, value in (
                (1, "Hoàn thành chương trình lớp học"),
                (4, "Hoàn thành chương trình lớp học"),
                (5, "Hoàn thành chương trình tiểu học"),
            )
        ),
        *(
            _case(
                "primary-completion",
                f"{not_done}, grade {grade}",
                [not_done, grade],
                "Chưa hoàn thành chương trình lớp học",
                is_open=True,
            )
            for grade in (1, 5)
        ),
    ]


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
