"""Putting revocation evidence into a revision: the document security store of ISO 32000-2, 12.8.4.3 (PAdES B-LT).

It lies in the revision of the signature that it is for, below its byte range: nobody takes it out, and nothing is
appended after the seal.
"""

from __future__ import annotations

from keys.pdf_reader import PDFFile, PDFReadError, reference
from keys.pdf_revision import Revision, format_dictionary
from schemas.validation_data import ValidationData, format_dss, format_piece

_EXTENSIONS = b"<< /ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> >>"
"""Says to readers of PDF 1.7 that the store is one of ETSI's extensions (EN 319 142-1, 5.4.2.1)."""


def place_validation_data(data: ValidationData, file: PDFFile, revision: Revision) -> None:
    """Write what the file does not have yet, and the store with all of it, old and new.

    Raises:
        PDFReadError: the file has no catalogue, or a store that was not written here.
    """
    root = reference(file.trailer[b"/Root"])
    if root is None:
        raise PDFReadError("the trailer has no reference to the catalogue")
    catalogue = file.dictionary(file.trailer[b"/Root"])
    old = file.dictionary(catalogue[b"/DSS"]) if b"/DSS" in catalogue else {}
    store = format_dss(
        _placed(data.ocsps, old.get(b"/OCSPs", b"[]"), file, revision),
        _placed(data.crls, old.get(b"/CRLs", b"[]"), file, revision),
    )
    number = reference(catalogue[b"/DSS"]) if b"/DSS" in catalogue else None
    if number is None:
        number = revision.new_numbers(1)
        catalogue |= {b"/DSS": b"%d 0 R" % number, b"/Extensions": _EXTENSIONS}
        revision.put(root, format_dictionary(catalogue))
    revision.put(number, store)


def _placed(pieces: tuple[bytes, ...], old: bytes, file: PDFFile, revision: Revision) -> list[int]:
    """Return the numbers of the objects that hold the old pieces and these."""
    numbers = [number for one in file.elements(old) if (number := reference(one)) is not None]
    there = {stream[1] for number in numbers if (stream := file.stream(number)) is not None}
    for piece in pieces:
        if piece not in there:
            number = revision.new_numbers(1)
            revision.put(number, format_piece(piece))
            numbers.append(number)
    return numbers
