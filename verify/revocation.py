"""What OCSP answers (RFC 6960) and revocation lists (RFC 5280) say of a certificate, and until when they say it.

Pure: nothing is fetched, and no address is read. A piece counts by its signature, wherever it came from: that of the
certificate's issuer, or of a responder to whom this very issuer gave the task.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from schemas.errors import Text
from schemas.validation_data import ValidationData
from verify.findings import CheckFailedError, CheckUnknownError

WITHOUT_AN_END: Final = dt.timedelta(hours=24)
"""How long a piece counts that does not say when the next one comes."""
_MOST_RESPONDERS = 4
_HASHES = (SHA256, SHA384, SHA512)
_ERRORS = (InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate that names where it would be revoked, and the certificate of its issuer."""

    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def offers_ocsp(self) -> bool:
        """Whether it names an OCSP responder."""
        return _offers_ocsp(self.certificate)


@dataclass(frozen=True, slots=True)
class RevocationStatement:
    """What one piece says of one certificate, its signature checked."""

    since: dt.datetime
    """As of when it says it."""
    until: dt.datetime
    """When it counts no more."""
    revoked_at: dt.datetime | None
    signer_until: dt.datetime
    """The end of the certificate that signed it."""
    nonce: bytes | None = None

    def is_of(self, time: dt.datetime) -> bool:
        """Whether it tells what held at a time: made later, or not at its end yet."""
        return time <= self.until


class OtherCertificateError(CheckFailedError):
    """A piece is about other certificates; in a file there is one for each."""


def offers_revocation(certificate: x509.Certificate) -> bool:
    """Whether a certificate names a revocation list or an OCSP responder."""
    return _offers_ocsp(certificate) or any(
        isinstance(one.value, x509.CRLDistributionPoints) for one in certificate.extensions
    )


def check_revocation(
    issued: Sequence[IssuedCertificate], data: ValidationData, *, at: dt.datetime, now: dt.datetime
) -> dt.datetime | None:
    """Check that none of these certificates was revoked at a time.

    Args:
        issued: the certificates that offer it.
        data: the evidence.
        at: when they were used.
        now: the clock; a piece from its future counts for nothing.

    Returns:
        The earliest end of the certificates that signed the evidence; None where no evidence is needed.

    Raises:
        CheckFailedError: one was revoked.
        CheckUnknownError: of one it is not known; the sentence says why.
    """
    found = [_statements(one, data, now) for one in issued]
    for statements, _ in found:
        if any(one.revoked_at is not None and one.revoked_at <= at for one in statements):
            raise CheckFailedError(_REVOKED)
    ends = []
    for statements, refusals in found:
        of_time = [one.signer_until for one in statements if one.is_of(at)]
        if not of_time:
            raise CheckUnknownError(_STALE if statements else next(iter(refusals), _MISSING))
        ends.append(max(of_time))
    return min(ends, default=None)


def _statements(
    issued: IssuedCertificate, data: ValidationData, now: dt.datetime
) -> tuple[list[RevocationStatement], list[Text]]:
    """Return what holds together, and why the rest does not; wrong signatures first, others' evidence last."""
    statements: list[RevocationStatement] = []
    refused: list[Text] = []
    of_others: list[Text] = []
    for read, pieces in ((read_ocsp, data.ocsps), (read_crl, data.crls)):
        for piece in pieces:
            try:
                statement = read(piece, issued)
            except OtherCertificateError as finding:
                of_others.append(finding.text)
            except CheckFailedError as finding:
                refused.append(finding.text)
            else:
                # What is not made yet by our clock may be said later of anything.
                if statement.since <= now + dt.timedelta(minutes=10):
                    statements.append(statement)
    return statements, refused + of_others


@lru_cache(maxsize=64)
def read_ocsp(data: bytes, issued: IssuedCertificate) -> RevocationStatement:
    """Return what an OCSP answer says of a certificate.

    Raises:
        OtherCertificateError: it says nothing of this one.
        CheckFailedError: it is malformed, a refusal, or not signed by the issuer or a responder of the issuer.
    """
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise CheckFailedError(_REFUSED)
        single = _single(response, issued)
        signer = _ocsp_signer(response, issued.issuer)
        nonces = [one.value.nonce for one in response.extensions if isinstance(one.value, x509.OCSPNonce)]
    except _ERRORS as error:
        raise CheckFailedError(_MALFORMED) from error
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise OtherCertificateError(_OTHER)
    return RevocationStatement(
        since=single.this_update_utc,
        until=single.next_update_utc or single.this_update_utc + WITHOUT_AN_END,
        revoked_at=single.revocation_time_utc,
        signer_until=signer.not_valid_after_utc,
        nonce=nonces[0] if nonces else None,
    )


def _single(response: ocsp.OCSPResponse, issued: IssuedCertificate) -> ocsp.OCSPSingleResponse:
    for one in response.responses:
        asked = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(issued.certificate, issued.issuer, one.hash_algorithm)
            .build()
        )
        if (one.serial_number, one.issuer_name_hash, one.issuer_key_hash) == (
            asked.serial_number,
            asked.issuer_name_hash,
            asked.issuer_key_hash,
        ):
            # A list that says goodbye to expired certificates says nothing of them any more.
            if one.this_update_utc <= issued.certificate.not_valid_after_utc:
                return one
            break
    raise OtherCertificateError(_OTHER)


