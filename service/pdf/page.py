"""What the page of a transcript says, as strings in their places.

`form` is the same for every student of a form; `fields` are the lines that differ. Both the template, which sets a
page, and `form.py`, which fills one that was set before, take their words from here, so that they cannot say different
things. What a year says is in `secondary_page.py` and `primary_page.py`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.profiles import DocumentForm
from schemas.qr import QRAddress
from schemas.serial import display_serial
from schemas.transcript.model import (
    Kind,
    Learner,
    Person,
    PrimaryYear,
    RelationKind,
    Transcript,
    Year,
    format_transcript,
)
from schemas.vietnam_time import day_in_vietnam
from service.errors import ServiceError
from service.pdf import primary_page, secondary_page
from service.pdf.fields import FULL_WIDTH, MM, Field, Lines, Room, broken, whole
from service.pdf.glyphs import Face, Glyphs
from service.pdf.signature_fields import Side
from service.pdf.words import STAGES, day, place_and_day, titles

TEMPLATE: Final = 1
"""The version of the forms that new documents are printed on: the folder `templates/v1`."""
_TEMPLATES: Final = {DocumentForm.EXTRACT: "extract", DocumentForm.TRANSFER_SUMMARY: "summary"}
"""The templates of what is taken from a transcript, of whatever level."""
_NOUNS: Final = {
    DocumentForm.TRANSCRIPT: "học bạ",
    DocumentForm.EXTRACT: "trích lục",
    DocumentForm.TRANSFER_SUMMARY: "bản tóm tắt",
}
_DISTRICTS_END: Final = dt.date(2025, 7, 1)

LABELS: Final[Mapping[str, str]] = {
    "name": "Họ và tên",
    "gender": "Giới tính",
    "birth-date": "Ngày, tháng, năm sinh",
    "ethnicity": "Dân tộc",
    "nationality": "Quốc tịch",
    "birth-place": "Nơi sinh",
    "home-town": "Quê quán",
    "policy": "Đối tượng",
    "address": "Chỗ ở hiện tại",
    "father": "Họ và tên cha",
    "mother": "Họ và tên mẹ",
    "guardian": "Họ và tên người giám hộ",
    "father-job": "Nghề nghiệp",
    "mother-job": "Nghề nghiệp",
    "guardian-job": "Nghề nghiệp",
    "student-code": "Mã định danh học sinh",
    "personal-id": "Số định danh cá nhân",
    "register": "Số đăng bộ",
    "record-code": "Mã hồ sơ học tập",
    "class": "Lớp",
    "height": "Chiều cao",
    "weight": "Cân nặng",
    "excused": "Số ngày nghỉ có phép",
    "unexcused": "không phép",
}
"""The words before a field of the same name."""

# The columns of the information page.
_LEFT: Final = (170 - 5) * 1.35 / 2.35 * MM
_RIGHT: Final = (170 - 5) / 2.35 * MM
_WIDTHS: Final = (
    (FULL_WIDTH, ("nationality", "birth-place", "home-town", "policy", "address")),
    (_LEFT, ("name", "birth-date", "father", "mother", "guardian", "student-code", "register")),
    (_RIGHT, ("gender", "ethnicity", "father-job", "mother-job", "guardian-job", "personal-id")),
    (_RIGHT, ("record-code",)),
)
_ROOMS: Final = {
    name: Room(Face.BOLD, 11.5, width, LABELS[name]) for width, names in _WIDTHS for name in names
}
_COVER_NAME: Final = Room(Face.BOLD, 19, FULL_WIDTH)
# Beside the number of the page; as wide as the longest label of a serial makes it.
_FOOT_NAME: Final = Room(Face.REGULAR, 8.5, 150 * MM, "Mã bản tóm tắt: 0000-0000-0000-0000-0 –")


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page; `template` sets it; `fits` where every field keeps to the room that the form has for it."""

    template: str
    form: str
    fields: Mapping[str, Lines]
    data: bytes
    fits: bool
    side: Side = Side.RIGHT

    @property
    def shape(self) -> tuple[str, str, tuple[tuple[str, int], ...]]:
        """Everything that the places on the page depend on: equal shapes, equal places."""
        return self.template, self.form, tuple((name, len(lines)) for name, lines in self.fields.items())


def page_of(transcript: Transcript, qr: QRAddress, glyphs: Glyphs) -> Page:
    """Return the words of a transcript's page; where one is too long for its room, all are left to the template.

    Raises:
        ServiceError: `template-unknown`.
    """
    fields = [*_learner_fields(transcript)]
    for number, year in enumerate(transcript.years):
        fields += _year_fields(f"{number}.", year)
    # An extract is made one at a time: no form is learned for it.
    lines = broken(fields, glyphs) if transcript.form is DocumentForm.TRANSCRIPT else None
    form = json.dumps(_form(transcript, qr), ensure_ascii=False, sort_keys=True)
    return Page(
        template_of(transcript),
        form,
        lines or whole(fields),
        format_transcript(transcript),
        fits=lines is not None,
        side=Side.LEFT
        if transcript.kind is Kind.PRIMARY and transcript.form is DocumentForm.TRANSCRIPT
        else Side.RIGHT,
    )


