"""Files from ready objects: the table names where each begins, and no stream ends in a carriage return."""

from __future__ import annotations

import io
import zlib

from pypdf import PdfReader

from service.pdf.file_writer import file_writer, stream_object


def test_objects_are_where_the_table_says() -> None:
    """A strict reader finds the constant objects and those given last."""
    writer = file_writer(
        [(1, b"<</Type/Catalog/Pages 2 0 R>>"), (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")],
        size=6,
        root=1,
        info=5,
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    pdf = writer.file([(5, b"<</Title(T)>>"), (3, page), (4, stream_object(b"", b"q Q"))], b"identifier")
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    assert reader.metadata is not None
    assert reader.metadata.title == "T"
    contents = reader.pages[0].get_contents()
    assert contents is not None
    assert contents.get_data() == b"q Q"


def test_stream_that_would_end_in_carriage_return_is_wrapped() -> None:
    """Compressed data whose last byte is 0x0D are written as hexadecimal."""
    assert zlib.compress(b"\x0c").endswith(b"\r")
    assert stream_object(b"/A 1", b"\x0c") == (
        b"<</A 1/Filter[/ASCIIHexDecode/FlateDecode]/Length 19>>\nstream\n%s>\nendstream"
        % zlib.compress(b"\x0c").hex().encode()
    )
    assert b"ASCIIHex" not in stream_object(b"", b"\x0b")
