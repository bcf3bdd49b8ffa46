"""The visible panel of a signature: a one-page PDF that becomes the appearance (/AP /N) of the field.

The panel is set by whoever renders the page; nothing is drawn here. A viewer places and scales the panel into
the field's rectangle by itself (ISO 32000-1, 12.5.5), so it is best made in the field's proportions.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PdfFileWriter

from keys.signer import KeysError


@dataclass(frozen=True, slots=True)
class Appearance:
    """A panel: the bytes of a one-page, untagged PDF with its fonts embedded."""

    pdf: bytes


def place_appearance(
    appearance: Appearance, field: generic.DictionaryObject, writer: BasePdfFileWriter
) -> None:
    """Make the panel the appearance of `field` in the revision that `writer` is about to write.

    Raises:
        KeysError: `appearance-unreadable`.
    """
    panel = _read_panel(appearance.pdf)
    panel_ref = writer.add_object(writer.import_object(panel))
    field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): panel_ref})


@lru_cache(maxsize=64)
def _read_panel(pdf: bytes) -> generic.StreamObject:
    """Take a panel apart once per process; afterwards a signature only copies its objects."""
    writer = PdfFileWriter()
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if reader.root["/Pages"]["/Count"] != 1:
            raise _unreadable()
        reference = writer.import_page_as_xobject(reader).reference
    except (PdfError, KeyError, ValueError, TypeError) as error:
        raise _unreadable() from error
    panel: generic.StreamObject = reference.get_object()
    panel.container_ref = reference
    for stored in writer.objects.values():
        if isinstance(stored, generic.StreamObject) and stored.encoded_data.endswith(b"\r"):
            _wrap_in_hexadecimal(stored)
    return panel


def _wrap_in_hexadecimal(stream: generic.StreamObject) -> None:
    # A CR that ends the data and the LF before `endstream` would read as one end of line, and PDF/A-3 would find
    # the length wrong (6.1.7.1). One stream in 256 is met by this.
    stream.apply_filter(pdf_name("/ASCIIHexDecode"), allow_duplicates=None)


def _unreadable() -> KeysError:
    return KeysError(
        "appearance-unreadable",
        "Không đọc được hình chữ ký: cần một tệp PDF đúng một trang.",
        "The signature panel cannot be read: it must be a PDF of exactly one page.",
    )
