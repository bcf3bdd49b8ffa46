"""TT 22/2021/TT-BGDĐT explained: the end of the year, that is promotion, re-assessment in summer, titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.errors import Text
from schemas.transcript.parts import Promotion
from schemas.transcript.reasons import Outcome, Reason, comma
from schemas.transcript.rulesets.tt22_2021 import RULES, Level, Title, is_promoted
from schemas.transcript.rulesets.tt22_levels import SubjectMark

LAST_GRADES: Final = frozenset({9, 12})
_PROMOTION: Final = "TT 22/2021, Điều 12"
_SUMMER: Final = "TT 22/2021, Điều 13, Điều 14"
_AWARDS: Final = "TT 22/2021, Điều 15"


@dataclass(frozen=True, slots=True)
class YearEnd:
    """The year's levels, those after re-assessment or summer training, and the sessions absent."""

    conduct: Level
    learning: Level
    conduct_after: Level | None
    learning_after: Level | None
    absences: int
    grade: int

    @property
    def last(self) -> tuple[Level, Level]:
        """Conduct and learning as they count in the end."""
        return self.conduct_after or self.conduct, self.learning_after or self.learning

    @property
    def again(self) -> bool:
        """Whether anything was assessed again."""
        return self.conduct_after is not None or self.learning_after is not None


def explain_promotion(year: YearEnd) -> Outcome[Promotion]:
    """Return whether the learner moves up, and why.

    Open where both levels of the year are Chưa đạt: whether there is a re-assessment at all, a person decides.
    """
    conduct, learning = year.last
    passes = is_promoted(conduct, learning, year.absences)
    value = Promotion.NOT_PROMOTED
    if passes:
        value = Promotion.PROMOTED_AFTER if year.again else Promotion.PROMOTED
        if year.grade in LAST_GRADES:
            value = Promotion.COMPLETED
    reasons = [_levels_of(value, conduct, learning, year.absences)]
    if year.again:
        reasons.append(_after_summer(year))
    both_failed = year.conduct is year.learning is Level.FAIL
    if both_failed:
        reasons.insert(0, _both_failed())
    return Outcome(value, tuple(reasons), is_open=both_failed)


def explain_title(conduct: Level, learning: Level, subjects: Sequence[SubjectMark]) -> Outcome[Title | None]:
    """Return the title that the year earns, or None, and why."""
    if not conduct is learning is Level.GOOD:
        text = Text(
            f"Không có danh hiệu: rèn luyện {conduct}, học tập {learning} (cần cả hai mức Tốt)",
            f"No title: conduct {conduct}, learning {learning} (both must be Tốt)",
        )
        return Outcome(None, (Reason("no-title", _AWARDS, text),))
    least, enough = RULES.excellent
    marks = [Decimal(row.mark) for row in subjects if row.mark and row.mark[0].isdigit()]
    count = sum(mark >= enough for mark in marks)
    title = Title.EXCELLENT if count >= least else Title.GOOD
    text = Text(
        f"{title}: rèn luyện và học tập Tốt, {count} môn ≥ {comma(enough)} (Xuất sắc cần {least})",
        f"{title}: conduct and learning Tốt, {count} subjects ≥ {enough} (Xuất sắc asks {least})",
    )
    return Outcome(title, (Reason("title", _AWARDS, text, (("excellent", str(count)),)),))


def _levels_of(value: Promotion, conduct: Level, learning: Level, absences: int) -> Reason:
    most = RULES.most_absences
    text = Text(
        f"{value}: rèn luyện {conduct}, học tập {learning}, nghỉ {absences} buổi (nhiều nhất {most})",
        f"{value}: conduct {conduct}, learning {learning}, {absences} sessions absent (at most {most})",
    )
    figures = (("conduct", conduct.value), ("learning", learning.value), ("absences", str(absences)))
    return Reason("promotion", _PROMOTION, text, figures)


def _after_summer(year: YearEnd) -> Reason:
    parts = [
        (vi, en, before, after)
        for vi, en, before, after in (
            ("rèn luyện", "conduct", year.conduct, year.conduct_after),
            ("học tập", "learning", year.learning, year.learning_after),
        )
        if after is not None
    ]
    text = Text(
        "Sau hè: " + "; ".join(f"{vi} từ {before} thành {after}" for vi, _, before, after in parts),
        "After summer: " + "; ".join(f"{en} from {before} to {after}" for _, en, before, after in parts),
    )
    return Reason("after-summer", _SUMMER, text)


def _both_failed() -> Reason:
    text = Text(
        "Rèn luyện và học tập cả năm đều Chưa đạt: hiệu trưởng quyết định có đánh giá lại trong hè hay không.",
        "Conduct and learning of the year are both Chưa đạt: the principal decides whether to re-assess in summer.",
    )
    return Reason("both-failed", _PROMOTION, text)
