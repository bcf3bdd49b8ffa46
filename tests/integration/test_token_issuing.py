"""A school whose keys are on tokens: one PIN a batch, nothing lost when a token is pulled, nothing signed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.pkcs11_signer import TokenSigner
from schemas.errors import HocbaError
from schemas.verdict import VerdictCode
from service.correcting import confirm_correction
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import BatchReport, released_path
from service.record.sequencer import Sequencer
from service.sample import sample_class
from service.signers.school_signers import NOBODY, Operator
from service.storage.records import ChangeState, Issuance, State
from tests.support.changes import correction_request, token
from tests.support.demonstration import SCHOOL, ApprovingInstallation, Demonstration
from tests.support.signers import SIGNING, Person, move_to_token
from tests.support.softhsm import PIN, SoftHSM

STUDENTS = 4


@pytest.fixture
def waiting(demonstration: Demonstration, soft_hsm: SoftHSM) -> Demonstration:
    """A class that waits for signatures, both keys on one token."""
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    move_to_token(demonstration, soft_hsm, *SIGNING)
    return demonstration


def _issue(installation: Installation, operator: Operator) -> BatchReport:
    return installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B", operator=operator)


def _refused(waiting: Demonstration, operator: Operator) -> str:
    with pytest.raises(HocbaError) as refusal:
        _issue(waiting.installation, operator)
    assert _of_class(waiting) == []
    return refusal.value.code


def _of_class(school: Demonstration) -> list[Issuance]:
    return [one for one in school.issuances() if one.class_name == "6B"]


def test_class_signed_by_a_token(waiting: Demonstration) -> None:
    """A class is issued by keys on a token, the PIN asked once, and everybody finds the documents valid."""
    person = Person()
    report = _issue(waiting.installation, Operator(ask_pin=person))
    assert (len(report.released), report.failed, len(person.asked)) == (STUDENTS, (), 1)
    for issuance in report.released:
        pdf = released_path(waiting.data / "issued", issuance).read_bytes()
        assert waiting.verify(pdf).verdict is VerdictCode.VALID
    assert _files_with(waiting.data, PIN) == []


def test_two_tokens_ask_for_two_pins(demonstration: Demonstration, soft_hsm: SoftHSM) -> None:
    """Principal and school each have a token: each PIN is asked once."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    for role, label in zip(SIGNING, ("Hiệu trưởng", "Con dấu"), strict=True):
        move_to_token(demonstration, soft_hsm, role, label=label)
    person = Person()
    report = _issue(demonstration.installation, Operator(ask_pin=person))
    assert len(report.released) == 2
    assert [request.token.label for request in person.asked] == ["Hiệu trưởng", "Con dấu"]


def test_wrong_pin_refuses_the_batch(waiting: Demonstration) -> None:
    """A wrong PIN is one refusal, typed once, before any serial is drawn."""
    wrong = Person("141421356")
    assert _refused(waiting, Operator(ask_pin=wrong)) == "token-pin-wrong"
    assert len(wrong.asked) == 1


def test_nobody_there_to_type(waiting: Demonstration, soft_hsm: SoftHSM) -> None:
    """Where nobody can type a PIN, as on the console's page, the batch is refused as a whole, token or no token."""
    assert _refused(waiting, NOBODY) == "pin-needed"
    soft_hsm.pull()
    assert _refused(waiting, NOBODY) == "pin-needed"


def test_no_pin_where_nothing_is_approved(waiting: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is refused for want of an approval before anybody is asked for a PIN."""
    person = Person()
    monkeypatch.setattr(ApprovingInstallation, "approve", lambda *_: None)
    assert _refused(waiting, Operator(ask_pin=person)) == "nothing-approved"
    assert person.asked == []


def test_absent_token_refuses_the_batch(waiting: Demonstration, soft_hsm: SoftHSM) -> None:
    """Without its token the school reserves nothing, and nobody is asked for a PIN."""
    soft_hsm.pull()
    person = Person()
    assert _refused(waiting, Operator(ask_pin=person)) == "token-absent"
    assert person.asked == []


def test_nothing_left_asks_for_no_pin(waiting: Demonstration) -> None:
    """Asking again for what is released needs no token and no PIN."""
    _issue(waiting.installation, Operator(ask_pin=Person()))
    assert len(_issue(waiting.installation, NOBODY).released) == STUDENTS


def test_what_is_on_record_needs_no_pin(waiting: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that were recorded and not released are finished without the token: nothing is signed any more."""

    def stop(*_: object) -> None:
        raise ServiceError("stopped", "Dừng.", "Stopped.")

    with monkeypatch.context() as patch:
        patch.setattr(Sequencer, "prove", stop)
        report = _issue(waiting.installation, Operator(ask_pin=Person()))
    assert [one.state for one in report.issuances] == [State.RECORDED] * STUDENTS
    assert len(_issue(waiting.installation, NOBODY).released) == STUDENTS


def test_correction_signed_by_a_token(waiting: Demonstration) -> None:
    """Who confirms a correction types the PIN; where nobody can, the confirmed document waits with the reason."""
    change = correction_request(waiting)
    second = token(waiting, second=True)
    with waiting.installation.correcting() as tools:
        _, waits = confirm_correction(tools, second, change.id)
    assert (waits.state, waits.failure_code) == (State.RESERVED, "pin-needed")
    person = Person()
    with waiting.installation.correcting(Operator(ask_pin=person)) as tools:
        done, document = confirm_correction(tools, second, change.id)
    assert (done.state, document.state, len(person.asked)) == (ChangeState.DONE, State.RELEASED, 1)
    assert document.serial == waits.serial


@pytest.mark.parametrize("signatures", [1, 2, 5])
def test_token_pulled_in_a_batch(
    waiting: Demonstration, soft_hsm: SoftHSM, monkeypatch: pytest.MonkeyPatch, signatures: int
) -> None:
    """Pulled after so many signatures: what is signed is released, the rest waits, and the next run signs only that."""
    made: list[bytes] = []
    sign = TokenSigner.sign

    def pulled_after(self: TokenSigner, signed_attributes_der: bytes) -> bytes:
        if len(made) == signatures:
            soft_hsm.pull()
        made.append(signed_attributes_der)
        return sign(self, signed_attributes_der)

    with monkeypatch.context() as patch:
        patch.setattr(TokenSigner, "sign", pulled_after)
        report = _issue(waiting.installation, Operator(ask_pin=Person()))
    done = signatures // 2
    assert len(report.released) == done
    assert [one.failure_code for one in report.failed] == ["token-pulled"] * (STUDENTS - done)
    first = {one.student_code: one.serial for one in _of_class(waiting)}
    released = {path: path.read_bytes() for path in (waiting.data / "issued").iterdir()}
    soft_hsm.plug_in()
    again = _issue(waiting.installation, Operator(ask_pin=Person()))
    assert (len(again.released), again.failed) == (STUDENTS, ())
    # The same reservations, and what was released is untouched.
    assert {one.student_code: one.serial for one in again.released} == first
    assert {path: path.read_bytes() for path in released} == released


def _files_with(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
