"""Signs documents with a software key from an encrypted PKCS#12 file.

The file is opened once; afterwards the key stays in memory, and a signature costs its RSA or ECDSA operation.
Which file belongs to whom is `keys.keyring`'s part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from keys.certificates import CertificateKey, check_may_sign, path_below_anchor
from keys.secret_files import read_secret
from keys.signer import KeysError, SignatureAlgorithm, check_algorithm_fits, rsa_padding
from schemas.ecdsa import lower_ecdsa

_KDF_ROUNDS = 2048
"""Cheap on purpose: the passphrase is random, and a service opens hundreds of files (see `keys.keyring`)."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A `keys.signer.Signer` whose key came from a file. Safe to share between threads."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    _key: CertificateKey = field(repr=False)

    @classmethod
    def load(
        cls, path: Path, *, passphrase: bytes, now: datetime, algorithm: SignatureAlgorithm | None = None
    ) -> Self:
        """Open a PKCS#12 file and refuse whatever must not sign.

        Args:
            path: the file, readable by its owner alone.
            passphrase: opens it.
            now: the certificate must be valid at this time.
            algorithm: None for the natural one: RSA-PSS for an RSA key, ECDSA for a P-256 key.

        Raises:
            KeysError: `key-file-missing`, `key-file-unreadable`, `key-file-exposed`, `key-file-damaged`,
                `passphrase-wrong`, `key-missing`, `key-mismatched`, `key-unsuitable`,
                and what `keys.certificates.check_may_sign` raises.
        """
        key, certificate, others = _open_pkcs12(path, passphrase)
        if algorithm is None:
            is_rsa = isinstance(key, rsa.RSAPrivateKey)
            algorithm = SignatureAlgorithm.RSA_PSS if is_rsa else SignatureAlgorithm.ECDSA_P256
        check_algorithm_fits(certificate, algorithm)
        check_may_sign(certificate, now=now)
        return cls(certificate, path_below_anchor(certificate, others), algorithm, key)

    def sign(self, signed_attributes_der: bytes) -> bytes:
        """Sign the DER of the signed attributes, see `keys.signer.Signer.sign`."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(signed_attributes_der, rsa_padding(self.algorithm), SHA256())
        return lower_ecdsa(self._key.sign(signed_attributes_der, ec.ECDSA(SHA256())))


def repacked(source: Path, *, passphrase: bytes, new_passphrase: bytes) -> bytes:
    """Return key and certificates of a PKCS#12 file as another one, under another passphrase.

    Raises:
        KeysError: as `FileSigner.load`, of the file.
    """
    key, certificate, others = _open_pkcs12(source, passphrase)
    return pack_pkcs12(key, certificate, others, new_passphrase)


def pack_pkcs12(
    key: CertificateKey,
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    passphrase: bytes,
) -> bytes:
    """Return a PKCS#12 file. The passphrase must be random: few rounds of key derivation protect it."""
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_KDF_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(SHA256())
        .build(passphrase)
    )
    return pkcs12.serialize_key_and_certificates(None, key, certificate, others, encryption)


def _open_pkcs12(
    path: Path, passphrase: bytes
) -> tuple[CertificateKey, x509.Certificate, list[x509.Certificate]]:
    stored = read_secret(path)
    try:
        asn1_pkcs12.Pfx.load(stored, strict=True).native  # noqa: B018 - parses all of it
    except (ValueError, TypeError) as error:
        raise KeysError(
            "key-file-damaged",
            f"Tệp {path} không phải tệp PKCS#12 (.p12, .pfx) nguyên vẹn. Hãy chép lại từ bản sao lưu.",
            f"The file {path} is not an intact PKCS#12 file (.p12, .pfx). Copy it again from its backup.",
        ) from error
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(stored, passphrase)
    except ValueError as error:
        raise KeysError(
            "passphrase-wrong",
            f"Mật khẩu không mở được tệp {path}. Hãy kiểm tra tệp mật khẩu đi cùng kho khoá này.",
            f"The passphrase does not open the file {path}. Check the passphrase file of this key store.",
        ) from error
    if key is None or certificate is None:
        raise KeysError(
            "key-missing",
            f"Tệp {path} thiếu khoá bí mật hoặc chứng thư. Hãy xuất lại cả hai vào một tệp PKCS#12.",
            f"The file {path} lacks the private key or its certificate. Export both into one PKCS#12 file.",
        )
    if key.public_key() != certificate.public_key():
        raise KeysError(
            "key-mismatched",
            f"Khoá và chứng thư trong tệp {path} không phải một cặp. Hãy xuất lại đúng cặp khoá và chứng thư.",
            f"Key and certificate in the file {path} do not belong together. Export the matching pair.",
        )
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeysError(
            "key-unsuitable",
            f"Loại khoá trong tệp {path} không ký được học bạ: cần RSA từ 2048 bit hoặc ECDSA P-256.",
            f"The kind of key in {path} cannot sign transcripts: RSA of 2048 bits or ECDSA P-256 is needed.",
        )
    return key, certificate, others
