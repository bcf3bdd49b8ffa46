"""Appends one incremental revision to a PDF (ISO 32000-1, 7.5.6): objects, a cross-reference table, a trailer.

Writes nothing but what it is given: neither document information nor XMP is touched, so that a verifier may refuse
any change of them. The same inputs give the same bytes.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby

from keys.pdf_reader import Dictionary, PDFFile, PDFReadError

_ID_BYTES = 16


class Revision:
    """A revision in the making, its objects in the order in which they are put."""

    def __init__(self, file: PDFFile) -> None:
        """Begin after the end of `file`, which must end with a newline."""
        self._file = file
        self._next = file.size
        self._parts: list[bytes] = []
        self._length = len(file.data)
        self._offsets: dict[int, int] = {}

    def new_numbers(self, count: int) -> int:
        """Reserve object numbers that follow one another; return the first."""
        first = self._next
        self._next += count
        return first

    def put(self, number: int, value: bytes) -> int:
        """Write an object, a new one or a new version; return where its value begins in the file."""
        header = b"%d 0 obj\n" % number
        self._offsets[number] = self._length
        start = self._length + len(header)
        self._parts += (header, value, b"\nendobj\n")
        self._length = start + len(value) + len(b"\nendobj\n")
        return start

    def finish(self) -> bytes:
        """Return the bytes of the revision, to be appended to the file.

        Raises:
            PDFReadError: the file's trailer lacks its root or its identifier.
        """
        table = self._length
        return b"".join(
            (
                *self._parts,
                b"xref\n0 1\n0000000000 65535 f \n",
                *self._rows(),
                b"trailer\n",
                format_dictionary(self._trailer()),
                b"\nstartxref\n%d\n%%%%EOF\n" % table,
            )
        )

    def _rows(self) -> list[bytes]:
        rows: list[bytes] = []
        for _, run in groupby(enumerate(sorted(self._offsets)), key=lambda pair: pair[1] - pair[0]):
            numbers = [number for _, number in run]
            rows.append(b"%d %d\n" % (numbers[0], len(numbers)))
            rows += [b"%010d 00000 n \n" % self._offsets[number] for number in numbers]
        return rows

    def _trailer(self) -> Dictionary:
        old = self._file.trailer
        if b"/Root" not in old or b"/ID" not in old:
            raise PDFReadError("the trailer lacks /Root or /ID")
        first, last = self._file.elements(old[b"/ID"])
        # ISO 32000-1, 14.4: the first half stays, the second is of this version of the file.
        changed = sha256(last + b"".join(self._parts)).digest()[:_ID_BYTES]
        return {
            **{key: value for key, value in old.items() if key in {b"/Info", b"/Root"}},
            b"/Size": b"%d" % self._next,
            b"/ID": b"[%b <%b>]" % (first, changed.hex().encode("ascii")),
            b"/Prev": b"%d" % self._file.table,
        }


def format_dictionary(dictionary: Dictionary) -> bytes:
    """Return a dictionary in its PDF form, entries in their order."""
    return b"<< %b >>" % b" ".join(b"%b %b" % entry for entry in dictionary.items())
