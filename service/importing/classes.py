"""Tables gathered into classes: each student's rows found by code, or by name and birth date where there is no code.

The list of students says who is in a class; every other row must be of one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from service.errors import ServiceError
from service.importing import values
from service.importing.complaints import Complaints, Place, Severity
from service.importing.facts import tidy_class
from service.importing.school_tables import Table
from service.importing.spelling import tones_last
from service.importing.tables import Cell, Row
from service.importing.values import CellValue
from service.importing.vocabulary import Role


@dataclass(slots=True)
class SchoolClass:
    """What was found of one class: its list, and by subject the tables with marks, each with its rows of this class."""

    name: str
    students: list[Row] = field(default_factory=list)
    marks: dict[str, list[tuple[Table, list[Row]]]] = field(default_factory=dict)
    results: list[tuple[Table, list[Row]]] = field(default_factory=list)
    languages: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)

    def fact(self, key: str) -> Cell | None:
        """Return what the lines around the class's tables say; the year's results speak first."""
        ordered = sorted(self.tables, key=lambda table: table.role is not Role.RESULTS)
        return next((table.facts[key] for table in ordered if key in table.facts), None)


def gather(tables: Sequence[Table], complaints: Complaints) -> tuple[SchoolClass, ...]:
    """Return the classes that the tables speak of, by name; a table without class or subject is a complaint."""
    classes: dict[str, SchoolClass] = {}
    named = {table.class_name for table in tables} - {None}
    only = named.pop() if len(named) == 1 else None
    for table in tables:
        subject = table.subject if table.role is Role.MARKS else None
        if table.role is Role.MARKS and subject is None:
            complaints.add(table.place, _subject_unknown())
            continue
        for name, rows in _by_class(table, only, complaints):
            known = classes.setdefault(name, SchoolClass(name))
            known.tables.append(table)
            if table.role is Role.STUDENTS:
                known.students += rows
            elif subject is None:
                known.results.append((table, rows))
            else:
                known.marks.setdefault(subject[0], []).append((table, rows))
                if subject[1]:
                    known.languages[subject[0]] = subject[1]
    return tuple(classes[name] for name in sorted(classes))


def _by_class(table: Table, only: str | None, complaints: Complaints) -> Iterator[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    whole = table.class_name
    for row in table.rows:
        cell = row.cells.get("class_name")
        name = tidy_class(str(cell.value)) if cell else whole or only
        if name is None:
            complaints.add(table.place, _class_unknown())
            return
        found.setdefault(name, []).append(row)
    yield from found.items()


class Roll:
    """The students of a class by code, and whose a row of another sheet is."""

    def __init__(self, rows: Iterable[Row], complaints: Complaints) -> None:
        self._complaints = complaints
        self.rows: dict[str, Row] = {}
        self._names: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {}
        self._read_names: dict[CellValue | None, str] = {}
        for row in rows:
            code = self._own_code(row)
            if code is None:
                continue
            if code in self.rows:
                complaints.add(row.place("student_code"), student_twice(self.rows[code]))
                continue
            self.rows[code], self._names[code] = row, self._name_of(row)
            self._by_name.setdefault(self._names[code], []).append(code)

    def find(self, row: Row) -> str | None:
        """Return whose row this is, or None after a complaint."""
        cell = row.cells.get("student_code")
        if cell is None:
            return self._by_identity(row)
        code = self._by_code(cell)
        if code is not None and self._name_of(row) != self._names[code]:
            self._complaints.add(row.place("full_name"), _name_differs(name_of(self.rows[code])))
        elif code is not None:
            self._compare_birth_dates(code, row, "warning")
        return code

    def _compare_birth_dates(self, code: str, row: Row, severity: Severity) -> None:
        """Complain of a birth date that the list has otherwise; one that the list has wrongly is its own complaint."""
        listed, own = (each.cells.get("birth_date") for each in (self.rows[code], row))
        if listed is None or own is None or listed.value == own.value:
            return
        dates = birth_date_of(self.rows[code]), birth_date_of(row)
        if None not in dates and dates[0] != dates[1]:
            self._complaints.add(own.place, _birth_date_differs(values.shown(listed.value)), severity)

    def _name_of(self, row: Row) -> str:
        """Return by what the name of a row is found, or nothing; "Thùy" and "Thuỳ" are one name."""
        # A name stands on every sheet of a class.
        cell = row.cells.get("full_name")
        value = None if cell is None else cell.value
        known = self._read_names.get(value)
        if known is None:
            known = self._read_names[value] = tones_last(name_of(row))
        return known

    def _own_code(self, row: Row) -> str | None:
        cell = row.cells.get("student_code")
        if cell is None:
            self._complaints.add(row.place("student_code"), _student_code_missing())
            return None
        try:
            return values.student_code(cell.value)
        except ServiceError as fault:
            self._complaints.add(cell.place, fault)
            return None

    def _by_code(self, cell: Cell) -> str | None:
        written = values.shown(cell.value).strip()
        if written in self.rows:
            return written
        if isinstance(cell.value, int | float):
            # A number cell loses leading zeros; the list has the code, so that they are known.
            same = [code for code in self.rows if code.lstrip("0") == written]
            if len(same) == 1:
                self._complaints.add(cell.place, _code_restored(same[0]), "warning")
                return same[0]
        self._complaints.add(cell.place, _student_unlisted())
        return None

    def _by_identity(self, row: Row) -> str | None:
        named = codes = self._by_name.get(self._name_of(row), [])
        born = birth_date_of(row)
        if born is not None:
            codes = [code for code in named if birth_date_of(self.rows[code]) == born]
        if len(named) == 1:
            self._compare_birth_dates(named[0], row, "error")
            return named[0]
        if named and not codes:
            dates = [self.rows[code].place("birth_date").value or "?" for code in named]
            self._complaints.add(row.place("birth_date"), _birth_date_differs(", ".join(dates)))
            return None
        if len(codes) == 1:
            return codes[0]
        place = row.place("full_name")
        self._complaints.add(place, _student_ambiguous() if codes else _student_unlisted())
        return None


def join_rows(
    tables: Iterable[tuple[Table, list[Row]]], roll: Roll, complaints: Complaints
) -> dict[str, Row]:
    """Return one row for each student: the sheets of both semesters put together; who stands twice is a complaint."""
    joined: dict[str, Row] = {}
    for _, rows in tables:
        seen: dict[str, Row] = {}
        for found in rows:
            row = found.made()
            code = roll.find(row)
            if code is None:
                continue
            if code in seen:
                complaints.add(
                    row.place("student_code" if "student_code" in row.cells else "full_name"),
                    student_twice(seen[code]),
                )
                continue
            seen[code] = row
            joined[code] = _join(joined[code], row, complaints) if code in joined else row
    return joined


def _join(known: Row, row: Row, complaints: Complaints) -> Row:
    for key in row.columns:
        if key in known.columns and key not in _IDENTITY:
            other, cell = known.cells.get(key), row.cells.get(key)
            if other and cell and values.shown(other.value) != values.shown(cell.value):
                complaints.add(cell.place, _value_twice(other.place))
    cells = {**row.cells, **known.cells}
    return Row(known.sheet, known.number, cells, row.columns | known.columns, known.file)


_IDENTITY = frozenset(
    {"number", "student_code", "full_name", "birth_date", "gender", "class_name", "teacher", "remark"}
)


def name_of(row: Row) -> str:
    """Return the name of a row, or nothing where it cannot be read."""
    try:
        return values.text(row.cells["full_name"].value)
    except (KeyError, ServiceError):
        return ""


def birth_date_of(row: Row) -> object:
    """Return the birth date of a row, or None."""
    try:
        return values.date(row.cells["birth_date"].value)
    except (KeyError, ServiceError):
        return None


def student_twice(first: Row) -> ServiceError:
    """Say that a student stands twice, and where first."""
    where = f"{first.sheet}, " if first.sheet else ""
    return ServiceError(
        "student-twice",
        f"Học sinh này đã có ở {where}dòng {first.number}; hãy sửa mã hoặc xoá dòng thừa.",
        f"This student is in {where}row {first.number} already; correct the code or delete the row.",
    )


def _name_differs(listed: str) -> ServiceError:
    return ServiceError(
        "student-name-differs",
        f"Họ tên khác danh sách học sinh ({listed or 'trống'}); hãy xem dòng có bị lệch không rồi sửa.",
        f"The name differs from the list of students ({listed or 'empty'}); see whether rows have shifted and mend it.",
    )


def _student_unlisted() -> ServiceError:
    return ServiceError(
        "student-unlisted",
        "Học sinh này không có trong danh sách của lớp; hãy sửa mã, họ tên hoặc thêm học sinh vào danh sách.",
        "This student is not in the list of the class; correct code or name, or add the student to the list.",
    )


def _birth_date_differs(listed: str) -> ServiceError:
    return ServiceError(
        "student-birth-date-differs",
        f"Danh sách của lớp có học sinh tên này nhưng ngày sinh khác ({listed}); hãy sửa một trong hai nơi.",
        f"The list of the class has this name with another birth date ({listed}); correct one of the two.",
    )


def _student_ambiguous() -> ServiceError:
    return ServiceError(
        "student-ambiguous",
        "Lớp có nhiều học sinh cùng họ tên này; hãy thêm cột mã học sinh hoặc ngày sinh vào trang.",
        "Several students of the class have this name; add a column with the student code or the birth date.",
    )


def _student_code_missing() -> ServiceError:
    return ServiceError(
        "student-code-missing",
        "Dòng này thiếu mã học sinh; hãy điền mã hoặc xoá dòng.",
        "This row has no student code; fill it in or delete the row.",
    )


def _code_restored(code: str) -> ServiceError:
    return ServiceError(
        "student-code-restored",
        f"Mã học sinh đã mất số 0 ở đầu và được đọc là {code} theo danh sách lớp; hãy đối chiếu.",
        f"The student code had lost leading zeros and is read as {code}, after the list of the class; compare it.",
    )


def _value_twice(other: Place) -> ServiceError:
    where = " ".join(part for part in (other.file, other.sheet, f"{other.column}{other.row}") if part)
    return ServiceError(
        "value-twice",
        f"Ô này khác giá trị đã có ở {where} ({other.value}); hãy giữ một giá trị.",
        f"This cell differs from {where} ({other.value}), which says the same thing; keep one value.",
    )


def _subject_unknown() -> ServiceError:
    return ServiceError(
        "subject-unknown",
        "Không rõ trang này là điểm của môn nào; hãy ghi “Môn: …” trên bảng, hoặc đặt tên trang theo môn.",
        "It is not known which subject this sheet is of; write “Môn: …” above the table, or name the sheet after it.",
    )


def _class_unknown() -> ServiceError:
    return ServiceError(
        "class-unknown",
        "Không rõ trang này là của lớp nào; hãy ghi “Lớp: 6A” trên bảng, hoặc thêm cột “Lớp”.",
        "It is not known which class this sheet is of; write “Lớp: 6A” above the table, or add a column “Lớp”.",
    )
