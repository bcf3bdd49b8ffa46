"""`issuer`: each certificate leads to an anchor and was in force for this school and role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import HocbaError, Text
from schemas.pdf_profile import SignatureField
from schemas.record.checkpoint import Checkpoint
from schemas.record.issuers import Standing
from schemas.record.statement import Role
from schemas.record.trust_root import TimeStamps, TrustRoot
from schemas.validation_data import ValidationData
from verify.certificate_path import CertificatePath, algorithm_end, find_path
from verify.checks.signatures import TOLERANCE, SigningTimes
from verify.checks.structure import FoundSignature
from verify.findings import CheckFailedError, CheckUnknownError
from verify.messages import NO_RECORD
from verify.record_reader import RecordView
from verify.revocation import check_revocation
from verify.time_stamp import TimeStamp
from verify.token_chain import Sought, TokenReader

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


@dataclass(frozen=True, slots=True)
class Issuers:
    """What is known of the certificates of signatures that pass."""

    proof: TimeStamp | None = None
    """By which the signatures are older than the end of their certificates, where these have ended."""
    evidenced: tuple[bool, ...] = ()
    """Of which signatures evidence shows that no certificate was revoked, in the order of signing."""


NOTHING_KNOWN: Final = Issuers()


def check_issuer(  # noqa: PLR0913 - all that certificates are held against
    signatures: Sequence[FoundSignature],
    *,
    school: str | None,
    index: int | None,
    times: SigningTimes,
    trust: TrustRoot,
    view: RecordView | None,
    tokens: TokenReader | None = None,
    validation: ValidationData,
    now: dt.datetime,
) -> Issuers:
    """Check the certificates of all signatures.

    Args:
        signatures: in the order of signing.
        school: the school that the document says it is from; None where nothing says it.
        index: the document's own entry; None where it has none, and the record's head counts.
        times: when the signatures were made; with an entry, the claimed time is that of the entry.
        trust: the anchors and algorithms.
        view: the record with the registrars' statements, or None offline.
        tokens: the time stamps over the record.
        validation: the revocation evidence in the file.
        now: the clock.

    Raises:
        CheckFailedError: a certificate may not speak for this school.
        CheckUnknownError: it cannot be known whether it may.
    """
    paths = [
        find_path(
            one.cms.certificates, one.cms.algorithm, trust, time or dt.datetime.max.replace(tzinfo=dt.UTC)
        )
        for one, time in zip(signatures, times.each, strict=False)
    ]
    if not all(time is None or path.is_valid_at(time) for path, time in zip(paths, times.each, strict=False)):
        raise CheckFailedError(
            Text(
                "Chứng thư đã hết hạn hoặc chưa có hiệu lực vào lúc ký.",
                "A certificate was expired, or not yet valid, when it was used to sign.",
            )
        )
    recorded_at = times.claimed if index is not None else None
    if recorded_at is not None and any(one and one.time > recorded_at + TOLERANCE for one in times.stamps):
        raise CheckFailedError(
            Text(
                "Theo dấu thời gian, học bạ được ký sau khi ghi sổ.",
                "By its time stamp, the transcript was signed after it was recorded.",
            )
        )
    revocation = _check_revocation(paths, times, validation, now)
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    if school is None or times.claimed is None:
        raise CheckUnknownError(
            Text(
                "Chưa biết học bạ của trường nào, ký lúc nào.",
                "It is not known which school signed this, and when.",
            )
        )
    for one, path in zip(signatures, paths, strict=True):
        _check_standing(one, path, school, view.size if index is None else index, view)
    if isinstance(revocation, CheckUnknownError):
        raise revocation
    evidenced = tuple(bool(path.revocable) for path in paths)
    ends = [path.until for path in paths] + [one.until for one in times.stamps if one] + revocation
    ends += [end for one in signatures if (end := algorithm_end(one.cms.algorithm, trust)) is not None]
    if trust.time_stamps is None or now <= min(ends):
        return Issuers(None, evidenced)
    before = max(min(ends), trust.time_stamps.required_from_time)
    return Issuers(_proof(index, before, view, tokens, trust.time_stamps, now), evidenced)


def _check_revocation(
    paths: Sequence[CertificatePath], times: SigningTimes, validation: ValidationData, now: dt.datetime
) -> list[dt.datetime] | CheckUnknownError:
    """Return the ends of the evidence, or why there is not enough of it: only a revocation fails at once."""
    ends: list[dt.datetime] = []
    unknown: CheckUnknownError | None = None
    for path, time in zip(paths, times.each, strict=False):
        try:
            end = check_revocation(path.revocable, validation, at=time or now, now=now)
        except CheckUnknownError as finding:
            unknown = unknown or finding
        else:
            ends += [end] if end else []
    return unknown or ends


def _proof(
    index: int | None,
    before: dt.datetime,
    view: RecordView,
    tokens: TokenReader | None,
    trust: TimeStamps,
    now: dt.datetime,
) -> TimeStamp:
    """Return the time stamp that shows the entry to be older than `before`: past it anybody may have the keys."""

    def is_ours(checkpoint: Checkpoint) -> bool:
        return (
            checkpoint.origin == view.log.origin
            and checkpoint.size <= view.size
            and view.has_root(checkpoint.size, checkpoint.root)
        )

    try:
        proof = None
        if tokens is not None and index is not None:
            proof = tokens.proof(Sought(index, before, is_ours), trust, now)
    except (HocbaError, OSError):
        proof = None
    if proof is None:
        raise CheckUnknownError(
            Text(
                "Chứng thư của người ký đã hết hạn, và chưa có dấu thời gian nào còn giá trị cho thấy học bạ đã được "
                "ghi sổ trước đó.",
                "A signer's certificate has ended, and no time stamp that still holds shows the transcript to have "
                "been recorded before.",
            )
        )
    return proof


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
