"""Reads an untrusted .xls (BIFF8): its records scanned here, its values by calamine in a child that can be killed.

`python -m service.importing.xls` is the child: the file comes in, JSON goes out, and nothing can be opened,
connected or written in between.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from service.importing.compound_file import CompoundFile
from service.importing.safety import (
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

MEMORY_BYTES = 300 * 1024 * 1024
CPU_SECONDS = 8
WALL_SECONDS = 9.0
_BOF, _BOUND_SHEET, _FORMULA, _FILE_PASS, _SUP_BOOK, _SST = 0x809, 0x85, 0x06, 0x2F, 0x1AE, 0xFC
_CELLS = {_FORMULA, 0x203, 0x27E, 0xBD, 0x204, 0xFD, 0x205, 0xD6}
_OWN_BOOK = (b"\x01\x04", b"\x01\x3a")


@dataclass(frozen=True, slots=True)
class _Scan:
    formulas: dict[str, list[tuple[int, int]]]


def read_xls(data: bytes) -> dict[str, Sheet]:
    """Return the sheets of an .xls by name.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    scan = scan_records(data)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "service.importing.xls"],
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
            frozenset(scan.formulas.get(sheet["name"], ())),
            hidden=sheet["hidden"],
            merged=tuple((*first, *last) for first, last in sheet["merged"]),
        )
        for sheet in answer
    }


def scan_records(data: bytes) -> _Scan:
    """Walk the records of the workbook stream: what must not be there is refused, formulas are noted.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    try:
        return _scan(CompoundFile(data))
    except struct.error as error:
        raise not_a_workbook() from error


def _scan(file: CompoundFile) -> _Scan:  # noqa: C901 - one branch for each kind of record
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
    current, count = "", 0
    for offset, kind, body in _records(file.stream(book)):
        if kind == _BOF:
            current = sheets.get(offset, current)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            count += 1
            if row >= MAX_ROW:
                raise far_cell(current, row + 1, column + 1)
            if kind == _FORMULA:
                formulas.setdefault(current, []).append((row + 1, column + 1))
        elif kind == _BOUND_SHEET:
            position, _hidden, sheet_kind = struct.unpack_from("<IBB", body)
            if sheet_kind == 1:
                raise has_macros()
            sheets[position] = _short_string(body[6:])
        else:
            _check_record(kind, body)
    if count > MAX_VALUES:
        raise swollen()
    return _Scan(formulas)


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


def _answer(data: bytes) -> str:
    """Return all sheets as JSON; runs in the child."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415 - the parent never parses an .xls

    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        sheets = []
        for known in book.sheets_metadata:
            sheet = book.get_sheet_by_name(known.name)
            rows = [[_json(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            sheets.append(
                {
                    "name": known.name,
                    "hidden": known.visible is not SheetVisibleEnum.Visible,
                    "rows": rows,
                    "merged": sheet.merged_cell_ranges or [],
                }
            )
    return json.dumps(sheets)


def _json(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return {"date": value.isoformat()}
    return {"text": str(value)} if isinstance(value, dt.time | dt.timedelta) else value


def _serve() -> None:
    data = sys.stdin.buffer.read()
    import python_calamine  # noqa: F401, PLC0415 - loaded before nothing can be opened any more

    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    sys.stdout.write(_answer(data))


if __name__ == "__main__":
    _serve()
