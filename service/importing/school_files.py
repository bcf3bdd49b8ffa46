"""Reads what a school hands over: files of any system, in any order → every student's year, or what to mend.

A class workbook of our own (docs/workbook.md) may lie among them. Faults of files, sheets and columns come first
and alone, for they make every row wrong; nothing is written here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from service.errors import ServiceError
from service.importing import class_facts, class_years
from service.importing.classes import SchoolClass, gather
from service.importing.complaints import Complaint, Complaints, Place
from service.importing.formats import Book, SourceFile, open_book
from service.importing.guessing import Certainty, Confirmed
from service.importing.limits import not_a_workbook
from service.importing.reader import FindSchool, read_book
from service.importing.school_tables import Table, read_tables
from service.importing.shape import CLASS_SHEET
from service.importing.sheets import letter
from service.importing.tables import fold
from service.importing.vocabulary import Role, plain
from service.storage.records import StudentYear

_AT_ONCE = 2

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column as it was understood, for somebody to confirm."""

    file: str | None
    sheet: str
    role: Role
    column: str
    title: str
    key: str | None
    certainty: Certainty
    example: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolFiles:
    """What the files say. `columns` are of systems' sheets; `complaints` are grouped, `places` are all."""

    school_code: str
    classes: tuple[str, ...]
    rows: tuple[StudentYear, ...]
    complaints: tuple[Complaint, ...]
    places: tuple[Complaint, ...]
    columns: tuple[ShownColumn, ...]

    @property
    def ok(self) -> bool:
        """Whether the rows may be imported: warnings do not forbid it, one error forbids all."""
        return all(complaint.severity != "error" for complaint in self.places)

    @property
    def confirmations(self) -> dict[tuple[Role, str], str]:
        """The guesses that an import confirms: what is remembered for the school."""
        return {
            (column.role, plain(column.title)): column.key
            for column in self.columns
            if column.key and column.certainty is not Certainty.SURE
        }


