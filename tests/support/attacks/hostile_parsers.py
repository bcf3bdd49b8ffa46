"""Attacks on whoever reads: bombs, loops, depth, huge numbers; and files that other software saved anew."""

from __future__ import annotations

import io
import subprocess
import tempfile
import warnings
import zlib
from collections.abc import Callable
from functools import partial

import pikepdf
import pypdf

from tests.support.attacks.material import END, Attacks, Material, appended, replaced, stream

_TABLE_ENTRY = b"%010d 00000 n \n"


def _plain(objects: bytes, trailer: bytes = b"<< /Root 1 0 R /Size 9 >>") -> bytes:
    """Return a file without a table that holds: a reader has to search for objects."""
    return b"%PDF-1.7\n" + objects + b"\ntrailer\n" + trailer + b"\nstartxref\n0\n" + END


def _with_data(raw: bytes, filters: str) -> bytes:
    return _plain(
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(transcript.json) 3 0 R] >> >> >>"
        b"\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Filespec /EF << /F 4 0 R >> >>\nendobj\n4 0 obj\n"
        + stream(raw, b"/Filter [" + filters.encode() + b"]")
        + b"\nendobj\n"
    )


def _deflated(size: int) -> bytes:
    made, chunk = zlib.compressobj(9), bytes(1 << 20)
    return b"".join(made.compress(chunk) for _ in range(size >> 20)) + made.flush()


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    catalog = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Names " + opening * depth + b" 1 " + closing * depth
    return _plain(catalog + b" >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n")


def _looping_table(material: Material) -> bytes:
    pdf = appended(material.page, {})
    last = int(pdf[pdf.rindex(b"startxref\n") + 10 :].split()[0])
    previous = int(pdf[pdf.rindex(b"/Prev ") + 6 :].split()[0])
    width = len(b"%d" % previous)
    return replaced(
        pdf, b"/Prev %d" % previous, b"/Prev %d" % last if len(b"%d" % last) <= width else b"/Prev 9"
    )


def _stream_table(entries: bytes, raw: bytes = b"") -> bytes:
    start = b"%PDF-1.7\n"
    table = b"1 0 obj\n" + stream(zlib.compress(raw, 1), b"/Type /XRef /Filter /FlateDecode " + entries)
    return start + table + b"\nendobj\nstartxref\n%d\n" % len(start) + END


def _object_stream(entries: bytes, raw: bytes) -> bytes:
    body = stream(zlib.compress(raw, 9), b"/Type /ObjStm /Filter /FlateDecode " + entries)
    return _plain(b"1 0 obj\n<< /Type /Catalog /Pages 5 0 R >>\nendobj\n4 0 obj\n" + body + b"\nendobj\n")


_CATALOG = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R %b >>\nendobj\n2 0 obj\n%b\nendobj\n"
_NO_PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"

