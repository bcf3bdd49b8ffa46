"""The list of results: what must be dealt with first, counted, and as a table of text for files and pages."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from schemas.errors import Text
from schemas.verdict import VerdictCode
from schemas.vietnam_time import VIETNAM
from verify.desk.applicants import Applicant
from verify.desk.matching import Match, MatchCode, Matching, match_applicants
from verify.desk.outcome import UNCHECKED, Outcome

_YES: Final = Text("Có", "Yes")


@dataclass(frozen=True, slots=True)
class Result:
    """A row: a document with what the list says of it, or an applicant without a document."""

    outcome: Outcome | None
    match: Match | None = None

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look."""
        is_matched = self.match is None or self.match.code is MatchCode.EXACT
        return self.outcome is None or not (self.outcome.is_settled and is_matched)


@dataclass(frozen=True, slots=True)
class Results:
    """All rows, those that need attention first, else in the order in which they came."""

    rows: tuple[Result, ...]

    @property
    def attention(self) -> int:
        """How many rows somebody has to look at."""
        return sum(row.needs_attention for row in self.rows)

    def counts(self) -> list[tuple[Text, int]]:
        """Return how many there are of each verdict and of each answer of the list, those that occur."""
        outcomes = [row.outcome for row in self.rows if row.outcome]
        verdicts = Counter(one.verdict for one in outcomes if not one.unchecked)
        matches = Counter(
            row.match.code for row in self.rows if row.match and not (row.outcome and row.outcome.unchecked)
        )
        special = [
            (UNCHECKED, sum(one.unchecked for one in outcomes)),
            (_REPEATED, sum(one.is_repeated for one in outcomes)),
            (TO_DO, sum(bool(one.to_do) for one in outcomes)),
        ]
        return [
            *((code.headline, verdicts[code]) for code in VerdictCode if verdicts[code]),
            *((code.sentence, matches[code]) for code in MatchCode if matches[code]),
            *(pair for pair in special if pair[1]),
        ]


def make_results(outcomes: Sequence[Outcome], applicants: Sequence[Applicant] | None = None) -> Results:
    """Return the results of documents, matched against a list where there is one."""
    if applicants is None:
        rows = [Result(outcome) for outcome in outcomes]
    else:
        matching: Matching = match_applicants(outcomes, applicants)
        rows = [Result(*pair) for pair in zip(outcomes, matching.matches, strict=True)]
        rows += [Result(None, match) for match in matching.missing]
    return Results(tuple(sorted(rows, key=lambda row: not row.needs_attention)))


def table_of(results: Results, *, english: bool = False) -> list[list[str]]:
    """Return titles and rows; every value is text, times are Vietnam's."""
    return [
        [_said(title, english) for title, _ in _COLUMNS],
        *([value(row, english) for _, value in _COLUMNS] for row in results.rows),
    ]


def verdict_words(row: Result) -> Text:
    """Return the words that a row begins with."""
    if row.outcome is not None:
        return Text(row.outcome.headline.vi, row.outcome.headline.en)
    return row.match.code.sentence if row.match else UNCHECKED


def match_words(row: Result) -> Text | None:
    """Return what the list says of a row's document."""
    return row.match.code.sentence if row.match and row.outcome else None


def _verdict_code(row: Result) -> str:
    if row.outcome is None:
        return ""
    return "unchecked" if row.outcome.unchecked else row.outcome.verdict


def _of_outcome(value: Callable[[Outcome], object]) -> Callable[[Result, bool], str]:
    return lambda row, _: "" if row.outcome is None else _shown(value(row.outcome))


def _of_applicants(value: Callable[[Applicant], object]) -> Callable[[Result, bool], str]:
    return lambda row, _: "; ".join(_shown(value(one)) for one in row.match.applicants) if row.match else ""


def reason_words(outcome: Outcome) -> Text | None:
    """Return what came before, where it did, else the check that did not pass."""
    if outcome.duplicate_of is not None:
        return _before(SAME_BYTES, outcome.duplicate_of)
    if outcome.same_serial_as is not None:
        return _before(SAME_SERIAL, outcome.same_serial_as)
    return Text(outcome.reason.vi, outcome.reason.en) if outcome.reason else None


