"""Reading the few parts of a PDF that signing needs: values stay as written, and the unusual is refused."""

from __future__ import annotations

import pytest

from keys.pdf_reader import PDFFile, PDFReadError, read_array, read_dictionary, split_references


def test_values_stay_as_written() -> None:
    """Names, nested values, strings with brackets in them and references come back byte for byte."""
    written = rb"<</A(1 0 R \) >>)/B [ 1 0 R<</C/D>>]  /E<FE FF>/F 12 0 R /G true>>"
    found, end = read_dictionary(written, 0)
    assert found == {
        b"/A": rb"(1 0 R \) >>)",
        b"/B": b"[ 1 0 R<</C/D>>]",
        b"/E": b"<FE FF>",
        b"/F": b"12 0 R",
        b"/G": b"true",
    }
    assert end == len(written)
    assert read_array(b"[ 1 0 R/N (x)[2]]", 0) == [b"1 0 R", b"/N", b"(x)", b"[2]"]


def test_references_inside_strings_are_text() -> None:
    """Only a reference is one: what looks like it inside a string is left alone."""
    pieces = list(split_references(b"<</A 7 0 R/B(8 0 R)>>"))
    assert pieces == [b"<</A ", 7, b"/B(8 0 R)>>"]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"<<", b"<</A>>", b"<</A 1/A 2>>", b"<<A 1>>", b"<</A(>>", b"<</A 1 % x\n>>", b"[" * 100, b"12"],
)
def test_damaged_dictionaries_are_refused(damaged: bytes) -> None:
    """A dictionary cut short, with a name twice or with a comment is refused, never guessed."""
    with pytest.raises(PDFReadError):
        read_dictionary(damaged, 0)


@pytest.mark.parametrize(
    "table",
    [
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Encrypt 1 0 R>>\n",
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Prev 0/Root 1 0 R>>\n",
        b"1 0 obj\n<</Type/XRef>>\nstream\n",
        b"xref\n0 9\n",
    ],
    ids=["encrypted", "circle", "stream", "cut"],
)
def test_unusual_tables_are_refused(table: bytes) -> None:
    """An encrypted file, tables in a circle, a stream and a cut table are refused."""
    with pytest.raises(PDFReadError):
        PDFFile(table + b"startxref\n0\n%%EOF\n")
