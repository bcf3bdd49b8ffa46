"""Attacks on the room of a signature: gaps of other sizes, and what may be filled into them or spelled otherwise."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import rsa

from keys.keyring import DocumentRole
from schemas.cms import format_cms, parse_cms
from schemas.der import CONTEXT_0, NULL, OCTETS, SEQUENCE, SET, der
from schemas.pdf_profile import SignatureField, reserved_bytes
from tests.support.attacks.material import END, Attacks, Material
from tests.support.demonstration import with_cms
from verify.byte_scan import scan_signatures

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


def _respelled(material: Material, change: Callable[[bytes, int], bytes]) -> bytes:
    """Return the file with the value of its seal's RSA signature in other bytes of the same number."""
    cms = parse_cms(material.signatures[-1].cms)
    key = material.stolen(DocumentRole.SEAL).certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = change(cms.signature, key.public_numbers().n)
    return with_cms(material.pdf, SEAL, format_cms(replace(cms, signature=signature)))


def _without_a_leading_zero(material: Material) -> bytes:
    """Return the file sealed anew until the value began with a zero, and then without that."""
    signer = material.stolen(DocumentRole.SEAL)
    pdf = material.signed(material.pdf[: material.ends[1]], fields=(SEAL,))
    cms = parse_cms(scan_signatures(pdf)[-1].cms)
    signature = next(
        value for _ in range(10_000) if (value := signer.sign(cms.signed_attributes)).startswith(b"\0")
    )
    return with_cms(pdf, SEAL, format_cms(replace(cms, signature=signature[1:])))


VALUES: Attacks = {
    "value-with-a-leading-zero": lambda m: _respelled(m, lambda value, _: b"\0" + value),
    "value-without-its-leading-zero": _without_a_leading_zero,
    "value-plus-the-modulus": lambda m: _respelled(
        m, lambda value, modulus: (int.from_bytes(value) + modulus).to_bytes(len(value) + 1)
    ),
}


def _proven(material: Material, change: Callable[[str, str, str], str]) -> bytes:
    """Return the file with its proof rewritten: what stands before the signature lines, the log's line, the clock's."""
    cms = parse_cms(material.signatures[-1].cms)
    assert cms.proof is not None
    *head, log, clock, end = cms.proof.decode().split("\n")
    assert not end
    proof = change("".join(f"{line}\n" for line in head), f"{log}\n", f"{clock}\n").encode()
    return with_cms(material.pdf, SEAL, format_cms(replace(cms, proof=proof)))


def _line(name: str, size: int = 76) -> str:
    return f"\u2014 {name} {b64encode(bytes(size)).decode()}\n"


def _named_like_the_clock(clock: str) -> str:
    return _line(clock.split(" ")[1])


PROOFS: Attacks = {
    "proof-with-a-witness": lambda m: _proven(
        m, lambda *lines: "".join(lines) + _line("evil.example/witness")
    ),
    "proof-with-kilobytes-of-witnesses": lambda m: _proven(
        m, lambda *lines: "".join(lines) + "".join(_line(f"evil.example/{n}", 800) for n in range(8))
    ),
    "proof-with-a-script-for-a-name": lambda m: _proven(
        m, lambda *lines: "".join(lines) + _line("<script>alert(1)</script>DIEM-10.0")
    ),
    "proof-with-a-witness-between": lambda m: _proven(
        m, lambda head, log, clock: head + log + _line("evil.example/witness") + clock
    ),
    "proof-without-the-clock": lambda m: _proven(m, lambda head, log, _: head + log),
    "proof-without-the-log": lambda m: _proven(m, lambda head, _, clock: head + clock),
    "proof-without-signatures": lambda m: _proven(m, lambda head, *_: head),
    "proof-with-the-clock-twice": lambda m: _proven(m, lambda *lines: "".join(lines) + lines[-1]),
    "proof-with-the-log-twice": lambda m: _proven(m, lambda head, log, clock: head + log + log + clock),
    "proof-with-lines-exchanged": lambda m: _proven(m, lambda head, log, clock: head + clock + log),
    "proof-with-another-clock": lambda m: _proven(
        m, lambda head, log, clock: head + log + _named_like_the_clock(clock)
    ),
    "proof-with-windows-line-ends": lambda m: _proven(m, lambda *lines: "".join(lines).replace("\n", "\r\n")),
    "proof-with-an-empty-line-behind": lambda m: _proven(m, lambda *lines: "".join(lines) + "\n"),
    "proof-with-an-extension-line": lambda m: _proven(
        m, lambda head, log, clock: head[:-1] + "anything\n\n" + log + clock
    ),
}
