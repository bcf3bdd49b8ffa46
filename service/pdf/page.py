"""What the page of a transcript says, as strings in their places.

`form` is the same for every student of a form; `fields` are the lines that differ. Both `templates/transcript.typ`,
which sets a page, and `form.py`, which fills one that was set before, take their words from here, so that they cannot
say different things. How long a text may be before it is broken is decided here, by the widths of the font's glyphs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.qr import QRAddress
from schemas.serial import display_serial
from schemas.transcript.model import (
    Kind,
    Person,
    RelationKind,
    School,
    Signatory,
    SubjectResult,
    Transcript,
    YearTT22,
    format_transcript,
)
from schemas.transcript.subjects import SUBJECTS
from service.pdf.glyphs import Face, Glyphs

Lines = tuple[str, ...]
_MM: Final = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Room:
    """How much a line of a field may take, in points, and what else stands in it."""

    face: Face
    size: float
    width: float
    label: str = ""

    def has_for(self, line: str, glyphs: Glyphs) -> bool:
        """Whether `line` fits, a hair to spare."""
        label = glyphs[Face.REGULAR].width(f"{self.label}: ", self.size) if self.label else 0.0
        return label + glyphs[self.face].width(line, self.size) <= self.width - 0.1

    def lines(self, text: str, glyphs: Glyphs) -> Lines:
        """Break `text` into lines that fit, except for words that are too long by themselves."""
        return glyphs[self.face].lines(text, self.size, self.width - 0.1)


# Rows of one height look like the printed form, and let one compiled form serve many classes.
_EVEN_ROWS: Final = 2
_VIETNAM: Final = dt.timedelta(hours=7)
_STAGES: Final[Mapping[Kind, str]] = {
    Kind.PRIMARY: "Tiểu học",
    Kind.LOWER_SECONDARY: "Trung học cơ sở",
    Kind.UPPER_SECONDARY: "Trung học phổ thông",
}
_MARKS: Final = ("semester1", "semester2", "year", "reassessed")
_LEVELS: Final = ("semester1", "semester2", "year", "after")

LABELS: Final[Mapping[str, str]] = {
    "name": "Họ và tên",
    "gender": "Giới tính",
    "birth-date": "Ngày sinh",
    "ethnicity": "Dân tộc",
    "birth-place": "Nơi sinh",
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
}
"""The words before a field of the same name."""

# The columns of `templates/transcript.typ`, less the insets of its cells.
_FULL: Final = 170 * _MM
_LEFT: Final = (170 - 5) * 1.35 / 2.35 * _MM
_RIGHT: Final = (170 - 5) / 2.35 * _MM
_TEACHER: Final = Room(Face.ITALIC, 9.5, 72 * _MM - 8)
_REMARK: Final = Room(Face.REGULAR, 10.5, 72 * _MM - 8)
_BOX: Final = Room(Face.REGULAR, 11.5, 164 * _MM)
_ROOMS: Final = {
    "name": Room(Face.BOLD, 19, _FULL),
    **{
        name: Room(Face.BOLD, 11.5, width, LABELS[name])
        for width, names in (
            (_FULL, ("birth-place", "policy", "address")),
            (_LEFT, ("birth-date", "father", "mother", "guardian", "student-code", "register")),
            (
                _RIGHT,
                (
                    "gender",
                    "ethnicity",
                    "father-job",
                    "mother-job",
                    "guardian-job",
                    "personal-id",
                    "record-code",
                ),
            ),
        )
        for name in names
    },
}
_YEAR_ROOMS: Final = (
    ("name", Room(Face.BOLD, 11.5, 94 * _MM, LABELS["name"])),
    ("class", Room(Face.BOLD, 11.5, 28 * _MM, LABELS["class"])),
    ("homeroom", Room(Face.BOLD, 11.5, 70 * _MM)),
)


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page; `even` where every field keeps to the room that the form has for it."""

    form: str
    fields: Mapping[str, Lines]
    data: bytes
    even: bool

    @property
    def shape(self) -> tuple[str, tuple[tuple[str, int], ...]]:
        """Everything that the places on the page depend on: equal shapes, equal places."""
        return self.form, tuple((name, len(lines)) for name, lines in self.fields.items())


def page_of(transcript: Transcript, qr: QRAddress, glyphs: Glyphs) -> Page:
    """Return the words of a transcript's page; where one is too long for its room, all are left to the template."""
    fields: dict[str, Lines] = dict(_learner_fields(transcript))
    for number, year in enumerate(transcript.years):
        fields |= _year_fields(f"{number}.", year)
    broken = _broken(transcript, fields, glyphs)
    form = json.dumps(_form(transcript, qr), ensure_ascii=False, sort_keys=True)
    return Page(form, broken or fields, format_transcript(transcript), even=broken is not None)


def _form(transcript: Transcript, qr: QRAddress) -> dict[str, object]:
    issuer, last = transcript.issuer, transcript.years[-1]
    issued = (transcript.issued_at + _VIETNAM).date()
    return {
        "stage": _STAGES[transcript.kind],
        "issuer": issuer.name,
        "issuer_place": {"commune": issuer.commune, "district": issuer.district, "province": issuer.province},
        "address": f"https://{qr.host}",
        "labels": dict(LABELS),
        "issued": _day(issued),
        "date": _numbers(transcript.issued_at.date()),
        "relation": {RelationKind.CONTINUES: "nối tiếp", RelationKind.CORRECTS: "thay thế"}.get(
            transcript.relation.kind
        ),
        "signatory": _titles(transcript.signatory),
        "signed_at": _place_and_day(last.place, last.approved_on if _signs_here(transcript) else issued),
        "signs_here": _signs_here(transcript),
        "years": [_year_form(year) for year in transcript.years],
    }


