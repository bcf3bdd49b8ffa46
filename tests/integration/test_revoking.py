"""Revoking: two tokens, one entry, whatever stops in between; and what everybody is told afterwards."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from schemas.record.entry import RevocationClass, Revoked
from schemas.transcript.model import School
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.revoking import (
    RevokingTools,
    confirm_revocation,
    request_revocation,
    withdraw_revocation,
)
from service.storage.records import Change, ChangeState, Standing, Token
from tests.support.changes import REASON, revocation_request, revoke, token
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.registrar import entries, succession

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")


def revocations(demonstration: Demonstration) -> list[Revoked]:
    """Return the published entries that revoke."""
    return [one for one in entries(demonstration) if isinstance(one, Revoked)]


def confirm(demonstration: Demonstration, change: Change, *, second: bool = True) -> Change:
    """Confirm by one of the two people."""
    tools = demonstration.installation.revoking
    return confirm_revocation(tools, token(demonstration, second=second), change.id)


def refusal(ask: Any, *arguments: Any, **named: Any) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(ServiceError) as refused:
        ask(*arguments, **named)
    return refused.value.code


def request_by(demonstration: Demonstration, who: Token, serial: str) -> Change:
    """Ask for a document to be revoked in somebody's name."""
    return request_revocation(
        demonstration.installation.revoking,
        who,
        serial=serial,
        revocation_class=RevocationClass.OTHER,
        reason=REASON,
        idempotency_key=secrets.token_hex(8),
    )


@pytest.mark.parametrize("revocation_class", RevocationClass)
def test_revoked_in_file_qr_and_serial(
    demonstration: Demonstration, revocation_class: RevocationClass
) -> None:
    """Asked for and confirmed, a document is revoked for everybody, with class and time; the reason stays here."""
    pdf, qr, serial = demonstration.pdf(), demonstration.qr(), demonstration.issuances()[0].serial
    demonstration.clock.forward(hours=1)
    change = revoke(demonstration, revocation_class=revocation_class)
    verifier = demonstration.verifier()
    for verdict in (verifier.file(pdf), verifier.qr(qr), verifier.serial(serial)):
        assert verdict.verdict is VerdictCode.REVOKED
        assert verdict.record is not None
        assert verdict.record.revoked_class == revocation_class.name.lower()
        assert verdict.record.revoked_at == demonstration.clock()
    assert verifier.file(demonstration.pdf(1)).verdict is VerdictCode.VALID
    verifier.close()
    assert change.state is ChangeState.DONE
    assert demonstration.issuances()[0].standing is Standing.REVOKED
    files = [path for path in demonstration.record.rglob("*") if path.is_file()]
    assert not any(REASON.encode() in path.read_bytes() for path in files)


def test_request_alone_changes_nothing(demonstration: Demonstration) -> None:
    """Before another person confirms, the document stands and the record holds nothing."""
    change = revocation_request(demonstration)
    demonstration.installation.publish()
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID
    assert revocations(demonstration) == []
    assert refusal(confirm, demonstration, change, second=False) == "confirmation-same-token"
    assert demonstration.installation.register.changes(SCHOOL)[0].state is ChangeState.REQUESTED


def test_repeating_any_step_adds_nothing(demonstration: Demonstration) -> None:
    """The same key is the same request, and a second confirmation finds it done: one entry in all."""
    first, second = (revocation_request(demonstration, key="k") for _ in range(2))
    assert first == second
    done = [confirm(demonstration, first) for _ in range(2)]
    assert done[0] == done[1]
    assert revocation_request(demonstration, key="k") == done[0]
    assert len(revocations(demonstration)) == 1
    with pytest.raises(ServiceError) as other:
        revocation_request(demonstration, 1, key="k")
    assert other.value.code == "idempotency-key-reused"


def test_withdrawn_request_is_over(demonstration: Demonstration) -> None:
    """Either person may withdraw, again without harm; nobody confirms it then, and a new one may be made."""
    change = revocation_request(demonstration)
    tools = demonstration.installation.revoking
    for who in (token(demonstration), token(demonstration, second=True)):
        assert withdraw_revocation(tools, who, change.id).state is ChangeState.WITHDRAWN
    assert refusal(confirm, demonstration, change) == "change-withdrawn"
    anew = revocation_request(demonstration)
    assert confirm(demonstration, anew).state is ChangeState.DONE
    assert refusal(withdraw_revocation, tools, token(demonstration), anew.id) == "change-confirmed"


def test_document_has_one_open_request(demonstration: Demonstration) -> None:
    """A second request of the same document waits for the first; a revoked one is not revoked again."""
    change = revocation_request(demonstration)
    assert refusal(revocation_request, demonstration) == "change-pending"
    confirm(demonstration, change)
    assert refusal(revocation_request, demonstration) == "already-revoked"


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1001, "a\x00b"])
def test_reason_is_needed(demonstration: Demonstration, reason: str) -> None:
    """A request says why, in words that can be read."""
    refused = refusal(
        request_revocation,
        demonstration.installation.revoking,
        token(demonstration),
        serial=demonstration.issuances()[0].serial,
        revocation_class=RevocationClass.OTHER,
        reason=reason,
        idempotency_key="k",
    )
    assert refused == "reason-invalid"


