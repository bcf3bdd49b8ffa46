"""Verifying what is printed: the signed claims of a QR code, or a serial that somebody typed.

A paper is never green: the best that can be said is that the record holds it, and here are the signed marks to compare
(docs/formats/verdict.md).
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

from schemas.claims import Claims, parse_claims
from schemas.cose import Sign1, parse_sign1
from schemas.errors import SchemaError
from schemas.qr import QRAddress, format_qr, parse_qr
from schemas.record.issuers import IssuerRegistry, Standing
from schemas.record.statement import Role
from schemas.record.trust_root import TrustRoot
from schemas.serial import display_serial, parse_typed_serial, sid
from schemas.verdict import CheckId, Sentence, Source, Verdict, VerdictCode
from verify.checks.recorded import RecordedEntry, entry_at
from verify.checks.status import RevokedError, SupersededError, check_status
from verify.decision import decide_paper
from verify.ed25519 import verify_ed25519
from verify.findings import CheckFailedError, CheckUnknownError, FindingError, Findings
from verify.messages import (
    COMPARE,
    KEY_NOT_REGISTERED,
    NO_ENTRY,
    NO_KEY,
    NO_RECORD,
    NO_SUCH_SERIAL,
    NOT_THE_HOLDER,
    OTHER_CLAIMS,
    PASSED_PAPER,
    SERIAL_DIFFERS,
    STALE_RECORD,
    STRANGE_HOST,
)
from verify.names import notes_on_letters
from verify.record_reader import RecordView
from verify.report import (
    document_of_claims,
    form_of,
    notes_on_form,
    notes_on_record,
    record_report,
    unreadable_verdict,
)

_PASSED_SERIAL = {
    check: PASSED_PAPER[check] for check in (CheckId.READABLE, CheckId.RECORDED, CheckId.STATUS)
}


def verify_qr(text: str, *, trust: TrustRoot, view: RecordView | None, now: dt.datetime) -> Verdict:
    """Verify the address that a QR code holds."""
    findings = Findings(PASSED_PAPER)
    # 1. readable: an address of ours whose digits give signed claims.
    read = findings.run(CheckId.READABLE, lambda: read_qr(text))
    if read is None:
        return unreadable_verdict("qr", findings, test=trust.test, now=now)
    address, signed, claims = read
    entry = _entry(address.serial, view)
    # 2. signatures and 3. issuer: by a credential key in force for the school that the claims name.
    findings.run(
        CheckId.SIGNATURES,
        lambda: check_signature(address, signed, claims, view.ledger.issuers if view else None),
    )
    findings.run(CheckId.ISSUER, lambda: _check_key(signed, claims, entry, view, now))
    # 4. recorded, 5. content: the very claims that were issued. 6. status.
    findings.run(CheckId.RECORDED, lambda: _check_recorded(entry, view, now))
    findings.run(CheckId.CONTENT, lambda: _check_claims(signed, claims, entry))
    revoked, superseded = _check_status(entry, view, now, findings)
    code = decide_paper(findings.statuses(), revoked=revoked, superseded=superseded)
    shown = code not in {VerdictCode.ALTERED, VerdictCode.UNTRUSTED_ISSUER}
    school_name = view.ledger.issuers.school_name(claims.school_code) if view else None
    form = form_of(entry, claims.profile) if shown else None
    notes = [
        *notes_on_form(form),
        *(notes_on_letters([claims.full_name]) if shown else []),
        *([COMPARE] if shown else []),
        NOT_THE_HOLDER,
        *([STRANGE_HOST] if address.host not in trust.hosts else []),
    ]
    return Verdict(
        verdict=code,
        headline=Sentence.of(code.headline_of(form)),
        subject="qr",
        source=Source(sha256=sha256(text.encode()).hexdigest(), bytes=len(text.encode())),
        form=form,
        test=trust.test,
        checks=findings.checks(),
        notes=tuple(Sentence.of(note) for note in (*notes_on_record(view, now), *notes)),
        document=document_of_claims(claims, school_name) if shown else None,
        signatures=(),
        record=record_report(entry, view, display_serial(address.serial), now) if entry and shown else None,
        checked_at=now,
    )


def check_own_qr(address: QRAddress, *, view: RecordView | None, now: dt.datetime) -> None:
    """Check the QR code of a document about to be recorded: it would be the record's next.

    Raises:
        CheckFailedError: its key may not speak for this school, or has not signed it.
        CheckUnknownError: there is no record to ask.
    """
    _, signed, claims = read_qr(format_qr(address))
    _check_key(signed, claims, None, view, now)
    check_signature(address, signed, claims, view.ledger.issuers if view else None)


def verify_serial(text: str, *, trust: TrustRoot, view: RecordView | None, now: dt.datetime) -> Verdict:
    """Look a serial up. It opens status, school and dates, nothing else."""
    findings = Findings(_PASSED_SERIAL)
    serial = findings.run(CheckId.READABLE, lambda: _parse_serial(text))
    if serial is None:
        return unreadable_verdict("serial", findings, test=trust.test, now=now)
    entry = _entry(serial, view)
    findings.run(CheckId.RECORDED, lambda: _check_recorded(entry, view, now))
    revoked, superseded = _check_status(entry, view, now, findings)
    code = decide_paper(findings.statuses(), revoked=revoked, superseded=superseded)
    form = form_of(entry)
    return Verdict(
        verdict=code,
        headline=Sentence.of(code.headline_of(form)),
        subject="serial",
        source=None,
        form=form,
        test=trust.test,
        checks=findings.checks(),
        notes=tuple(Sentence.of(note) for note in (*notes_on_record(view, now), *notes_on_form(form))),
        document=None,
        signatures=(),
        record=record_report(entry, view, display_serial(serial), now) if entry else None,
        checked_at=now,
    )


def read_qr(text: str) -> tuple[QRAddress, Sign1, Claims]:
    """Read an address and the signed claims in it; nothing is checked but their form.

    Raises:
        CheckFailedError: it is not one of ours.
    """
    try:
        address = parse_qr(text)
        signed = parse_sign1(address.payload, "qr")
        return address, signed, parse_claims(signed.payload)
    except SchemaError as error:
        raise CheckFailedError(error.text) from error


def _parse_serial(text: str) -> str:
    try:
        return parse_typed_serial(text)
    except SchemaError as error:
        raise CheckFailedError(error.text) from error


def _entry(serial: str, view: RecordView | None) -> RecordedEntry | None:
    return None if view is None else entry_at(view.ledger.index_of_sid(sid(serial)), view)


def check_signature(
    address: QRAddress, signed: Sign1, claims: Claims, issuers: IssuerRegistry | None
) -> None:
    """Check that the claims were signed by the key that they name, and are of the serial in the address.

    Raises:
        CheckFailedError: they were not, or are not.
        CheckUnknownError: nobody at hand knows the key.
    """
    if claims.serial != address.serial:
        raise CheckFailedError(SERIAL_DIFFERS)
    key = issuers.public_key(signed.key_id) if issuers else None
    if key is None:
        raise CheckUnknownError(NO_KEY)
    try:
        signed.check(key, verify_ed25519, "qr")
    except SchemaError as error:
        raise CheckFailedError(error.text) from error


def _check_key(
    signed: Sign1, claims: Claims, entry: RecordedEntry | None, view: RecordView | None, now: dt.datetime
) -> None:
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    key = view.ledger.issuers.public_key(signed.key_id)
    if key is None and not view.is_fresh(now):
        raise CheckUnknownError(STALE_RECORD)
    index = entry.index if entry else view.size
    standing = (
        Standing.UNREGISTERED
        if key is None
        else view.ledger.issuers.standing(
            key, roles={Role.CREDENTIAL}, school=claims.school_code, index=index
        )
    )
    if standing is not Standing.IN_FORCE:
        raise CheckFailedError(KEY_NOT_REGISTERED)


def _check_recorded(entry: RecordedEntry | None, view: RecordView | None, now: dt.datetime) -> None:
    if view is None:
        raise CheckUnknownError(NO_RECORD)
    if entry is None and not view.is_fresh(now):
        raise CheckUnknownError(STALE_RECORD)
    if entry is None:
        raise CheckFailedError(NO_SUCH_SERIAL)


def _check_claims(signed: Sign1, claims: Claims, entry: RecordedEntry | None) -> None:
    if entry is None:
        raise CheckUnknownError(NO_ENTRY)
    issued = entry.issued
    said = sha256(signed.payload).digest(), claims.school_code, claims.profile
    if said != (issued.claims, issued.school, issued.profile):
        raise CheckFailedError(OTHER_CLAIMS)


def _check_status(
    entry: RecordedEntry | None, view: RecordView | None, now: dt.datetime, findings: Findings
) -> tuple[bool, bool]:
    try:
        check_status(entry, view, now)
    except FindingError as finding:
        findings.add(CheckId.STATUS, finding)
        return isinstance(finding, RevokedError), isinstance(finding, SupersededError)
    findings.run(CheckId.STATUS, lambda: None)
    return False, False
