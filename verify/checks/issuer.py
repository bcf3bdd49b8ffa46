"""`issuer`: each certificate leads to an anchor and was in force for this school and role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from schemas.errors import Text
from schemas.pdf_profile import SignatureField
from schemas.record.issuers import Standing
from schemas.record.statement import Role
from schemas.record.trust_root import TrustRoot
from verify.certificate_path import CertificatePath, find_path
from verify.checks.structure import FoundSignature
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import NO_RECORD
from verify.record_reader import RecordView

_ROLES = {
    SignatureField.HOMEROOM: {Role.HOMEROOM},
    SignatureField.PRINCIPAL: {Role.PRINCIPAL, Role.DEPUTY},
    SignatureField.SEAL: {Role.SEAL},
}
_STANDINGS = {
    Standing.UNREGISTERED: Text(
        "Chứng thư của người ký chưa được đăng ký trong sổ cấp.",
        "A signer's certificate is not registered in the record.",
    ),
    Standing.OTHER_SCHOOL: Text(
        "Chứng thư của người ký được đăng ký cho trường khác.",
        "A signer's certificate is registered for another school.",
    ),
    Standing.OTHER_ROLE: Text(
        "Chứng thư của người ký được đăng ký cho vai trò khác.",
        "A signer's certificate is registered for another role.",
    ),
    Standing.RETIRED: Text(
        "Chứng thư của người ký đã thôi sử dụng trước khi ghi sổ.",
        "A signer's certificate was retired before the entry.",
    ),
    Standing.COMPROMISED: Text(
        "Khoá ký đã được báo lộ; học bạ ghi sổ từ lúc đó không còn được tin.",
        "The signing key was reported compromised; transcripts recorded since then are not trusted.",
    ),
}


def check_issuer(
    signatures: Sequence[FoundSignature],
    *,
    school: str | None,
    index: int | None,
    signed_at: dt.datetime | None,
    trust: TrustRoot,
    view: RecordView | None,
) -> None:
    """Check the certificates of all signatures.

    Args:
        signatures: in the order of signing.
        school: the school that the document says it is from; None where nothing says it.
        index: the document's own entry; None where it has none, and the record's head counts.
        signed_at: when the document was signed; None where nothing says it.
        trust: the anchors and algorithms.
        view: the record with the registrars' statements, or None offline.

    Raises:
        CheckFailedError: a certificate may not speak for this school.
        CheckUnknownError: it cannot be known whether it may.
    """
    paths = [
        find_path(
            one.cms.certificates,
            one.cms.algorithm,
            trust,
            signed_at or dt.datetime.max.replace(tzinfo=dt.UTC),
        )
        for one in signatures
    ]
    if signed_at is not None and not all(path.is_valid_at(signed_at) for path in paths):
        raise CheckFailedError(
            Text(
                "Chứng thư đã hết hạn hoặc chưa có hiệu lực vào lúc ký.",
                "A certificate was expired, or not yet valid, when it was used to sign.",
            )
        )
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    if school is None or signed_at is None:
        raise CheckUnknownError(
            Text(
                "Chưa biết học bạ của trường nào, ký lúc nào.",
                "It is not known which school signed this, and when.",
            )
        )
    for one, path in zip(signatures, paths, strict=True):
        _check_standing(one, path, school, view.size if index is None else index, view)


def _check_standing(
    signature: FoundSignature, path: CertificatePath, school: str, index: int, view: RecordView
) -> None:
    standing = view.ledger.issuers.standing(
        path.thumbprint, roles=_ROLES[signature.field], school=school, index=index
    )
    if standing is Standing.UNREGISTERED and index > view.size:
        raise CheckUnknownError(NO_RECORD)
    if standing is not Standing.IN_FORCE:
        raise CheckFailedError(_STANDINGS[standing])
    if path.offers_revocation:
        raise CheckUnknownError(
            Text(
                "Chưa kiểm được chứng thư có bị thu hồi hay không.",
                "It could not be checked whether the certificate was revoked.",
            )
        )
