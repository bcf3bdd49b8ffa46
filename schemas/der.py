"""DER (X.690) element by element: the small part of it that signatures and time stamps are read and written with."""

from __future__ import annotations

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
BOOLEAN, BIT_STRING, GENERALIZED_TIME = 0x01, 0x03, 0x18
CONTEXT_0, CONTEXT_1, CONTEXT_2 = 0xA0, 0xA1, 0xA2
_LONGEST_LENGTH = 4


class DERError(ValueError):
    """The bytes are not the DER that was asked for."""


class Reader:
    """Takes DER elements one after the other. Lax about what it skips: what is compared or hashed is what is strict.

    Bytes are copied only where they are handed out, so that strangers' bytes cost no more than they are long.
    """

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data, self._at, self._end = data, start, len(data) if end is None else end

    @property
    def tag(self) -> int | None:
        """The tag of the next element; None at the end."""
        return self._data[self._at] if self._at < self._end else None

    def element(self, tag: int | None = None) -> bytes:
        """Take the next element, whole."""
        start, _, end = self._take(tag)
        return self._data[start:end]

    def skip(self) -> None:
        """Pass over the next element."""
        self._take(None)

    def content(self, tag: int) -> bytes:
        """Take the next element's content."""
        _, start, end = self._take(tag)
        return self._data[start:end]

    def inner(self, tag: int) -> Reader:
        """Take the next element and return what reads inside it."""
        _, start, end = self._take(tag)
        return Reader(self._data, start, end)

    def optional(self, tag: int) -> bytes | None:
        """Take the next element's content where it has this tag."""
        return self.content(tag) if self.tag == tag else None

    def elements(self) -> list[bytes]:
        """Take all that is left."""
        found = []
        while self.tag is not None:
            found.append(self.element())
        return found

    def end(self) -> None:
        """Refuse whatever is left.

        Raises:
            DERError: there is something.
        """
        if self.tag is not None:
            raise DERError

    def _take(self, tag: int | None) -> tuple[int, int, int]:
        """Pass over the next element; return where it starts, where its content starts, and where both end."""
        data, at = self._data, self._at
        length = at + 1
        first = data[length] if length < self._end else 0x80
        octets = first & 0x7F if first > 0x80 else 0
        start = length + 1 + octets
        if (
            first == 0x80
            or octets > _LONGEST_LENGTH
            or start > self._end
            or (tag is not None and data[at] != tag)
        ):
            raise DERError
        end = start + (int.from_bytes(data[length + 1 : start]) if octets else first)
        if end > self._end:
            raise DERError
        self._at = end
        return at, start, end


def der(tag: int, *contents: bytes) -> bytes:
    """Return the element of these contents."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def set_of(*elements: bytes) -> bytes:
    """Return a `SET OF`: its elements stand in ascending order of their encodings (X.690 §11.6)."""
    return der(SET, *sorted(elements))


def integer(value: int) -> bytes:
    """Return an unsigned `INTEGER`."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """Return an `OBJECT IDENTIFIER`."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in (40 * first + second, *rest):
        groups = [(arc >> shift) & 0x7F for shift in range(0, max(arc.bit_length(), 1), 7)]
        body += bytes(group | 0x80 for group in reversed(groups[1:])) + bytes((groups[0],))
    return der(OID, body)
