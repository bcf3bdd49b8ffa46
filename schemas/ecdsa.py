"""ECDSA signatures on P-256 in their one spelling: DER, and of the two values that *s* may have the lower one.

Whoever has a signature (r, s) has (r, n - s) too, without the key, and both are good. Only one of them is ours
(docs/formats/pdf.md).
"""

from __future__ import annotations

from typing import Final

from schemas.der import INTEGER, SEQUENCE, Reader, der, integer

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def format_ecdsa(r: int, s: int) -> bytes:
    """Return the DER of a signature, with the lower of its two values of *s*."""
    return der(SEQUENCE, integer(r), integer(min(s, _ORDER - s) if s < _ORDER else s))


def lower_ecdsa(signature: bytes) -> bytes:
    """Return a signature in its one spelling.

    Raises:
        DERError: it is no DER of two numbers.
    """
    whole = Reader(signature)
    numbers = whole.inner(SEQUENCE)
    r, s = (int.from_bytes(numbers.content(INTEGER)) for _ in range(2))
    numbers.end()
    whole.end()
    return format_ecdsa(r, s)
