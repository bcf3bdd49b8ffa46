"""Finds the header of a school's table: one to four rows, merged or not, anywhere in the first rows of a sheet.

Each column gets the path of its titles, from the group down: "Học kì I / ĐĐGtx / 2".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.importing.sheets import Sheet
from service.importing.values import CellValue
from service.importing.vocabulary import WORDS, plain

HEADER_WITHIN = 20
MAX_DEPTH = 4
_NAMES = frozenset(word for words in WORDS.values() for word in words["full_name"]) - {"ten"}
_TITLES = frozenset(word for words in WORDS.values() for synonyms in words.values() for word in synonyms)


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its first and last row from 0, and by position of a column its titles from the group down."""

    first: int
    last: int
    paths: dict[int, tuple[str, ...]]


def find_header(sheet: Sheet) -> Header | None:
    """Return the header of the sheet's table, or None where no row names the students and something beside."""
    best, hits = None, 1
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        words = {plain(value) for value in row if isinstance(value, str) and value.strip()}
        found = len(words & _TITLES)
        if words & _NAMES and found > hits:
            best, hits = number, found
    if best is None:
        return None
    name = next(
        position
        for position, value in enumerate(sheet.rows[best])
        if isinstance(value, str) and plain(value) in _NAMES
    )
    first, last = _block(sheet, best, name)
    grid = _titles(sheet, first, last)
    paths = {}
    for position in range(len(sheet.rows[0])):
        path = tuple(
            title
            for index, line in enumerate(grid)
            if (title := line[position]) and (index == 0 or title != grid[index - 1][position])
        )
        if path:
            paths[position] = path
    return Header(first, last, paths)


def _block(sheet: Sheet, row: int, name: int) -> tuple[int, int]:
    """Return the rows of the header: as far as the name's cell is merged, else while no name stands there."""
    for top, left, bottom, right in sheet.merged:
        if top <= row <= bottom and left <= name <= right and bottom - top < MAX_DEPTH and bottom > top:
            return top, bottom
    last = row
    while last + 1 < min(len(sheet.rows), row + MAX_DEPTH) and _goes_on(sheet.rows[last + 1], name):
        last += 1
    return row, last


def _goes_on(row: Sequence[CellValue], name: int) -> bool:
    filled = [value for value in row if value != ""]
    # A group's subtitles: text or an index under it, and nothing under the number and the name.
    return bool(filled) and row[name] == "" and all(value == "" for value in row[:name])


def _titles(sheet: Sheet, first: int, last: int) -> list[list[str]]:
    """Return the titles of the header's rows, merged cells and groups written into each of their columns."""
    grid = [[_title(value) for value in row] for row in sheet.rows[first : last + 1]]
    for top, left, bottom, right in sheet.merged:
        if first <= top <= last and left < len(grid[0]):
            for row in range(top, min(bottom, last) + 1):
                for column in range(left, min(right, len(grid[0]) - 1) + 1):
                    grid[row - first][column] = grid[top - first][left]
    for index, line in enumerate(grid[:-1]):
        for column in range(1, len(line)):
            below = "".join(deeper[column] for deeper in grid[index + 1 :])
            above, before = ([higher[at] for higher in grid[:index]] for at in (column, column - 1))
            # Within a group only a number continues the title before it: a word may stand for itself.
            goes_on = below.isdecimal() and above == before if any(above) else bool(below)
            if not line[column] and goes_on:
                line[column] = line[column - 1]
    return grid


def _title(value: CellValue) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())
