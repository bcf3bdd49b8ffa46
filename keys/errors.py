"""How keys refuse, and how documents are signed: words that the programs at the office share, without any library."""

from __future__ import annotations

from enum import StrEnum

from schemas.errors import HocbaError


class KeysError(HocbaError):
    """A key, a certificate or a signature that must not be used; the text says what to do."""


class SignatureAlgorithm(StrEnum):
    """How a document is signed, always over SHA-256. PKCS #1 v1.5 only where a token has nothing else."""

    RSA_PSS = "rsa-pss"
    RSA_PKCS1V15 = "rsa-pkcs1v15"
    ECDSA_P256 = "ecdsa-p256"
