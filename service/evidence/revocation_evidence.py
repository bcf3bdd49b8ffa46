"""Evidence that signers' certificates are not revoked: asked before anything is signed, and put into what is signed.

A certificate that names no list and no responder needs none. One that does and of which nothing can be learnt signs
nothing: its documents wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.errors import SignatureAlgorithm
from keys.revocation_lists import certificate_revoked
from schemas.record.trust_root import TrustRoot
from schemas.validation_data import NOTHING, ValidationData, find_validation_data
from service.errors import AwaitedProofError, ServiceError
from service.evidence.revocation_client import EvidenceUnavailableError, RevocationClient
from verify.certificate_path import CertificatePath, find_path
from verify.findings import FindingError
from verify.revocation import IssuedCertificate, check_revocation

_MARGIN: Final = dt.timedelta(minutes=2)
"""What is left of evidence's time when a document is about to be recorded."""


class Party(Protocol):
    """Who signs, as far as certificates tell: a signer, or what was prepared for one."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's own certificate."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The intermediates, the anchor left out."""

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The algorithm it signs with."""


class Evidence(Protocol):
    """What signing asks of evidence."""

    def gather(self, parties: Sequence[Party]) -> ValidationData:
        """Return evidence for all certificates of these that need it."""

    def holds(self, pdf: bytes, parties: Sequence[Party]) -> bool:
        """Whether the evidence in a prepared file still says enough of these."""


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """The evidence of one installation: whom its settings ask, for whom its trust root believes."""

    client: RevocationClient
    trust: Callable[[], TrustRoot]
    now: Callable[[], dt.datetime]

    def gather(self, parties: Sequence[Party]) -> ValidationData:
        """Return evidence for all certificates of these that need it.

        Raises:
            KeysError: `certificate-revoked`.
            AwaitedProofError: `awaiting-revocation-evidence`.
            ServiceError: `signer-revocation-unknown`, `signer-untrusted`.
        """
        data = NOTHING
        for party in parties:
            data = data.joined(self.of_path(signer_path(party, self.trust(), self.now())))
        return data

    def of_path(self, path: CertificatePath) -> ValidationData:
        """Return evidence for the certificates of a path; raises as `gather`."""
        data = NOTHING
        for issued in path.revocable:
            data = data.joined(self._found(issued))
        return data

    def holds(self, pdf: bytes, parties: Sequence[Party]) -> bool:
        """Whether the evidence in a prepared file still says enough of these."""
        data, now = find_validation_data(pdf), self.now()
        try:
            for party in parties:
                path = signer_path(party, self.trust(), now)
                check_revocation(path.revocable, data, at=now + _MARGIN, now=now)
        except FindingError:
            return False
        except ServiceError:
            # Another matter than evidence, which the checks before signing and before recording tell better.
            return True
        return True

    def _found(self, issued: IssuedCertificate) -> ValidationData:
        if not self.client.is_configured:
            raise _unconfigured()
        try:
            found = self.client.evidence(issued)
        except EvidenceUnavailableError as error:
            raise _awaiting(str(error)) from error
        if found.statement.revoked_at is not None:
            raise certificate_revoked(found.statement.revoked_at)
        return found.data


class _NoEvidence:
    """For whoever prepares nothing."""

    def gather(self, parties: Sequence[Party]) -> ValidationData:
        """Return none."""
        del parties
        return NOTHING

    def holds(self, pdf: bytes, parties: Sequence[Party]) -> bool:
        """Ask for none."""
        del pdf, parties
        return True


NO_EVIDENCE: Final = _NoEvidence()


def signer_path(party: Party, trust: TrustRoot, now: dt.datetime) -> CertificatePath:
    """Return the path of a signer's certificate to an anchor of the trust root, valid now.

    Raises:
        ServiceError: `signer-untrusted`.
    """
    ders = tuple(one.public_bytes(Encoding.DER) for one in (party.certificate, *party.chain))
    try:
        path = find_path(ders, party.algorithm.value, trust, now)
    except FindingError as finding:
        raise ServiceError(
            "signer-untrusted",
            f"{finding.text.vi} Hãy dùng chứng thư do tổ chức được tin cậy cấp để ký tài liệu.",
            f"{finding.text.en} Use a certificate that a trusted authority issued for signing documents.",
        ) from finding
    if not path.is_valid_at(now):
        raise ServiceError(
            "signer-untrusted",
            "Chứng thư của nơi cấp đã hết hạn hoặc chưa có hiệu lực. Hãy hỏi nơi cấp chứng thư.",
            "The certificate of its authority is expired or not yet valid. Ask the certificate's issuer.",
        )
    return path


def _unconfigured() -> ServiceError:
    return ServiceError(
        "signer-revocation-unknown",
        "Chứng thư cần bằng chứng chưa bị thu hồi mà chưa khai địa chỉ hỏi; chưa ký gì. Hãy báo quản trị viên khai "
        "HOCBA_OCSP_URLS hoặc HOCBA_CRL_URLS.",
        "The certificate asks for evidence that it was not revoked, and no address to ask is named; nothing was "
        "signed. Have the operator set HOCBA_OCSP_URLS or HOCBA_CRL_URLS.",
    )


def _awaiting(reasons: str) -> AwaitedProofError:
    return AwaitedProofError(
        "awaiting-revocation-evidence",
        f"Đang chờ bằng chứng chứng thư chưa bị thu hồi; chưa ký tiếp, chữ ký đã có được giữ lại ({reasons}). Hãy kiểm "
        "tra HOCBA_OCSP_URLS, HOCBA_CRL_URLS và đường truyền rồi cấp lại.",
        "Awaiting evidence that the certificate is not revoked; nothing more is signed, what was signed is kept "
        f"({reasons}). Check HOCBA_OCSP_URLS, HOCBA_CRL_URLS and the connection, then issue again.",
    )
