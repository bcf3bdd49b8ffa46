"""Reads an untrusted .xls (BIFF8): its records scanned here, its values by calamine in a child that can be killed."""

from __future__ import annotations

import datetime as dt
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from service.importing.compound_file import CompoundFile
from service.importing.limits import (
    MAX_AREA,
    MAX_ROW,
    MAX_VALUES,
    far_cell,
    has_links,
    has_macros,
    is_locked,
    not_a_workbook,
    swollen,
)
from service.importing.sheets import Sheet
from service.importing.values import CellValue

WALL_SECONDS = 9.0
_BOF, _BOUND_SHEET, _FORMULA, _FILE_PASS, _SUP_BOOK, _SST = 0x809, 0x85, 0x06, 0x2F, 0x1AE, 0xFC
_MUL_RK = 0xBD
_CELLS = {_FORMULA, 0x203, 0x27E, _MUL_RK, 0x204, 0xFD, 0x205, 0xD6}
_OWN_BOOK = (b"\x01\x04", b"\x01\x3a")


def read_xls(data: bytes) -> dict[str, Sheet]:
    """Return the sheets of an .xls by name.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    formulas = scan_records(data)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "service.importing.xls_child"],
            input=data,
            capture_output=True,
            check=True,
            timeout=WALL_SECONDS,
            env={},
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise not_a_workbook() from error
    return {
        sheet["name"]: Sheet(
            sheet["name"],
            [[_parsed(value) for value in row] for row in sheet["rows"]],
            frozenset(formulas.get(sheet["name"], ())),
            hidden=sheet["hidden"],
            merged=tuple((*first, *last) for first, last in sheet["merged"]),
        )
        for sheet in answer
    }


def scan_records(data: bytes) -> dict[str, list[tuple[int, int]]]:
    """Walk the records of the workbook stream: refuse what must not be there, return the formula cells of each sheet.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    try:
        return _scan(CompoundFile(data))
    except struct.error as error:
        raise not_a_workbook() from error


def _scan(file: CompoundFile) -> dict[str, list[tuple[int, int]]]:  # noqa: C901, PLR0912 - one branch for each kind of record
    names = {entry.name.casefold(): entry for entry in file.entries}
    if "encryptedpackage" in names:
        raise is_locked()
    if "_vba_project_cur" in names or "_vba_project" in names:
        raise has_macros()
    book = names.get("workbook")
    if book is None:
        raise not_a_workbook()
    sheets: dict[int, str] = {}
    formulas: dict[str, list[tuple[int, int]]] = {}
    areas: dict[str, tuple[int, int]] = {}
    current, count = "", 0
    for offset, kind, body in _records(file.stream(book)):
        if kind == _BOF:
            current = sheets.get(offset, current)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            count += 1
            if row >= MAX_ROW:
                raise far_cell(current, row + 1, column + 1)
            rows, columns = areas.get(current, (0, 0))
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _MUL_RK else column
            areas[current] = max(rows, row + 1), max(columns, last + 1)
            if kind == _FORMULA:
                formulas.setdefault(current, []).append((row + 1, column + 1))
        elif kind == _BOUND_SHEET:
            position, _hidden, sheet_kind = struct.unpack_from("<IBB", body)
            if sheet_kind == 1:
                raise has_macros()
            # One sheet under many names would be read, and would fill memory, once for each.
            if position in sheets:
                raise swollen()
            sheets[position] = _short_string(body[6:])
        else:
            _check_record(kind, body)
    if count > MAX_VALUES or sum(rows * columns for rows, columns in areas.values()) > MAX_AREA:
        raise swollen()
    return formulas


def _check_record(kind: int, body: bytes) -> None:
    if kind == _FILE_PASS:
        raise is_locked()
    if kind == _SUP_BOOK and body[2:4] not in _OWN_BOOK:
        raise has_links()
    # A parser makes room for as many strings as the table claims.
    if kind == _SST and struct.unpack_from("<I", body, 4)[0] > MAX_VALUES:
        raise swollen()


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, offset)
        yield offset, kind, stream[offset + 4 : offset + 4 + length]
        offset += 4 + length


def _short_string(body: bytes) -> str:
    length, wide = struct.unpack_from("<BB", body)
    return (
        body[2 : 2 + 2 * length].decode("utf-16-le", "replace")
        if wide & 1
        else body[2 : 2 + length].decode("latin-1")
    )


def _parsed(value: Any) -> CellValue:
    if isinstance(value, dict):
        return dt.datetime.fromisoformat(value["date"]) if "date" in value else str(value["text"])
    if isinstance(value, str | int | float):
        return value
    raise not_a_workbook()
