"""A school's sheets understood: what each is, whose class and subject, its columns, its rows; nothing judged yet.

A fault of a sheet or a column is a complaint here, and then no row is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.errors import ServiceError
from service.importing.column_labels import label_of
from service.importing.complaints import Complaints, Place
from service.importing.facts import class_in_name, read_facts, subject_in, subject_in_name, tidy_class
from service.importing.formats import Book
from service.importing.guessing import Certainty, ColumnGuess, Confirmed, guess_columns, guess_role
from service.importing.headers import Header, find_header
from service.importing.sheets import Sheet, letter
from service.importing.tables import Cell, Row, SheetCells
from service.importing.vocabulary import LEFT_OUT, Role

_IDENTIFYING = ("student_code", "number", "birth_date")


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a school: its rows below a header, and what stands around them."""

    sheet: Sheet
    role: Role
    header: Header
    columns: tuple[ColumnGuess, ...]
    facts: dict[str, Cell]
    rows: tuple[Row, ...]

    @property
    def place(self) -> Place:
        """Where the header is."""
        return Place(self.sheet.name, self.header.last + 1, file=self.sheet.file)

    @property
    def keys(self) -> frozenset[str]:
        """The columns that it has."""
        return frozenset(guess.key for guess in self.columns if guess.key)

    @property
    def class_name(self) -> str | None:
        """The class that the whole sheet is of, where it says so."""
        told = self.facts.get("class_name")
        if told:
            return tidy_class(str(told.value))
        return class_in_name(self.sheet.name) or class_in_name(self.sheet.file or "")

    @property
    def subject(self) -> tuple[str, str | None] | None:
        """The subject that the sheet is of, and the language where it is one."""
        told = self.facts.get("subject")
        return (
            (subject_in(str(told.value)) if told else None)
            or subject_in_name(self.sheet.name)
            or subject_in_name(self.sheet.file or "")
        )


def read_tables(
    book: Book, confirmed: Confirmed, complaints: Complaints, *, accept_guesses: bool = False
) -> tuple[Table, ...]:
    """Return the tables of a file; a hidden or other sheet is left out with a warning, an empty one in silence.

    A file whose sheets are none of them tables is a complaint.
    """
    tables, others = [], []
    for sheet in book.sheets.values():
        place = Place(sheet.name, file=sheet.file)
        if sheet.hidden:
            complaints.add(place, sheet_hidden(), "warning")
        elif sheet.rows and any(value != "" for row in sheet.rows for value in row):
            header = find_header(sheet)
            if header is None:
                others.append(place)
            else:
                tables.append(
                    _read_table(sheet, header, confirmed, complaints, accept_guesses=accept_guesses)
                )
    for place in others:
        if tables:
            complaints.add(place, _sheet_without_table(), "warning")
        else:
            complaints.add(place, _no_table())
    return tuple(tables)


def _read_table(
    sheet: Sheet, header: Header, confirmed: Confirmed, complaints: Complaints, *, accept_guesses: bool
) -> Table:
    facts = read_facts(sheet, header.first, len(sheet.rows))
    told = facts.get("semester")
    semester = None if told is None else 2 if str(told.value) in {"2", "II", "ii"} else 1
    role = guess_role(header, semester)
    columns = guess_columns(sheet, header, role, semester, confirmed)
    _check_columns(sheet, header, columns, complaints, accept_guesses=accept_guesses)
    rows, end = _read_rows(sheet, header, columns, complaints)
    _tell_hidden(sheet, header, columns, rows, complaints)
    facts = read_facts(sheet, header.first, end)
    # The rows hold what they need of the sheet: its other values are let go.
    return Table(replace(sheet, rows=(), formulas=frozenset(), merged=()), role, header, columns, facts, rows)


def _check_columns(
    sheet: Sheet,
    header: Header,
    columns: Sequence[ColumnGuess],
    complaints: Complaints,
    *,
    accept_guesses: bool,
) -> None:
    counts = Counter(guess.key for guess in columns if guess.key not in {None, LEFT_OUT})
    for guess in columns:
        place = Place(sheet.name, header.last + 1, letter(guess.position), guess.title, sheet.file)
        if guess.certainty is Certainty.UNKNOWN:
            complaints.add(place, column_unknown(guess.offers))
        elif guess.certainty is Certainty.GUESSED and guess.key and not accept_guesses:
            complaints.add(place, column_unsure(guess.key))
        # The name may take two columns: family and middle name, then the given name.
        if guess.key == "full_name" and counts["full_name"] == 2:
            continue
        if guess.key and counts[guess.key] > 1:
            complaints.add(place, _column_twice())


def _read_rows(
    sheet: Sheet, header: Header, columns: Sequence[ColumnGuess], complaints: Complaints
) -> tuple[tuple[Row, ...], int]:
    """Return the rows of students, and the row (from 0) where what follows them begins."""
    used = [guess for guess in columns if guess.key and guess.key != LEFT_OUT]
    positions = {guess.key: guess.position for guess in reversed(used) if guess.key}
    letters = {key: letter(position) for key, position in positions.items()}
    names = [guess.position for guess in used if guess.key == "full_name"]
    start = header.last + 1
    read = _with_whole_names(sheet, start, names) if len(names) == 2 else sheet
    rows = [
        Row(sheet.name, index + 1, SheetCells(read, index, positions), letters, sheet.file)
        for index in range(start, len(sheet.rows))
    ]
    students = [index for index, row in enumerate(rows) if _is_student(row) and not _is_numbering(sheet, row)]
    end = students[-1] + 1 if students else 0
    known = set(students)
    for index, row in enumerate(rows[:end]):
        if index not in known and row.cells and not _is_numbering(sheet, row):
            complaints.add(row.place(), _row_unclear())
    return tuple(rows[index] for index in students), start + end


