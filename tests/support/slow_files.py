"""Files that keep their parser busy for seconds, and stay within every limit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice


def slow_pdf(size: int = 9_900_000) -> bytes:
    """Return a PDF of small objects without a table, which a reader that mends files must find one by one."""
    end = b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    objects = b"".join(islice(_objects(), size // 20))
    return b"%PDF-1.4\n" + objects[: size - 9 - len(end)] + end


def _objects() -> Iterator[bytes]:
    return (b"%d 0 obj\n<<>>\nendobj\n" % number for number in count(1))
