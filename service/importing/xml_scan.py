"""Scans the XML parts of an untrusted .xlsx as they stream by: no tree is built, so that tags cost no memory."""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from service.importing.limits import (
    MAX_COLUMN,
    MAX_MERGED,
    MAX_ROW,
    MAX_TEXT,
    far_cell,
    has_entities,
    not_a_workbook,
    swollen,
)

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION_ID = "http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAX_ROW_DIGITS = 7


class Target(Protocol):
    """What takes the elements of a part."""

    def start(self, tag: str, attributes: dict[str, str], /) -> None: ...  # noqa: D102

    def end(self, tag: str, /) -> None: ...  # noqa: D102

    def data(self, text: str, /) -> None: ...  # noqa: D102


def scan(content: bytes, target: Target) -> None:
    """Give the elements of a part to a target; a DTD or broken XML is refused.

    Raises:
        ServiceError: `workbook-has-entities`, `workbook-unreadable`, or what the target raises.
    """
    try:
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        # Straight from expat, names as "URI}local": the detour over ElementTree's target takes three times as long.
        expat = parser.parser
        expat.ordered_attributes = False
        expat.StartElementHandler, expat.EndElementHandler = target.start, target.end
        expat.CharacterDataHandler = target.data
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise has_entities() from error
    # An encoding that is unknown, or that the parser cannot take, is no ParseError.
    except (ParseError, ValueError, LookupError) as error:
        raise not_a_workbook() from error


class Relations:
    """The targets of relations by their id, and the sheets in their order: name and id."""

    def __init__(self) -> None:
        self.targets: dict[str | None, str] = {}
        self.sheets: list[tuple[str, str | None]] = []

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Take a relation or a sheet."""
        name = tag.rpartition("}")[2]
        if name == "Relationship":
            self.targets[attributes.get("Id")] = attributes.get("Target", "")
        elif name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get(_RELATION_ID)))

    def end(self, tag: str, /) -> None:
        """Take the end of an element."""

    def data(self, text: str, /) -> None:
        """Take text."""


class Texts:
    """The lengths of the shared strings, none of them long: a parser copies one for each cell that names it."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._length = 0
        self._within = False

    def start(self, tag: str, _attributes: dict[str, str], /) -> None:
        """Take the start of a string, or of its text."""
        if tag.endswith("}t") or tag == "t":
            self._within = True
        elif tag.endswith("}si") or tag == "si":
            self._length = 0

    def end(self, tag: str, /) -> None:
        """Take the end of a string, or of its text."""
        if tag.endswith("}t") or tag == "t":
            self._within = False
        elif tag.endswith("}si") or tag == "si":
            self.lengths.append(self._length)

    def data(self, text: str, /) -> None:
        """Take text."""
        if self._within:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise swollen()


class SheetScan:
    """Where the cells of a sheet are, which are formulas, and how much a parser will make of them."""

    def __init__(self, part: str, lengths: list[int]) -> None:
        self.formulas: set[tuple[int, int]] = set()
        self.values = self.characters = 0
        self._part, self._lengths = part, lengths
        self._row = self._column = self._last_row = self._last_column = self._merged = 0
        self._shares = False
        self._index: str | None = None

    @property
    def area(self) -> int:
        """The cells from A1 to the last ones, as a parser makes room for them."""
        return self._last_row * self._last_column

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Take a row, a cell, a value, a formula."""
        name = tag.rpartition("}")[2]
        if name == "c":
            self._at(attributes.get("r"))
            self._shares = attributes.get("t") == "s"
        elif name == "v":
            self.values += 1
            self._index = "" if self._shares else None
        elif name == "row":
            self._row, self._column = _row_number(attributes.get("r"), self._row + 1), 0
        elif name == "f":
            self.formulas.add((self._row, self._column))
        elif name == "is":
            self.values += 1
        elif name == "mergeCell":
            self._merged += 1
            if self._merged > MAX_MERGED:
                raise swollen()

    def end(self, tag: str, /) -> None:
        """Take the end of a value: of a shared string it is the index."""
        if self._index is not None and tag.rpartition("}")[2] == "v":
            self.characters += self._length(self._index)
            self._index = None

    def data(self, text: str, /) -> None:
        """Take text."""
        if self._index is not None:
            self._index += text

    def _at(self, reference: str | None) -> None:
        self._column += 1
        if reference is not None:
            match = _REFERENCE.fullmatch(reference)
            if not match:
                raise not_a_workbook()
            self._row, self._column = int(match[2]), _column_number(match[1])
        if self._row > MAX_ROW or self._column > MAX_COLUMN:
            raise far_cell(self._part, self._row, self._column)
        self._last_row = max(self._last_row, self._row)
        self._last_column = max(self._last_column, self._column)

    def _length(self, index: str) -> int:
        try:
            return self._lengths[int(index)]
        except (ValueError, IndexError):
            raise not_a_workbook() from None


class Nothing:
    """Takes a part of which only the form matters."""

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Take the start of an element."""

    def end(self, tag: str, /) -> None:
        """Take the end of an element."""

    def data(self, text: str, /) -> None:
        """Take text."""


@cache
def _column_number(letters: str) -> int:
    """Return the number of a column from 1; at most three letters are asked for, so that few are remembered."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _row_number(written: str | None, following: int) -> int:
    if written is None:
        return following
    if not written.isdecimal() or len(written) > _MAX_ROW_DIGITS:
        raise not_a_workbook()
    return int(written)
