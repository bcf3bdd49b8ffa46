"""Which transcript is whose: documents matched against the list of applicants, each answer with its reason.

Codes come before names: a serial, then a personal ID, then a student code with name or birth date, then name and birth
date together. Nothing is guessed: what fits two people, or fits in part, is said to do so and left to a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from schemas.errors import SchemaError, Text
from schemas.serial import parse_typed_serial
from schemas.verdict import VerdictCode
from verify.desk.applicants import Applicant
from verify.desk.names import bare_name, name_key
from verify.desk.outcome import Outcome


class MatchCode(StrEnum):
    """How a document and the list agree, or an applicant and the documents. Only `exact` asks for nothing more."""

    EXACT = "exact"
    NAME_DIFFERS = "name_differs"
    DATE_DIFFERS = "date_differs"
    NAME_AND_DATE_DIFFER = "name_and_date_differ"
    CODE_DIFFERS = "code_differs"
    SEVERAL_APPLICANTS = "several_applicants"
    SEVERAL_TRANSCRIPTS = "several_transcripts"
    NOT_LISTED = "not_listed"
    NO_NAME = "no_name"
    """The document does not say whose it is: it is altered, unreadable, or a serial alone."""
    NOT_SUBMITTED = "not_submitted"
    """An applicant, and no document of his among all that were handed in."""
    UNCLEAR = "unclear"
    """The same, but one that was not checked, or shows no name, may be his."""

    @property
    def sentence(self) -> Text:
        """What people read."""
        return _SENTENCES[self]


@dataclass(frozen=True, slots=True)
class Match:
    """What the list says of one document; several applicants where it fits several."""

    code: MatchCode
    applicants: tuple[Applicant, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """One match for each document, in their order, and one for each applicant of whom there is none."""

    matches: tuple[Match, ...]
    missing: tuple[Match, ...]


def match_applicants(outcomes: Sequence[Outcome], applicants: Sequence[Applicant]) -> Matching:
    """Match documents against a list."""
    index = _Index(applicants)
    matches = [_match(outcome, index) for outcome in outcomes]
    for positions in _rivals(outcomes, matches):
        for at in positions:
            matches[at] = replace(matches[at], code=MatchCode.SEVERAL_TRANSCRIPTS)
    found = {one.row for match in matches for one in match.applicants}
    is_open = any(
        outcome.may_be_anybodys and not match.applicants
        for outcome, match in zip(outcomes, matches, strict=True)
    )
    code = MatchCode.UNCLEAR if is_open else MatchCode.NOT_SUBMITTED
    missing = tuple(Match(code, (one,)) for one in applicants if one.row not in found)
    return Matching(tuple(matches), missing)


class _Index:
    """The applicants by everything that they may be found by."""

    def __init__(self, applicants: Sequence[Applicant]) -> None:
        self.by_serial = _grouped(applicants, lambda one: one.serial)
        self.by_personal_id = _grouped(applicants, lambda one: one.personal_id)
        self.by_student_code = _grouped(applicants, lambda one: one.student_code.casefold())
        self.by_name = _grouped(applicants, lambda one: name_key(one.full_name))
        self.by_bare_name = _grouped(applicants, lambda one: bare_name(one.full_name))


def _grouped(
    applicants: Iterable[Applicant], key: Callable[[Applicant], str]
) -> Mapping[str, tuple[Applicant, ...]]:
    groups: defaultdict[str, list[Applicant]] = defaultdict(list)
    for one in applicants:
        if key(one):
            groups[key(one)].append(one)
    return {name: tuple(group) for name, group in groups.items()}


def _match(outcome: Outcome, index: _Index) -> Match:
    found = index.by_serial.get(_plain_serial(outcome), ())
    if outcome.full_name is None or outcome.birth_date is None:
        # A serial that the record knows, and that the list names, is somebody's; whose name it bears is not known.
        return Match(MatchCode.SEVERAL_APPLICANTS if len(found) > 1 else MatchCode.NO_NAME, found)
    found = found or index.by_personal_id.get(outcome.personal_id or "", ())
    # A school's own codes begin again in the next school: alone they name nobody.
    found = found or tuple(
        one
        for one in index.by_student_code.get((outcome.student_code or "").casefold(), ())
        if _same_name(one, outcome) or _same_date(one, outcome)
    )
    return _judged(outcome, found) if found else _by_name(outcome, index)


def _by_name(outcome: Outcome, index: _Index) -> Match:
    namesakes = index.by_name.get(name_key(outcome.full_name or ""), ())
    alike = index.by_bare_name.get(bare_name(outcome.full_name or ""), ())
    for candidates in (
        tuple(one for one in namesakes if _same_date(one, outcome)),
        tuple(one for one in alike if _same_date(one, outcome)),
        # Namesakes of another day are many; one alone is worth a look.
        namesakes if len(namesakes) == 1 else (),
    ):
        fitting = tuple(one for one in candidates if not _other_code(one, outcome))
        if fitting:
            return _judged(outcome, fitting)
        if candidates and _same_date(candidates[0], outcome):
            return Match(MatchCode.CODE_DIFFERS, candidates)
    return Match(MatchCode.NOT_LISTED)


def _judged(outcome: Outcome, found: tuple[Applicant, ...]) -> Match:
    if len(found) > 1:
        return Match(MatchCode.SEVERAL_APPLICANTS, found)
    one = found[0]
    # What a list does not have differs from nothing.
    name = not one.full_name or _same_name(one, outcome)
    date = one.birth_date is None or _same_date(one, outcome)
    if name and date:
        return Match(MatchCode.CODE_DIFFERS if _other_code(one, outcome) else MatchCode.EXACT, found)
    if not name and not date:
        return Match(MatchCode.NAME_AND_DATE_DIFFER, found)
    return Match(MatchCode.DATE_DIFFERS if name else MatchCode.NAME_DIFFERS, found)


def _same_name(one: Applicant, outcome: Outcome) -> bool:
    return name_key(one.full_name) == name_key(outcome.full_name or "")


def _same_date(one: Applicant, outcome: Outcome) -> bool:
    return one.birth_date == outcome.birth_date


def _other_code(one: Applicant, outcome: Outcome) -> bool:
    """Say whether the list names another person's ID or another transcript."""
    pairs = ((one.personal_id, outcome.personal_id), (one.serial, _plain_serial(outcome)))
    return any(listed and said and listed != said for listed, said in pairs)


