"""Certificate revocation lists that the operator brings: `keys/crls/*.crl`, PEM or DER. Nothing is fetched.

A list counts when the certificate's own issuer signed it; one that is out of date refuses, since what it does not say
may have happened since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from keys.signer import KeysError


def check_not_revoked(
    certificate: x509.Certificate, issuers: Sequence[x509.Certificate], folder: Path, *, now: datetime
) -> None:
    """Refuse a certificate that a list of its issuer names, or whose list is out of date.

    Args:
        certificate: the signer's.
        issuers: the certificates above it, anchors too.
        folder: where the lists are; without a list of this issuer nothing is refused here.
        now: the clock.

    Raises:
        KeysError: `certificate-revoked`, `crl-outdated`, `crl-unreadable`.
    """
    keys = [one.public_key() for one in issuers if one.subject == certificate.issuer]
    for path in sorted(folder.glob("*.crl")):
        crl = _load(path)
        if crl.issuer != certificate.issuer or not any(crl.is_signature_valid(key) for key in keys):  # type: ignore[arg-type]  # a key of another kind answers no
            continue
        revoked = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if revoked is not None:
            raise certificate_revoked(revoked.revocation_date_utc)
        if crl.next_update_utc is not None and crl.next_update_utc < now:
            raise KeysError(
                "crl-outdated",
                f"Danh sách thu hồi {path.name} đã quá hạn. Hãy tải bản mới từ nơi cấp chứng thư vào {folder}.",
                f"The revocation list {path.name} is out of date. Put the issuer's present one into {folder}.",
            )


def certificate_revoked(when: datetime) -> KeysError:
    """Return the refusal of a certificate that its issuer revoked."""
    at = f"{when:%d/%m/%Y}"
    return KeysError(
        "certificate-revoked",
        f"Chứng thư đã bị nơi cấp thu hồi ngày {at}. Hãy dùng chứng thư mới và báo Sở đăng ký chứng thư đó.",
        f"Its issuer revoked the certificate on {at} (day/month/year). Use a new one, and have it registered.",
    )


def _load(path: Path) -> x509.CertificateRevocationList:
    data = path.read_bytes()
    try:
        return x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
    except ValueError as error:
        raise KeysError(
            "crl-unreadable",
            f"Tệp {path} không phải danh sách thu hồi (PEM hoặc DER). Hãy tải lại từ nơi cấp chứng thư.",
            f"The file {path} is no revocation list (PEM or DER). Fetch it again from the certificates' issuer.",
        ) from error
