"""Verifying a QR code by an offline pack: the checks, the rules and the words of `verify.paper`, without the record.

A pack never says more than the record would; where it cannot know, the answer is `unconfirmed`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from hashlib import sha256

from schemas.claims import Claims
from schemas.cose import Sign1
from schemas.record.issuers import Standing
from schemas.record.offline_pack import FoundDocument
from schemas.record.statement import Role
from schemas.record.status_list import Status
from schemas.record.trust_root import TrustRoot
from schemas.serial import sid
from schemas.verdict import CheckId, Sentence, Source, Verdict, VerdictCode
from verify.checks.status import CORRECTED, REVOKED, RevokedError, SupersededError
from verify.decision import decide_paper
from verify.findings import CheckFailedError, CheckUnknownError, FindingError, Findings
from verify.messages import (
    AFTER_PACK,
    BY_PACK,
    COMPARE,
    KEY_NOT_REGISTERED,
    NO_ENTRY,
    NO_PACK,
    NO_SUCH_SERIAL,
    NOT_THE_HOLDER,
    OTHER_CLAIMS,
    PASSED_PAPER,
    STALE_PACK,
    STRANGE_HOST,
    record_age,
)
from verify.names import notes_on_letters
from verify.offline_pack import PackView
from verify.paper import check_signature, read_qr
from verify.record_reader import CLOCK_TOLERANCE
from verify.report import document_of_claims, form_of, notes_on_form, unreadable_verdict


def verify_qr_offline(
    text: str, *, trust: TrustRoot, packs: Mapping[str, PackView], now: dt.datetime
) -> Verdict:
    """Verify the address that a QR code holds by the packs at hand, by school code."""
    findings = Findings(PASSED_PAPER)
    read = findings.run(CheckId.READABLE, lambda: read_qr(text))
    if read is None:
        return unreadable_verdict("qr", findings, test=trust.test, now=now)
    address, signed, claims = read
    pack = packs.get(claims.school_code)
    found = pack.pack.find(claims=sha256(signed.payload).digest(), sid=sid(address.serial)) if pack else None
    findings.run(
        CheckId.SIGNATURES,
        lambda: check_signature(address, signed, claims, pack.issuers if pack else None),
    )
    findings.run(CheckId.ISSUER, lambda: _check_key(signed, claims, found, pack, now))
    findings.run(CheckId.RECORDED, lambda: _check_recorded(claims, found, pack, now))
    findings.run(CheckId.CONTENT, lambda: _check_content(found))
    ended = _check_status(found, pack, now, findings)
    code = decide_paper(
        findings.statuses(), revoked=ended is Status.REVOKED, superseded=ended is Status.SUPERSEDED
    )
    shown = code not in {VerdictCode.ALTERED, VerdictCode.UNTRUSTED_ISSUER}
    form = form_of(None, claims.profile) if shown else None
    notes = (
        *([record_age(pack.time, now), BY_PACK] if pack else []),
        *notes_on_form(form),
        *(notes_on_letters([claims.full_name]) if shown else []),
        *([COMPARE] if shown else []),
        NOT_THE_HOLDER,
        *([STRANGE_HOST] if address.host not in trust.hosts else []),
    )
    return Verdict(
        verdict=code,
        headline=Sentence.of(code.headline_of(form)),
        subject="qr",
        source=Source(sha256=sha256(text.encode()).hexdigest(), bytes=len(text.encode())),
        form=form,
        test=trust.test,
        checks=findings.checks(),
        notes=tuple(Sentence.of(note) for note in notes),
        document=document_of_claims(claims, pack.pack.school_name if pack else None) if shown else None,
        signatures=(),
        record=None,
        checked_at=now,
    )


def _check_key(
    signed: Sign1, claims: Claims, found: FoundDocument | None, pack: PackView | None, now: dt.datetime
) -> None:
    if pack is None:
        raise CheckUnknownError(NO_PACK)
    key = pack.issuers.public_key(signed.key_id)
    if key is None:
        _check_not_later(claims, pack, now)
        raise CheckFailedError(KEY_NOT_REGISTERED)
    index = found.index if found else pack.size
    standing = pack.issuers.standing(key, roles={Role.CREDENTIAL}, school=claims.school_code, index=index)
    if standing is not Standing.IN_FORCE:
        raise CheckFailedError(KEY_NOT_REGISTERED)


def _check_recorded(
    claims: Claims, found: FoundDocument | None, pack: PackView | None, now: dt.datetime
) -> None:
    if pack is None:
        raise CheckUnknownError(NO_PACK)
    if found is None:
        _check_not_later(claims, pack, now)
        raise CheckFailedError(NO_SUCH_SERIAL)


def _check_not_later(claims: Claims, pack: PackView, now: dt.datetime) -> None:
    """Refuse to conclude anything from what a pack does not hold and could not hold."""
    if not pack.is_fresh(now):
        raise CheckUnknownError(STALE_PACK)
    if pack.time < claims.issued_at <= now.timestamp() + CLOCK_TOLERANCE:
        raise CheckUnknownError(AFTER_PACK)


def _check_content(found: FoundDocument | None) -> None:
    if found is None:
        raise CheckUnknownError(NO_ENTRY)
    if not found.claims_match:
        raise CheckFailedError(OTHER_CLAIMS)


def _check_status(
    found: FoundDocument | None, pack: PackView | None, now: dt.datetime, findings: Findings
) -> Status | None:
    """Return how the document ended, where it did."""
    ended = pack.pack.ended.get(found.index) if pack and found else None
    try:
        if ended is not None:
            raise RevokedError(REVOKED) if ended is Status.REVOKED else SupersededError(CORRECTED)
        if pack is None:
            raise CheckUnknownError(NO_PACK)
        if found is None:
            raise CheckUnknownError(NO_ENTRY)
        if not pack.is_fresh(now):
            raise CheckUnknownError(STALE_PACK)
    except FindingError as finding:
        findings.add(CheckId.STATUS, finding)
        return ended
    findings.run(CheckId.STATUS, lambda: None)
    return None
