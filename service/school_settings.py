"""A school as somebody describes it: what was typed becomes what documents print, or is refused with a sentence."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from schemas.letters import strange_letter
from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.people.roles import ROLE_WORDS, Role
from service.storage.delegations import ON_BEHALF
from service.storage.records import Delegation
from service.storage.school_records import Principal

PRINCIPAL_TITLE = ROLE_WORDS[Role.PRINCIPAL].vi
DEPUTY_TITLE = "Phó Hiệu trưởng"
_MAX_DECISION = 200
_T = TypeVar("_T")


def described_school(
    code: str, name: str, commune: str, district: str | None, province: str, principal: str
) -> tuple[School, Signatory]:
    """Return a school and its principal as somebody describes them.

    Raises:
        ServiceError: `school-invalid`.
    """
    school = parse_school(code, name, commune, district, province)
    return school, parse_signatory(principal, PRINCIPAL_TITLE)


def parse_school(code: str, name: str, commune: str, district: str | None, province: str) -> School:
    """Return a school as documents print it; an empty district is none.

    Raises:
        ServiceError: `school-invalid`, `text-strange-letter`.
    """
    return _valid(
        lambda: School(
            code=code.strip(),
            name=_line(name),
            commune=_line(commune),
            district=_line(district or "") or None,
            province=_line(province),
        )
    )


def parse_signatory(name: str, title: str, on_behalf: str | None = None) -> Signatory:
    """Return who signs, by name and title as the page prints them.

    Raises:
        ServiceError: `school-invalid`, `text-strange-letter`.
    """
    return _valid(lambda: Signatory(name=_line(name), title=_line(title), on_behalf=on_behalf))


def parse_principal(school: str, name: str, title: str, first_day: str) -> Principal:
    """Return who leads a school from a day on.

    Raises:
        ServiceError: `school-invalid`, `day-invalid`.
    """
    return Principal(school, parse_signatory(name, title), parse_day(first_day))


def parse_delegation(
    school: str, deputy: Signatory, decision: str, days: tuple[str, str], *, new_id: str
) -> Delegation:
    """Return a delegation to a deputy from one day to another; the deputy's name is that of the certificate.

    Raises:
        ServiceError: `day-invalid`, `delegation-decision`.
    """
    words = _line(decision)
    if not words or len(words) > _MAX_DECISION or not words.isprintable():
        raise ServiceError(
            "delegation-decision",
            "Hãy ghi số và ngày của quyết định uỷ quyền, trên một dòng.",
            "Give number and day of the decision that delegates, on one line.",
        )
    first, last = map(parse_day, days)
    return Delegation(new_id, school, deputy.model_copy(update={"on_behalf": ON_BEHALF}), words, first, last)


def parse_day(typed: str) -> dt.date:
    """Return a day that was typed as YYYY-MM-DD, as browsers send it, or as dd/mm/yyyy.

    Raises:
        ServiceError: `day-invalid`.
    """
    for spelling in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(typed.strip(), spelling).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise ServiceError(
        "day-invalid",
        "Ngày ghi là ngày/tháng/năm, như 01/09/2026; hãy xem lại.",
        "A day is written day/month/year, like 01/09/2026; check it.",
    )


def _line(typed: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", typed).split())
    strange = strange_letter(line)
    if strange is not None:
        raise ServiceError("text-strange-letter", strange.vi, strange.en)
    return line


def _valid(make: Callable[[], _T]) -> _T:
    try:
        return make()
    except ValidationError as error:
        fields = ", ".join(str(fault["loc"][0]) for fault in error.errors())
        raise ServiceError(
            "school-invalid",
            f"Thông tin của trường chưa đúng ({fields}); hãy sửa rồi thử lại.",
            f"The description of the school is wrong ({fields}); mend it and retry.",
        ) from error