class _StoppedError(Exception):
    """Stands for the power cut."""


@pytest.mark.parametrize("point", ["append", "published", "publish", "noted"])
@pytest.mark.parametrize("repair", ["confirm", "publish"])
def test_crash_anywhere_is_repaired(demonstration: Demonstration, point: str, repair: str) -> None:
    """Stopped before or after the entry or the checkpoint, it is finished by confirming again or by publishing."""
    change = revocation_request(demonstration)
    tools = demonstration.installation.revoking
    with pytest.raises(_StoppedError):
        confirm_revocation(_stopping(tools, point), token(demonstration, second=True), change.id)
    (left,) = demonstration.installation.register.changes(SCHOOL)
    assert left.state is ChangeState.CONFIRMED
    assert refusal(withdraw_revocation, tools, token(demonstration), change.id) == "change-confirmed"
    if repair == "confirm":
        confirm(demonstration, change)
    else:
        demonstration.installation.publish()
    (done,) = demonstration.installation.register.changes(SCHOOL)
    assert done.state is ChangeState.DONE
    assert len(revocations(demonstration)) == 1
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.REVOKED


def _stopping(tools: RevokingTools, point: str) -> RevokingTools:
    """Return tools with which the process dies at a point."""
    record, register = tools.record, tools.register

    def stop(*_: object) -> Any:
        raise _StoppedError

    def publish_and_stop() -> Any:
        publish()
        raise _StoppedError

    publish = record.publish
    owner, name, fake = {
        "append": (record, "append", stop),
        "publish": (record, "publish", stop),
        "published": (record, "publish", publish_and_stop),
    }.get(point, (register, "finish_revocation", stop))
    setattr(owner, name, fake)
    return tools


def test_another_school_touches_nothing(demonstration: Demonstration) -> None:
    """Another school's token finds neither the document nor the request, in any role."""
    installation = demonstration.installation
    (stranger,) = add_school(installation.register, OTHER, "other")
    serial = demonstration.issuances()[0].serial
    assert refusal(request_by, demonstration, stranger, serial) == "transcript-unknown"
    change = revocation_request(demonstration)
    for act in (confirm_revocation, withdraw_revocation):
        assert refusal(act, installation.revoking, stranger, change.id) == "change-unknown"
    assert installation.register.changes(OTHER.code) == ()
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.VALID


def test_successor_revokes_what_its_predecessor_issued(demonstration: Demonstration) -> None:
    """From the registrar's statement on, two people of the succeeding school revoke; the record takes it as theirs."""
    installation = demonstration.installation
    one, other = add_school(installation.register, OTHER, "one", "other")
    serial = demonstration.issuances()[0].serial
    demonstration.append(succession(demonstration, OTHER.code, SCHOOL))
    change = request_by(demonstration, one, serial)
    assert change.school_code == OTHER.code
    done = confirm_revocation(demonstration.installation.revoking, other, change.id)
    assert done.state is ChangeState.DONE
    assert [revoked.school for revoked in revocations(demonstration)] == [OTHER.code]
    assert demonstration.verify(demonstration.pdf()).verdict is VerdictCode.REVOKED
    assert demonstration.issuances()[0].standing is Standing.REVOKED


def test_revoked_is_issued_anew_only_by_name(demonstration: Demonstration) -> None:
    """Issuing for the class leaves a revoked document revoked; asked for by name, the student has a new one."""
    revoke(demonstration)
    revoked = demonstration.issuances()[0]
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
    assert (len(report.released), len(report.issuances)) == (2, 3)
    demonstration.clock.forward(minutes=1)
    (anew,), (same,) = (
        demonstration.installation.issue(
            SCHOOL, SCHOOL_YEAR, student_code=revoked.student_code, idempotency_key="anew"
        ).released
        for _ in range(2)
    )
    assert (anew.version, anew.reference, same.id) == (2, None, anew.id)
    demonstration.clock.forward(minutes=1)
    again = [one.id for one in demonstration.issuances()].index(anew.id)
    revoke(demonstration, again)
    # The old request, sent again, makes nothing new.
    report = demonstration.installation.issue(
        SCHOOL, SCHOOL_YEAR, student_code=revoked.student_code, idempotency_key="anew"
    )
    assert report.released == ()


def test_token_taken_back_confirms_nothing(demonstration: Demonstration) -> None:
    """A retired token opens nothing; its holder's name stays where a request names it, and goes where none does."""
    register = demonstration.installation.register
    first, second = token(demonstration), token(demonstration, second=True)
    revocation_request(demonstration)
    assert register.retire_token(SCHOOL, first.id)
    assert not register.retire_token(SCHOOL, second.id)
    assert register.tokens(SCHOOL) == ()
    holders = register.holders(SCHOOL)
    assert holders[first.id] == first.holder
    assert second.id not in holders
    assert refusal(register.retire_token, SCHOOL, second.id) == "token-unknown"
    assert refusal(register.retire_token, OTHER.code, first.id) == "token-unknown"
