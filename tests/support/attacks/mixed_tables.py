"""Attacks by two kinds of cross-reference tables: hybrid files, mixed chains, objects packed in object streams.

A hybrid file (ISO 32000-1, 7.5.8.4) has a classical table and, named in its trailer by /XRefStm, a stream beside it:
one reader follows the first, another both, so that one file is two documents.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from tests.support.attacks.material import END, Attacks, Material, stream

_NEW = 900
_TABLE, _PACK = 950, 940
"""Numbers of objects that attacks add: contents, tables, packs."""
_WORDS = b"BT /f0 24 Tf 100 700 Td <0003> Tj ET 0.9 0.9 1 rg 60 400 300 200 re f"
_FREE = (0, 0, 65535)

OnFile: TypeAlias = Callable[[Material, bytes], bytes]
"""Makes an attack of a file or of an earlier revision of it."""


class _Revision:
    """A revision on its way: its objects, and where a table of either kind would say that they are."""

    def __init__(self, pdf: bytes) -> None:
        self.body = pdf
        self.rows: dict[int, tuple[int, int, int]] = {}
        """By number: kind, place or pack, generation or position in the pack."""
        self._previous = int(pdf[pdf.rindex(b"startxref\n") + 10 :].split()[0])
        last = pdf.rindex(b"trailer\n") + len(b"trailer\n")
        trailer = pdf[last : pdf.index(b"startxref", last)].strip()[2:-2]
        self._trailer = re.sub(rb"/(Prev|Size) [0-9]+", b"", trailer) + b"/Size 999"

    def add(self, number: int, content: bytes) -> None:
        """Write an object."""
        self.rows[number] = 1, len(self.body), 0
        self.body += b"%d 0 obj\n%b\nendobj\n" % (number, content)

    def pack(self, pack: int, objects: Iterable[tuple[int, bytes]], entries: bytes = b"") -> None:
        """Write an object stream."""
        head, packed = b"", b""
        for position, (number, content) in enumerate(objects):
            self.rows.setdefault(number, (2, pack, position))
            head += b"%d %d " % (number, len(packed))
            packed += content + b"\n"
        entries += b" /Type /ObjStm /Filter /FlateDecode /N %d /First %d" % (
            len(head.split()) // 2,
            len(head),
        )
        self.add(pack, stream(zlib.compress(head + packed), entries))

    def write_stream(self, rows: Mapping[int, tuple[int, int, int]], *, previous: int | None = None) -> int:
        """Write a table as a stream, and return where."""
        at = len(self.body)
        listed = dict(sorted({**rows, _TABLE: (1, at, 0)}.items()))
        raw = b"".join(b"%c%b%b" % (kind, a.to_bytes(4), b.to_bytes(2)) for kind, a, b in listed.values())
        entries = b"/Type /XRef /W [1 4 2] /Index [%b] %b /Prev %d /Filter /FlateDecode" % (
            b" ".join(b"%d 1" % number for number in listed),
            self._trailer,
            self._previous if previous is None else previous,
        )
        self.body += b"%d 0 obj\n%b\nendobj\n" % (_TABLE, stream(zlib.compress(raw), entries))
        return at

    def write_table(
        self,
        rows: Mapping[int, tuple[int, int, int]],
        *,
        beside: int | None = None,
        previous: int | None = None,
    ) -> int:
        """Write a classical table, with a stream beside it where one is said, and return where."""
        at = len(self.body)
        self.body += b"xref\n0 1\n0000000000 65535 f \n"
        for number, (kind, place, generation) in sorted(rows.items()):
            self.body += b"%d 1\n%010d %05d %c \n" % (number, place, generation, b"fn"[kind])
        self.body += b"trailer\n<< %b /Prev %d%b >>\n" % (
            self._trailer,
            self._previous if previous is None else previous,
            b"" if beside is None else b" /XRefStm %d" % beside,
        )
        return at

    def ended(self, at: int) -> bytes:
        """Return the file, whose newest table lies at `at`."""
        return self.body + b"startxref\n%d\n" % at + END

    def go_on(self, at: int) -> _Revision:
        """Return the revision after this one."""
        self.body, self._previous, self.rows = self.ended(at), at, {}
        return self


def _beside(material: Material, pdf: bytes) -> bytes:
    """Give other contents in the stream alone."""
    made = _Revision(pdf)
    made.add(material.numbers["contents"], stream(_WORDS))
    return made.ended(made.write_table({}, beside=made.write_stream(made.rows)))


def _freed(material: Material, pdf: bytes, *, in_stream: bool) -> bytes:
    """Give other contents in the one table, and call them free in the other."""
    made, number = _Revision(pdf), material.numbers["contents"]
    made.add(number, stream(_WORDS))
    had, freed = made.rows, {number: _FREE}
    beside = made.write_stream(freed if in_stream else had)
    return made.ended(made.write_table(had if in_stream else freed, beside=beside))


def _each_its_own(material: Material, pdf: bytes, *, name: str, contents: tuple[bytes, bytes]) -> bytes:
    """Give one object in the table, and another of its number in the stream."""
    made, number = _Revision(pdf), material.numbers[name]
    made.add(number, contents[0])
    rows = dict(made.rows)
    made.add(number, contents[1])
    return made.ended(made.write_table(rows, beside=made.write_stream(made.rows)))


_own_data = partial(
    _each_its_own,
    name="attachment",
    contents=(stream(b'{"a":1}', b"/Type /EmbeddedFile"), stream(b"{}", b"/Type /EmbeddedFile")),
)
_own_page = partial(_each_its_own, name="contents", contents=(stream(_WORDS), stream(_WORDS[:-9])))


def _beside_at(material: Material, pdf: bytes, *, place: Callable[[bytes], int]) -> bytes:
    """Name a place beside the table where no stream is."""
    made = _Revision(pdf)
    made.add(material.numbers["contents"], stream(_WORDS))
    return made.ended(made.write_table(made.rows, beside=place(made.body)))


def _circle(material: Material, pdf: bytes) -> bytes:
    """Let the stream beside a table go back to that table."""
    made = _Revision(pdf)
    made.add(material.numbers["contents"], stream(_WORDS))
    before = made.body
    made.write_stream(made.rows, previous=len(before))
    # Written again, the stream is as long: both places have as many digits.
    table, made.body = len(made.body), before
    return made.ended(
        made.write_table({}, beside=made.write_stream(made.rows, previous=table), previous=table)
    )


HYBRIDS: Mapping[str, OnFile] = {
    "stream-beside-the-table": _beside,
    "freed-by-the-stream": partial(_freed, in_stream=True),
    "freed-by-the-table": partial(_freed, in_stream=False),
    "each-reader-its-own-data": _own_data,
    "each-reader-its-own-page": _own_page,
    "table-beside-itself": partial(_beside_at, place=len),
    "stream-past-the-end": partial(_beside_at, place=lambda body: 9 * len(body)),
    "stream-at-an-object": partial(_beside_at, place=lambda body: body.index(b" 0 obj") - 1),
    "circle-of-two-tables": _circle,
}


def _by_stream(material: Material) -> bytes:
    made = _Revision(material.pdf)
    made.add(material.numbers["contents"], stream(_WORDS))
    return made.ended(made.write_stream(made.rows))


def _chained(material: Material, *kinds: str) -> bytes:
    """Add a revision for each kind of table, each with other contents."""
    made = _Revision(material.pdf)
    for kind in kinds:
        made.add(material.numbers["contents"], stream(_WORDS))
        if kind == "stream":
            made = made.go_on(made.write_stream(made.rows))
        elif kind == "table":
            made = made.go_on(made.write_table(made.rows))
        else:
            made = made.go_on(made.write_table({}, beside=made.write_stream(made.rows)))
    return made.body


def _past_the_seal(material: Material, *, previous: bool) -> bytes:
    """Go back behind the seal's table to the principal's, or to nothing."""
    made = _Revision(material.pdf)
    made.add(material.numbers["contents"], stream(_WORDS))
    principals = int(material.pdf[: material.ends[1]].rpartition(b"startxref\n")[2].split()[0])
    return made.ended(made.write_stream(made.rows, previous=principals if previous else 0))


def _packed(
    material: Material, objects: Callable[[Material], Iterable[tuple[int, bytes]]], entries: bytes = b""
) -> bytes:
    """Add objects in an object stream, over plain ones of the same numbers."""
    made = _Revision(material.pdf)
    made.pack(_PACK, objects(material), entries)
    return made.ended(made.write_stream(made.rows))


def _page(material: Material, more: bytes = b"/Rotate 180") -> tuple[int, bytes]:
    body = material.body("page")
    at = body.rindex(b">>")
    return material.numbers["page"], body[:at] + more + body[at:]


def _two_packs(material: Material, *, extends: bool, circle: bool = False) -> bytes:
    """Pack one number in two streams; the second may say that it extends the first, and the first the second."""
    made = _Revision(material.pdf)
    made.pack(_PACK, [_page(material)], b"/Extends %d 0 R" % (_PACK + 1) if circle else b"")
    made.pack(_PACK + 1, [_page(material, b"/UserUnit 9")], b"/Extends %d 0 R" % _PACK if extends else b"")
    return made.ended(made.write_stream(made.rows))


def _under_another_number(material: Material) -> bytes:
    """Let the table say that the page lies where the pack holds another object."""
    made = _Revision(material.pdf)
    made.pack(_PACK, [(_NEW, _page(material)[1])])
    return made.ended(made.write_stream({**made.rows, material.numbers["page"]: (2, _PACK, 0)}))


def _pack_in_a_pack(material: Material) -> bytes:
    made = _Revision(material.pdf)
    made.pack(_PACK, [_page(material)])
    made.rows[_PACK] = 2, _PACK + 1, 0
    made.pack(_PACK + 1, [(_PACK, b"<< /Type /ObjStm /N 1 /First 4 >>")])
    return made.ended(made.write_stream(made.rows))


CHAINS: Attacks = {
    "chain-stream-over-tables": _by_stream,
    "chain-table-over-stream": lambda m: _chained(m, "stream", "table"),
    "chain-stream-over-hybrid-over-table": lambda m: _chained(m, "table", "hybrid", "stream"),
    "chain-of-a-hundred": lambda m: _chained(m, *("stream", "table", "hybrid", "table") * 25),
    "chain-behind-the-seal": partial(_past_the_seal, previous=True),
    "chain-to-nothing": partial(_past_the_seal, previous=False),
}
PACKED: Attacks = {
    "packed-over-a-plain-object": partial(_packed, objects=lambda m: [_page(m)]),
    "packed-twice-in-one-stream": partial(_packed, objects=lambda m: [_page(m), _page(m, b"/UserUnit 9")]),
    "packed-in-two-streams": partial(_two_packs, extends=False),
    "packed-in-a-stream-that-extends-another": partial(_two_packs, extends=True),
    "packed-in-streams-that-extend-each-other": partial(_two_packs, extends=True, circle=True),
    "packed-under-another-number": _under_another_number,
    "packed-in-a-packed-stream": _pack_in_a_pack,
    "packed-form-without-fields": partial(
        _packed, objects=lambda m: [(m.numbers["form"], b"<< /Fields [] /SigFlags 0 >>")]
    ),
    "packed-value-of-the-seal": partial(_packed, objects=lambda m: [(m.numbers["seal"], m.body("seal"))]),
    "packed-catalog": partial(
        _packed,
        objects=lambda m: [
            (m.numbers["catalog"], b"<< /Type /Catalog /Pages %d 0 R >>" % m.numbers["pages"])
        ],
    ),
}


def after_the_seal(material: Material, *, make: OnFile) -> bytes:
    """Make an attack of the sealed file."""
    return make(material, material.pdf)


def signed_by_stolen_keys(material: Material, *, make: OnFile) -> bytes:
    """Make an attack of the page, and sign that with the school's own keys."""
    return material.signed(make(material, material.page))


MIXED: Attacks = {
    **{f"hybrid-{name}": partial(after_the_seal, make=make) for name, make in HYBRIDS.items()},
    # The same on the page before anybody signed, then signed by stolen keys: what a reader reads is not what counts.
    **{
        f"stolen-keys-hybrid-{name}": partial(signed_by_stolen_keys, make=make)
        for name, make in HYBRIDS.items()
        if make is not _circle  # nobody's tool signs that
    },
    **CHAINS,
    **PACKED,
}
