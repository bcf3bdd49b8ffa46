"""Attacks on the room of a signature: gaps of other sizes, and what may be filled into them."""

from __future__ import annotations

from schemas.der import CONTEXT_0, NULL, OCTETS, SEQUENCE, SET, der
from schemas.pdf_profile import SignatureField, reserved_bytes
from tests.support.attacks.material import END, Attacks

SEAL = SignatureField.SEAL
_NULL = der(NULL)


def _full_of_certificates(count: int, room: int) -> bytes:
    """Return a file of one signature whose CMS says to hold so many certificates, the smallest elements there are."""
    signer_info = der(SEQUENCE, _NULL * 3, der(CONTEXT_0), _NULL, der(OCTETS))
    signed_data = der(SEQUENCE, _NULL * 3, der(CONTEXT_0, _NULL * count), der(SET, signer_info))
    cms = der(SEQUENCE, _NULL, der(CONTEXT_0, signed_data))
    gap = b"<" + cms.ljust(room, b"\0").hex().encode() + b">"
    head = b"%%PDF-1.7\n1 0 obj\n<< /Type /Sig /ByteRange [0 %08d %08d %08d] /Contents "
    tail = b" >>\nendobj\n" + END
    start = len(head % (0, 0, 0))
    numbers = b"[0 %d %d %d]" % (start, start + len(gap), len(tail))
    written = (head % (0, 0, 0)).replace(b"[0 00000000 00000000 00000000]", numbers.ljust(30))
    return written + gap + tail


ROOMS: Attacks = {
    "room-full-of-certificates": lambda _: _full_of_certificates(14_000, reserved_bytes(SEAL, stamped=True)),
    "room-for-two-million-certificates": lambda _: _full_of_certificates(2_400_000, 4_800_100),
    "room-of-seal-of-another-size": lambda m: m.signed(m.pdf[: m.ends[1]], fields=(SEAL,), reserved=20_000),
    "room-of-seal-of-the-principals-size": lambda m: m.signed(
        m.pdf[: m.ends[1]], fields=(SEAL,), reserved=reserved_bytes(SignatureField.PRINCIPAL, stamped=False)
    ),
    "rooms-of-another-size": lambda m: m.signed(m.page, reserved=9_000),
}