def _ocsp_signer(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """Return who signed an answer: the issuer, or a responder whose certificate the issuer signed for just this."""
    for signer in (issuer, *response.certificates[:_MOST_RESPONDERS]):
        if signer is not issuer and not _is_delegate(signer, issuer, response.produced_at_utc):
            continue
        try:
            _verify(
                signer, response.signature, response.tbs_response_bytes, response.signature_hash_algorithm
            )
        except InvalidSignature:
            continue
        return signer
    raise CheckFailedError(_WRONG_SIGNER)


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*_ERRORS, x509.ExtensionNotFound):
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in purposes
        and certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    )


def _verify(signer: x509.Certificate, signature: bytes, signed: bytes, digest: HashAlgorithm | None) -> None:
    """Check a signature.

    Raises:
        InvalidSignature: it is by another key, or of a kind that is not accepted.
    """
    key = signer.public_key()
    if not isinstance(digest, _HASHES):
        raise InvalidSignature
    match key:
        case rsa.RSAPublicKey(key_size=bits) if bits >= 2048:
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        case ec.EllipticCurvePublicKey(key_size=bits) if bits >= 256:
            key.verify(signature, signed, ec.ECDSA(digest))
        case _:
            raise InvalidSignature


@lru_cache(maxsize=64)
def read_crl(data: bytes, issued: IssuedCertificate) -> RevocationStatement:
    """Return what a revocation list says of a certificate.

    Raises:
        OtherCertificateError: it is of another issuer, or of other certificates.
        CheckFailedError: it is malformed, of a kind that is not read, or not signed by the issuer.
    """
    try:
        crl = x509.load_der_x509_crl(data)
        if crl.issuer != issued.certificate.issuer or not _is_list_for(crl, issued.certificate):
            raise OtherCertificateError(_OTHER)
        _check_list_signature(crl, issued.issuer)
        entry = crl.get_revoked_certificate_by_serial_number(issued.certificate.serial_number)
    except (*_ERRORS, x509.ExtensionNotFound) as error:
        raise CheckFailedError(_MALFORMED) from error
    if crl.last_update_utc > issued.certificate.not_valid_after_utc:
        raise OtherCertificateError(_OTHER)
    return RevocationStatement(
        since=crl.last_update_utc,
        until=crl.next_update_utc or crl.last_update_utc + WITHOUT_AN_END,
        revoked_at=entry.revocation_date_utc if entry else None,
        signer_until=issued.issuer.not_valid_after_utc,
    )


def _check_list_signature(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    key = issuer.public_key()
    signed = isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and crl.is_signature_valid(key)
    if not (usage.crl_sign and signed and isinstance(crl.signature_hash_algorithm, _HASHES)):
        raise CheckFailedError(_WRONG_SIGNER)


def _is_list_for(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether a list would name this certificate: the issuer's own, whole, for all reasons (RFC 5280 §6.3.3 b)."""
    points = [one.value for one in crl.extensions if isinstance(one.value, x509.IssuingDistributionPoint)]
    others = [one for one in crl.extensions if not isinstance(one.value, x509.IssuingDistributionPoint)]
    if any(one.critical or isinstance(one.value, x509.DeltaCRLIndicator) for one in others):
        return False
    if not points:
        return True
    (point,) = points
    constraints = (
        one.value for one in certificate.extensions if isinstance(one.value, x509.BasicConstraints)
    )
    is_authority = any(one.ca for one in constraints)
    excluded = point.only_contains_user_certs if is_authority else point.only_contains_ca_certs
    is_partial = point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs
    return not (excluded or is_partial or point.relative_name) and (
        point.full_name is None or not _names(certificate).isdisjoint(point.full_name)
    )


def _names(certificate: x509.Certificate) -> set[x509.GeneralName]:
    """Return where a certificate says that its list is; the names are compared, never asked."""
    points: Iterable[x509.DistributionPoint] = (
        point
        for one in certificate.extensions
        if isinstance(one.value, x509.CRLDistributionPoints)
        for point in one.value
    )
    return {name for point in points for name in point.full_name or ()}


def _offers_ocsp(certificate: x509.Certificate) -> bool:
    return any(
        description.access_method == AuthorityInformationAccessOID.OCSP
        for one in certificate.extensions
        if isinstance(one.value, x509.AuthorityInformationAccess)
        for description in one.value
    )


_REVOKED: Final = Text(
    "Chứng thư đã bị nơi cấp thu hồi trước khi dùng để ký.",
    "Its issuer had revoked a certificate before it was used to sign.",
)
_MISSING: Final = Text(
    "Chưa kiểm được chứng thư có bị thu hồi hay không: tệp không kèm bằng chứng (OCSP, CRL).",
    "It could not be checked whether a certificate was revoked: the file carries no evidence (OCSP, CRL).",
)
_STALE: Final = Text(
    "Chưa kiểm được chứng thư có bị thu hồi hay không: bằng chứng kèm theo đã quá hạn trước lúc ký.",
    "It could not be checked whether a certificate was revoked: the evidence had ended before it was used to sign.",
)
_OTHER: Final = Text(
    "Chưa kiểm được chứng thư có bị thu hồi hay không: bằng chứng kèm theo là của chứng thư khác.",
    "It could not be checked whether a certificate was revoked: the evidence is about another one.",
)
_WRONG_SIGNER: Final = Text(
    "Chưa kiểm được chứng thư có bị thu hồi hay không: bằng chứng kèm theo không do nơi cấp chứng thư ký.",
    "It could not be checked whether a certificate was revoked: its issuer did not sign the evidence.",
)
_MALFORMED: Final = Text(
    "Chưa kiểm được chứng thư có bị thu hồi hay không: bằng chứng kèm theo sai dạng.",
    "It could not be checked whether a certificate was revoked: the evidence is malformed.",
)
_REFUSED: Final = Text(
    "Máy trả lời OCSP từ chối trả lời.",
    "The OCSP responder refused to answer.",
)
