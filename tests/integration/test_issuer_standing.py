"""What the registrar says of certificates and keys, and what that does to the verdict on documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.record.entry import Entry, parse_entry
from schemas.record.statement import KeyState, Role
from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from tests.support.changes import revoke
from tests.support.demonstration import Demonstration
from tests.support.record import issuer_entry
from tests.support.registrar import (
    compromised,
    documents,
    entries,
    last_statement,
    retired,
    statement,
    status_list_index,
    write_log,
)

SIGNERS = pytest.mark.parametrize("role", [Role.PRINCIPAL, Role.SEAL])
VALID, UNTRUSTED = VerdictCode.VALID, VerdictCode.UNTRUSTED_ISSUER
LATER_COMPROMISED = "compromised later"


def _verdicts(demonstration: Demonstration) -> list[Verdict]:
    """Return the verdicts on all documents, in the order of the log."""
    issued = sorted(enumerate(demonstration.issuances()), key=lambda pair: pair[1].log_index or 0)
    verifier = demonstration.verifier()
    found = [verifier.file(demonstration.pdf(number)) for number, _ in issued]
    verifier.close()
    return found


def _codes(demonstration: Demonstration) -> list[VerdictCode]:
    return [one.verdict for one in _verdicts(demonstration)]


def _status(verdict: Verdict, check: CheckId) -> CheckStatus:
    return next(one.status for one in verdict.checks if one.id is check)


def _insert(demonstration: Demonstration, entry: Entry, *, before: int) -> None:
    """Publish the log anew, with an entry right before the document of this number."""
    log = entries(demonstration)
    log.insert(documents(log)[before], entry)
    write_log(demonstration, log)


def test_log_made_anew_is_as_good(demonstration: Demonstration) -> None:
    """The same entries published again by the same keys leave all documents valid."""
    write_log(demonstration, entries(demonstration))
    assert _codes(demonstration) == [VALID] * 3


@SIGNERS
def test_retired_certificate_ends_with_its_entry(demonstration: Demonstration, role: Role) -> None:
    """Documents recorded before the retirement stay valid, those recorded after it are not trusted."""
    _insert(demonstration, retired(demonstration, role), before=1)
    verdicts = _verdicts(demonstration)
    assert [one.verdict for one in verdicts] == [VALID, UNTRUSTED, UNTRUSTED]
    assert [_status(one, CheckId.ISSUER) for one in verdicts] == [CheckStatus.PASS, *[CheckStatus.FAIL] * 2]
    assert not [note for one in verdicts for note in one.notes if LATER_COMPROMISED in note.en]


@SIGNERS
def test_retirement_leaves_what_was_issued(demonstration: Demonstration, role: Role) -> None:
    """A retirement appended today changes no verdict on what is already recorded."""
    demonstration.append(retired(demonstration, role))
    assert _codes(demonstration) == [VALID] * 3


def test_retired_certificate_may_come_back(demonstration: Demonstration) -> None:
    """A later statement puts a retired certificate in force again, for what comes after it."""
    said = last_statement(entries(demonstration), Role.SEAL)
    _insert(demonstration, retired(demonstration, Role.SEAL), before=0)
    again = statement(demonstration, replace(said, number=said.number + 1), state=KeyState.ACTIVE)
    _insert(demonstration, again, before=2)
    assert _codes(demonstration) == [UNTRUSTED, UNTRUSTED, VALID]


@SIGNERS
@pytest.mark.parametrize("first_untrusted", [0, 1, 2])
def test_compromised_from_an_index_on(demonstration: Demonstration, role: Role, first_untrusted: int) -> None:
    """At and above the index of the compromise nothing is trusted; below it all is, with a note."""
    from_index = documents(entries(demonstration))[first_untrusted]
    demonstration.append(compromised(demonstration, role, from_index=from_index))
    verdicts = _verdicts(demonstration)
    expected = [VALID] * first_untrusted + [UNTRUSTED] * (3 - first_untrusted)
    assert [one.verdict for one in verdicts] == expected
    for one in verdicts:
        # Beside any other verdict the note would say the opposite: that the document remains good.
        assert any(LATER_COMPROMISED in note.en for note in one.notes) is (one.verdict is VALID)
        assert one.record is not None


def test_what_was_revoked_does_not_remain_good(demonstration: Demonstration) -> None:
    """A document from before the compromise that was revoked bears no note that says the opposite."""
    from_index = len(entries(demonstration))
    revoke(demonstration)
    demonstration.append(compromised(demonstration, Role.SEAL, from_index=from_index))
    (revoked,) = [one for one in _verdicts(demonstration) if one.verdict is VerdictCode.REVOKED]
    assert not [note for note in revoked.notes if LATER_COMPROMISED in note.en]


def test_compromise_is_final(demonstration: Demonstration) -> None:
    """No later statement makes a compromised key good again."""
    from_index = documents(entries(demonstration))[0]
    demonstration.append(compromised(demonstration, Role.SEAL, from_index=from_index))
    last = last_statement(entries(demonstration), Role.SEAL)
    demonstration.append(statement(demonstration, last, state=KeyState.ACTIVE, from_index=None))
    assert _codes(demonstration) == [UNTRUSTED] * 3


def test_compromise_after_all_documents_only_notes(demonstration: Demonstration) -> None:
    """A compromise from the log's end on leaves every document valid, with the note."""
    from_index = len(entries(demonstration))
    demonstration.append(compromised(demonstration, Role.SEAL, from_index=from_index))
    verdicts = _verdicts(demonstration)
    assert [one.verdict for one in verdicts] == [VALID] * 3
    assert all(any(LATER_COMPROMISED in note.en for note in one.notes) for one in verdicts)


