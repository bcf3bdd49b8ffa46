"""What an import will change: each student new, changed or as before, with the values before and after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.canonical import JSONValue
from schemas.change_trail import SENSITIVE, field_changes, flat_fields
from schemas.transcript.subjects import SUBJECTS
from schemas.transcript.traits import TRAITS_BY_CODE
from service.importing.column_labels import label_of as column_label
from service.storage.records import StudentYear, canonical_record

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MARK = re.compile(r"[0-9]{1,2}\.[0-9]")
_LABELS = {
    "learner.mother.name": "Họ tên mẹ",
    "learner.father.name": "Họ tên cha",
    "learner.guardian.name": "Họ tên người giám hộ",
    "learner.mother.occupation": "Nghề nghiệp mẹ",
    "learner.father.occupation": "Nghề nghiệp cha",
    "learner.guardian.occupation": "Nghề nghiệp người giám hộ",
    "conduct.semester1": "Rèn luyện HKI",
    "conduct.semester2": "Rèn luyện HKII",
    "conduct.year": "Rèn luyện cả năm",
    "conduct.after": "Rèn luyện sau hè",
    "learning.semester1": "Học tập HKI",
    "learning.semester2": "Học tập HKII",
    "learning.year": "Học tập cả năm",
    "learning.after": "Học tập sau đánh giá lại",
    "averages.semester1": "ĐTB các môn HKI",
    "averages.semester2": "ĐTB các môn HKII",
    "averages.year": "ĐTB các môn cả năm",
    "averages.after": "ĐTB các môn sau kiểm tra lại",
    "class_name": "Lớp",
    "homeroom_teacher": "Giáo viên chủ nhiệm",
    "place": "Nơi phê duyệt",
    "approved_on": "Ngày phê duyệt",
}
_GROUPS = {
    "qualities": "Phẩm chất",
    "general_competences": "Năng lực chung",
    "specific_competences": "Năng lực đặc thù",
    "competences": "Năng lực",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that will change; None where there was, or will be, nothing."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangedStudent:
    """A student who is stored already, and what will change."""

    student_code: str
    full_name: str
    class_name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What will happen; `left` counts stored students of the same classes whom the files do not name: they stay."""

    added: int
    unchanged: int
    left: int
    changed: tuple[ChangedStudent, ...]

    @property
    def shows_sensitive(self) -> tuple[str, ...]:
        """The codes of students of whom a stored value is shown that is sensitive."""
        return tuple(
            student.student_code
            for student in self.changed
            if any(one.what in _SENSITIVE and one.before is not None for one in student.differences)
        )


def preview(rows: Sequence[StudentYear], stored: Sequence[StudentYear]) -> Preview:
    """Compare what was read with what is stored of the same school and school year."""
    known = {row.learner.student_code: row for row in stored}
    changed, added, unchanged = [], 0, 0
    for row in rows:
        before = known.get(row.learner.student_code)
        if before is None:
            added += 1
        elif before.digest == row.digest and before.class_name == row.class_name:
            unchanged += 1
        else:
            differences = tuple(_differences(before, row))
            learner = row.learner
            changed.append(
                ChangedStudent(learner.student_code, learner.full_name, row.class_name, differences)
            )
    codes = {row.learner.student_code for row in rows}
    classes = {row.class_name for row in rows}
    left = sum(row.class_name in classes and row.learner.student_code not in codes for row in stored)
    return Preview(added, unchanged, left, tuple(changed))


def _differences(before: StudentYear, after: StudentYear) -> Iterator[Difference]:
    for change in field_changes(_flat(before), _flat(after)):
        # The class stands in the year, too.
        if change.field != "class_name":
            yield Difference(label_of(change.field), _shown(change.old), _shown(change.new))


def _flat(row: StudentYear) -> dict[str, JSONValue]:
    learner, year = (json.loads(canonical_record(part)) for part in (row.learner, row.year))
    return flat_fields(learner, year, row.class_name)


def _shown(value: JSONValue) -> str | None:
    return None if value is None else written(str(value))


def written(value: str) -> str:
    """Write dates and marks as people here do."""
    if date := _DATE.fullmatch(value):
        return f"{date[3]}/{date[2]}/{date[1]}"
    return value.replace(".", ",") if _MARK.fullmatch(value) else value


def label_of(path: str) -> str:
    """Return what a field is called, by its path as `schemas.change_trail.flat_fields` writes it."""
    _, _, rest = path.partition(".")
    group, _, field = rest.partition(".")
    if group == "subjects":
        code, _, field = field.partition(".")
        name = SUBJECTS[code].name if code in SUBJECTS else code
        return f"{name}: {column_label(field)}"
    if group in _GROUPS:
        trait = TRAITS_BY_CODE.get(field)
        return f"{_GROUPS[group]}: {trait.name if trait else column_label(field)}"
    return _LABELS.get(path) or _LABELS.get(rest) or column_label(rest or path)


_SENSITIVE: Final = frozenset(map(label_of, SENSITIVE))
