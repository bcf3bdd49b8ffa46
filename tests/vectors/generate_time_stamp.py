"""Makes time-stamp/vectors.json: tokens of RFC 3161 that hold together, and some that do not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from hashlib import sha256

from schemas.der import CONTEXT_1, der
from tests.support.certificates import Party, party
from tests.support.record import digest
from tests.support.time_stamps import TSA_ROOT, Token, stamper
from tests.support.vectors import Vector, failure, file_text, sound, write

GOOD = Token(digest("what is stamped"), dt.datetime(2026, 11, 26, 3, 4, 5, tzinfo=dt.UTC), nonce=2**63 + 1)
ISSUER = party("tsa: issuer", TSA_ROOT)
BELOW = stamper("tsa below", ISSUER)


def _sound(name: str, token: Token, *path: Party) -> Vector:
    value = {
        "imprint": token.imprint,
        "time": token.time,
        "nonce": token.nonce,
        "certificates": [sha256(one.der).digest() for one in path or (token.by,)],
        "signature": f"{token.scheme}, {token.digest}",
    }
    return sound(name, token.der(), value)


def _failure(name: str, data: bytes) -> Vector:
    return failure(name, data, "time-stamp-invalid")


def text() -> str:
    """Return the text of the file."""
    data = GOOD.der()
    vectors = [
        _sound("good", GOOD),
        _sound("without-a-nonce", replace(GOOD, nonce=None)),
        _sound("sha-384", replace(GOOD, digest="sha384")),
        _sound("sha-512", replace(GOOD, digest="sha512")),
        _sound("signing-certificate-of-rfc-3161", replace(GOOD, certificate_hash="sha1")),
        _sound("signing-certificate-by-sha-512", replace(GOOD, certificate_hash="sha512")),
        _sound(
            "certificates-in-any-order",
            replace(GOOD, by=BELOW, certificates=[TSA_ROOT, party("a stranger"), BELOW, ISSUER]),
            BELOW,
            ISSUER,
        ),
        _failure("last-byte-missing", data[:-1]),
        _failure("byte-after", data + b"\x00"),
        _failure("indefinite-length", b"\x30\x80" + data[4:] + b"\x00\x00"),
        _failure("imprint-by-sha-384", replace(GOOD, imprint_digest="sha384", imprint=bytes(48)).der()),
        _failure("imprint-too-short", replace(GOOD, imprint=bytes(31)).der()),
        _failure("content-of-another-type", replace(GOOD, content="1.2.840.113549.1.7.1").der()),
        _failure(
            "signed-as-content-of-another-type", replace(GOOD, signed_content="1.2.840.113549.1.7.1").der()
        ),
        _failure("digest-of-other-bytes", replace(GOOD, signed_digest=bytes(32)).der()),
        _failure("signing-certificate-missing", replace(GOOD, certificate_hash=None).der()),
        _failure("certificate-missing", replace(GOOD, certificates=[]).der()),
        _failure("certificate-of-another", replace(GOOD, certificates=[stamper("another")]).der()),
        _failure("two-signers", replace(GOOD, signers=2).der()),
        _failure("no-signer", replace(GOOD, signers=0).der()),
        _failure("extension", replace(GOOD, extra_info=der(CONTEXT_1, b"\x30\x00")).der()),
        _failure("time-with-an-offset", data.replace(b"20261126030405Z", b"202611260304+07")),
        _failure("time-that-is-none", data.replace(b"20261126030405Z", b"20261326030405Z")),
        _failure("too-long", data + bytes(1 << 15)),
    ]
    return file_text("docs/formats/record.md#time-stamp-tokens", "hex", vectors)


if __name__ == "__main__":
    write("time-stamp", text())