def template_of(transcript: Transcript) -> str:
    """Return the template that a transcript is pinned to, as a path below `templates`.

    Documents of before the version was written into the data are on the forms of version 1.

    Raises:
        ServiceError: `template-unknown`.
    """
    version = transcript.template or 1
    if version > TEMPLATE:
        raise ServiceError(
            "template-unknown",
            f"Phần mềm này chưa có mẫu học bạ phiên bản {version}; hãy cập nhật phần mềm rồi cấp tiếp.",
            f"This software has no form of version {version}; update it, then go on issuing.",
        )
    level = "primary" if transcript.kind is Kind.PRIMARY else "secondary"
    return f"v{version}/{_TEMPLATES.get(transcript.form, level)}.typ"


def _form(transcript: Transcript, qr: QRAddress) -> dict[str, object]:
    issuer, last = transcript.issuer, transcript.years[-1]
    issued = day_in_vietnam(transcript.issued_at)
    return {
        "stage": STAGES[transcript.kind],
        "issuer": issuer.name,
        "issuer_place": {
            "commune": issuer.commune,
            "district": issuer.district if issued < _DISTRICTS_END else None,
            "province": issuer.province,
        },
        "address": f"https://{qr.host}",
        "noun": _NOUNS[transcript.form],
        "is_primary": transcript.kind is Kind.PRIMARY,
        "check_title": f"Kiểm tra {_NOUNS[transcript.form]} này",
        "serial_label": f"Mã {_NOUNS[transcript.form]}",
        "labels": dict(LABELS),
        "issued": day(issued),
        "issued_at": place_and_day(last.place, issued),
        "date": _numbers(transcript.issued_at.date()),
        "relation": {RelationKind.CONTINUES: "nối tiếp", RelationKind.CORRECTS: "thay thế"}.get(
            transcript.relation.kind
        ),
        "signatory": titles(transcript.signatory),
        "signed_at": place_and_day(last.place, last.approved_on if _signs_here(transcript) else issued),
        "signs_here": _signs_here(transcript),
        "guide_topics": transcript.kind is Kind.UPPER_SECONDARY,
        "years": [_year_form(year) for year in transcript.years],
    }


def _signs_here(transcript: Transcript) -> bool:
    """Whether who signs the document also approved its last year: one block then serves both."""
    # An extract is signed by who answers for it today, whoever approved the year.
    return (
        transcript.form is DocumentForm.TRANSCRIPT and transcript.years[-1].principal == transcript.signatory
    )


def _year_form(year: Year) -> dict[str, object]:
    return primary_page.year_form(year) if isinstance(year, PrimaryYear) else secondary_page.year_form(year)


def _year_fields(at: str, year: Year) -> Iterator[Field]:
    if year.source is not None:
        yield Field(f"{at}source", f"Theo học bạ số {display_serial(year.source.serial)}")
    if isinstance(year, PrimaryYear):
        yield from primary_page.year_fields(at, year)
    else:
        yield from secondary_page.year_fields(at, year)


def _learner_fields(transcript: Transcript) -> Iterator[Field]:
    learner, serial = transcript.learner, display_serial(transcript.serial)
    is_primary = transcript.kind is Kind.PRIMARY
    yield Field("title", f"{_title(transcript)} – {learner.full_name}")
    yield Field("serial", serial)
    if transcript.relation.serial:
        yield Field("related", display_serial(transcript.relation.serial))
    rooms = (primary_page if is_primary else secondary_page).NAME_ROOMS
    yield Field("name", learner.full_name, (_COVER_NAME, _FOOT_NAME, _ROOMS["name"], *rooms))
    for name, value in _information(learner, is_primary=is_primary).items():
        yield Field(name, value or "", (_ROOMS[name],))


def _title(transcript: Transcript) -> str:
    stage = STAGES[transcript.kind].lower()
    match transcript.form:
        case DocumentForm.EXTRACT:
            return f"Trích lục học bạ {stage}, năm học {transcript.years[0].school_year}"
        case DocumentForm.TRANSFER_SUMMARY:
            return f"Tóm tắt kết quả học tập {stage}"
        case _:
            return f"Học bạ {stage}"


def _information(learner: Learner, *, is_primary: bool) -> dict[str, str | None]:
    of_level = (
        {"nationality": learner.nationality, "home-town": learner.home_town}
        if is_primary
        else {"policy": learner.policy_category}
    )
    return {
        "gender": learner.gender,
        "birth-date": day(learner.birth_date),
        "ethnicity": learner.ethnicity,
        "birth-place": learner.birth_place,
        **of_level,
        "address": learner.address,
        "student-code": learner.student_code,
        "personal-id": learner.personal_id,
        "register": learner.register_number,
        "record-code": learner.record_code,
        **_person("father", learner.father),
        **_person("mother", learner.mother),
        **_person("guardian", learner.guardian),
    }


def _person(who: str, person: Person | None) -> dict[str, str | None]:
    name, occupation = (None, None) if person is None else (person.name, person.occupation)
    return {who: name, f"{who}-job": occupation}


def _numbers(value: dt.date) -> tuple[int, int, int]:
    return value.year, value.month, value.day
