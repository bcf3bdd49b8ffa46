"""Opens an untrusted .xlsx archive: bounded, plain, and written anew before any spreadsheet parser sees it.

A parser gets only XML parts that were inflated within limits and parsed without DTD, so
two readers of the archive cannot disagree. What cells say is not judged, only that they are near and which are
formulas.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import normpath
from typing import Protocol

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from service.errors import ServiceError

MAX_FILE = 20 * 2**20
MAX_PARTS = 200
MAX_INFLATED = 50 * 2**20
MAX_RATIO = 100
MAX_ROW = 10_000
MAX_COLUMN = 200
MAX_TAGS = 4_000_000
MAX_VALUES = 400_000
MAX_TEXT = 4000
MAX_CHARACTERS = 40_000_000
"""Of all cells together: a shared string is copied for each cell that names it."""

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_PARTS = frozenset(("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS, _STRINGS, "xl/styles.xml"))
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Element(Protocol):
    """What is used of an XML element."""

    tag: str
    text: str | None

    def get(self, key: str, default: str = ..., /) -> str: ...  # noqa: D102

    def clear(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """A workbook that may be parsed: the archive written anew, and by sheet its formula cells (row, column from 1)."""

    data: bytes
    formulas: dict[str, frozenset[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class _Scan:
    formulas: frozenset[tuple[int, int]]
    values: int
    characters: int


def open_workbook(data: bytes) -> SafeWorkbook:
    """Return the workbook once its archive is found harmless.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    parts = read_parts(data)
    if "xl/workbook.bin" in parts:
        raise ServiceError(
            "workbook-binary",
            "Tệp là .xlsb (nhị phân); hãy mở bằng Excel và lưu lại dạng .xlsx.",
            "The file is a binary .xlsb; open it in a spreadsheet program and save it as .xlsx.",
        )
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise not_a_workbook()
    _refuse_active_content(parts)
    # Comments, pictures, print settings and whatever else lies in the archive are passed on to nobody.
    xml = {name: content for name, content in parts.items() if name in _PARTS or _SHEET_PART.fullmatch(name)}
    if sum(content.count(b"<") for content in xml.values()) > MAX_TAGS:
        raise swollen()
    lengths: list[int] = []
    for name in _PARTS & xml.keys():
        found = _check_texts(xml[name])
        lengths = found if name == _STRINGS else lengths
    sheets = {
        part: _scan_sheet(part, content, lengths)
        for part, content in xml.items()
        if _SHEET_PART.fullmatch(part)
    }
    values = sum(scanned.values for scanned in sheets.values())
    if values > MAX_VALUES or sum(scanned.characters for scanned in sheets.values()) > MAX_CHARACTERS:
        raise swollen()
    try:
        formulas = {sheet: sheets[part].formulas for sheet, part in _sheet_parts(xml)}
    except KeyError:
        raise not_a_workbook() from None
    return SafeWorkbook(_written_anew(xml), formulas)


def check_size(data: bytes) -> None:
    """Refuse a file that is larger than any school's.

    Raises:
        ServiceError: `workbook-too-large`.
    """
    if len(data) > MAX_FILE:
        raise ServiceError(
            "workbook-too-large",
            "Tệp lớn hơn 20 MB; hãy bỏ hình ảnh và trang thừa, hoặc chia thành nhiều tệp.",
            "The file is larger than 20 MB; remove pictures and spare sheets, or split it into several files.",
        )


def read_parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a ZIP archive by name, inflated within limits.

    Raises:
        ServiceError: `workbook-unreadable`, `workbook-part-twice`, `workbook-swollen`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_directory(members)
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise not_a_workbook() from error


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    if len({member.filename.casefold() for member in members}) != len(members):
        raise ServiceError(
            "workbook-part-twice",
            "Tệp có hai phần trùng tên, hai phần mềm có thể đọc khác nhau; hãy lưu lại tệp bằng Excel rồi nhập.",
            "Two parts of the file have one name, so two programs may read it differently; save it again and import.",
        )
    inflated = sum(member.file_size for member in members)
    too_dense = any(member.file_size > MAX_RATIO * max(member.compress_size, 1) for member in members)
    if len(members) > MAX_PARTS or inflated > MAX_INFLATED or too_dense:
        raise swollen()


def _refuse_active_content(parts: dict[str, bytes]) -> None:
    names = [name.casefold() for name in parts]
    types = parts.get("[Content_Types].xml", b"").lower()
    if any("vbaproject" in name or "macrosheets/" in name for name in names) or b"macroenabled" in types:
        raise has_macros()
    if any("externallinks/" in name or name == "xl/connections.xml" for name in names):
        raise has_links()


def _elements(content: bytes) -> Iterator[tuple[str, str, Element]]:
    """Yield (event, local name, element) and forget each element when it ends; a DTD or broken XML is refused."""
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            yield event, element.tag.rpartition("}")[2], element
            # The texts of rich strings are read at their own end, so nothing is needed of an element after it.
            if event == "end":
                element.clear()
    except DefusedXmlException as error:
        raise has_entities() from error
    except ParseError as error:
        raise not_a_workbook() from error


