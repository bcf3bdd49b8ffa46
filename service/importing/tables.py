"""Sheets as tables: finds the header, then gives rows whose cells know where they stand.

Headers are matched without case, tone marks and punctuation. What a cell must hold is not known here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from service.errors import ServiceError
from service.importing.complaints import Complaints, Place
from service.importing.shape import Column
from service.importing.sheets import Sheet, letter
from service.importing.values import CellValue, shown

HEADER_WITHIN = 15
_T = TypeVar("_T")


class Cell(NamedTuple):
    """A cell that is not empty; `position` is that of its column, from 0. A tuple, for a school has a million."""

    value: CellValue
    is_formula: bool
    sheet: str | None
    row: int
    position: int
    file: str | None = None

    @property
    def place(self) -> Place:
        """Where it stands; made when it is asked for, since there are few complaints."""
        return Place(self.sheet, self.row, letter(self.position), shown(self.value), self.file)


class SheetCells(Mapping[str, Cell]):
    """The cells of one line that are not empty, each made when it is asked for: a few tell whose line it is."""

    __slots__ = ("_index", "_positions", "_sheet")

    def __init__(self, sheet: Sheet, index: int, positions: Mapping[str, int]) -> None:
        self._sheet, self._index, self._positions = sheet, index, positions

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a cell by the key of its column, or the default where it is empty."""
        position = self._positions.get(key)
        if position is None:
            return default
        sheet, index = self._sheet, self._index
        value = sheet.rows[index][position]
        is_formula = bool(sheet.formulas) and (index + 1, position + 1) in sheet.formulas
        # A formula without a cached value reads as empty, and must still be refused as a formula.
        if not is_formula and _is_empty(value):
            return default
        return Cell(value, is_formula, sheet.name, index + 1, position, sheet.file)

    def __getitem__(self, key: str) -> Cell:
        """Return a cell by the key of its column, or raise KeyError where it is empty."""
        cell: Cell | None = self.get(key)
        if cell is None:
            raise KeyError(key)
        return cell

    def __iter__(self) -> Iterator[str]:
        """Give the keys of the columns that are not empty here."""
        return (key for key in self._positions if self.get(key) is not None)

    def __len__(self) -> int:
        """Count the cells that are not empty."""
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        """Whether any cell is not empty."""
        return any(True for _ in self)

    def __contains__(self, key: object) -> bool:
        """Whether the cell of a column is not empty."""
        return self.get(str(key)) is not None

    def made(self) -> dict[str, Cell]:
        """Return all of them, for who looks at each, or at one again."""
        sheet, index = self._sheet, self._index
        if sheet.formulas:
            return {key: cell for key in self._positions if (cell := self.get(key))}
        line, name, row, file = sheet.rows[index], sheet.name, index + 1, sheet.file
        return {
            key: Cell(value, is_formula=False, sheet=name, row=row, position=position, file=file)
            for key, position in self._positions.items()
            if (value := line[position]) != "" and not (type(value) is str and value.isspace())
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A line below a header, or the values of the sheet "Lớp"; cells by the key of their column."""

    sheet: str
    number: int | None
    cells: Mapping[str, Cell]
    columns: dict[str, str]
    file: str | None = None

    def made(self, own: Mapping[str, Cell] = MappingProxyType({})) -> Row:
        """Return the row with all its cells made, and with cells that stand elsewhere in the sheet."""
        if not isinstance(self.cells, SheetCells) and not own:
            return self
        cells = self.cells.made() if isinstance(self.cells, SheetCells) else self.cells
        return Row(self.sheet, self.number, {**cells, **own}, self.columns, self.file)

    def place(self, key: str | None = None) -> Place:
        """Return where the cell of a column is, or would be."""
        if key is not None and key in self.cells:
            return self.cells[key].place
        return Place(self.sheet, self.number, self.columns.get(key or ""), None, self.file)

    def read(self, column: Column, parse: Callable[[CellValue], _T], complaints: Complaints) -> _T | None:
        """Return the parsed value, or None for an empty or a refused cell; every refusal is a complaint."""
        cell = self.cells.get(column.key)
        return None if cell is None else _parsed(cell, column, parse, complaints)


class Fields:
    """Reads one row field by field; `failed` once a value is refused or a required one is missing."""

    def __init__(self, row: Row, columns: Iterable[Column], complaints: Complaints) -> None:
        self.row = row
        self.failed = False
        self._columns = {column.key: column for column in columns}
        self._complaints = complaints

    @property
    def keys(self) -> frozenset[str]:
        """The columns that may be read."""
        return frozenset(self._columns)

    def read(self, key: str, parse: Callable[[CellValue], _T]) -> _T | None:
        """Return a value; None where the cell is empty or has just been complained about."""
        column = self._columns[key]
        cell = self.row.cells.get(key)
        if cell is not None:
            value = _parsed(cell, column, parse, self._complaints)
            self.failed |= value is None
            return value
        if column.required:
            self.refuse(key, _value_missing(column))
        return None

    def refuse(self, key: str, fault: ServiceError) -> None:
        """Complain about the cell of `key`."""
        self.failed = True
        self._complaints.add(self.row.place(key), fault)

    def warn(self, key: str, fault: ServiceError) -> None:
        """Ask to look at the cell of `key`."""
        self._complaints.add(self.row.place(key), fault, "warning")


def fold(title: str) -> str:
    """Return a title without case, tone marks and punctuation, for comparison."""
    plain = unicodedata.normalize("NFD", title.casefold().replace("đ", "d"))
    kept = (" " if character.isspace() else character for character in plain if _counts(character))
    return " ".join("".join(kept).split())


def find_header(
    sheet: Sheet, columns: Sequence[Column], complaints: Complaints
) -> tuple[int, dict[str, int]] | None:
    """Return the header's row number and the position of each column; None after complaints about columns."""
    titles = {fold(title): column for column in columns for title in (column.title, *column.other_titles)}
    candidates = [
        (sum(isinstance(value, str) and fold(value) in titles for value in row), -number, row)
        for number, row in enumerate(sheet.rows[:HEADER_WITHIN], start=1)
    ]
    matched, minus_number, header = max(candidates, key=lambda candidate: candidate[:2], default=(0, -1, ()))
    if matched < 2:
        complaints.add(Place(sheet.name), _header_missing(columns))
        return None
    number = -minus_number
    found: dict[str, int] = {}
    faults = 0
    for position, value in enumerate(header):
        if value == "":
            continue
        place = Place(sheet.name, number, letter(position), shown(value))
        column = titles.get(fold(str(value)))
        if column is None or column.key in found:
            complaints.add(place, _column_unknown() if column is None else _column_twice())
            faults += 1
        else:
            found[column.key] = position
    for column in columns:
        if column.required and column.key not in found:
            complaints.add(Place(sheet.name, number, None, column.title), _column_missing(column))
            faults += 1
    return None if faults else (number, found)


def rows_below(sheet: Sheet, header: tuple[int, dict[str, int]], complaints: Complaints) -> Iterator[Row]:
    """Yield the rows that have a student code; a note under the table is a warning, a row without code an error."""
    number, positions = header
    letters = {key: letter(position) for key, position in positions.items()}
    rows = [_row(sheet, line, positions, letters) for line in range(number + 1, len(sheet.rows) + 1)]
    last = max(
        (index for index, row in enumerate(rows) if {"student_code", "full_name"} <= set(row.cells)),
        default=-1,
    )
    for index, row in enumerate(rows):
        content = [value for value in sheet.rows[number + index] if value != ""]
        if "student_code" in row.cells and (index <= last or len(content) > 2):
            yield row
        elif index > last and 0 < len(content) <= 2 and all(isinstance(value, str) for value in content):
            complaints.add(Place(sheet.name, row.number, None, shown(content[0])), _note_ignored(), "warning")
        elif set(row.cells) - {"number"} or (content and "number" not in row.cells):
            complaints.add(row.place("student_code"), _student_code_missing())


def key_values(sheet: Sheet, columns: Iterable[Column], complaints: Complaints) -> Row:
    """Return a sheet of titles in column A and values in column B as one row."""
    titles = {fold(title): column.key for column in columns for title in (column.title, *column.other_titles)}
    cells: dict[str, Cell] = {}
    for number, line in enumerate(sheet.rows, start=1):
        title, value, *_ = (*line, "", "")
        key = titles.get(fold(str(title)))
        if key is None and value == "":
            continue
        if key is None or key in cells:
            place = Place(sheet.name, number, "A", shown(title))
            complaints.add(place, _column_unknown() if key is None else _column_twice())
        elif value != "" and str(value).strip():
            cells[key] = Cell(value, (number, 2) in sheet.formulas, sheet.name, number, 1)
    return Row(sheet.name, None, cells, {})


def _row(sheet: Sheet, number: int, positions: dict[str, int], letters: dict[str, str]) -> Row:
    return Row(sheet.name, number, SheetCells(sheet, number - 1, positions), letters)


def _parsed(
    cell: Cell, column: Column, parse: Callable[[CellValue], _T], complaints: Complaints
) -> _T | None:
    if cell.is_formula and not column.looked_up:
        complaints.add(cell.place, _formula())
        return None
    try:
        return parse(cell.value)
    except ServiceError as fault:
        complaints.add(cell.place, fault)
        return None


def _is_empty(value: CellValue) -> bool:
    return value == "" or (isinstance(value, str) and value.isspace())


def _counts(character: str) -> bool:
    return character.isalnum() or character.isspace()


def _formula() -> ServiceError:
    return ServiceError(
        "formula-refused",
        "Ô này là công thức; kết quả lưu sẵn không phải điều đã nhập. Hãy chép rồi dán dạng giá trị (Paste Values).",
        "This cell is a formula; its stored result is not what a teacher entered. Copy and paste it as a value.",
    )


def _header_missing(columns: Sequence[Column]) -> ServiceError:
    titles = ", ".join(column.title for column in columns if column.required)
    return ServiceError(
        "header-missing",
        f"Không thấy dòng tiêu đề trong 15 dòng đầu; cần các cột: {titles}.",
        f"No header row in the first 15 rows; these columns are needed: {titles}.",
    )


def _value_missing(column: Column) -> ServiceError:
    return ServiceError(
        "value-missing",
        f"Thiếu “{column.title}”; hãy điền ô này.",
        f"“{column.title}” is missing; fill in this cell.",
    )


def _column_unknown() -> ServiceError:
    return ServiceError(
        "column-unknown",
        "Tiêu đề này không có trong mẫu; hãy sửa tên theo mẫu hoặc xoá đi.",
        "This title is not in the template; rename it as in the template or delete it.",
    )


def _column_twice() -> ServiceError:
    return ServiceError(
        "column-twice",
        "Tiêu đề này xuất hiện hai lần; hãy giữ lại một.",
        "This title appears twice; keep one.",
    )


def _column_missing(column: Column) -> ServiceError:
    return ServiceError(
        "column-missing",
        f"Thiếu cột “{column.title}”; hãy thêm cột này vào dòng tiêu đề.",
        f"The column “{column.title}” is missing; add it to the header row.",
    )


def _note_ignored() -> ServiceError:
    return ServiceError(
        "note-ignored",
        "Dòng ghi chú dưới bảng được bỏ qua.",
        "This note under the table is left out.",
    )


def _student_code_missing() -> ServiceError:
    return ServiceError(
        "student-code-missing",
        "Dòng này thiếu mã học sinh; hãy điền mã hoặc xoá dòng.",
        "This row has no student code; fill it in or delete the row.",
    )
