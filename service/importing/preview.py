"""What an import will change: each student new, changed or as before, with the values before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.transcript.subjects import SUBJECTS
from service.importing.shape import RESULTS_COLUMNS, STUDENTS_COLUMNS, SUBJECT_COLUMNS
from service.storage.records import StudentYear, canonical_record

_LABELS = {column.key: column.title for column in (*RESULTS_COLUMNS, *SUBJECT_COLUMNS, *STUDENTS_COLUMNS)} | {
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
    "class_name": "Lớp",
    "homeroom_teacher": "Giáo viên chủ nhiệm",
    "place": "Nơi phê duyệt",
    "approved_on": "Ngày phê duyệt",
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
    old, new = _flat(before), _flat(after)
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Difference(_label(path), old.get(path), new.get(path))


def _flat(row: StudentYear) -> dict[str, str]:
    learner = json.loads(canonical_record(row.learner))
    year = json.loads(canonical_record(row.year))
    subjects = {each["subject"]: each for each in year.pop("subjects", ())}
    return dict((*_leaves("learner", learner), *_leaves("year", year), *_leaves("subjects", subjects)))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _leaves(f"{path}.{key}", member)
    elif isinstance(value, list):
        yield path, json.dumps(value, ensure_ascii=False)
    else:
        yield path, str(value)


def _label(path: str) -> str:
    first, _, rest = path.partition(".")
    if first == "subjects":
        code, _, field = rest.partition(".")
        name = SUBJECTS[code].name if code in SUBJECTS else code
        return f"{name}: {_LABELS.get(field, field)}"
    return _LABELS.get(path) or _LABELS.get(rest) or path
