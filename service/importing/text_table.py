"""Reads an untrusted .csv: UTF-8 or UTF-16, separated by comma, semicolon or tab; every value is text."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice

from service.errors import ServiceError
from service.importing.limits import (
    MAX_AREA,
    MAX_CHARACTERS,
    MAX_COLUMN,
    MAX_ROW,
    MAX_TEXT,
    MAX_VALUES,
    far_cell,
    not_a_workbook,
    swollen,
)
from service.importing.sheets import Sheet

_SEPARATORS = (";", "\t", ",")
_SAMPLE_LINES = 20
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def read_text_table(data: bytes, name: str) -> Sheet:
    """Return the one sheet of a .csv file.

    Raises:
        ServiceError: `text-encoding-unknown`, or `workbook-…` named after what was found.
    """
    text = _decoded(data)
    if "\0" in text or len(text) > MAX_CHARACTERS:
        raise not_a_workbook()
    lines = list(islice(_lines(text), _SAMPLE_LINES))
    separator = max(_SEPARATORS, key=lambda each: sum(line.count(each) for line in lines))
    if len(lines) < 2 or not any(separator in line for line in lines):
        raise not_a_workbook()
    rows: list[list[str]] = []
    formulas: set[tuple[int, int]] = set()
    count = 0
    try:
        for number, row in enumerate(csv.reader(_lines(text), delimiter=separator), start=1):
            if number > MAX_ROW or len(row) > MAX_COLUMN:
                raise far_cell(name, number, len(row))
            count += len(row)
            if count > MAX_VALUES or any(len(value) > MAX_TEXT for value in row):
                raise swollen()
            # A spreadsheet program would compute it: nobody typed the result.
            formulas.update((number, column) for column, value in enumerate(row, 1) if value[:1] == "=")
            rows.append(row)
    except csv.Error as error:
        raise not_a_workbook() from error
    width = max(map(len, rows), default=0)
    if width * len(rows) > MAX_AREA:
        raise swollen()
    return Sheet(name, [row + [""] * (width - len(row)) for row in rows], frozenset(formulas))


def _lines(text: str) -> Iterator[str]:
    """Give the lines with their ends, one by one: all at once they would take many times the file."""
    return (match[0] for match in _LINE.finditer(text))


def _decoded(data: bytes) -> str:
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data:
        raise not_a_workbook()
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ServiceError(
            "text-encoding-unknown",
            "Tệp .csv không ở dạng Unicode (UTF-8); hãy lưu lại dạng “CSV UTF-8” hoặc .xlsx.",
            "The .csv is not Unicode (UTF-8); save it as “CSV UTF-8” or as .xlsx.",
        ) from error
