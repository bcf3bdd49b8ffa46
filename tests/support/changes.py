"""Requests to revoke and to correct, as two people of the demonstration school make them."""

from __future__ import annotations

import secrets
from dataclasses import replace

from schemas.record.entry import RevocationClass
from schemas.verdict import VerdictCode
from service.correcting import request_correction
from service.demo import SCHOOL_YEAR, SECOND_TOKEN_FILE, TOKEN_FILE
from service.issuing import released_path
from service.revoking import confirm_revocation, request_revocation
from service.storage.records import Change, ChangeState, Issuance, StudentYear, Token
from tests.support.demonstration import SCHOOL, Demonstration

REASON = "Nhập nhầm điểm môn Toán của học sinh khác."


def token(demonstration: Demonstration, *, second: bool = False) -> Token:
    """Return the token of one of the two people."""
    file = demonstration.data / (SECOND_TOKEN_FILE if second else TOKEN_FILE)
    found = demonstration.installation.register.token_of(file.read_text().strip())
    assert found is not None
    return found


def revocation_request(
    demonstration: Demonstration,
    number: int = 0,
    *,
    revocation_class: RevocationClass = RevocationClass.ERROR,
    key: str | None = None,
    serial: str | None = None,
) -> Change:
    """Return the first person's request to revoke a document."""
    return request_revocation(
        demonstration.installation.revoking,
        token(demonstration),
        serial=serial or demonstration.issuances()[number].serial,
        revocation_class=revocation_class,
        reason=REASON,
        idempotency_key=key or secrets.token_hex(8),
    )


def revoke(
    demonstration: Demonstration,
    number: int = 0,
    *,
    revocation_class: RevocationClass = RevocationClass.ERROR,
    serial: str | None = None,
) -> Change:
    """Have a document revoked by both."""
    change = revocation_request(demonstration, number, revocation_class=revocation_class, serial=serial)
    return confirm_revocation(
        demonstration.installation.revoking, token(demonstration, second=True), change.id
    )


def draft(demonstration: Demonstration, number: int = 0) -> StudentYear:
    """Return the imported year that a document was made from."""
    code = demonstration.issuances()[number].student_code
    (found,) = demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, student_code=code)
    return found


def mended(year: StudentYear, **learner: str) -> StudentYear:
    """Return the year with other words about the learner; a birth place where none are given."""
    changes = learner or {"birth_place": "Thành phố Huế"}
    return replace(year, learner=year.learner.model_copy(update=changes))


def correction_request(
    demonstration: Demonstration, number: int = 0, *, data: StudentYear | None = None, key: str | None = None
) -> Change:
    """Return the first person's request to correct a document."""
    with demonstration.installation.correcting() as tools:
        return request_correction(
            tools,
            token(demonstration),
            data or mended(draft(demonstration, number)),
            reason=REASON,
            idempotency_key=key or secrets.token_hex(8),
        )


def confirm(demonstration: Demonstration, change: Change) -> tuple[Change, Issuance]:
    """Have the second person confirm."""
    return demonstration.installation.confirm_correction(token(demonstration, second=True), change.id)


def correct(demonstration: Demonstration, number: int = 0, **learner: str) -> Issuance:
    """Have a document corrected by both, and return the new one."""
    data = mended(draft(demonstration, number), **learner)
    change, replacement = confirm(demonstration, correction_request(demonstration, number, data=data))
    assert change.state is ChangeState.DONE
    return replacement


def documents(demonstration: Demonstration, number: int = 0) -> tuple[Issuance, ...]:
    """Return every document of the student of an issuance."""
    code = demonstration.issuances()[number].student_code
    return demonstration.installation.register.documents(SCHOOL, code)


def verdict_of(demonstration: Demonstration, issuance: Issuance) -> VerdictCode:
    """Return the verdict on a document's file."""
    pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
    return demonstration.verify(pdf).verdict