@SIGNERS
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"school": "HN-9999"}, "another school"),
        ({"role": Role.HOMEROOM}, "another role"),
        ({"state": KeyState.RETIRED}, "retired"),
    ],
    ids=["another school", "another role", "retired"],
)
def test_registered_for_something_else(
    demonstration: Demonstration, role: Role, changes: dict[str, object], expected: str
) -> None:
    """A certificate that the registrar gave another school, or another role, speaks no more for this one."""
    said = last_statement(entries(demonstration), role)
    _insert(demonstration, statement(demonstration, said, **changes), before=0)
    verdicts = _verdicts(demonstration)
    assert [one.verdict for one in verdicts] == [UNTRUSTED] * 3
    for one in verdicts:
        issuer = next(check for check in one.checks if check.id is CheckId.ISSUER)
        assert expected in issuer.detail.en


@SIGNERS
def test_unregistered_certificate_is_untrusted(demonstration: Demonstration, role: Role) -> None:
    """A certificate of a trusted authority that no statement names speaks for no school."""
    log = entries(demonstration)
    said = last_statement(log, role)
    unnamed = replace(said, thumbprint=bytes(32), number=0)
    first = next(
        index for index, entry in enumerate(log) if entry == statement(demonstration, said, number=1)
    )
    log[first] = statement(demonstration, unnamed)
    write_log(demonstration, log)
    assert _codes(demonstration) == [UNTRUSTED] * 3


def test_deputy_may_sign_for_the_principal(demonstration: Demonstration) -> None:
    """A deputy's certificate counts where a principal signs."""
    said = last_statement(entries(demonstration), Role.PRINCIPAL)
    _insert(demonstration, statement(demonstration, said, role=Role.DEPUTY), before=0)
    assert _codes(demonstration) == [VALID] * 3


def test_statement_with_an_old_number_counts_for_nothing(demonstration: Demonstration) -> None:
    """A statement that is not numbered above the last one, as a replayed one, changes nothing."""
    said = last_statement(entries(demonstration), Role.SEAL)
    old = statement(demonstration, said, number=said.number, state=KeyState.RETIRED)
    _insert(demonstration, old, before=0)
    assert _codes(demonstration) == [VALID] * 3


def test_stranger_says_nothing(demonstration: Demonstration) -> None:
    """A statement signed by a key that is no registrar's changes nothing."""
    said = last_statement(entries(demonstration), Role.SEAL)
    forged = issuer_entry(replace(said, state=KeyState.RETIRED, number=said.number + 1), by="stranger")
    _insert(demonstration, parse_entry(forged), before=0)
    assert _codes(demonstration) == [VALID] * 3


@pytest.mark.parametrize("changes", [{"state": KeyState.RETIRED}, {"school": "HN-"}])
def test_status_key_not_in_force_is_unknown(demonstration: Demonstration, changes: dict[str, object]) -> None:
    """A status list signed by a key that was retired, or is for other schools, tells nothing: unconfirmed."""
    log = entries(demonstration)
    said = last_statement(log, Role.STATUS)
    log.insert(status_list_index(log), statement(demonstration, said, **changes))
    write_log(demonstration, log)
    for verdict in _verdicts(demonstration):
        assert verdict.verdict is VerdictCode.UNCONFIRMED
        assert _status(verdict, CheckId.STATUS) is CheckStatus.UNKNOWN
        assert _status(verdict, CheckId.ISSUER) is CheckStatus.PASS


def test_status_key_compromised_is_unknown(demonstration: Demonstration) -> None:
    """A status list published at or above the index of its key's compromise tells nothing."""
    log = entries(demonstration)
    for above, expected in ((1, VALID), (0, VerdictCode.UNCONFIRMED)):
        from_index = status_list_index(log) + above
        write_log(demonstration, [*log, compromised(demonstration, Role.STATUS, from_index=from_index)])
        assert _codes(demonstration) == [expected] * 3
        write_log(demonstration, log)


def test_retired_status_key_leaves_its_last_list(demonstration: Demonstration) -> None:
    """A status list published before its key was retired still counts."""
    write_log(demonstration, [*entries(demonstration), retired(demonstration, Role.STATUS)])
    assert _codes(demonstration) == [VALID] * 3


def test_credential_key_not_in_force_is_untrusted(demonstration: Demonstration) -> None:
    """A QR code is not trusted where its key was retired before the document, and is where it was after."""
    before = demonstration.qr()
    index = demonstration.issuances()[0].log_index
    log = entries(demonstration)
    number = documents(log).index(index if index is not None else -1)
    log.append(retired(demonstration, Role.CREDENTIAL))
    write_log(demonstration, log)
    verifier = demonstration.verifier()
    assert verifier.qr(before).verdict is VerdictCode.RECORDED
    verifier.close()
    log.insert(documents(log)[number], log.pop())
    write_log(demonstration, log)
    verifier = demonstration.verifier()
    assert verifier.qr(before).verdict is UNTRUSTED
    verifier.close()
