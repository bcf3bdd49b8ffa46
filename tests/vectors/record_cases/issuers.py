"""Records in which a signer may not speak for the school of the document."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.record.statement import KeyState, Role
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import OTHER_SCHOOL
from tests.support.whole_record import (
    CREDENTIAL,
    PRINCIPAL,
    SEAL,
    STATUS,
    Document,
    WholeRecord,
    compromised,
    document,
    registered,
)
from tests.vectors.record_cases.case import Case

ONE = document("one")
_PRINCIPAL = registered(PRINCIPAL, Role.PRINCIPAL)
_SEAL = registered(SEAL, Role.SEAL)
_CREDENTIAL = registered(CREDENTIAL, Role.CREDENTIAL, school="HN-")
_STATUS = registered(STATUS, Role.STATUS, school="HN-")


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _seal_cases()
    yield from _key_states()
    yield from _credential_cases()


def _seal_cases() -> Iterator[Case]:
    broken = bytearray(_SEAL)
    broken[-1] ^= 1
    for name, what, seal in (
        ("seal-statement-unsigned", "the registrar's signature over the statement fails", bytes(broken)),
        (
            "seal-registered-by-another-province",
            "the statement is signed by the registrar of another province",
            registered(SEAL, Role.SEAL, by="registrar of another province"),
        ),
        (
            "seal-registered-by-nobody",
            "the statement is signed by a key that is no registrar's",
            registered(SEAL, Role.SEAL, by="a stranger"),
        ),
        (
            "seal-of-another-school",
            "the seal is registered for another school",
            registered(SEAL, Role.SEAL, school=OTHER_SCHOOL),
        ),
        ("seal-of-another-role", "the seal's certificate is registered for a homeroom teacher",
         registered(SEAL, Role.HOMEROOM)),
    ):  # fmt: skip
        yield _untrusted(name, what, _issued(_PRINCIPAL, seal, _CREDENTIAL, _STATUS))
    late = WholeRecord(entries=[_PRINCIPAL, _CREDENTIAL, _STATUS])
    late.issue(ONE)
    late.add(_SEAL)
    late.publish_list()
    yield _untrusted("seal-registered-later", "the seal was registered after the entry", late)


def _key_states() -> Iterator[Case]:
    retired = registered(SEAL, Role.SEAL, state=KeyState.RETIRED, number=2)
    yield _untrusted(
        "seal-retired-before", "the seal was retired before the entry",
        _issued(_PRINCIPAL, _SEAL, _CREDENTIAL, _STATUS, retired),
    )  # fmt: skip
    past = WholeRecord()
    index = past.issue(ONE)
    past.add(compromised(SEAL, Role.SEAL, from_index=index))
    past.publish_list()
    yield _untrusted(
        "seal-compromised-from-an-earlier-index",
        "a later statement declares the seal compromised from the document's own index on",
        past,
    )
    yield _untrusted(
        "principal-compromised-before",
        "the principal's key was declared compromised before the entry",
        _issued(
            _PRINCIPAL, _SEAL, _CREDENTIAL, _STATUS, compromised(PRINCIPAL, Role.PRINCIPAL, from_index=0)
        ),
    )
    again = registered(SEAL, Role.SEAL, number=3)
    yield _untrusted(
        "seal-active-again-after-a-compromise",
        "a statement after `compromised` counts for nothing: it is final",
        _issued(_PRINCIPAL, _SEAL, _CREDENTIAL, _STATUS, compromised(SEAL, Role.SEAL, from_index=0), again),
    )
    yield _untrusted(
        "seal-active-again-by-an-old-number",
        "a statement numbered not above an earlier one counts for nothing",
        _issued(_PRINCIPAL, _SEAL, _CREDENTIAL, _STATUS, retired, registered(SEAL, Role.SEAL, number=2)),
    )


def _credential_cases() -> Iterator[Case]:
    for name, what, credential in (
        (
            "qr-key-of-other-schools",
            "the key that signed the QR code is registered for the schools of another prefix",
            registered(CREDENTIAL, Role.CREDENTIAL, school="HN-9"),
        ),
        (
            "qr-key-of-another-role",
            "the key that signed the QR code is registered for status lists",
            registered(CREDENTIAL, Role.STATUS, school="HN-"),
        ),
    ):
        record = _issued(_PRINCIPAL, _SEAL, credential, _STATUS)
        yield Case(
            name,
            what,
            VerdictCode.UNTRUSTED_ISSUER,
            record.files(),
            qr=ONE.qr,
            checks={CheckId.ISSUER: "fail"},
        )


def _issued(*entries: bytes, one: Document = ONE) -> WholeRecord:
    record = WholeRecord(entries=list(entries))
    record.issue(one)
    record.publish_list()
    return record


def _untrusted(name: str, what: str, record: WholeRecord) -> Case:
    return Case(
        name,
        what,
        VerdictCode.UNTRUSTED_ISSUER,
        record.files(),
        file=ONE.pdf,
        checks={CheckId.ISSUER: "fail"},
    )
