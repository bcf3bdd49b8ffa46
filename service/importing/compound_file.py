"""The streams of an OLE compound file (MS-CFB), read without trusting a count or a chain in it.

Only what an old .xls needs: the names of all entries, and the bytes of one stream.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from service.importing.limits import not_a_workbook

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADER = 512
_ENTRY = 128
_LAST_REGULAR = 0xFFFFFFFA
_END = 0xFFFFFFFE


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the directory: a storage or a stream."""

    name: str
    start: int
    size: int


class CompoundFile:
    """A compound file in memory.

    Raises:
        ServiceError: `workbook-unreadable`, by every method.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER or not data.startswith(SIGNATURE):
            raise not_a_workbook()
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise not_a_workbook()
        self._data, self._sector, self._mini_sector = data, 1 << shift, 1 << mini_shift
        self._sectors = len(data) // self._sector
        directory, self._cutoff, mini_fat = struct.unpack_from("<I4xII", data, 48)
        self._fat = self._read_fat(struct.unpack_from("<I", data, 68)[0])
        self.entries = self._read_entries(self._chain(directory))
        self._mini_fat = _words(self._chain(mini_fat))
        root = self.entries[0] if self.entries else None
        self._mini_stream = self._chain(root.start) if root else b""

    def stream(self, entry: Entry) -> bytes:
        """Return the bytes of a stream."""
        if entry.size >= self._cutoff:
            return self._chain(entry.start)[: entry.size]
        parts, sector, left = [], entry.start, len(self._mini_fat) + 1
        while sector < _LAST_REGULAR:
            left -= 1
            if sector >= len(self._mini_fat) or not left:
                raise not_a_workbook()
            parts.append(self._mini_stream[sector * self._mini_sector : (sector + 1) * self._mini_sector])
            sector = self._mini_fat[sector]
        return b"".join(parts)[: entry.size]

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        if start >= len(self._data):
            raise not_a_workbook()
        return self._data[start : start + self._sector].ljust(self._sector, b"\0")

    def _read_fat(self, more: int) -> list[int]:
        sectors = list(struct.unpack_from("<109I", self._data, 76))
        left = self._sectors + 1
        while more < _LAST_REGULAR:
            left -= 1
            if not left:
                raise not_a_workbook()
            *listed, more = _words(self._at(more))
            sectors += listed
        used = [sector for sector in sectors if sector < _LAST_REGULAR]
        if len(used) > self._sectors:
            raise not_a_workbook()
        return [word for sector in used for word in _words(self._at(sector))]

    def _chain(self, sector: int) -> bytes:
        parts, left = [], self._sectors + 1
        while sector < _LAST_REGULAR:
            left -= 1
            if sector >= len(self._fat) or not left:
                raise not_a_workbook()
            parts.append(self._at(sector))
            sector = self._fat[sector]
        if sector != _END and parts:
            raise not_a_workbook()
        return b"".join(parts)

    @staticmethod
    def _read_entries(directory: bytes) -> list[Entry]:
        entries = []
        for offset in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            length = struct.unpack_from("<H", directory, offset + 64)[0]
            if 2 <= length <= 64:
                name = directory[offset : offset + length - 2].decode("utf-16-le", "replace")
                start, size = struct.unpack_from("<II", directory, offset + 116)
                entries.append(Entry(name, start, size))
        return entries


def _words(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