def read_school_files(
    files: Sequence[SourceFile],
    *,
    find_school: FindSchool,
    default_school: Callable[[], str],
    school_year: str,
    confirmed: Callable[[str], Confirmed] = lambda _: {},
    accept_guesses: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> SchoolFiles:
    """Return every student's year that the files give, or what is wrong; never raises, and never a part.

    Args:
        files: the files, in any order.
        find_school: gives the school of a code and who signs for it, or raises ServiceError.
        default_school: the school of files that name none, or raises ServiceError.
        school_year: the year that the person says they are of.
        confirmed: the columns that were confirmed for a school.
        accept_guesses: whether the person confirms the guesses of this import.
        progress: told how many of how many steps are done.
    """
    reading = _Reading(find_school, default_school, school_year, progress)
    try:
        reading.read(files, confirmed, accept_guesses=accept_guesses)
    except ServiceError as fault:
        reading.complaints.add(Place(), fault)
    complaints = reading.complaints
    if not reading.rows and not complaints.has_errors:
        complaints.add(Place(), _nobody_in_files())
    return SchoolFiles(
        reading.school_code,
        tuple(dict.fromkeys(row.class_name for row in reading.rows)),
        () if complaints.has_errors else tuple(reading.rows),
        complaints.report(),
        complaints.all,
        tuple(reading.columns),
    )


class _Reading:
    """One import on its way."""

    def __init__(
        self,
        find_school: FindSchool,
        default_school: Callable[[], str],
        school_year: str,
        progress: Progress,
    ) -> None:
        self.complaints = Complaints()
        self.columns: list[ShownColumn] = []
        self.rows: list[StudentYear] = []
        self.school_code = ""
        self._find_school, self._default_school = find_school, default_school
        self._school_year, self._progress = school_year, progress

    def read(
        self,
        files: Sequence[SourceFile],
        confirmed: Callable[[str], Confirmed],
        *,
        accept_guesses: bool,
    ) -> None:
        """Read all files, then all classes."""
        if not files:
            raise _no_files()
        ours: deque[Book] = deque()
        others: deque[Book] = deque()
        # The parser of an .xls is a process of its own: while one file waits for it, another is scanned.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for number, (file, book) in enumerate(zip(files, pool.map(_open, files), strict=True), start=1):
                if isinstance(book, ServiceError):
                    self.complaints.add(Place(file=file.name or None), book)
                else:
                    is_ours = any(fold(name) == fold(CLASS_SHEET) for name in book.sheets)
                    (ours if is_ours else others).append(book)
                self._progress(number, 2 * len(files))
        classes = self._read_tables(others, confirmed, accept_guesses=accept_guesses)
        for book in ours:
            # Each by itself: the faults of one do not hide those of the next.
            own = Complaints(book.name or None)
            result = read_book(book, self._find_school, self._school_year, own)
            self.complaints.take(own)
            self.school_code = self.school_code or result.school_code
            self.rows += result.rows
        self._read_classes(classes, len(files))
        self._check_students()

    def _read_tables(
        self, books: deque[Book], confirmed: Callable[[str], Confirmed], *, accept_guesses: bool
    ) -> deque[SchoolClass]:
        """Return the classes that the books speak of; each book is let go once it is read, for a school's are large."""
        if not books:
            return deque()
        self.school_code = self._school_of(books)
        decisions = confirmed(self.school_code)
        tables: list[Table] = []
        while books:
            found = read_tables(books.popleft(), decisions, self.complaints, accept_guesses=accept_guesses)
            self.columns += _shown(found)
            tables += found
        return deque(gather(tables, self.complaints))

    def _school_of(self, books: Iterable[Book]) -> str:
        """Return the school that the files name, or the one that is signed in."""
        named = {code for book in books for code in class_facts.school_codes(book)}
        if len(named) > 1:
            raise _several_schools(sorted(named))
        code = named.pop() if named else self._default_school()
        self._find_school(code)
        return code

    def _read_classes(self, classes: deque[SchoolClass], files: int) -> None:
        """Read the years of the classes, each let go once it is read."""
        if not classes:
            return
        school, count = self._find_school(self.school_code), len(classes)
        facts = [
            class_facts.read_facts_of(known, school, self._school_year, self.complaints) for known in classes
        ]
        if self.complaints.has_errors:
            return
        for number, own in enumerate(facts, start=1):
            known = classes.popleft()
            if own is not None:
                self.rows += class_years.read_class_years(known, own, self.complaints)
            self._progress(files + files * number // count, 2 * files)

    def _check_students(self) -> None:
        """A student has one year, in one class, whichever files say so."""
        seen: dict[str, str] = {}
        for row in self.rows:
            code = row.learner.student_code
            if seen.setdefault(code, row.class_name) != row.class_name:
                self.complaints.add(Place(value=code), _two_classes(code, seen[code], row.class_name))


def _open(file: SourceFile) -> Book | ServiceError:
    """Return the sheets of a file, or why it is refused."""
    try:
        return open_book(file)
    except ServiceError as fault:
        return fault
    except BaseException as error:
        # Hostile files make parsers raise anything; a panic of a native parser is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return not_a_workbook()


def _shown(tables: Sequence[Table]) -> list[ShownColumn]:
    return [
        ShownColumn(
            table.sheet.file,
            table.sheet.name,
            table.role,
            letter(guess.position),
            guess.title,
            guess.key,
            guess.certainty,
            guess.example,
        )
        for table in tables
        for guess in table.columns
    ]


def _no_files() -> ServiceError:
    return ServiceError(
        "files-missing",
        "Không có tệp .xlsx, .xls, .ods hoặc .csv nào để nhập; hãy chọn tệp hoặc thư mục khác.",
        "There is no .xlsx, .xls, .ods or .csv file to import; choose another file or folder.",
    )


def _nobody_in_files() -> ServiceError:
    return ServiceError(
        "files-empty",
        "Không có học sinh nào trong các tệp này; hãy chọn tệp khác.",
        "There is no student in these files; choose others.",
    )


def _several_schools(codes: Sequence[str]) -> ServiceError:
    return ServiceError(
        "schools-several",
        f"Các tệp thuộc nhiều trường ({', '.join(codes)}); hãy nhập riêng từng trường.",
        f"The files are of several schools ({', '.join(codes)}); import each school by itself.",
    )


def _two_classes(code: str, first: str, second: str) -> ServiceError:
    return ServiceError(
        "student-in-two-classes",
        f"Học sinh mã {code} có trong cả lớp {first} và lớp {second}; hãy giữ lại một.",
        f"Student {code} is in both classes {first} and {second}; keep one.",
    )
