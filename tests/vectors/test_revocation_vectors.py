"""The committed cases of revocation evidence are judged as they say, here and, where it can tell, by OpenSSL."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.validation_data import ValidationData
from tests.vectors import generate_revocation
from verify.findings import FindingError
from verify.revocation import IssuedCertificate, check_revocation, offers_revocation, read_crl, read_ocsp

FILE = Path(__file__).parent / "revocation" / "cases.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]
# OpenSSL believes SHA-1, judges a responder at the time it is told alone, and names another of two faults.
_OTHERWISE = {
    "ocsp-sha-1-signature",
    "ocsp-responder-expired",
    "ocsp-made-after-the-certificate",
    "ocsp-of-another-issuers-certificate",
}
_ANSWERS = [
    one for one in CASES if len(one["ocsps"]) == 1 and not one["crls"] and one["name"] not in _OTHERWISE
]


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
def test_case(case: dict[str, Any]) -> None:
    """The certificate counts as not revoked, as revoked, or as one of which nobody knows."""
    certificate, issuer = (
        x509.load_der_x509_certificate(_bytes(case, name)) for name in ("certificate", "issuer")
    )
    issued = [IssuedCertificate(certificate, issuer)] if offers_revocation(certificate) else []
    data = ValidationData(*(tuple(map(bytes.fromhex, case[name])) for name in ("ocsps", "crls")))
    status, says = "pass", ""
    try:
        check_revocation(issued, data, at=_time(case["at"]), now=_time(case["now"]))
    except FindingError as finding:
        status, says = finding.status.value, finding.text.en
    assert status == case["status"]
    assert (case["says"] or "") in says


@pytest.mark.parametrize("case", _ANSWERS, ids=[one["name"] for one in _ANSWERS])
def test_openssl_agrees_on_who_signed(case: dict[str, Any], tmp_path: Path) -> None:
    """`openssl ocsp` takes the signatures that are taken here, and no others; it says the same status."""
    certificate, issuer, answer = (tmp_path / name for name in ("certificate.pem", "issuer.pem", "answer"))
    for path, name in ((certificate, "certificate"), (issuer, "issuer")):
        loaded = x509.load_der_x509_certificate(_bytes(case, name))
        path.write_bytes(loaded.public_bytes(Encoding.PEM))
    answer.write_bytes(bytes.fromhex(case["ocsps"][0]))
    done = subprocess.run(
        [
            *(
                "openssl",
                "ocsp",
                "-respin",
                answer,
                "-issuer",
                issuer,
                "-cert",
                certificate,
                "-CAfile",
                issuer,
            ),
            *("-partial_chain", "-no_nonce", "-attime", str(int(_time(case["at"]).timestamp()))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    says = case["says"] or ""
    signed = "Response verify OK" in done.stderr
    assert signed is not ("did not sign" in says or "malformed" in says or "refused" in says), done.stderr
    if signed and "another one" not in says:
        assert ("revoked" in done.stdout) is ("revoked" in case["name"])


@pytest.mark.parametrize(("name", "kind"), [("ocsp-by-a-responder", "ocsps"), ("crl-with-others", "crls")])
def test_every_byte_changed(name: str, kind: str) -> None:
    """Whichever byte of evidence is another, it says what it said, or counts for nothing: nothing breaks."""
    case = next(one for one in CASES if one["name"] == name)
    good = bytes.fromhex(case[kind][0])
    issued = IssuedCertificate(
        *(x509.load_der_x509_certificate(_bytes(case, one)) for one in ("certificate", "issuer"))
    )
    read = {"ocsps": read_ocsp, "crls": read_crl}[kind]
    said, passed = read(good, issued), 0
    for place in range(len(good)):
        changed = good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :]
        try:
            assert read(changed, issued) == said
            passed += 1
        except FindingError:
            continue
    # Of an answer some bytes around the signed ones say nothing; of a list none.
    assert passed < len(good) // 100


def test_generator_makes_the_committed_file() -> None:
    """`make vectors` would change nothing."""
    assert generate_revocation.text() == FILE.read_text(encoding="utf-8")


def _bytes(case: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(case[name])


def _time(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
