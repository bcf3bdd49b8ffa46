"""Certificates in files that somebody names on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from service.errors import ServiceError
from verify.files import read_regular_file

_MAX_BYTES = 100_000
_T = TypeVar("_T")


def read_certificate(path: Path) -> x509.Certificate:
    """Return the certificate of a file, PEM or DER.

    Raises:
        ServiceError: `certificate-unreadable`.
    """
    return _read(
        path,
        lambda data: (
            x509.load_pem_x509_certificate(data)
            if data.lstrip().startswith(b"-----")
            else x509.load_der_x509_certificate(data)
        ),
    )


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file; at least one.

    Raises:
        ServiceError: `certificate-unreadable`.
    """
    return _read(path, x509.load_pem_x509_certificates)


def _read(path: Path, load: Callable[[bytes], _T]) -> _T:
    data = read_regular_file(path, _MAX_BYTES)
    try:
        return load(data)
    except ValueError as error:
        raise ServiceError(
            "certificate-unreadable",
            f"Tệp {path.name} không phải chứng thư (PEM hoặc DER); hãy xuất lại chứng thư rồi chỉ đúng tệp.",
            f"The file {path.name} is no certificate (PEM or DER); export the certificate anew and name that file.",
        ) from error
