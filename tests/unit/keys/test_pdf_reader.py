"""Reading the few parts of a PDF that signing needs: values stay as written, and the unusual is refused."""

from __future__ import annotations

import pytest

from keys.pdf_reader import PDFFile, PDFReadError, read_array, read_dictionary, split_references
from keys.pdf_revision import Revision


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
    [
        b"",
        b"<<",
        b"<</A>>",
        b"<</A 1/A 2>>",
        b"<<A 1>>",
        b"<</A(>>",
        b"<</A 1 % x\n>>",
        b"[1]",
        b"12",
        b"<</A" + b"[" * 100 + b"]" * 100 + b">>",
    ],
)
def test_damaged_dictionaries_are_refused(damaged: bytes) -> None:
    """A dictionary cut short, with a name twice, with a comment or nested without end is refused, never guessed."""
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


def _file(body: bytes, *, offset: int = 0, trailer: bytes = b"<</Size 2/Root 1 0 R>>") -> PDFFile:
    """Return a file of one object, number 1, that its table places at `offset`."""
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \ntrailer\n%b\n" % (offset, trailer)
    return PDFFile(body + table + b"startxref\n%d\n%%%%EOF\n" % len(body))


def test_array_must_be_one() -> None:
    """A dictionary where an array should be is refused."""
    with pytest.raises(PDFReadError, match="no array"):
        read_array(b"<</A 1>>", 0)


@pytest.mark.parametrize(
    ("file", "number"),
    [
        (_file(b"1 0 obj\n<<>>\nendobj\n"), 0),
        (_file(b"1 0 obj\n<<>>\nendobj\n"), 2),
        (_file(b"1 0 obj\n<<>>\nendobj\n", offset=3), 1),
        (_file(b"2 0 obj\n<<>>\nendobj\n"), 1),
    ],
    ids=["free", "beyond-the-table", "elsewhere", "another"],
)
def test_object_must_be_where_the_table_says(file: PDFFile, number: int) -> None:
    """A free number, one that no table has, a wrong place and another object's place are refused."""
    with pytest.raises(PDFReadError, match="not where the table says"):
        file.raw(number)


@pytest.mark.parametrize("length", [b"/Length 4", b"/Length 7", b"/Length 999", b"/Length 2 0 R", b""])
def test_stream_must_be_as_long_as_it_says(length: bytes) -> None:
    """A length that is too small, too large, beyond the file, elsewhere or missing is refused, never searched for."""
    with pytest.raises(PDFReadError):
        _file(b"1 0 obj\n<<%b>>\nstream\n12345\nendstream\nendobj\n" % length).stream(1)
    sound = _file(b"1 0 obj\n<</Length 5>>\nstream\n12345\nendstream\nendobj\n")
    assert sound.stream(1) == ({b"/Length": b"5"}, b"12345")


@pytest.mark.parametrize("trailer", [b"<</Root 1 0 R>>", b"<</Size -1>>", b"<</Size 2/Prev (x)>>"])
def test_trailer_without_its_numbers_is_refused(trailer: bytes) -> None:
    """A trailer whose size or older table is no number is refused."""
    with pytest.raises(PDFReadError, match="number"):
        _file(b"", trailer=trailer)


@pytest.mark.parametrize("missing", [b"/Root 1 0 R", b"/ID[<00><00>]"])
def test_revision_needs_root_and_identifier(missing: bytes) -> None:
    """Nothing is appended to a file whose trailer lacks its root or its identifier."""
    whole = b"<</Size 2/Root 1 0 R/ID[<00><00>]>>"
    assert Revision(_file(b"", trailer=whole)).finish().endswith(b"%%EOF\n")
    with pytest.raises(PDFReadError, match="/Root or /ID"):
        Revision(_file(b"", trailer=whole.replace(missing, b""))).finish()
