"""Reads the first shown sheet of an untrusted .xlsx as it streams by: no tree, no DTD, no macros, all bounded."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from posixpath import normpath
from typing import Final, Protocol

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from verify.desk.grid import (
    EMPTY,
    MAX_CELL_TEXT,
    MAX_COLUMNS,
    Cell,
    Rows,
    check_extent,
    too_large,
    unreadable,
)

_MAX_PARTS: Final = 200
_MAX_INFLATED: Final = 30 * 2**20
_MAX_RATIO: Final = 200
_MAX_STRINGS: Final = 400_000
_WORKBOOK, _RELATIONS, _STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RELATION_ID: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DAYS_FROM_1900_TO_1904: Final = 1462


def read_xlsx(data: bytes) -> tuple[Rows, int]:
    """Return the rows of a workbook's first shown sheet, and the days to add to a number that is a date.

    Raises:
        VerifyError: `list-unreadable`, `list-too-large`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            _check(archive.infolist(), members)
            workbook = _Workbook()
            _scan(archive.read(members[_WORKBOOK]), workbook)
            _scan(archive.read(members[_RELATIONS]), workbook)
            strings = _Strings()
            if _STRINGS in members:
                _scan(archive.read(members[_STRINGS]), strings)
            sheet = _Sheet(strings.texts)
            _scan(archive.read(members[workbook.first_sheet()]), sheet)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        LookupError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise unreadable() from error
    return sheet.rows, _DAYS_FROM_1900_TO_1904 if workbook.counts_from_1904 else 0


def _check(listed: list[zipfile.ZipInfo], members: dict[str, zipfile.ZipInfo]) -> None:
    if len(members) != len(listed) or any("vbaProject" in name for name in members):
        raise unreadable()
    swollen = any(one.file_size > _MAX_RATIO * max(one.compress_size, 1) for one in listed)
    if swollen or len(listed) > _MAX_PARTS or sum(one.file_size for one in listed) > _MAX_INFLATED:
        raise too_large()


class _Target(Protocol):
    def start(self, name: str, attributes: dict[str, str], /) -> None: ...

    def end(self, name: str, /) -> None: ...

    def data(self, text: str, /) -> None: ...


def _scan(content: bytes, target: _Target) -> None:
    try:
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        # Straight from expat, names as "URI}local": no tree is made.
        expat = parser.parser
        expat.ordered_attributes = False
        expat.StartElementHandler = lambda tag, found: target.start(tag.rpartition("}")[2], found)
        expat.EndElementHandler = lambda tag: target.end(tag.rpartition("}")[2])
        expat.CharacterDataHandler = target.data
        parser.feed(content)
        parser.close()
    except (DefusedXmlException, ParseError) as error:
        raise unreadable() from error


class _Workbook:
    """Which sheets there are, in their order, where they lie, and from when days are counted."""

    def __init__(self) -> None:
        self.counts_from_1904 = False
        self._shown: list[str] = []
        self._targets: dict[str, str] = {}

    def first_sheet(self) -> str:
        target = self._targets[self._shown[0]]
        return normpath(target[1:] if target.startswith("/") else f"xl/{target}")

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            self._shown.append(attributes[_RELATION_ID])
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904") in {"1", "true"}
        elif name == "Relationship":
            self._targets[attributes["Id"]] = attributes["Target"]

    def end(self, name: str, /) -> None:
        pass

    def data(self, text: str, /) -> None:
        pass


class _Collected:
    """The text of <t> and <v>, in pieces, never longer than a cell may be."""

    def __init__(self) -> None:
        self._text, self._within, self._phonetic = "", False, False

    def start(self, name: str, _attributes: dict[str, str], /) -> None:
        self._phonetic = self._phonetic or name == "rPh"
        self._within = name in {"t", "v"} and not self._phonetic

    def end(self, name: str, /) -> None:
        self._phonetic = self._phonetic and name != "rPh"
        self._within = False

    def data(self, text: str, /) -> None:
        if self._within:
            self._text += text
            if len(self._text) > MAX_CELL_TEXT:
                raise too_large()


class _Strings(_Collected):
    """The shared strings."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def end(self, name: str, /) -> None:
        super().end(name)
        if name == "si":
            self.texts.append(self._text)
            self._text = ""
            if len(self.texts) > _MAX_STRINGS:
                raise too_large()


class _Sheet(_Collected):
    """The cells of a sheet; rows and cells that are not written are empty."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self.rows: Rows = []
        self._strings = strings
        self._row = self._column = self._cells = 0
        self._type, self._is_formula = "n", False

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        super().start(name, attributes)
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif name == "c":
            self._column += 1
            if "r" in attributes:
                self._row, self._column = _place(attributes["r"])
            self._type, self._is_formula, self._text = attributes.get("t", "n"), False, ""
        elif name == "f":
            self._is_formula = True

    def end(self, name: str, /) -> None:
        super().end(name)
        if name == "c" and (self._text or self._is_formula):
            self._cells += 1
            check_extent(rows=self._row, columns=self._column, cells=self._cells)
            while len(self.rows) < self._row:
                self.rows.append([])
            row = self.rows[self._row - 1]
            # Cells come from left to right; one that comes twice would be two things to two readers.
            if len(row) >= self._column:
                raise ValueError("cells out of order")
            row += [EMPTY] * (self._column - 1 - len(row))
            text = self._strings[int(self._text)] if self._type == "s" else self._text
            row.append(Cell(text, is_number=self._type == "n", is_formula=self._is_formula))


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise unreadable()
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    if column > MAX_COLUMNS:
        raise too_large()
    return int(match[2]), column
