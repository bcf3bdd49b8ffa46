"""Before the PIN: may this certificate sign for this school, in this role, now? And is the clock right?

What a verifier would refuse later is refused here first, once for the whole batch, while nothing is reserved and no
PIN has been typed: people do plug in the wrong token.
"""

from __future__ import annotations

import base64
import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from keys.certificates import check_may_sign, describe
from keys.keyring import DocumentRole
from keys.revocation_lists import check_not_revoked
from keys.signer import Signer
from schemas.errors import HocbaError, Text
from schemas.record.issuers import Standing
from schemas.record.statement import Role
from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import School, Signatory
from service.errors import AwaitedProofError, ServiceError
from service.evidence.revocation_evidence import signer_path
from verify.certificate_path import CertificatePath
from verify.record_reader import RecordView

CLOCK_TOLERANCE: Final = dt.timedelta(minutes=5)
_WARN_DAYS: Final = (7, 30, 60)
_REGISTERED_AS: Final[Mapping[DocumentRole, Role]] = MappingProxyType(
    {
        DocumentRole.PRINCIPAL: Role.PRINCIPAL,
        DocumentRole.DEPUTY: Role.DEPUTY,
        DocumentRole.SEAL: Role.SEAL,
    }
)
_NAMES: Final[Mapping[DocumentRole, Text]] = MappingProxyType(
    {
        DocumentRole.PRINCIPAL: Text("hiệu trưởng", "principal"),
        DocumentRole.DEPUTY: Text("phó hiệu trưởng ký thay", "deputy who signs for the principal"),
        DocumentRole.SEAL: Text("con dấu của trường", "school's seal"),
    }
)


@dataclass(frozen=True, slots=True)
class SigningRules:
    """What certificates are held against."""

    trust: TrustRoot
    view: RecordView
    crls: Path
    """The folder of the revocation lists."""
    now: dt.datetime
    ask_revocation: Callable[[CertificatePath], object]
    """Asks whether a certificate of a path was revoked (`service.evidence.revocation_evidence`)."""


def roles_of(signatory: Signatory) -> tuple[DocumentRole, DocumentRole]:
    """Return who signs, in order: the principal, or the deputy on the principal's behalf; then the school."""
    person = DocumentRole.PRINCIPAL if signatory.on_behalf is None else DocumentRole.DEPUTY
    return person, DocumentRole.SEAL


def check_signer(
    signer: Signer, role: DocumentRole, school: School, signatory: Signatory, rules: SigningRules
) -> None:
    """Refuse a signer whose documents no verifier would believe, or who is somebody else.

    Raises:
        ServiceError: `signer-wrong-person`, `signer-untrusted`, `signer-unregistered`, `signer-other-school`,
            `signer-other-role`, `signer-retired`, `signer-compromised`, and those of `RevocationEvidence.gather`.
        KeysError: what `check_may_sign` and `check_not_revoked` raise.
    """
    if role is not DocumentRole.SEAL:
        _check_person(signer.certificate, signatory)
    check_may_sign(signer.certificate, now=rules.now)
    anchors = [
        x509.load_der_x509_certificate(base64.b64decode(one))
        for group in rules.trust.anchors
        for one in group.certificates
    ]
    check_not_revoked(signer.certificate, [*signer.chain, *anchors], rules.crls, now=rules.now)
    path = signer_path(signer, rules.trust, rules.now)
    _check_standing(signer.certificate, role, school, rules)
    # The only question to others, and the last: what is refused here asks nobody.
    rules.ask_revocation(path)


def check_clock_against_record(view: RecordView, now: dt.datetime) -> None:
    """Refuse to sign by a clock that is five minutes behind the time in the record's last checkpoint.

    Only a time server shows one that is ahead.

    Raises:
        ServiceError: `clock-off`.
    """
    signed = view.checkpoint.clock_time
    if signed is not None:
        check_clock(min(now - dt.datetime.fromtimestamp(signed, dt.UTC), dt.timedelta(0)))


def check_clock(ahead: dt.timedelta) -> None:
    """Refuse to sign by a clock that is five minutes ahead or, where less than zero, behind.

    Raises:
        ServiceError: `clock-off`.
    """
    if abs(ahead) <= CLOCK_TOLERANCE:
        return
    minutes = round(abs(ahead).total_seconds() / 60)
    vi, en = ("chậm", "slow") if ahead < dt.timedelta(0) else ("nhanh", "fast")
    raise ServiceError(
        "clock-off",
        f"Đồng hồ máy {vi} {minutes} phút nên không ký. Hãy chỉnh lại giờ (bật đồng bộ giờ tự động) rồi cấp lại.",
        f"The clock is {minutes} minutes {en}, so nothing is signed. Set it (turn on time synchronisation), then issue "
        "again.",
    )