def _before(words: Text, name: str) -> Text:
    return Text(f"{words.vi} {name}", f"{words.en} {name}")


def _reason(row: Result, english: bool) -> str:  # noqa: FBT001 - a column is a function of row and language
    words = reason_words(row.outcome) if row.outcome else None
    return _said(words, english) if words else ""


def _sentences(row: Result, english: bool, *, to_do: bool) -> str:  # noqa: FBT001 - as above
    if row.outcome is None:
        return ""
    return " ".join(
        one.en if english else one.vi for one in (row.outcome.to_do if to_do else row.outcome.notes)
    )


def _match_words(row: Result, english: bool) -> str:  # noqa: FBT001 - as above
    words = match_words(row)
    return _said(words, english) if words else ""


def _said(text: Text, english: bool) -> str:  # noqa: FBT001 - as above
    return text.en if english else text.vi


def _shown(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
    return "" if value is None else f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else str(value)


TO_DO: Final = Text("Việc cần làm", "To do")
SAME_BYTES: Final = Text("Trùng từng byte với", "The same bytes as")
SAME_SERIAL: Final = Text(
    "Cùng một học bạ (cùng mã) nhưng khác từng byte, chỉ tính một lần; tệp trước là",
    "The same transcript (one serial) in other bytes, to be counted once; the earlier file is",
)
_REPEATED: Final = Text("Học bạ nộp lặp lại", "Transcript submitted again")
_COLUMNS: Final[tuple[tuple[Text, Callable[[Result, bool], str]], ...]] = (
    (
        Text("Cần xử lý", "Needs attention"),
        lambda row, english: _said(_YES, english) if row.needs_attention else "",
    ),
    (Text("Kết luận", "Verdict"), lambda row, english: _said(verdict_words(row), english)),
    (Text("Tệp hoặc mã", "File or code"), _of_outcome(lambda one: one.name)),
    (Text("Lý do", "Reason"), _reason),
    (TO_DO, partial(_sentences, to_do=True)),
    (Text("Nên biết", "Good to know"), partial(_sentences, to_do=False)),
    (Text("Họ và tên", "Full name"), _of_outcome(lambda one: one.full_name)),
    (Text("Ngày sinh", "Date of birth"), _of_outcome(lambda one: one.birth_date)),
    (Text("Mã học sinh", "Student code"), _of_outcome(lambda one: one.student_code)),
    (Text("Trường", "School"), _of_outcome(lambda one: one.school)),
    (Text("Mã học bạ", "Serial"), _of_outcome(lambda one: one.serial)),
    (Text("Đối chiếu danh sách", "Against the list"), _match_words),
    (Text("Dòng trong danh sách", "Row of the list"), _of_applicants(lambda one: one.row)),
    (Text("Mã hồ sơ (danh sách)", "Applicant's code (list)"), _of_applicants(lambda one: one.label)),
    (Text("Họ và tên (danh sách)", "Full name (list)"), _of_applicants(lambda one: one.full_name)),
    (Text("Ngày sinh (danh sách)", "Date of birth (list)"), _of_applicants(lambda one: one.birth_date)),
    (Text("Mã kết luận", "Verdict code"), lambda row, _: _verdict_code(row)),
    (Text("Mã đối chiếu", "Match code"), lambda row, _: row.match.code if row.match else ""),
    (
        Text("Bản thử", "Test"),
        lambda row, english: _said(_YES, english) if row.outcome and row.outcome.test else "",
    ),
    (Text("SHA-256 của tệp", "SHA-256 of the file"), _of_outcome(lambda one: one.sha256)),
    (Text("Mục trong sổ cấp", "Entry in the record"), _of_outcome(lambda one: one.entry)),
    (Text("Số mục của sổ cấp", "Size of the record"), _of_outcome(lambda one: one.tree_size)),
    (Text("Gốc của sổ cấp", "Root of the record"), _of_outcome(lambda one: one.root)),
    (Text("Sổ cấp tính đến", "Record as of"), _of_outcome(lambda one: one.record_time)),
    (Text("Kiểm tra lúc", "Checked at"), _of_outcome(lambda one: one.checked_at)),
)
