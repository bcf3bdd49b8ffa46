"""OpenSSL reads out of our CMS the parts that we put in."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.cms import SignatureCMS, format_cms, parse_cms
from tests.support.keys import KINDS, authority

PAGE = b"the page"


def _openssl(*arguments: str | Path) -> bytes:
    return subprocess.run(["openssl", "cms", *arguments], check=True, capture_output=True).stdout


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_reads_the_same_parts(kind: str, tmp_path: Path) -> None:
    """Page digest, signature and signer are what `openssl cms` finds, with a time stamp and a proof beside them."""
    signer = authority(kind).signer
    certificates = tuple(one.public_bytes(Encoding.DER) for one in (signer.certificate, *signer.chain))
    unsigned = SignatureCMS(certificates, signer.algorithm.value, sha256(PAGE).digest(), b"")
    signed = SignatureCMS(
        certificates,
        signer.algorithm.value,
        sha256(PAGE).digest(),
        signer.sign(unsigned.signed_attributes),
        core.Sequence.load(b"\x30\x03\x02\x01\x01").dump(),
        b"an inclusion proof",
    )
    for name, content in (("page", PAGE), ("cms", format_cms(signed))):
        (tmp_path / name).write_bytes(content)
    given = ("-inform", "DER", "-in", tmp_path / "cms")
    found = tmp_path / "signer.pem"
    verified = _openssl(
        *("-verify", "-binary", "-noverify", *given, "-content", tmp_path / "page", "-signer", found)
    )
    assert verified == PAGE
    assert x509.load_pem_x509_certificate(found.read_bytes()) == signer.certificate
    # OpenSSL's own encoder has nothing to mend.
    again = _openssl("-cmsout", *given, "-outform", "DER")
    assert parse_cms(again) == signed
    shown = _openssl("-cmsout", "-print", "-noout", *given)
    assert shown.count(b"issuer:") >= len(certificates)
