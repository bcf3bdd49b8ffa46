"""Reads an untrusted .ods: bounded, without macros and links, its cells expanded only where something stands.

The format repeats rows and cells by a count, so that a few bytes may claim a billion cells; what is empty is
never expanded.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from service.importing.limits import (
    MAX_AREA,
    MAX_CHARACTERS,
    MAX_COLUMN,
    MAX_MERGED,
    MAX_ROW,
    MAX_TEXT,
    MAX_VALUES,
    check_markup,
    far_cell,
    has_entities,
    has_links,
    has_macros,
    is_locked,
    not_a_workbook,
    swollen,
)
from service.importing.sheets import Sheet
from service.importing.values import CellValue

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_P = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_ROWS_REPEATED, _COLUMNS_REPEATED = f"{_TABLE}number-rows-repeated", f"{_TABLE}number-columns-repeated"
_ROWS_SPANNED, _COLUMNS_SPANNED = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
"""Fewer spellings than Python's: no "8_5", no "nan"."""
_MAX_TAGS = 800_000
"""Fewer than of an .xlsx, for here every element is held until its row ends, and leaves a husk until its table does."""
_NUMBERS = ("float", "percentage", "currency")


def read_ods(parts: dict[str, bytes]) -> dict[str, Sheet]:
    """Return the sheets of an .ods archive by name.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    if any(name.startswith(("Basic/", "Scripts/")) for name in parts):
        raise has_macros()
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise is_locked()
    content = parts.get(_CONTENT)
    if content is None:
        raise not_a_workbook()
    check_markup([content], most_tags=_MAX_TAGS)
    reader = _Reader()
    for element in _elements(content):
        reader.take(element)
    return reader.sheets


def _elements(content: bytes) -> Iterator[Any]:
    """Yield (event, element); whoever takes a row clears it. A DTD or broken XML is refused."""
    try:
        yield from iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise has_entities() from error
    except ParseError as error:
        raise not_a_workbook() from error


class _Reader:
    """Takes the elements of content.xml in their order."""

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._rows: list[list[CellValue]] = []
        self._formulas: set[tuple[int, int]] = set()
        self._merged: list[tuple[int, int, int, int]] = []
        self._row = 0
        self._values = self._characters = self._area = 0

    def take(self, found: tuple[str, Any]) -> None:
        """Take one element at its start or end."""
        event, element = found
        if event == "start":
            self._start(element)
        elif element.tag == f"{_TABLE}table-row":
            self._take_row(element)
            element.clear()
        elif element.tag == f"{_TABLE}table":
            self._end_table(element)
            element.clear()

    def _start(self, element: Any) -> None:
        tag = element.tag
        if tag == f"{_TABLE}table":
            self._rows, self._formulas, self._merged, self._row = [], set(), [], 0
        elif tag == f"{_STYLE}style":
            self._style = element.get(f"{_STYLE}name", "")
        elif tag == f"{_STYLE}table-properties" and element.get(f"{_TABLE}display") == "false":
            self._hidden_styles.add(self._style)
        elif tag in {f"{_TABLE}cell-range-source", f"{_TABLE}table-source", f"{_TABLE}dde-links"}:
            raise has_links()

    def _take_row(self, row: Any) -> None:
        repeated = _count(row, _ROWS_REPEATED)
        line: list[CellValue] = []
        column = 0
        formulas = []
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            times = _count(cell, _COLUMNS_REPEATED)
            value, is_formula = _value(cell), cell.get(f"{_TABLE}formula") is not None
            if value != "" or is_formula:
                if column + times > MAX_COLUMN or self._row + repeated > MAX_ROW:
                    raise far_cell(_CONTENT, self._row + repeated, column + times)
                line += [""] * (column - len(line)) + [value] * times
                formulas += [column + offset for offset in range(1, times + 1) if is_formula]
                self._count_value(value, times * repeated)
            spanned = _count(cell, _COLUMNS_SPANNED), _count(cell, _ROWS_SPANNED)
            if spanned != (1, 1) and column + spanned[0] <= MAX_COLUMN and self._row + spanned[1] <= MAX_ROW:
                if len(self._merged) == MAX_MERGED:
                    raise swollen()
                self._merged.append((self._row, column, self._row + spanned[1] - 1, column + spanned[0] - 1))
            column += times
        if line:
            self._rows += [[] for _ in range(self._row - len(self._rows))]
            for offset in range(repeated):
                self._rows.append(line)
                self._formulas.update((self._row + offset + 1, position) for position in formulas)
        self._row += repeated

    def _count_value(self, value: CellValue, times: int) -> None:
        length = len(value) if isinstance(value, str) else 0
        self._values += times
        self._characters += length * times
        if length > MAX_TEXT or self._values > MAX_VALUES or self._characters > MAX_CHARACTERS:
            raise swollen()

    def _end_table(self, table: Any) -> None:
        name = table.get(f"{_TABLE}name", "")
        width = max(map(len, self._rows), default=0)
        self._area += width * len(self._rows)
        if self._area > MAX_AREA:
            raise swollen()
        self.sheets[name] = Sheet(
            name,
            [line + [""] * (width - len(line)) for line in self._rows],
            frozenset(self._formulas),
            hidden=table.get(f"{_TABLE}style-name", "") in self._hidden_styles,
            merged=tuple(self._merged),
        )


def _count(element: Any, name: str) -> int:
    written = element.get(name)
    if written is None:
        return 1
    if not written.isdecimal() or len(written) > 7:
        raise not_a_workbook()
    return max(int(written), 1)


def _value(cell: Any) -> CellValue:
    kind = cell.get(f"{_OFFICE}value-type")
    try:
        if kind in _NUMBERS:
            written = cell.get(f"{_OFFICE}value", "")
            if not _NUMBER.fullmatch(written):
                raise not_a_workbook()
            return float(written)
        if kind == "date":
            return dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
    except ValueError:
        raise not_a_workbook() from None
    if kind == "boolean":
        return str(cell.get(f"{_OFFICE}boolean-value")) == "true"
    # A comment lies in the cell too, as an element of its own: only the cell's own paragraphs are its text.
    return "\n".join("".join(paragraph.itertext()) for paragraph in cell if paragraph.tag == _P)


def is_ods(parts: dict[str, bytes]) -> bool:
    """Whether an archive says that it is an OpenDocument spreadsheet."""
    return parts.get("mimetype", b"").strip() == MIMETYPE