PARSERS: Attacks = {
    "bomb-deflate": lambda _: _with_data(_deflated(560 << 20), "/FlateDecode"),
    "bomb-deflate-twice": lambda _: _with_data(
        zlib.compress(_deflated(560 << 20), 9), "/FlateDecode /FlateDecode"
    ),
    "bomb-run-lengths": lambda _: _with_data(b"\x81A" * 3_000_000 + b"\x80", "/RunLengthDecode"),
    "bomb-lzw": lambda _: _with_data(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * 100_000, "/LZWDecode"),
    "bomb-ascii-85": lambda _: _with_data(b"z" * 5_000_000 + b"~>", "/ASCII85Decode"),
    "bomb-many-filters": lambda _: _with_data(b"00>" * 1000, "/ASCIIHexDecode " * 5000),
    "bomb-of-objects": lambda _: _plain(b"".join(b"%d 0 obj\n1\nendobj\n" % each for each in range(20_000))),
    "bomb-object-stream": lambda _: _object_stream(b"/N 9999999 /First 0", bytes(1 << 24)),
    "depth-arrays": lambda _: _nested(b"[", b"]", 200_000),
    "depth-dictionaries": lambda _: _nested(b"<</A", b">>", 2_000),
    "depth-strings": lambda _: _nested(b"(", b")", 50_000),
    "depth-arrays-open": lambda _: _nested(b"[", b"", 1_000_000),
    "loop-of-tables": _looping_table,
    "loop-of-references": lambda _: _plain(b"1 0 obj\n1 0 R\nendobj\n"),
    "loop-of-pages": lambda _: _plain(_CATALOG % (b"", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>")),
    "loop-of-names": lambda _: _plain(
        _CATALOG % (b"/Names << /EmbeddedFiles 3 0 R >>", _NO_PAGES)
        + b"3 0 obj\n<< /Kids [3 0 R 3 0 R] >>\nendobj\n"
    ),
    "loop-of-fields": lambda _: _plain(
        _CATALOG % (b"/AcroForm 3 0 R", _NO_PAGES)
        + b"3 0 obj\n<< /Fields 4 0 R >>\nendobj\n4 0 obj\n[4 0 R]\nendobj\n"
    ),
    "loop-of-lengths": lambda _: _plain(b"1 0 obj\n<< /Length 1 0 R >>\nstream\nx\nendstream\nendobj\n"),
    "loop-of-object-streams": lambda _: _object_stream(b"/N 1 /First 4 /Extends 4 0 R", b"4 0 <</A 4 0 R>>"),
    "index-huge-size": lambda _: _stream_table(b"/Size 2147483647 /W [1 8 8] /Root 1 0 R"),
    "index-huge-range": lambda _: _stream_table(
        b"/Size 9 /Index [0 2147483647] /W [1 2 2] /Root 1 0 R", bytes(5000)
    ),
    "index-huge-width": lambda _: _stream_table(b"/Size 9 /W [1 2147483647 2] /Root 1 0 R", bytes(5000)),
    "index-no-width": lambda _: _stream_table(b"/Size 99999999 /W [0 0 0] /Root 1 0 R"),
    "index-negative": lambda _: _stream_table(b"/Size 9 /Index [-5 9] /W [1 2 2] /Root 1 0 R", bytes(5000)),
    "table-huge-count": lambda _: _plain(b"xref\n0 999999999\n" + _TABLE_ENTRY % 9),
    "table-huge-start": lambda m: (
        m.page[: m.page.rindex(b"startxref")] + b"startxref\n" + b"9" * 400 + b"\n" + END
    ),
    "table-offset-past-the-end": lambda m: (
        m.page[: m.page.rindex(b"startxref")] + b"startxref\n99999999\n" + END
    ),
    "number-of-a-million-digits": lambda _: _plain(_CATALOG % (b"/A " + b"9" * 1_000_000, _NO_PAGES)),
    "name-of-a-million-bytes": lambda _: _plain(_CATALOG % (b"/" + b"#41" * 1_000_000 + b" 1", _NO_PAGES)),
    "count-of-pages-huge": lambda _: _plain(
        _CATALOG % (b"", b"<< /Type /Pages /Kids [] /Count 999999999 >>")
    ),
    "nothing": lambda _: b"",
    "head-alone": lambda _: b"%PDF-1.7\n",
    "zeros": lambda _: bytes(5_000_000),
    "percent-signs": lambda _: b"%" * 5_000_000,
    "line-ends": lambda _: b"%PDF-1.7\n" + b"\r" * 5_000_000,
    "openings": lambda _: b"%PDF-1.7\n" + b"1 0 obj<<" * 500_000,
    "over-the-limit": lambda m: m.pdf.ljust(10 * 1024 * 1024 + 1, b"\n"),
}


def _by_pikepdf(
    material: Material, change: Callable[[pikepdf.Pdf], None] | None = None, **how: object
) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(material.pdf)) as pdf, warnings.catch_warnings():
        # It warns of what the attack is for: panels that no form reaches any more.
        warnings.simplefilter("ignore")
        if change:
            change(pdf)
        pdf.save(target, **how)  # type: ignore[arg-type]
    return target.getvalue()


def _without_form(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.AcroForm


def _without_data(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Names
    del pdf.Root.AF


def _without_both(pdf: pikepdf.Pdf) -> None:
    _without_form(pdf)
    _without_data(pdf)


def _by_qpdf(material: Material, *options: str) -> bytes:
    # qpdf seeks, so it reads a file, not a pipe.
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(material.pdf)
        file.flush()
        command = ["qpdf", "--warning-exit-0", file.name, *options, "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout


def _by_pypdf(material: Material, *, pages_only: bool) -> bytes:
    writer = pypdf.PdfWriter() if pages_only else pypdf.PdfWriter(clone_from=io.BytesIO(material.pdf))
    if pages_only:
        for page in pypdf.PdfReader(io.BytesIO(material.pdf)).pages:
            page.pop("/Annots", None)
            writer.add_page(page)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


SAVED: Attacks = {
    "saved-by-pikepdf": _by_pikepdf,
    "saved-by-pikepdf-linearized": partial(_by_pikepdf, linearize=True),
    "saved-by-pikepdf-in-object-streams": partial(
        _by_pikepdf, object_stream_mode=pikepdf.ObjectStreamMode.generate
    ),
    "saved-by-pikepdf-uncompressed": partial(_by_pikepdf, qdf=True),
    "saved-with-a-password": partial(_by_pikepdf, encryption=pikepdf.Encryption(owner="a", user="b")),
    "saved-with-an-owners-password": partial(_by_pikepdf, encryption=pikepdf.Encryption(owner="a", user="")),
    "saved-without-form": partial(_by_pikepdf, change=_without_form),
    "saved-without-data": partial(_by_pikepdf, change=_without_data),
    "saved-without-form-and-data": partial(_by_pikepdf, change=_without_both),
    "saved-by-qpdf": _by_qpdf,
    "saved-by-qpdf-with-one-page": lambda m: _by_qpdf(m, "--pages", ".", "1", "--"),
    "saved-by-qpdf-flattened": lambda m: _by_qpdf(m, "--flatten-annotations=all", "--generate-appearances"),
    "saved-by-pypdf": partial(_by_pypdf, pages_only=False),
    "saved-by-pypdf-pages-alone": partial(_by_pypdf, pages_only=True),
}
