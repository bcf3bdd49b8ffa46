"""A seal whose certificate names where it would be revoked: with evidence in the file, without, with other evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from schemas.pdf_profile import SignatureField
from schemas.record.statement import Role
from schemas.time_stamp import bare_time_stamp
from schemas.validation_data import NOTHING, ValidationData
from schemas.verdict import CheckId, VerdictCode
from tests.support.certificates import SUBSCRIBER, party
from tests.support.record import NOW
from tests.support.revocation import OFFERS_CRL, OFFERS_OCSP, List, OCSPAnswer, responder
from tests.support.time_stamps import Token, stamper, time_stamps
from tests.support.whole_record import (
    ANCHOR,
    SEAL,
    Document,
    Stamp,
    WholeRecord,
    document,
    proven,
    registered,
    trust_root_text,
)
from tests.vectors.record_cases.case import FAIL, UNKNOWN, Case

_OFFERING = party("vectors: seal with a responder", ANCHOR, extensions=(*SUBSCRIBER, OFFERS_OCSP, OFFERS_CRL))
_AT = dt.datetime.fromtimestamp(NOW, dt.UTC)
_HOUR = dt.timedelta(hours=1)
_GOOD = OCSPAnswer(_OFFERING.certificate, ANCHOR, _AT - _HOUR, _AT + _HOUR, by=responder(ANCHOR))
_LIST = List(ANCHOR, _AT - _HOUR, _AT + 24 * _HOUR)
_SERIAL = _OFFERING.certificate.serial_number
_UNTRUSTED, _UNKNOWN = {CheckId.ISSUER: FAIL}, {CheckId.ISSUER: UNKNOWN}


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _sound()
    yield from _without()
    yield from _revoked()
    yield from _offline()


def _case(
    name: str,
    what: str,
    evidence: ValidationData,
    verdict: VerdictCode = VerdictCode.VALID,
    checks: dict[CheckId, str] | None = None,
    *,
    stamp: Stamp | None = None,
) -> Case:
    made = _document(evidence, stamp)
    text = trust_root_text(time_stamps=time_stamps()) if stamp else None
    return Case(name, what, verdict, _record(made).files(), made.pdf, checks=checks or {}, trust_root=text)


def _document(evidence: ValidationData, stamp: Stamp | None = None) -> Document:
    stamps = {SignatureField.SEAL: stamp} if stamp else {}
    return document("one", seal=_OFFERING, evidence=evidence, stamps=stamps)


def _record(made: Document) -> WholeRecord:
    record = WholeRecord()
    record.add(registered(_OFFERING, Role.SEAL))
    record.issue(made)
    record.publish_list()
    return record


def _answers(*answers: OCSPAnswer) -> ValidationData:
    return ValidationData(ocsps=tuple(one.der() for one in answers))


def _stamp(imprint: bytes, *, after: dt.timedelta) -> bytes:
    return bare_time_stamp(Token(imprint, _AT + after, stamper()).der())


def _sound() -> Iterator[Case]:
    yield _case(
        "evidence-by-ocsp",
        "a responder of the issuer says that the seal's certificate is good",
        _answers(_GOOD),
    )
    yield _case(
        "evidence-by-a-list",
        "the issuer's revocation list does not name the seal's certificate",
        ValidationData(crls=(_LIST.der(),)),
    )
    yield _case(
        "evidence-ended-since",
        "the answer ended between the signature and the verification: it held when it was signed",
        _answers(replace(_GOOD, until=_AT + dt.timedelta(seconds=1))),
    )
    yield _case(
        "evidence-for-the-time-stamp",
        "the answer ended before the entry and after the seal's time stamp, which is when it was signed",
        _answers(replace(_GOOD, until=_AT - dt.timedelta(minutes=5))),
        stamp=partial(_stamp, after=-dt.timedelta(minutes=6)),
    )
    yield _case(
        "evidence-beside-a-strangers",
        "beside the good answer lies one by a stranger that says revoked, which counts for nothing",
        _answers(_GOOD, replace(_GOOD, by=party("a stranger"), revoked_at=_AT - 24 * _HOUR)),
    )


def _without() -> Iterator[Case]:
    other = replace(_GOOD, certificate=SEAL.certificate)
    by_stranger = replace(_GOOD, by=responder(party("a stranger")))
    by_a_signer = replace(_GOOD, by=SEAL)
    faults = (
        (
            "evidence-missing",
            "the seal's certificate names a responder, and the file has no evidence",
            NOTHING,
        ),
        ("evidence-of-another-certificate", "the answer is about another certificate", _answers(other)),
        ("evidence-by-a-stranger", "a stranger's responder signed the answer", _answers(by_stranger)),
        (
            "evidence-by-a-signer",
            "a certificate of the issuer that is not for OCSP signed the answer",
            _answers(by_a_signer),
        ),
        (
            "evidence-ended",
            "the answer had ended when the seal was made",
            _answers(replace(_GOOD, until=_AT - dt.timedelta(seconds=1))),
        ),
        (
            "evidence-list-by-a-stranger",
            "the revocation list bears the issuer's name and a stranger's signature",
            ValidationData(crls=(replace(_LIST, by=party("a stranger")).der(),)),
        ),
        (
            "evidence-list-ended",
            "the revocation list had ended when the seal was made",
            ValidationData(crls=(replace(_LIST, until=_AT - dt.timedelta(seconds=1)).der(),)),
        ),
        ("evidence-malformed", "the answer is none", ValidationData(ocsps=(b"no answer",))),
        (
            "evidence-unknown-to-the-responder",
            "the responder does not know the certificate",
            _answers(replace(_GOOD, status="unknown")),
        ),
    )
    for name, what, evidence in faults:
        yield _case(name, what, evidence, VerdictCode.UNCONFIRMED, _UNKNOWN)


def _revoked() -> Iterator[Case]:
    revoked = replace(_GOOD, revoked_at=_AT - 24 * _HOUR)
    untrusted = VerdictCode.UNTRUSTED_ISSUER
    yield _case(
        "evidence-revoked",
        "the seal's certificate had been revoked",
        _answers(revoked),
        untrusted,
        _UNTRUSTED,
    )
    yield _case(
        "evidence-revoked-by-a-list",
        "the issuer's list names the seal's certificate, revoked the day before",
        ValidationData(crls=(replace(_LIST, revoked={_SERIAL: _AT - 24 * _HOUR}).der(),)),
        untrusted,
        _UNTRUSTED,
    )
    yield _case(
        "evidence-good-and-revoked",
        "one answer says good, a later one that it had been revoked before",
        _answers(_GOOD, revoked),
        untrusted,
        _UNTRUSTED,
    )
    yield _case(
        "evidence-revoked-later",
        "the certificate was revoked five minutes after the entry: it was good when it sealed",
        _answers(
            replace(_GOOD, revoked_at=_AT + dt.timedelta(minutes=5), since=_AT + dt.timedelta(minutes=6))
        ),
    )


def _offline() -> Iterator[Case]:
    nobody = {CheckId.ISSUER: UNKNOWN, CheckId.STATUS: UNKNOWN}
    for name, what, evidence, verdict, checks in (
        (
            "evidence-offline",
            "good evidence, a proof and no record: what needs the record stays unknown",
            _answers(_GOOD),
            VerdictCode.UNCONFIRMED,
            nobody,
        ),
        (
            "evidence-revoked-offline",
            "evidence that the certificate had been revoked, and no record: refused all the same",
            _answers(replace(_GOOD, revoked_at=_AT - 24 * _HOUR)),
            VerdictCode.UNTRUSTED_ISSUER,
            nobody | _UNTRUSTED,
        ),
    ):
        made = _document(evidence)
        # After the five statements of who may sign.
        yield Case(name, what, verdict, None, proven(made, _record(made).prove(5)), checks=checks)
