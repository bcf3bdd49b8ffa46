"""A sheet as read, whatever the file's format: values by row and column, which are formulas, what is merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.importing.values import CellValue


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: `rows[0][0]` is A1, an empty cell is an empty string, and all rows are as long as the first.

    `formulas` are (row, column) from 1; `merged` are (first row, first column, last row, last column) from 0.
    `hidden_rows` and `hidden_columns` are from 1, and known of an .xlsx alone.
    """

    name: str
    rows: Sequence[Sequence[CellValue]]
    formulas: frozenset[tuple[int, int]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    file: str | None = None
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def letter(position: int) -> str:
    """Return the column letter of a position from 0: A, B, …, Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