def _signs_here(transcript: Transcript) -> bool:
    """Whether who signs the document also approved its last year: one block then serves both."""
    return transcript.years[-1].principal == transcript.signatory


def _year_form(year: YearTT22) -> dict[str, object]:
    corrections = year.corrections
    return {
        "school_year": year.school_year,
        "school": _school(year.school),
        "subjects": [row.title or SUBJECTS[row.subject].name for row in year.subjects],
        "corrections": None
        if corrections is None
        else {"count": str(corrections.count), "subjects": ", ".join(corrections.subjects)},
        "principal": _titles(year.principal),
        # A line that is missing moves those below it, so it belongs to the form.
        "confirmed": bool(_homeroom_confirmations(year)),
        "remark": year.homeroom_remark is not None,
        "approved": _day(year.approved_on),
        "approved_at": _place_and_day(year.place, year.approved_on),
    }


def _titles(person: Signatory) -> dict[str, object]:
    titles = [person.on_behalf, person.title]
    return {"name": person.name, "titles": [title.upper() for title in titles if title]}


def _school(school: School) -> str:
    return ", ".join(filter(None, (school.name, school.commune, school.district, school.province)))


def _learner_fields(transcript: Transcript) -> Iterator[tuple[str, Lines]]:
    learner, serial = transcript.learner, display_serial(transcript.serial)
    yield "title", (f"Học bạ {_STAGES[transcript.kind].lower()} – {learner.full_name}",)
    yield "serial", (serial,)
    if transcript.relation.serial:
        yield "related", (display_serial(transcript.relation.serial),)
    values = {
        "name": learner.full_name,
        "gender": learner.gender,
        "birth-date": _day(learner.birth_date),
        "ethnicity": learner.ethnicity,
        "birth-place": learner.birth_place,
        "policy": learner.policy_category,
        "address": learner.address,
        "student-code": learner.student_code,
        "personal-id": learner.personal_id,
        "register": learner.register_number,
        "record-code": learner.record_code,
        **_person("father", learner.father),
        **_person("mother", learner.mother),
        **_person("guardian", learner.guardian),
    }
    yield from ((name, (value or "",)) for name, value in values.items())


def _person(who: str, person: Person | None) -> dict[str, str | None]:
    name, occupation = (None, None) if person is None else (person.name, person.occupation)
    return {who: name, f"{who}-job": occupation}


def _year_fields(prefix: str, year: YearTT22) -> Iterator[tuple[str, Lines]]:
    values: dict[str, str | None] = {
        "class": year.class_name,
        "homeroom": year.homeroom_teacher,
        "absences": str(year.absences),
        "promotion": year.promotion or "",
        "certificates": year.certificates or "Không có.",
        "awards": year.awards or "Không có.",
        "remark": year.homeroom_remark,
        **{f"conduct.{when}": getattr(year.conduct, when) or "" for when in _LEVELS},
        **{f"learning.{when}": getattr(year.learning, when) or "" for when in _LEVELS},
    }
    for confirmed in _homeroom_confirmations(year)[-1:]:
        values["confirmed"] = f"Đã xác nhận điện tử ngày {_day((confirmed + _VIETNAM).date())}"
    yield from ((prefix + name, (value,)) for name, value in values.items() if value is not None)
    for number, row in enumerate(year.subjects):
        yield from _row_fields(f"{prefix}{number}.", row)


def _homeroom_confirmations(year: YearTT22) -> list[dt.datetime]:
    return [each.at for each in year.confirmations if each.role == "homeroom-teacher"]


def _row_fields(prefix: str, row: SubjectResult) -> Iterator[tuple[str, Lines]]:
    for column in _MARKS:
        yield prefix + column, ((getattr(row, column) or "").replace(".", ","),)
    yield prefix + "remark", (row.remark or "",)
    yield prefix + "teacher", (row.teacher,)


def _broken(transcript: Transcript, fields: Mapping[str, Lines], glyphs: Glyphs) -> dict[str, Lines] | None:
    """Return the fields with long texts broken into lines, or None where one has no room on the form."""
    if not all(glyphs.knows(line) for lines in fields.values() for line in lines):
        return None
    broken = dict(fields)
    fits = [room.has_for(fields[name][0], glyphs) for name, room in _ROOMS.items()]
    for number, year in enumerate(transcript.years):
        at = f"{number}."
        fits += [
            room.has_for(fields[name if name == "name" else at + name][0], glyphs)
            for name, room in _YEAR_ROOMS
        ]
        rows = [f"{at}{row}." for row in range(len(year.subjects))]
        fits += [_TEACHER.has_for(fields[row + "teacher"][0], glyphs) for row in rows]
        for name in ("certificates", "awards", *(["remark"] if year.homeroom_remark else [])):
            broken[at + name] = _BOX.lines(fields[at + name][0], glyphs)
            fits += [_BOX.has_for(line, glyphs) for line in broken[at + name]]
        remarks = [_REMARK.lines(fields[row + "remark"][0], glyphs) for row in rows]
        fits += [_REMARK.has_for(line, glyphs) for lines in remarks for line in lines]
        height = max(map(len, remarks))
        fits.append(height <= _EVEN_ROWS)
        for row, lines in zip(rows, remarks, strict=True):
            broken[row + "remark"] = lines + ("",) * (height - len(lines))
    return broken if all(fits) else None


def _numbers(day: dt.date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


def _place_and_day(place: str, day: dt.date) -> str:
    return f"{place}, ngày {day:%d} tháng {day:%m} năm {day:%Y}"