def _sheet_parts(xml: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    targets = {
        element.get("Id"): element.get("Target", "")
        for event, name, element in _elements(xml[_RELATIONS])
        if event == "start" and name == "Relationship"
    }
    for event, name, element in _elements(xml[_WORKBOOK]):
        if event == "start" and name == "sheet":
            target = targets[element.get(_RELATION_ID)]
            yield element.get("name", ""), normpath(target[1:] if target.startswith("/") else f"xl/{target}")


def _check_texts(content: bytes) -> list[int]:
    """Return the lengths of the shared strings, none of them long: a parser copies one for each cell that names it."""
    length = 0
    lengths = []
    for event, name, element in _elements(content):
        if event == "start" and name == "si":
            length = 0
        elif event == "end" and name == "si":
            lengths.append(length)
        elif event == "end" and name == "t":
            length += len(element.text or "")
            if length > MAX_TEXT:
                raise swollen()
    return lengths


def _scan_sheet(part: str, content: bytes, lengths: list[int]) -> _Scan:
    formulas, count, characters, row, column, shares = set(), 0, 0, 0, 0, False
    for event, name, element in _elements(content):
        if event == "start" and name == "row":
            row, column = int(element.get("r", str(row + 1))), 0
        elif event == "start" and name == "c":
            row, column = _position(element.get("r"), row, column + 1)
            shares = element.get("t", "") == "s"
            if row > MAX_ROW or column > MAX_COLUMN:
                raise far_cell(part, row, column)
        elif event == "start" and name == "f":
            formulas.add((row, column))
        elif event == "start" and name in ("v", "is"):
            count += 1
        elif event == "end" and shares and name == "v":
            characters += _length(element.text, lengths)
    return _Scan(frozenset(formulas), count, characters)


def _length(index: str | None, lengths: list[int]) -> int:
    try:
        return lengths[int(index or "")]
    except (ValueError, IndexError):
        raise not_a_workbook() from None


def _position(reference: str | None, row: int, column: int) -> tuple[int, int]:
    if reference is None:
        return row, column
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise not_a_workbook()
    letters = 0
    for letter in match[1]:
        letters = letters * 26 + ord(letter) - 64
    return int(match[2]), letters


def _written_anew(xml: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in xml.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def has_macros() -> ServiceError:
    """Say that a file carries a program."""
    return ServiceError(
        "workbook-has-macros",
        "Tệp có macro; hãy lưu lại dạng .xlsx (không macro) rồi nhập.",
        "The file holds macros; save it as .xlsx (without macros) and import that.",
    )


def has_links() -> ServiceError:
    """Say that a file takes values from elsewhere."""
    return ServiceError(
        "workbook-has-links",
        "Tệp lấy số liệu từ tệp khác; hãy dán lại dạng giá trị (Paste Values) và xoá liên kết ngoài.",
        "The file takes values from other files; paste them as values and remove the external links.",
    )


def is_locked() -> ServiceError:
    """Say that a file needs a password."""
    return ServiceError(
        "workbook-locked",
        "Tệp có mật khẩu; hãy mở ra, bỏ mật khẩu rồi lưu lại.",
        "The file has a password; open it, remove the password and save it again.",
    )


def has_entities() -> ServiceError:
    """Say that a part declares a document type: entities of its own, or other files to be read."""
    return ServiceError(
        "workbook-has-entities",
        "Tệp có khai báo DOCTYPE (thực thể XML); phần mềm bảng tính không viết như vậy. Hãy chép dữ liệu sang tệp mới.",
        "The file declares a DOCTYPE (XML entities), as no spreadsheet program does; copy the data into a new file.",
    )


def far_cell(part: str, row: int, column: int) -> ServiceError:
    """Say that a cell stands too far out."""
    return ServiceError(
        "workbook-far-cell",
        f"Phần {part} có ô ở dòng {row}, cột {column}, quá xa; hãy xoá phần thừa.",
        f"Part {part} has a cell in row {row}, column {column}, too far out; delete what is spare.",
    )


def swollen() -> ServiceError:
    """Say that a file is a bomb, or as good as one."""
    return ServiceError(
        "workbook-swollen",
        "Tệp nén hoặc chứa quá mức cần cho một lớp; hãy chép dữ liệu sang tệp mới rồi nhập.",
        "The file inflates to, or holds, more than a class needs; copy the data into a new file and import that.",
    )


def not_a_workbook() -> ServiceError:
    """Say that a file is broken, or no workbook at all."""
    return ServiceError(
        "workbook-unreadable",
        "Không đọc được tệp: cần tệp .xlsx, .xls, .ods hoặc .csv nguyên vẹn. Hãy mở tệp, lưu lại dạng .xlsx rồi nhập.",
        "The file cannot be read: it must be an intact .xlsx, .xls, .ods or .csv. Open it and save it as .xlsx.",
    )
