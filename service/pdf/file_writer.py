"""A PDF file put together from objects: those that never change ready as bytes, the others given each time.

Writes what the signatures and PDF/A want: a classical cross-reference table, no object streams, no stream that ends in
a carriage return.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_HEADER: Final = b"%PDF-1.7\n%\xbf\xf7\xa2\xfe\n"
_LEVEL: Final = 6


def stream_object(entries: bytes, data: bytes, *, compress: bool = True) -> bytes:
    """Return a stream with `entries` in its dictionary, filter and length added."""
    filters = b""
    if compress:
        data, filters = zlib.compress(data, _LEVEL), b"/Filter/FlateDecode"
        if data.endswith(b"\r"):
            # CR and the LF before `endstream` read as one end of line; the length would be wrong (PDF/A-3, 6.1.7.1).
            data, filters = data.hex().encode("ascii") + b">", b"/Filter[/ASCIIHexDecode/FlateDecode]"
    return b"<<%s%s/Length %d>>\nstream\n%s\nendstream" % (entries, filters, len(data), data)


@dataclass(frozen=True, slots=True)
class FileWriter:
    """The constant part of a file: its objects, where each begins, and what the trailer names."""

    head: bytes
    offsets: Mapping[int, int]
    size: int
    root: int
    info: int

    def file(self, objects: Iterable[tuple[int, bytes]], identifier: bytes) -> bytes:
        """Return the file with the missing objects added, each a number and what it says."""
        parts, end = [self.head], len(self.head)
        offsets = dict(self.offsets)
        for number, content in objects:
            offsets[number] = end
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
            end += len(parts[-1])
        table = [b"xref\n0 %d\n0000000000 65535 f \n" % self.size]
        table += [b"%010d 00000 n \n" % offsets[number] for number in range(1, self.size)]
        identity = identifier.hex().encode("ascii")
        trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (
            self.size,
            self.root,
            self.info,
            identity,
            identity,
            end,
        )
        return b"".join((*parts, *table, trailer))


def file_writer(objects: Sequence[tuple[int, bytes]], *, size: int, root: int, info: int) -> FileWriter:
    """Prepare a writer whose files begin with `objects`."""
    parts, offsets, end = [_HEADER], dict[int, int](), len(_HEADER)
    for number, content in objects:
        offsets[number] = end
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        end += len(parts[-1])
    return FileWriter(b"".join(parts), offsets, size, root, info)
