"""TT 27/2020/TT-BGDĐT: the words of primary school, the rules as data, and what they give, with reasons.

`RULES` has a version and notes on what no source at hand confirmed. The order in which subjects and traits come never
matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.errors import Text
from schemas.transcript.reasons import Outcome, Reason, listed


class Achievement(StrEnum):
    """Mức đạt được of a subject or activity, best first: Hoàn thành tốt, Hoàn thành, Chưa hoàn thành."""

    GOOD = "T"
    DONE = "H"
    NOT_DONE = "C"


class Growth(StrEnum):
    """Mức đạt được of a quality or a competence, best first: Tốt, Đạt, Cần cố gắng."""

    GOOD = "T"
    PASS = "Đ"
    TRY_HARDER = "C"


class YearResult(StrEnum):
    """Đánh giá kết quả giáo dục at the end of a year (Điều 9, khoản 2), best first."""

    EXCELLENT = "Hoàn thành xuất sắc"
    GOOD = "Hoàn thành tốt"
    DONE = "Hoàn thành"
    NOT_DONE = "Chưa hoàn thành"


class Completion(StrEnum):
    """Hoàn thành chương trình lớp học, or of primary school (Điều 11).

    Whoever has not completed the grade is moved up all the same where the principal decides so.
    """

    GRADE = "Hoàn thành chương trình lớp học"
    PRIMARY = "Hoàn thành chương trình tiểu học"
    NOT_COMPLETED = "Chưa hoàn thành chương trình lớp học"
    MOVED_UP = "Chưa hoàn thành chương trình lớp học, được lên lớp"


class Award(StrEnum):
    """Khen thưởng at the end of a year (Điều 13)."""

    EXCELLENT = "Học sinh Xuất sắc"
    GOOD = "Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a year result asks: the lowest level of a subject, the lowest of a trait, the lowest year-end test."""

    subject: Achievement
    trait: Growth
    test: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures of the instrument."""

    version: int
    source: str
    notes: tuple[Text, ...]
    results: Mapping[YearResult, Bounds]
    awards: Mapping[YearResult, Award]
    recognised: frozenset[Award]
    """The awards that the class must recognise too, so that a person decides. Not confirmed."""


RULES: Final = Rules(
    version=1,
    source="Thông tư 27/2020/TT-BGDĐT",
    notes=(
        Text(
            "Mức của năng lực được xét như mức của phẩm chất: chưa được đối chiếu.",
            "That competences count as qualities do is not confirmed.",
        ),
        Text(
            "Danh hiệu Học sinh Tiêu biểu cần tập thể lớp công nhận: chưa được đối chiếu.",
            "That the class must recognise a Học sinh Tiêu biểu is not confirmed.",
        ),
        Text(
            "Học sinh chưa hoàn thành vẫn có thể được hiệu trưởng cho lên lớp: chưa được đối chiếu.",
            "That the principal may move up who has not completed the grade is not confirmed.",
        ),
    ),
    results={
        YearResult.EXCELLENT: Bounds(Achievement.GOOD, Growth.GOOD, 9),
        YearResult.GOOD: Bounds(Achievement.GOOD, Growth.GOOD, 7),
        YearResult.DONE: Bounds(Achievement.DONE, Growth.PASS, 5),
    },
    awards={YearResult.EXCELLENT: Award.EXCELLENT, YearResult.GOOD: Award.GOOD},
    recognised=frozenset({Award.GOOD}),
)
LAST_GRADE: Final = 5
_RESULT: Final = "TT 27/2020, Điều 9, khoản 2"
_COMPLETION: Final = "TT 27/2020, Điều 11"
_AWARDS: Final = "TT 27/2020, Điều 13"
_RESULTS: Final = tuple(YearResult)


@dataclass(frozen=True, slots=True)
class SubjectLevel:
    """A subject by its printed name, its level and its year-end test; `is_tested` where there must be one.

    Whoever is exempt from a subject has no such row.
    """

    name: str
    level: Achievement | None
    test: int | None
    is_tested: bool


@dataclass(frozen=True, slots=True)
class TraitLevel:
    """A quality or a competence by its printed name, and its level."""

    name: str
    level: Growth | None


def explain_result(
    subjects: Sequence[SubjectLevel], traits: Sequence[TraitLevel]
) -> Outcome[YearResult | None]:
    """Return đánh giá kết quả giáo dục: why this result, and what keeps it from the next one.

    Open where a level or a test is missing.
    """
    missing = [row.name for row in subjects if row.level is None or (row.is_tested and row.test is None)]
    missing += [trait.name for trait in traits if trait.level is None]
    if missing or not subjects:
        return Outcome(None, (_missing(sorted(missing)),), is_open=True)
    value = next(
        (result for result, bounds in RULES.results.items() if not _gaps(subjects, traits, bounds)),
        YearResult.NOT_DONE,
    )
    reasons = []
    if value is not YearResult.NOT_DONE:
        reasons.append(_reached(value, subjects, RULES.results[value]))
    if value is not YearResult.EXCELLENT:
        better = _RESULTS[_RESULTS.index(value) - 1]
        reasons.append(_short_of(value, better, _gaps(subjects, traits, RULES.results[better])))
    return Outcome(value, tuple(reasons))


def explain_award(result: YearResult) -> Outcome[Award | None]:
    """Return the award that a result earns, or None; open where the class has a word in it."""
    award = RULES.awards.get(result)
    if award is None:
        text = Text(f"Không có danh hiệu: {result}", f"No award: {result}")
        return Outcome(None, (Reason("no-award", _AWARDS, text),))
    is_open = award in RULES.recognised
    text = Text(f"{award}: {result}", f"{award}: {result}")
    if is_open:
        text = Text(
            f"{award}: {result}, có thành tích hoặc tiến bộ rõ rệt và được lớp công nhận; nhà trường quyết định.",
            f"{award}: {result}, achievement or clear progress, recognised by the class; the school decides.",
        )
    return Outcome(award, (Reason("award", _AWARDS, text),), is_open=is_open)


def explain_completion(result: YearResult, grade: int) -> Outcome[Completion]:
    """Return whether the grade, or primary school, is completed; open where it is not: the principal decides."""
    if result is YearResult.NOT_DONE:
        text = Text(
            "Chưa hoàn thành chương trình lớp học: hiệu trưởng quyết định được lên lớp hay chưa được lên lớp.",
            "The grade is not completed: the principal decides whether the learner moves up.",
        )
        return Outcome(Completion.NOT_COMPLETED, (Reason("not-completed", _COMPLETION, text),), is_open=True)
    value = Completion.PRIMARY if grade == LAST_GRADE else Completion.GRADE
    text = Text(f"{value}: {result}, lớp {grade}", f"{value}: {result}, grade {grade}")
    return Outcome(value, (Reason("completion", _COMPLETION, text),))


@dataclass(frozen=True, slots=True)
class _Gap:
    """What falls short of a result, and what it should reach."""

    code: str
    what: Text
    names: tuple[str, ...]


def _gaps(subjects: Sequence[SubjectLevel], traits: Sequence[TraitLevel], bounds: Bounds) -> tuple[_Gap, ...]:
    """Return what falls short of a result; nothing where it is reached."""
    levels, growths = tuple(Achievement), tuple(Growth)
    low = [
        row.name for row in subjects if row.level and levels.index(row.level) > levels.index(bounds.subject)
    ]
    tests = [f"{row.name} {row.test}" for row in subjects if row.test is not None and row.test < bounds.test]
    weak = [
        row.name for row in traits if row.level and growths.index(row.level) > growths.index(bounds.trait)
    ]
    gaps = (
        _Gap(
            "subjects",
            Text(f"môn dưới mức {bounds.subject}", f"subjects below {bounds.subject}"),
            _sorted(low),
        ),
        _Gap("tests", Text(f"bài kiểm tra dưới {bounds.test}", f"tests below {bounds.test}"), _sorted(tests)),
        _Gap(
            "traits",
            Text(
                f"phẩm chất, năng lực dưới mức {bounds.trait}",
                f"qualities and competences below {bounds.trait}",
            ),
            _sorted(weak),
        ),
    )
    return tuple(gap for gap in gaps if gap.names)


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _reached(value: YearResult, subjects: Sequence[SubjectLevel], bounds: Bounds) -> Reason:
    tests = [row.test for row in subjects if row.test is not None]
    least = f", bài kiểm tra thấp nhất {min(tests)} (cần {bounds.test})" if tests else ""
    least_en = f", lowest test {min(tests)} ({bounds.test} needed)" if tests else ""
    lowest = {
        Achievement.GOOD: ("mọi môn T", "every subject T"),
        Achievement.DONE: ("mọi môn T hoặc H", "every subject T or H"),
    }[bounds.subject]
    growth = {
        Growth.GOOD: ("mọi phẩm chất, năng lực T", "every quality and competence T"),
        Growth.PASS: ("mọi phẩm chất, năng lực T hoặc Đ", "every quality and competence T or Đ"),
    }[bounds.trait]
    text = Text(f"{value}: {lowest[0]}, {growth[0]}{least}", f"{value}: {lowest[1]}, {growth[1]}{least_en}")
    return Reason("result-reached", _RESULT, text, (("lowest_test", str(min(tests, default="-"))),))


def _short_of(value: YearResult, better: YearResult, gaps: Sequence[_Gap]) -> Reason:
    start = Text(f"Chưa tới mức {better}", f"Not {better}")
    if value is YearResult.NOT_DONE:
        start = Text(str(value), str(value))
    named = [(gap, listed(gap.names)) for gap in gaps]
    text = Text(
        f"{start.vi}: " + "; ".join(f"{gap.what.vi}: {names.vi}" for gap, names in named),
        f"{start.en}: " + "; ".join(f"{gap.what.en}: {names.en}" for gap, names in named),
    )
    return Reason("result-short-of", _RESULT, text, tuple((gap.code, str(len(gap.names))) for gap in gaps))


def _missing(names: Sequence[str]) -> Reason:
    shown = listed(names)
    text = Text(
        f"Chưa đánh giá được: thiếu mức hoặc điểm của {shown.vi or 'các môn học'}. Hãy điền, hoặc ghi miễn.",
        f"No result yet: level or test missing in {shown.en or 'every subject'}. Fill it in, or note the exemption.",
    )
    return Reason("levels-missing", _RESULT, text, (("missing", str(len(names))),))