def expiry_warning(signer: Signer, role: DocumentRole, now: dt.datetime) -> Text | None:
    """Return a warning from 60, 30 and 7 days before a certificate expires."""
    end = signer.certificate.not_valid_after_utc
    days = (end - now).days
    if days > max(_WARN_DAYS):
        return None
    who = _NAMES[role]
    limit = next(limit for limit in _WARN_DAYS if days <= limit)
    vi, en = {
        7: (
            "Gấp: đổi ngay kẻo không cấp được học bạ",
            "Urgent: replace it now, or no transcript can be issued",
        ),
        30: ("Hãy xin chứng thư mới và đăng ký với Sở", "Get a new one and have it registered"),
        60: ("Hãy chuẩn bị gia hạn", "Prepare to renew it"),
    }[limit]
    return Text(
        f"Chứng thư của {who.vi} còn {days} ngày (hết hạn {end:%d/%m/%Y}). {vi}.",
        f"The certificate of the {who.en} has {days} days left (until {end:%d/%m/%Y}). {en}.",
    )


def said_of(role: DocumentRole, error: HocbaError) -> ServiceError:
    """Return a refusal that says whose certificate it is about; the code stays."""
    who = _NAMES[role]
    # What can only be waited for stays that: signatures that are there are kept for it.
    kind = AwaitedProofError if isinstance(error, AwaitedProofError) else ServiceError
    return kind(
        error.code,
        f"{who.vi[0].upper()}{who.vi[1:]}: {error.text.vi}",
        f"{who.en[0].upper()}{who.en[1:]}: {error.text.en}",
    )


def _check_person(certificate: x509.Certificate, signatory: Signatory) -> None:
    named = describe(certificate).signer
    if _folded(named) != _folded(signatory.name):
        raise ServiceError(
            "signer-wrong-person",
            f"Chứng thư là của {named}, không phải của {signatory.name}. Hãy cắm thiết bị ký của {signatory.name}.",
            f"The certificate is {named}'s, not {signatory.name}'s. Plug in the token of {signatory.name}.",
        )


def _check_standing(
    certificate: x509.Certificate, role: DocumentRole, school: School, rules: SigningRules
) -> None:
    standing = rules.view.ledger.issuers.standing(
        certificate.fingerprint(SHA256()),
        roles={_REGISTERED_AS[role]},
        school=school.code,
        index=rules.view.size,
    )
    match standing:
        case Standing.IN_FORCE:
            return
        case Standing.UNREGISTERED:
            raise ServiceError(
                "signer-unregistered",
                "Chứng thư này chưa đăng ký trong sổ cấp. Hãy gửi Sở đề nghị đăng ký (hocba issuer request).",
                "This certificate is not registered in the record. Send the registrar a request "
                "(hocba issuer request).",
            )
        case Standing.OTHER_SCHOOL:
            raise ServiceError(
                "signer-other-school",
                f"Chứng thư này đăng ký cho trường khác, không phải {school.name}. "
                "Hãy cắm thiết bị ký của trường mình.",
                f"This certificate is registered for another school than {school.name}. "
                "Plug in your own school's token.",
            )
        case Standing.OTHER_ROLE:
            raise ServiceError(
                "signer-other-role",
                f"Chứng thư này không đăng ký với vai trò {_NAMES[role].vi}. Hãy cắm đúng thiết bị ký của vai trò đó.",
                f"This certificate is not registered as {_NAMES[role].en}. Plug in the token of that role.",
            )
        case Standing.RETIRED:
            raise ServiceError(
                "signer-retired",
                "Chứng thư này đã thôi sử dụng theo sổ cấp. Hãy dùng chứng thư đang đăng ký của người ký.",
                "The record says that this certificate was retired. Use the signer's registered one.",
            )
        case Standing.COMPROMISED:
            raise ServiceError(
                "signer-compromised",
                "Khoá của chứng thư này đã được báo lộ nên không ký nữa. Hãy xin chứng thư mới và đăng ký với Sở.",
                "The key of this certificate was reported compromised and signs no more. "
                "Get a new one, and register it.",
            )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
