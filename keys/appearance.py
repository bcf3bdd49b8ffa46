"""The visible panel of a signature: a one-page PDF that becomes the appearance (/AP /N) of the field.

The panel is set by whoever renders the page; nothing is drawn here. A viewer places and scales the panel into
the field's rectangle by itself (ISO 32000-1, 12.5.5), so it is best made in the field's proportions.

A panel is taken apart once per process. What is kept are its objects as they will be written, open only where they
name each other: a signature fills in the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from keys.pdf_reader import Dictionary, PDFFile, PDFReadError, reference, split_references
from keys.pdf_revision import Revision, format_dictionary
from keys.signer import KeysError

_MAX_OBJECTS = 500

_Template = tuple[bytes | int, ...]
"""An object as written; an integer stands for a reference to the panel's object of that rank."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A panel: the bytes of a one-page, untagged PDF with its fonts embedded."""

    pdf: bytes


def place_appearance(appearance: Appearance, revision: Revision) -> int:
    """Write the panel's objects into a revision; return the number of the one that is the appearance.

    Raises:
        KeysError: `appearance-unreadable`.
    """
    templates = _read_panel(appearance.pdf)
    first = revision.new_numbers(len(templates))
    for rank, template in enumerate(templates):
        value = b"".join(
            b"%d 0 R" % (first + piece) if isinstance(piece, int) else piece for piece in template
        )
        revision.put(first + rank, value)
    return first


@lru_cache(maxsize=64)
def _read_panel(pdf: bytes) -> tuple[_Template, ...]:
    try:
        file = PDFFile(pdf)
        pages = file.dictionary(file.dictionary(file.trailer[b"/Root"])[b"/Pages"])
        if pages[b"/Count"] != b"1":
            raise _unreadable()
        return _Panel(file).templates(file.dictionary(file.elements(pages[b"/Kids"])[0]))
    except (PDFReadError, KeyError, IndexError, ValueError) as error:
        raise _unreadable() from error


class _Panel:
    """Collects what the panel's page refers to, each object once."""

    def __init__(self, file: PDFFile) -> None:
        self._file = file
        self._numbers: list[int] = []

    def templates(self, page: Dictionary) -> tuple[_Template, ...]:
        found = [self._form(page)]
        # Grows while it is walked: an object that is met gets the next rank.
        for number in self._numbers:
            stream = self._file.stream(number)
            found.append(self._template(self._file.raw(number)) if stream is None else self._stream(*stream))
            if len(found) > _MAX_OBJECTS:
                raise _unreadable()
        return tuple(found)

    def _form(self, page: Dictionary) -> _Template:
        content = reference(page[b"/Contents"])
        stream = None if content is None else self._file.stream(content)
        if stream is None:
            raise _unreadable()
        form = {
            b"/Type": b"/XObject",
            b"/Subtype": b"/Form",
            b"/BBox": page[b"/MediaBox"],
            b"/Resources": page[b"/Resources"],
        }
        return self._stream({**stream[0], **form}, stream[1])

    def _stream(self, dictionary: Dictionary, data: bytes) -> _Template:
        if data.endswith(b"\r"):
            dictionary, data = _in_hexadecimal(dictionary, data)
        whole = {**dictionary, b"/Length": b"%d" % len(data)}
        return (*self._template(format_dictionary(whole)), b"\nstream\n" + data + b"\nendstream")

    def _template(self, value: bytes) -> _Template:
        return tuple(
            self._rank(piece) if isinstance(piece, int) else piece for piece in split_references(value)
        )

    def _rank(self, number: int) -> int:
        if number not in self._numbers:
            self._numbers.append(number)
        return 1 + self._numbers.index(number)


def _in_hexadecimal(dictionary: Dictionary, data: bytes) -> tuple[Dictionary, bytes]:
    # A CR that ends the data and the LF before `endstream` would read as one end of line, and PDF/A-3 would find
    # the length wrong (6.1.7.1). One stream in 256 is met by this.
    wrapped = dict(dictionary)
    for key, outer in ((b"/Filter", b"/ASCIIHexDecode"), (b"/DecodeParms", b"null")):
        inner = dictionary.get(key)
        if inner is not None:
            wrapped[key] = b"[%b %b]" % (outer, inner.removeprefix(b"[").removesuffix(b"]"))
    wrapped.setdefault(b"/Filter", b"/ASCIIHexDecode")
    return wrapped, data.hex().encode("ascii") + b">"


def _unreadable() -> KeysError:
    return KeysError(
        "appearance-unreadable",
        "Không đọc được hình chữ ký: cần một tệp PDF đúng một trang.",
        "The signature panel cannot be read: it must be a PDF of exactly one page.",
    )
