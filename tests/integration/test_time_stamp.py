"""Which time-stamp tokens are believed: over what, by whom, at which time; and the same by openssl."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.certificates import DOCUMENT_SIGNING
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import format_request
from tests.support.certificates import (
    END,
    START,
    Party,
    basic_constraints,
    key_usage,
    party,
    private_key,
)
from tests.support.time_stamps import STAMPER, STAMPING, TSA_ROOT, Token, ended, stamper, time_stamps
from verify.findings import CheckFailedError
from verify.time_stamp import TimeStamp, check_time_stamp

DATA = b"what was stamped"
IMPRINT = sha256(DATA).digest()
TIME = dt.datetime(2026, 11, 26, 3, 4, 5, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
GOOD = Token(IMPRINT, TIME)
TRUST = time_stamps()
RSA = party("tsa rsa", TSA_ROOT, extensions=STAMPER, key=private_key("tsa rsa", 2048))
BELOW = stamper("tsa below", party("tsa: issuer", TSA_ROOT))
ISSUER = party("tsa: issuer", TSA_ROOT)


def _refused(token: bytes, trust: TimeStamps = TRUST, imprint: bytes = IMPRINT) -> str:
    with pytest.raises(CheckFailedError) as refusal:
        check_time_stamp(token, imprint, trust)
    assert refusal.value.text.vi
    return refusal.value.text.en


TOKENS = {
    "ecdsa": GOOD,
    "signing certificate by SHA-1": replace(GOOD, certificate_hash="sha1"),
    "an authority below the anchor's": replace(GOOD, by=BELOW, certificates=[BELOW, ISSUER]),
    **{
        f"{scheme}, {digest}": replace(GOOD, by=RSA, scheme=scheme, digest=digest)
        for scheme in ("rsa-pkcs1v15", "rsa-encryption", "rsa-pss")
        for digest in ("sha256", "sha384", "sha512")
    },
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_token_is_believed(token: Token) -> None:
    """A token of each signature algorithm says its time, until when it stands alone, and whose it is."""
    stamp = check_time_stamp(token.der(), IMPRINT, TRUST)
    name = token.by.certificate.subject.rfc4514_string().removeprefix("CN=")
    assert stamp == TimeStamp(TIME, END, name)


# What `openssl ts` is made of (PKCS #7) does not know RSA-PSS.
@pytest.mark.parametrize("name", [name for name in TOKENS if "pss" not in name])
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    """`openssl ts -verify` accepts the same tokens over the same data, and refuses them over others."""
    token = TOKENS[name]
    (tmp_path / "token").write_bytes(token.der())
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "root.pem").write_bytes(TSA_ROOT.certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-CAfile", "root.pem"]
    command += ["-attime", str(int(TIME.timestamp())), "-data"]
    said = subprocess.run([*command, "data"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in said.stdout, said.stderr
    other = subprocess.run([*command, "root.pem"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "message imprint mismatch" in other.stderr


def test_openssl_asks_the_same_question(tmp_path: Path) -> None:
    """`openssl ts -query` reads our question: its hash, its nonce, and that it wants certificates."""
    (tmp_path / "query").write_bytes(format_request(IMPRINT, 2**63 + 1))
    said = subprocess.run(
        ["openssl", "ts", "-query", "-in", tmp_path / "query", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Hash Algorithm: sha256" in said
    assert "Nonce: 0x8000000000000001" in said
    assert "Certificate required: yes" in said


def test_wrong_imprint() -> None:
    """A token over something else is refused."""
    assert "something else" in _refused(GOOD.der(), imprint=bytes(32))


def test_wrong_signature() -> None:
    """Another signature, and the signature of another key, are refused."""
    assert "does not verify" in _refused(GOOD.der(bytes(70)))
    assert "does not verify" in _refused(GOOD.der(replace(GOOD, imprint=bytes(32)).sign()))


@pytest.mark.parametrize("trust", [time_stamps(party("another root")), time_stamps(BELOW)])
def test_wrong_authority(trust: TimeStamps) -> None:
    """An authority that leads to no anchor for time stamps is refused."""
    assert "no trusted authority" in _refused(GOOD.der(), trust)


@pytest.mark.parametrize(
    "extensions",
    [
        STAMPER[:2],
        (*STAMPER[:2], (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), False)),
        (
            *STAMPER[:2],
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, DOCUMENT_SIGNING]), True),
        ),
        (*STAMPER[:2], (x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), True)),
        (basic_constraints(ca=False), key_usage(), STAMPING),
        (basic_constraints(ca=True), key_usage(issues=True), STAMPING),
    ],
)
def test_certificate_for_something_else(extensions: tuple[tuple[x509.ExtensionType, bool], ...]) -> None:
    """A certificate must be for time stamps, critically and for nothing else, and for signing."""
    by = party("tsa of another kind", TSA_ROOT, extensions=extensions)
    assert "time stamps alone" in _refused(replace(GOOD, by=by).der())


@pytest.mark.parametrize(
    ("time", "good"), [(START, True), (END, True), (START - SECOND, False), (END + SECOND, False)]
)
def test_certificate_at_the_time(time: dt.datetime, *, good: bool) -> None:
    """The authority's certificate must be valid at the time of the token, to the second."""
    token = replace(GOOD, time=time).der()
    if good:
        assert check_time_stamp(token, IMPRINT, TRUST).time == time
    else:
        assert "was not valid at the time" in _refused(token)


@pytest.mark.parametrize("whose", [stamper(), TSA_ROOT])
def test_ended_certificate(whose: Party) -> None:
    """A certificate that the trust root ends stands alone until then, and makes no token after it."""
    late = time_stamps(ended=[ended(whose, "2028-01-01T00:00:00Z")])
    assert check_time_stamp(GOOD.der(), IMPRINT, late).until == dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
    early = time_stamps(ended=[ended(whose, "2026-01-01T00:00:00Z")])
    assert "was not valid at the time" in _refused(GOOD.der(), early)


def test_no_byte_can_be_changed() -> None:
    """Whichever byte of a token is changed, it is refused or says exactly the same."""
    whole = replace(GOOD, by=BELOW, certificates=[BELOW, ISSUER]).der()
    good, same = check_time_stamp(whole, IMPRINT, TRUST), 0
    for place in range(len(whole)):
        changed = whole[:place] + bytes((whole[place] ^ 0x01,)) + whole[place + 1 :]
        try:
            assert check_time_stamp(changed, IMPRINT, TRUST) == good
            same += 1
        except CheckFailedError:
            continue
    # Versions and the list of digest algorithms, which nothing is read from.
    assert same < 25


def test_malformed_token() -> None:
    """What is no token is refused, not a crash."""
    assert "not in the form" in _refused(b"\x30\x03abc")
