"""The few parts of a PDF that signing reads: cross-reference tables, and dictionaries whose values stay as written.

For files of this project's own renderer and for panels, not for a stranger's upload. Whatever is not written in the
plain way that they are (a table, not a stream; no encryption; no comments) is refused. A value is kept as the bytes
that stand there, so that a revision which copies it copies it exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Dictionary = dict[bytes, bytes]
"""Names with their slash → values as written."""

_SPACE = rb"[\x00\t\n\f\r ]"
_TOKEN = re.compile(
    rb"%(space)b*(?:"
    rb"(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|(?P<reference>[0-9]+%(space)b+0%(space)b+R(?![A-Za-z]))"
    rb"|(?P<name>/[^\x00\t\n\f\r ()<>\[\]{}/%%]*)"
    # Strings: literal ones with their inner parentheses escaped, hexadecimal ones.
    rb"|\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\x00\t\n\f\r ]*>"
    rb"|[+-]?[0-9.]+|true|false|null)" % {b"space": _SPACE},
    re.DOTALL,
)
_REFERENCE = re.compile(rb"%b*([0-9]+)%b+0%b+R" % (_SPACE, _SPACE, _SPACE))
_START = re.compile(rb"startxref\r?\n([0-9]{1,10})\r?\n%%EOF\r?\n?\Z")
_SECTION = re.compile(rb"([0-9]{1,10}) ([0-9]{1,10}) ?\r?\n")
_ROW = re.compile(rb"([0-9]{10}) 00000 n")
_ROW_BYTES = 20
_STREAM = re.compile(rb"%b*stream\r?\n" % _SPACE)
_MAX_DEPTH, _MAX_SECTIONS = 64, 64


class PDFReadError(ValueError):
    """The file is not written as this reader wants it."""


class PDFFile:
    """A PDF with classical cross-reference tables. Nothing is read before it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Read the tables' places and the newest trailer.

        Raises:
            PDFReadError: there is no classical table, or the file is encrypted.
        """
        self.data = data
        start = _START.search(data, max(0, len(data) - 64))
        if start is None:
            raise PDFReadError("no end of a PDF")
        self.table = int(start[1])
        """Where the newest table begins."""
        self._sections: list[tuple[int, int, int]] = []
        self.trailer = self._read_table(self.table)
        older = self.trailer
        while b"/Prev" in older:
            older = self._read_table(_integer(older[b"/Prev"]))
        if b"/Encrypt" in self.trailer:
            raise PDFReadError("the file is encrypted")
        self.size = _integer(self.trailer.get(b"/Size", b""))
        """One more than the highest object number."""

    def dictionary(self, value: bytes) -> Dictionary:
        """Return a dictionary that is written as `value`, or that `value` refers to."""
        number = reference(value)
        if number is None:
            return read_dictionary(value, 0)[0]
        return read_dictionary(self.data, self._body(number))[0]

    def elements(self, value: bytes) -> list[bytes]:
        """Return the elements of an array that is written as `value`, or that `value` refers to."""
        number = reference(value)
        return read_array(value, 0) if number is None else read_array(self.data, self._body(number))

    def raw(self, number: int) -> bytes:
        """Return an object that is no stream, as written."""
        start = self._body(number)
        return self.data[start : _value_end(self.data, start)].strip()

    def stream(self, number: int) -> tuple[Dictionary, bytes] | None:
        """Return a stream's dictionary and its data as they lie in the file; None where the object is no stream."""
        start = self._body(number)
        if not self.data.startswith(b"<<", start):
            return None
        dictionary, end = read_dictionary(self.data, start)
        keyword = _STREAM.match(self.data, end)
        if keyword is None:
            return None
        length = _integer(dictionary.get(b"/Length", b""))
        content = self.data[keyword.end() : keyword.end() + length]
        if not self.data[keyword.end() + length :][:12].lstrip().startswith(b"endstream"):
            raise PDFReadError("a stream is longer or shorter than it says")
        return dictionary, content

    def _body(self, number: int) -> int:
        """Return where the value of an object begins."""
        for first, count, rows in self._sections:
            if first <= number < first + count:
                row = _ROW.match(self.data, rows + _ROW_BYTES * (number - first))
                if row is None:
                    break
                header = re.compile(rb"%d 0 obj%b*" % (number, _SPACE)).match(self.data, int(row[1]))
                if header is None:
                    break
                return header.end()
        raise PDFReadError("an object is not where the table says")

    def _read_table(self, start: int) -> Dictionary:
        if not self.data.startswith(b"xref", start):
            raise PDFReadError("the cross-reference table is a stream, or missing")
        position = self.data.index(b"\n", start) + 1
        while section := _SECTION.match(self.data, position):
            first, count = int(section[1]), int(section[2])
            self._sections.append((first, count, section.end()))
            position = section.end() + _ROW_BYTES * count
            if len(self._sections) > _MAX_SECTIONS:
                raise PDFReadError("too many cross-reference tables")
        if not self.data.startswith(b"trailer", position):
            raise PDFReadError("the cross-reference table is damaged")
        return read_dictionary(self.data, position + len(b"trailer"))[0]


def reference(value: bytes) -> int | None:
    """Return the object number that `value` refers to; None where it is no reference."""
    match = _REFERENCE.fullmatch(value)
    return int(match[1]) if match else None


def split_references(value: bytes) -> Iterator[bytes | int]:
    """Give a value piece by piece: bytes as they are, and in place of each reference its object number."""
    position = 0
    for token in _tokens(value, 0):
        if token.lastgroup == "reference":
            yield value[position : token.start("reference")]
            yield int(token["reference"].split()[0])
            position = token.end()
    yield value[position:]


def read_dictionary(data: bytes, start: int) -> tuple[Dictionary, int]:
    """Return the dictionary that begins at `start`, and where it ends."""
    opening = _token(data, start)
    if opening["open"] != b"<<":
        raise PDFReadError("no dictionary where one should be")
    found: Dictionary = {}
    position = opening.end()
    while True:
        token = _token(data, position)
        if token["close"] == b">>":
            return found, token.end()
        name = token["name"]
        if name is None or name in found:
            raise PDFReadError("a dictionary is malformed")
        position = _value_end(data, token.end())
        found[name] = data[token.end() : position].strip()


def read_array(data: bytes, start: int) -> list[bytes]:
    """Return the elements of the array that begins at `start`."""
    opening = _token(data, start)
    if opening["open"] != b"[":
        raise PDFReadError("no array where one should be")
    found: list[bytes] = []
    position = opening.end()
    while _token(data, position)["close"] != b"]":
        end = _value_end(data, position)
        found.append(data[position:end].strip())
        position = end
    return found


def _value_end(data: bytes, start: int) -> int:
    depth = 0
    for token in _tokens(data, start):
        if token["open"] is not None:
            depth += 1
        elif token["close"] is not None:
            depth -= 1
        if depth <= 0:
            return token.end()
        if depth > _MAX_DEPTH:
            break
    raise PDFReadError("a value is malformed")


def _tokens(data: bytes, start: int) -> Iterator[re.Match[bytes]]:
    position = start
    while token := _TOKEN.match(data, position):
        yield token
        position = token.end()


def _token(data: bytes, start: int) -> re.Match[bytes]:
    token = _TOKEN.match(data, start)
    if token is None:
        raise PDFReadError("something is not written as expected")
    return token


def _integer(value: bytes) -> int:
    if not re.fullmatch(rb"[0-9]{1,10}", value):
        raise PDFReadError("a number is missing")
    return int(value)