def _tell_hidden(
    sheet: Sheet, header: Header, columns: Sequence[ColumnGuess], rows: Sequence[Row], complaints: Complaints
) -> None:
    """Name what is read and not seen: a filter, or columns of an earlier year that somebody put out of sight."""
    for guess in columns:
        if guess.position + 1 in sheet.hidden_columns and guess.key not in {None, LEFT_OUT, "number"}:
            place = Place(sheet.name, header.last + 1, letter(guess.position), guess.title, sheet.file)
            complaints.add(place, _column_hidden(), "warning")
    for row in rows:
        if row.number in sheet.hidden_rows:
            complaints.add(row.place("full_name"), _row_hidden(), "warning")


def _is_student(row: Row) -> bool:
    return "full_name" in row.cells and any(key in row.cells for key in _IDENTIFYING)


def _is_numbering(sheet: Sheet, row: Row) -> bool:
    """Whether a row only numbers the columns: (1), (2), (3)…, as many systems print below a header."""
    # A generator: the first name or date tells, and every row is asked.
    return all(
        str(value).strip("() ").removesuffix(".0").isdecimal()
        for value in sheet.rows[(row.number or 1) - 1]
        if value != ""
    )


def _with_whole_names(sheet: Sheet, start: int, names: Sequence[int]) -> Sheet:
    """Return a sheet in which a name that takes two columns stands in the first of them as a whole."""
    first, second = names
    rows = list(sheet.rows)
    for index in range(start, len(rows)):
        line = rows[index]
        whole = " ".join(str(line[position]) for position in names if line[position] != "")
        rows[index] = [*line[:first], whole, *line[first + 1 :]]
    formulas = {(row, first + 1) for row, column in sheet.formulas if row > start and column == second + 1}
    return replace(sheet, rows=rows, formulas=sheet.formulas | formulas)


def sheet_hidden() -> ServiceError:
    """Say that a hidden sheet is not read."""
    return ServiceError(
        "sheet-hidden",
        "Trang này đang ẩn nên không được đọc; nếu cần, hãy bỏ ẩn (Unhide) rồi nhập lại.",
        "This sheet is hidden and is not read; where it is needed, unhide it and import again.",
    )


def _column_hidden() -> ServiceError:
    return ServiceError(
        "column-hidden",
        "Cột này đang ẩn mà vẫn được đọc; hãy bỏ ẩn (Unhide) để xem, hoặc xoá cột nếu không dùng.",
        "This column is hidden and is read all the same; unhide it to look, or delete it where it is not meant.",
    )


def _row_hidden() -> ServiceError:
    return ServiceError(
        "row-hidden",
        "Dòng này đang ẩn (có thể do lọc) mà vẫn được đọc; hãy bỏ ẩn để xem.",
        "This row is hidden (perhaps by a filter) and is read all the same; unhide it to look.",
    )


def column_unknown(offers: Sequence[str]) -> ServiceError:
    """Say that a column is not known, and what it may be."""
    names = ", ".join(f"{label_of(key)} ({key})" for key in offers if key != LEFT_OUT)
    vi = f"; có thể là: {names}" if names else ""
    en = f"; it may be: {names}" if names else ""
    return ServiceError(
        "column-unknown",
        f"Không rõ cột này là gì{vi}. Hãy sửa tiêu đề, xoá cột, hoặc ghi cột vào tệp --mapping (“-” là bỏ qua).",
        f"It is not known what this column is{en}. Rename or delete it, or name it in a --mapping file (“-” skips).",
    )


def column_unsure(key: str) -> ServiceError:
    """Say what a column is taken for, and how to confirm it."""
    return ServiceError(
        "column-unsure",
        f"Cột này có lẽ là “{label_of(key)}”; hãy xác nhận trên trang nhập hoặc bằng --accept-guesses. "
        f"Nếu không phải, hãy ghi vào tệp --mapping (khoá đoán: {key}).",
        f"This column is probably “{label_of(key)}”; confirm it on the import page or by --accept-guesses. "
        f"If it is not, name it in a --mapping file (the key that was guessed: {key}).",
    )


def _column_twice() -> ServiceError:
    return ServiceError(
        "column-twice",
        "Hai cột của trang này là một thứ; hãy giữ lại một, hoặc bỏ qua một cột trong tệp --mapping.",
        "Two columns of this sheet are the same; keep one, or leave one out in a --mapping file.",
    )


def _no_table() -> ServiceError:
    return ServiceError(
        "table-missing",
        "Không thấy bảng học sinh nào trong trang này (cần dòng tiêu đề có “Họ và tên”); hãy xoá hoặc ẩn trang.",
        "There is no table of students on this sheet (a header with “Họ và tên”); delete or hide the sheet.",
    )


def _sheet_without_table() -> ServiceError:
    return ServiceError(
        "sheet-without-table",
        "Trang này không có bảng học sinh nên không được đọc; nếu là bảng, hãy sửa dòng tiêu đề (cần “Họ và tên”).",
        "This sheet has no table of students and is not read; if it is one, mend its header (“Họ và tên” is needed).",
    )


def _row_unclear() -> ServiceError:
    return ServiceError(
        "row-unclear",
        "Dòng này nằm giữa các học sinh mà thiếu họ tên, hoặc thiếu cả số thứ tự, mã và ngày sinh; hãy điền hoặc xoá.",
        "This row among the students has no name, or neither number, code nor birth date; complete or delete it.",
    )
