"""Scans the XML parts of an untrusted .xlsx as they stream by: no tree is built, so that tags cost no memory."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Protocol

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

    def attach(self, expat: Any, /) -> None:
        """Set the handlers of a parser, and no more than are needed: a school's sheets have ten million elements."""


def scan(content: bytes, target: Target | None = None) -> None:
    """Give the elements of a part to a target, or only look at its form; a DTD or broken XML is refused.

    Raises:
        ServiceError: `workbook-has-entities`, `workbook-unreadable`, or what the target raises.
    """
    parser = DefusedXMLParser(target=object(), forbid_dtd=True)
    # Straight from expat, names as "URI}local": the detour over ElementTree's target takes three times as long.
    # Its default handler is for entities of a DTD, of which there is none.
    expat = parser.parser
    expat.ordered_attributes = False
    expat.StartElementHandler = expat.EndElementHandler = None
    expat.CharacterDataHandler = expat.DefaultHandlerExpand = None
    if target is not None:
        target.attach(expat)
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise has_entities() from error
    # An encoding that is unknown, or that the parser cannot take, is no ParseError.
    except (ParseError, ValueError, LookupError) as error:
        raise not_a_workbook() from error
    finally:
        # A target that holds the parser whose handlers are its own would be kept until somebody looks for such rings.
        expat.StartElementHandler = expat.EndElementHandler = expat.CharacterDataHandler = None


class Relations:
    """The targets of relations by their id, and the sheets in their order: name and id."""

    def __init__(self) -> None:
        self.targets: dict[str | None, str] = {}
        self.sheets: list[tuple[str, str | None]] = []

    def attach(self, expat: Any, /) -> None:
        """Ask for starts of elements."""
        expat.StartElementHandler = self.start

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Take a relation or a sheet."""
        name = tag.rpartition("}")[2]
        if name == "Relationship":
            self.targets[attributes.get("Id")] = attributes.get("Target", "")
        elif name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get(_RELATION_ID)))


class Texts:
    """The lengths of the shared strings, none of them long: a parser copies one for each cell that names it."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._length = 0
        self._within = False

    def attach(self, expat: Any, /) -> None:
        """Ask for everything."""
        expat.StartElementHandler, expat.EndElementHandler = self.start, self.end
        expat.CharacterDataHandler = self.data

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
        self.errors: dict[tuple[int, int], str] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.values = self.characters = 0
        self._part, self._lengths = part, lengths
        self._row = self._column = self._last_row = self._last_column = self._merged = self._spans = 0
        self._names: dict[str, str] = {}
        self._kind: str | None = None
        self._index = ""
        self._expat: Any = None

    @property
    def area(self) -> int:
        """The cells from A1 to the last ones, as a parser makes room for them."""
        return self._last_row * self._last_column

    def attach(self, expat: Any, /) -> None:
        """Ask for starts of elements; for text and its end only within a shared string's index or an error."""
        self._expat = expat
        expat.StartElementHandler = self.start

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Take a row, a cell, a value, a formula."""
        name = self._names.get(tag) or self._names.setdefault(tag, tag.rpartition("}")[2])
        if name == "c":
            self._cell(attributes)
        elif name == "v":
            self.values += 1
            if self._kind in _WITH_TEXT:
                self._index = ""
                self._expat.CharacterDataHandler, self._expat.EndElementHandler = self.data, self.end
        elif name == "is":
            self.values += 1
        elif name == "row":
            self._begin_row(attributes)
        elif name == "col":
            self._columns(attributes)
        elif name == "f":
            self.formulas.add((self._row, self._column))
        elif name == "mergeCell":
            self._merged += 1
            _check_ranges(self._merged)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row, self._column = _number(attributes.get("r"), self._row + 1), 0
        if attributes.get("hidden") in _TRUE and self._row <= MAX_ROW:
            self.hidden_rows.add(self._row)

    def _columns(self, attributes: dict[str, str]) -> None:
        self._spans += 1
        _check_ranges(self._spans)
        if attributes.get("hidden") in _TRUE:
            first, last = (_number(attributes.get(key), 1) for key in ("min", "max"))
            self.hidden_columns.update(range(first, min(last, MAX_COLUMN) + 1))

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            self._row, self._column = _position(reference)
        if self._row > self._last_row or self._column > self._last_column:
            self._reach()
        self._kind = attributes.get("t")

    def end(self, _tag: str, /) -> None:
        """Take the end of the index of a shared string, or of the name of an error."""
        self._expat.CharacterDataHandler = self._expat.EndElementHandler = None
        if self._kind == "e":
            self.errors[self._row, self._column] = self._index[:_LONGEST_ERROR]
            return
        try:
            self.characters += self._lengths[int(self._index)]
        except (ValueError, IndexError):
            raise not_a_workbook() from None

    def data(self, text: str, /) -> None:
        """Take text of the index of a shared string, or of the name of an error."""
        self._index += text

    def _reach(self) -> None:
        if self._row > MAX_ROW or self._column > MAX_COLUMN:
            raise far_cell(self._part, self._row, self._column)
        self._last_row = max(self._last_row, self._row)
        self._last_column = max(self._last_column, self._column)


def _check_ranges(count: int) -> None:
    if count > MAX_MERGED:
        raise swollen()


_WITH_TEXT = frozenset(("s", "e"))
_LONGEST_ERROR = 20
_TRUE = frozenset(("1", "true"))


# The sheets of a school have the same few thousand cells.
@lru_cache(maxsize=8192)
def _position(reference: str) -> tuple[int, int]:
    """Return row and column, from 1, of a reference like "B12"."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise not_a_workbook()
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return int(match[2]), number


def _number(written: str | None, following: int) -> int:
    if written is None:
        return following
    if not written.isdecimal() or len(written) > _MAX_ROW_DIGITS:
        raise not_a_workbook()
    return int(written)
