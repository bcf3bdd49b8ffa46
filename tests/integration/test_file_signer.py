"""Keys from files: each kind signs from its PKCS#12 file, and whatever must not sign is refused with its reason."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from keys.certificates import CertificateKey
from keys.file_signer import FileSigner
from keys.signer import KeysError, SignatureAlgorithm, check_signature
from tests.support.certificates import (
    END,
    SUBSCRIBER,
    Extension,
    basic_constraints,
    key_usage,
    party,
    private_key,
)
from tests.support.keys import KINDS, NOW, authority

PASSPHRASE = b"a line of random text"
MESSAGE = b"signed attributes"
SECOND = dt.timedelta(seconds=1)


def _write(
    path: Path, key: CertificateKey | None, certificate: x509.Certificate | None, *others: x509.Certificate
) -> Path:
    encryption = BestAvailableEncryption(PASSPHRASE)
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, others, encryption))
    path.chmod(0o600)
    return path


def _stored(kind: str, path: Path) -> Path:
    trusted = authority(kind)
    signer = trusted.signer
    return _write(path, signer._key, signer.certificate, trusted.root, *signer.chain)  # noqa: SLF001


def _load(
    path: Path,
    *,
    passphrase: bytes = PASSPHRASE,
    now: dt.datetime = NOW,
    algorithm: SignatureAlgorithm | None = None,
) -> FileSigner:
    return FileSigner.load(path, passphrase=passphrase, now=now, algorithm=algorithm)


def _refusal(
    path: Path,
    *,
    passphrase: bytes = PASSPHRASE,
    now: dt.datetime = NOW,
    algorithm: SignatureAlgorithm | None = None,
) -> str:
    with pytest.raises(KeysError) as refusal:
        _load(path, passphrase=passphrase, now=now, algorithm=algorithm)
    for sentence in (refusal.value.text.vi, refusal.value.text.en):
        assert sentence.endswith((".", str(path)))
        assert PASSPHRASE.decode() not in sentence
    return refusal.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_signs_from_its_file(kind: str, tmp_path: Path) -> None:
    """A signature by the key in the file holds against its certificate, and the chain leaves the root out."""
    known = authority(kind).signer
    signer = _load(_stored(kind, tmp_path / "signer.p12"), algorithm=known.algorithm)
    check_signature(known.certificate, known.algorithm, signer.sign(MESSAGE), MESSAGE)
    assert (signer.certificate, signer.chain) == (known.certificate, known.chain)


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("rsa-2048-pkcs1v15", SignatureAlgorithm.RSA_PSS), ("p-256", SignatureAlgorithm.ECDSA_P256)],
)
def test_natural_algorithm(kind: str, algorithm: SignatureAlgorithm, tmp_path: Path) -> None:
    """Unless asked otherwise an RSA key signs with PSS and a P-256 key with ECDSA."""
    assert _load(_stored(kind, tmp_path / "signer.p12")).algorithm is algorithm


def test_key_is_loaded_once(tmp_path: Path) -> None:
    """Once opened, the signer needs its file no more."""
    path = _stored("p-256", tmp_path / "signer.p12")
    signer = _load(path)
    path.unlink()
    check_signature(signer.certificate, signer.algorithm, signer.sign(MESSAGE), MESSAGE)


def test_shows_no_key() -> None:
    """Neither the text of a signer nor its dataclass form prints the key."""
    assert "_key" not in repr(authority("p-256").signer)


def test_intermediates_are_ordered_upwards(tmp_path: Path) -> None:
    """However they lie in the file, the path goes upwards, without the anchor and without strangers."""
    root = party("gốc")
    upper = party("bậc trên", root)
    lower = party("bậc dưới", upper)
    signer = party("người ký", lower, extensions=SUBSCRIBER)
    others = (root.certificate, upper.certificate, party("người lạ", root).certificate, lower.certificate)
    path = _write(tmp_path / "signer.p12", signer.key, signer.certificate, *others)
    assert _load(path).chain == (lower.certificate, upper.certificate)


@pytest.mark.parametrize(
    "options",
    [[], ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"], ["-legacy"]],
    ids=["AES-256", "triple DES", "RC2"],
)
def test_files_of_other_programs(options: list[str], tmp_path: Path) -> None:
    """Files as OpenSSL writes them today, and as it and Windows wrote them before, are read."""
    known = authority("rsa-2048-pss").signer
    plain, path = tmp_path / "plain.pem", tmp_path / "signer.p12"
    plain.write_bytes(
        known._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # noqa: SLF001
        + b"".join(one.public_bytes(Encoding.PEM) for one in (known.certificate, *known.chain))
    )
    files = ["-in", str(plain), "-out", str(path), "-passout", "stdin"]
    written = ["openssl", "pkcs12", "-export", *files, *options]
    subprocess.run(written, check=True, input=PASSPHRASE, capture_output=True)
    path.chmod(0o600)
    signer = _load(path)
    check_signature(known.certificate, signer.algorithm, signer.sign(MESSAGE), MESSAGE)
    assert signer.chain == known.chain


def test_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    """A wrong or empty passphrase opens nothing."""
    path = _stored("p-256", tmp_path / "signer.p12")
    assert _refusal(path, passphrase=b"another") == "passphrase-wrong"
    assert _refusal(path, passphrase=b"") == "passphrase-wrong"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is named."""
    assert _refusal(tmp_path / "signer.p12") == "key-file-missing"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o601])
