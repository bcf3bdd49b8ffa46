"""Writes an .xls as Excel 97 did (BIFF8 in a compound file): text and numbers, merged cells, hidden sheets.

Some of the systems that schools use still export this; no living library writes it.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator, Sequence

from service.sample.grid import Grid, Value

_SECTOR = 512
_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF
_MIN_STREAM = 4096


def xls(grids: Sequence[Grid]) -> bytes:
    """Return an .xls of these sheets."""
    return _compound(_workbook(grids))


def _workbook(grids: Sequence[Grid]) -> bytes:
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 0x0005, 0x0DBB, 1996, 0, 6))
    head += _record(0x42, struct.pack("<H", 1200))
    font = struct.pack("<HHHHHBBBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\x00Arial"
    head += _record(0x31, font) * 5
    head += _record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0)) * 15
    head += _record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0x0001, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    head += _record(0x293, struct.pack("<HBB", 0x8000, 0, 0xFF))
    sheets = [_sheet(grid) for grid in grids]
    names = [grid.name.encode("utf-16-le") for grid in grids]
    position = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    for grid, name, sheet in zip(grids, names, sheets, strict=True):
        head += _record(0x85, struct.pack("<IBBBB", position, grid.hidden, 0, len(name) // 2, 1) + name)
        position += len(sheet)
    return head + _record(0x0A, b"") + b"".join(sheets)


def _sheet(grid: Grid) -> bytes:
    width = max(map(len, grid.rows), default=0)
    parts = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 0x0010, 0x0DBB, 1996, 0, 6)),
        _record(0x200, struct.pack("<IIHHH", 0, len(grid.rows), 0, width, 0)),
    ]
    parts += [
        _cell(number, column, value)
        for number, row in enumerate(grid.rows)
        for column, value in enumerate(row)
        if value is not None and value != ""
    ]
    if grid.merged:
        ranges = b"".join(
            struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in grid.merged
        )
        parts.append(_record(0xE5, struct.pack("<H", len(grid.merged)) + ranges))
    parts.append(_record(0x23E, struct.pack("<HHHHHHHI", 0x06B6, 0, 0, 64, 0, 0, 0, 0)))
    parts.append(_record(0x0A, b""))
    return b"".join(parts)


def _cell(row: int, column: int, value: Value) -> bytes:
    where = struct.pack("<HHH", row, column, 15)
    if isinstance(value, int | float):
        return _record(0x203, where + struct.pack("<d", value))
    text = value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else str(value)
    encoded = text.encode("utf-16-le")
    return _record(0x204, where + struct.pack("<HB", len(encoded) // 2, 1) + encoded)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _compound(stream: bytes) -> bytes:
    """Return a compound file with one stream, "Workbook"."""
    stream = stream.ljust(_MIN_STREAM, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    fats = 1
    while fats * 128 < fats + 1 + sectors:
        fats += 1
    if fats > 109:
        raise ValueError("too many sheets for one .xls")
    # The allocation table first, then the directory, then the stream.
    fat = [_FAT_SECTOR] * fats + [_END] + [fats + 2 + number for number in range(sectors - 1)] + [_END]
    fat += [_FREE] * (fats * 128 - len(fat))
    listed = [*range(fats), *[_FREE] * (109 - fats)]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, fats, 0, _MIN_STREAM, _END, 0, _END, 0, 0
    )[:-4]
    header += struct.pack("<109I", *listed)
    directory = b"".join(_entries(fats + 1, len(stream)))
    body = struct.pack(f"<{len(fat)}I", *fat) + directory + stream.ljust(sectors * _SECTOR, b"\0")
    return header + body


def _entries(start: int, size: int) -> Iterator[bytes]:
    yield _entry("Root Entry", 5, 1, _END, 0)
    yield _entry("Workbook", 2, _NONE, start, size)
    yield from (
        bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _NONE, _NONE, _NONE) + bytes(48) for _ in range(2)
    )


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, _NONE, _NONE, child)
    return head + bytes(36) + struct.pack("<III", start, size, 0)
