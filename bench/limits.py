"""What the machine cannot go below: the bare cryptography of an issue and of a verification, in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

_REPEATS = 50
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)


@dataclass(frozen=True, slots=True)
class Limits:
    """Milliseconds of single operations."""

    sign: float
    verify: float
    hash_file: float

    @property
    def issue(self) -> float:
        """Two signatures, and the file hashed for each."""
        return 2 * (self.sign + self.hash_file)

    @property
    def verification(self) -> float:
        """Two signatures checked, and the file hashed for each."""
        return 2 * (self.verify + self.hash_file)


def measure_limits(pdf: bytes) -> Limits:
    """Measure one bare RSA-2048 signature, its verification, and SHA-256 of a file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public_key, message = key.public_key(), b"x" * 300
    signature = key.sign(message, _PSS, SHA256())
    return Limits(
        sign=_milliseconds(lambda: key.sign(message, _PSS, SHA256())),
        verify=_milliseconds(lambda: public_key.verify(signature, message, _PSS, SHA256())),
        hash_file=_milliseconds(lambda: sha256(pdf).digest()),
    )


def _milliseconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        start = perf_counter()
        run()
        times.append(1000 * (perf_counter() - start))
    return median(times)