def test_exposed_file_is_refused(mode: int, tmp_path: Path) -> None:
    """A file with any right for others is refused before it is opened, even for the right passphrase."""
    path = _stored("p-256", tmp_path / "signer.p12")
    path.chmod(mode)
    assert _refusal(path) == "key-file-exposed"


@pytest.mark.parametrize("content", [b"", b"no PKCS#12", b"\x30\x82\xff\xff"])
def test_damaged_file_is_told_from_a_wrong_passphrase(content: bytes, tmp_path: Path) -> None:
    """A file that is no PKCS#12 is called damaged, so that nobody tries passphrases."""
    path = tmp_path / "signer.p12"
    path.write_bytes(content)
    path.chmod(0o600)
    assert _refusal(path) == "key-file-damaged"


def test_cut_file_is_damaged(tmp_path: Path) -> None:
    """Half a file is damaged."""
    path = _stored("p-256", tmp_path / "signer.p12")
    path.write_bytes(path.read_bytes()[:-100])
    assert _refusal(path) == "key-file-damaged"


def test_file_needs_key_and_certificate(tmp_path: Path) -> None:
    """A file with the certificate alone signs nothing."""
    signer = party("người ký", party("gốc"), extensions=SUBSCRIBER)
    path = _write(tmp_path / "signer.p12", None, None, signer.certificate)
    assert _refusal(path) == "key-missing"


def test_certificate_is_valid_at_both_ends(tmp_path: Path) -> None:
    """Expired a second ago, or valid from the next second, is refused; both ends belong to the validity."""
    path = tmp_path / "signer.p12"
    signer = party("người ký", party("gốc"), extensions=SUBSCRIBER, not_before=NOW, not_after=END)
    _write(path, signer.key, signer.certificate)
    assert _load(path, now=NOW).certificate == _load(path, now=END).certificate == signer.certificate
    assert _refusal(path, now=NOW - SECOND) == "certificate-not-yet-valid"
    assert _refusal(path, now=END + SECOND) == "certificate-expired"


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (basic_constraints(ca=True), key_usage(issues=True)),
        (basic_constraints(ca=True), key_usage(signs=True, issues=True)),
        (basic_constraints(ca=False), key_usage()),
    ],
    ids=["no key usage", "authority", "authority that signs", "encryption"],
)
def test_certificate_must_be_for_signing(extensions: Sequence[Extension], tmp_path: Path) -> None:
    """A certificate of another purpose is refused."""
    signer = party("mục đích khác", party("gốc"), extensions=extensions)
    path = _write(tmp_path / "signer.p12", signer.key, signer.certificate)
    assert _refusal(path) == "certificate-not-for-signing"


def test_weak_key_is_refused(tmp_path: Path) -> None:
    """RSA of 1024 bits signs nothing."""
    signer = party("khoá yếu", party("gốc"), extensions=SUBSCRIBER, key=private_key("yếu", 1024))
    assert _refusal(_write(tmp_path / "signer.p12", signer.key, signer.certificate)) == "key-unsuitable"


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("p-256", SignatureAlgorithm.RSA_PSS), ("rsa-2048-pss", SignatureAlgorithm.ECDSA_P256)],
)
def test_algorithm_must_fit_the_key(kind: str, algorithm: SignatureAlgorithm, tmp_path: Path) -> None:
    """A key does not sign with the algorithm of another kind."""
    assert _refusal(_stored(kind, tmp_path / "signer.p12"), algorithm=algorithm) == "key-unsuitable"


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    """An Ed25519 key in a PKCS#12 file does not sign documents: readers of PDF do not know it."""
    key = Ed25519PrivateKey.generate()
    root = party("gốc")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(root.certificate.subject)
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(END)
        .sign(key, None)
    )
    path = tmp_path / "signer.p12"
    encryption = BestAvailableEncryption(PASSPHRASE)
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, None, encryption))
    path.chmod(0o600)
    assert _refusal(path) == "key-unsuitable"