def _plain_serial(outcome: Outcome) -> str:
    try:
        return parse_typed_serial(outcome.serial or "")
    except SchemaError:
        return ""


def _rivals(outcomes: Sequence[Outcome], matches: Sequence[Match]) -> list[list[int]]:
    """Return the positions of different transcripts of one kind for one applicant.

    A transcript of lower and one of upper secondary school are no rivals, nor the same bytes or serial twice, nor a
    version that was replaced or revoked beside the one that counts.
    """
    claims: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
    for at, (outcome, match) in enumerate(zip(outcomes, matches, strict=True)):
        if len(match.applicants) == 1 and outcome.verdict not in _REPLACED:
            key = (match.applicants[0].row, outcome.kind or "", outcome.form or "")
            claims[key].append(at)
    return [
        positions
        for positions in claims.values()
        if len({outcomes[at].serial or outcomes[at].sha256 for at in positions}) > 1
    ]


_REPLACED: Final = frozenset({VerdictCode.SUPERSEDED, VerdictCode.REVOKED})
_SENTENCES: Final = {
    MatchCode.EXACT: Text("Khớp với danh sách", "Agrees with the list"),
    MatchCode.NAME_DIFFERS: Text("Khác họ tên so với danh sách", "The name differs from the list"),
    MatchCode.DATE_DIFFERS: Text(
        "Khác ngày sinh so với danh sách", "The date of birth differs from the list"
    ),
    MatchCode.NAME_AND_DATE_DIFFER: Text(
        "Cùng mã nhưng khác họ tên và ngày sinh", "Same code, but another name and date of birth"
    ),
    MatchCode.CODE_DIFFERS: Text(
        "Cùng họ tên và ngày sinh nhưng khác mã: có thể là người khác",
        "Same name and date of birth but another code: perhaps another person",
    ),
    MatchCode.SEVERAL_APPLICANTS: Text(
        "Nhiều thí sinh cùng khớp một học bạ", "Several applicants fit this one transcript"
    ),
    MatchCode.SEVERAL_TRANSCRIPTS: Text(
        "Thí sinh có nhiều học bạ khác nhau cùng cấp", "The applicant has several transcripts of one level"
    ),
    MatchCode.NOT_LISTED: Text("Không có trong danh sách", "Not on the list"),
    MatchCode.NO_NAME: Text(
        "Không biết của ai: tệp hoặc mã không cho xem họ tên",
        "Whose it is cannot be told: the file or code shows no name",
    ),
    MatchCode.NOT_SUBMITTED: Text("Chưa nộp học bạ", "No transcript submitted"),
    MatchCode.UNCLEAR: Text(
        "Chưa rõ đã nộp chưa: còn tệp chưa kiểm, hoặc không biết của ai",
        "Not clear whether submitted: a file was not checked, or does not tell whose it is",
    ),
}
