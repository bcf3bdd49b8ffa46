"""Signatures made elsewhere: documents wait for them, one at a time, and nothing is lost, mixed up or signed twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from keys.file_signer import FileSigner
from keys.keyring import DocumentRole, address_path
from schemas.errors import HocbaError
from schemas.pdf_profile import SignatureField
from schemas.record.statement import Role
from schemas.verdict import VerdictCode
from service.correcting import confirm_correction
from service.demo import SCHOOL_YEAR
from service.issuing import BatchReport, released_path
from service.sample import DEMO_SCHOOL, sample_class
from service.signers.awaited_signatures import CLAIM_TIME, AwaitedSignatures, Brought, finish_brought
from service.signers.brought_signatures import BroughtSignatures
from service.storage.records import ChangeState, Issuance, State
from tests.support.certificates import with_other_s
from tests.support.changes import correction_request, token
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import authority, prepare
from tests.support.office import keep_certificate
from tests.support.signed_pages import unsigned_page
from tests.support.signers import SIGNING, issue_certificate, register
from tests.support.stamped_signatures import TSA, StampedSchool
from tests.support.stamping_server import honest, send, serving

STUDENTS = 3
OTHER = "OTHER-02"
_FIELDS = {SignatureField.PRINCIPAL: DocumentRole.PRINCIPAL, SignatureField.SEAL: DocumentRole.SEAL}


class Office:
    """A school whose two keys are at its office: the server has the certificates."""

    def __init__(self, demonstration: Demonstration) -> None:
        self.demonstration = demonstration
        self.installation = demonstration.installation
        self.keys: dict[str, FileSigner] = {}
        for role in SIGNING:
            self.move(role)

    def move(self, role: DocumentRole) -> None:
        """Take the key of a role to the office."""
        self.keys[role] = keep_certificate(self.demonstration, role)

    @property
    def awaited(self) -> AwaitedSignatures:
        """What waits."""
        return AwaitedSignatures(
            self.installation.register,
            BroughtSignatures(self.demonstration.data / "work"),
            self.demonstration.clock,
        )

    def issue(self) -> BatchReport:
        """Ask for the class, as the console does."""
        return self.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")

    def ids(self) -> list[str]:
        """Return the documents that wait."""
        return [one.issuance.id for one in self.awaited.all(SCHOOL)]

    def sign(self, ids: Iterable[str], claimant: str = "one") -> int:
        """Sign some documents that wait, and bring the values."""
        items = self.awaited.claim(SCHOOL, list(ids), claimant)
        for item in items:
            role = _FIELDS[SignatureField(item.prepared.field)]
            value = self.keys[role].sign(item.prepared.signed_attributes_der)
            self.awaited.bring(SCHOOL, item.issuance.id, item.prepared.id, value, claimant)
        return len(items)

    def go_on(self) -> Brought:
        """Go on with what was brought, without asking for anything new."""
        with self.installation.correcting() as tools:
            return finish_brought(tools.issuing, self.awaited.brought, SCHOOL)

    def of_class(self) -> list[Issuance]:
        """Return the documents of the class."""
        return [one for one in self.demonstration.issuances() if one.class_name == "6B"]


@pytest.fixture
def office(demonstration: Demonstration) -> Office:
    """A class that waits at a school whose keys are at its office."""
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    return Office(demonstration)


def refused(ask: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(HocbaError) as refusal:
        ask()
    return refusal.value.code


@pytest.mark.parametrize("driver", ["issue", "go_on"])
def test_class_signed_in_two_rounds(office: Office, driver: str) -> None:
    """Issuing stops for the principal, then for the seal, then everybody finds the documents valid."""
    report = office.issue()
    assert (len(report.waiting), report.failed, report.released) == (STUDENTS, (), ())
    assert {one.field for one in office.awaited.all(SCHOOL)} == {SignatureField.PRINCIPAL}
    assert office.sign(office.ids()) == STUDENTS
    assert office.ids() == []
    getattr(office, driver)()
    assert {one.field for one in office.awaited.all(SCHOOL)} == {SignatureField.SEAL}
    assert office.sign(office.ids()) == STUDENTS
    getattr(office, driver)()
    assert [one.state for one in office.of_class()] == [State.RELEASED] * STUDENTS
    for issuance in office.of_class():
        pdf = released_path(office.demonstration.data / "issued", issuance).read_bytes()
        assert office.demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert list((office.demonstration.data / "work").iterdir()) == []


def test_signature_from_outside_waits_for_its_time_stamp(demonstration: Demonstration) -> None:
    """While no time stamp is to be had the value is kept and not awaited again; later nobody signs it anew."""
    with serving(lambda handler, _: send(handler, b"", 503)) as away:
        school = StampedSchool(demonstration, away.address)
        office = Office(demonstration)
        office.issue()
        assert office.sign(office.ids()) == 1
        office.go_on()
    assert [one.failure_code for one in office.of_class()] == ["awaiting-time-stamp"]
    assert office.ids() == []
    with serving(honest(time=demonstration.clock, by=TSA)) as server:
        school.configure(TIME_STAMP_URLS=server.address)
        assert len(school.issue().waiting) == 1
        assert {one.field for one in office.awaited.all(SCHOOL)} == {SignatureField.SEAL}
        assert office.sign(office.ids()) == 1
        (pdf,) = school.released()
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert [one.level for one in verdict.signatures] == ["B-T", "B-T"]


def test_one_that_waits_holds_up_nobody(office: Office) -> None:
    """Of three documents two are signed: these are released while the third still waits."""
    office.issue()
    last = office.ids()[-1]
    for _ in SIGNING:
        office.sign(one for one in office.ids() if one != last)
        office.go_on()
    assert office.go_on() == Brought(released=0, waiting=1, failed=0, left=0)
    assert sorted(one.state for one in office.of_class()) == [State.RELEASED, State.RELEASED, State.RESERVED]
    assert office.ids() == [last]


def test_asking_again_changes_nothing_that_waits(office: Office) -> None:
    """What waits is the same after issuing again, byte for byte: a digest that is out stays good."""
    office.issue()
    before = {item.prepared.id for item in office.awaited.claim(SCHOOL, office.ids(), "one")}
    assert len(office.issue().waiting) == STUDENTS
    assert office.go_on() == Brought(released=0, waiting=STUDENTS, failed=0, left=0)
    assert {item.prepared.id for item in office.awaited.claim(SCHOOL, office.ids(), "one")} == before


def test_claimed_is_not_handed_to_another(office: Office) -> None:
    """Until the time of a claim is over the document is nobody else's, neither to fetch nor to sign."""
    office.issue()
    first, *_ = office.ids()
    (item,) = office.awaited.claim(SCHOOL, [first], "one")
    assert office.awaited.claim(SCHOOL, [first], "two") == ()
    value = office.keys[DocumentRole.PRINCIPAL].sign(item.prepared.signed_attributes_der)
    bring = office.awaited.bring
    assert refused(lambda: bring(SCHOOL, first, item.prepared.id, value, "two")) == "signature-claimed"
    office.demonstration.clock.time += CLAIM_TIME
    assert len(office.awaited.claim(SCHOOL, [first], "two")) == 1


def test_second_value_is_the_same_or_refused(office: Office) -> None:
    """The value that came first stays: again it is acknowledged, another one of the same bytes is refused."""
    office.issue()
    first, *_ = office.ids()
    (item,) = office.awaited.claim(SCHOOL, [first], "one")
    key = office.keys[DocumentRole.PRINCIPAL]
    value, other = (key.sign(item.prepared.signed_attributes_der) for _ in range(2))
    assert value != other
    bring = office.awaited.bring
    bring(SCHOOL, first, item.prepared.id, value, "one")
    bring(SCHOOL, first, item.prepared.id, value, "one")
    assert refused(lambda: bring(SCHOOL, first, item.prepared.id, other, "one")) == "signature-already-there"
    assert office.awaited.brought.value(first, item.prepared) == value


def test_value_is_kept_in_its_one_spelling(tmp_path: Path) -> None:
    """Who brings an ECDSA value with n - s for s has brought the value that files have; again is acknowledged."""
    signer = authority("p-256").signer
    prepared = prepare(unsigned_page(), SignatureField.SEAL, signer, None)
    (tmp_path / "one.seal").write_bytes(prepared.to_bytes())
    value = signer.sign(prepared.signed_attributes_der)
    brought = BroughtSignatures(tmp_path)
    for _ in range(2):
        brought.bring("one", prepared.id, with_other_s(value), "office", now=0)
    assert brought.value("one", prepared) == value


def test_value_of_other_bytes_or_by_another_key_is_refused(office: Office) -> None:
    """A value counts for the bytes it is over and the key of the certificate; what is refused is not kept."""
    office.issue()
    one, two, _ = office.awaited.claim(SCHOOL, office.ids(), "one")
    value = office.keys[DocumentRole.PRINCIPAL].sign(one.prepared.signed_attributes_der)
    seal = office.keys[DocumentRole.SEAL].sign(two.prepared.signed_attributes_der)
    bring = office.awaited.bring
    for wrong in (value, seal, b""):
        bring_it = partial(bring, SCHOOL, two.issuance.id, two.prepared.id, wrong, "one")
        assert refused(bring_it) == "signature-not-by-certificate"
    assert (
        refused(lambda: bring(SCHOOL, two.issuance.id, one.prepared.id, value, "one"))
        == "signature-not-awaited"
    )
    assert len(office.ids()) == STUDENTS


def test_another_school_sees_and_brings_nothing(office: Office) -> None:
    """To another school nothing waits, and whatever it asks for or brings is unknown."""
    office.issue()
    (item, *_) = office.awaited.claim(SCHOOL, office.ids(), "one")
    awaited, known = office.awaited, item.issuance.id
    assert (awaited.all(OTHER), awaited.claim(OTHER, [known], "one")) == ((), ())
    value = office.keys[DocumentRole.PRINCIPAL].sign(item.prepared.signed_attributes_der)
    assert refused(lambda: awaited.item(OTHER, known, item.prepared.id)) == "signature-not-awaited"
    assert (
        refused(lambda: awaited.bring(OTHER, known, item.prepared.id, value, "one"))
        == "signature-not-awaited"
    )


def test_certificate_replaced_while_waiting(office: Office) -> None:
    """With a new certificate in place the documents are prepared anew, and a value for the old bytes is not awaited."""
    office.issue()
    (old, *_) = office.awaited.claim(SCHOOL, office.ids(), "one")
    value = office.keys[DocumentRole.PRINCIPAL].sign(old.prepared.signed_attributes_der)
    made = issue_certificate(office.demonstration, DocumentRole.PRINCIPAL, DEMO_SCHOOL[1].name)
    register(office.demonstration, made, Role.PRINCIPAL)
    office.move(DocumentRole.PRINCIPAL)
    assert len(office.issue().waiting) == STUDENTS
    bring = office.awaited.bring
    code = refused(lambda: bring(SCHOOL, old.issuance.id, old.prepared.id, value, "one"))
    assert code == "signature-not-awaited"
    for _ in SIGNING:
        office.sign(office.ids())
        office.go_on()
    assert [one.state for one in office.of_class()] == [State.RELEASED] * STUDENTS


def test_seal_that_waited_too_long_is_prepared_anew(office: Office) -> None:
    """A seal is recorded within a day of its preparation or never: later it is awaited with the present time."""
    office.issue()
    office.sign(office.ids())
    office.go_on()
    old = {item.prepared.id for item in office.awaited.claim(SCHOOL, office.ids(), "one")}
    day_ago = office.demonstration.clock.time.timestamp() - 25 * 3600
    for seal in (office.demonstration.data / "work").glob("*.seal"):
        os.utime(seal, (day_ago, day_ago))
    office.demonstration.clock.forward(minutes=1)
    assert len(office.issue().waiting) == STUDENTS
    new = {item.prepared.id for item in office.awaited.claim(SCHOOL, office.ids(), "one")}
    assert not old & new
    office.sign(office.ids())
    office.go_on()
    assert [one.state for one in office.of_class()] == [State.RELEASED] * STUDENTS


def test_key_in_a_file_beside_one_at_the_office(office: Office) -> None:
    """Only the principal's key is at the office: the seal here is set as soon as the value has come."""
    made = issue_certificate(office.demonstration, DocumentRole.SEAL, "Con dấu")
    register(office.demonstration, made, Role.SEAL)
    address_path(office.installation.keyring.folder, DocumentRole.SEAL, SCHOOL).unlink()
    assert len(office.issue().waiting) == STUDENTS
    office.sign(office.ids())
    assert office.go_on() == Brought(released=STUDENTS, waiting=0, failed=0, left=0)


def test_correction_waits_for_its_signature(office: Office) -> None:
    """A confirmed correction waits like any document, and is done when its values have come."""
    change = correction_request(office.demonstration)
    second = token(office.demonstration, second=True)
    with office.installation.correcting() as tools:
        _, waits = confirm_correction(tools, second, change.id)
    assert waits.is_waiting
    for _ in SIGNING:
        office.sign(office.ids())
        office.go_on()
    (done,) = office.installation.register.changes(SCHOOL)
    assert done.state is ChangeState.DONE


def test_half_a_value_counts_for_nothing(office: Office) -> None:
    """A half-written value, as a crash leaves it, counts for nothing; the document waits on."""
    office.issue()
    (item, *_) = office.awaited.claim(SCHOOL, office.ids(), "one")
    work = office.demonstration.data / "work"
    (work / f"{item.issuance.id}.principal-value").write_bytes(b"\x82")
    assert len(office.issue().waiting) == STUDENTS
    assert office.sign(office.ids()) == STUDENTS


def test_signed_at_the_office_it_stands(
    office: Office, demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a grace window what the office has signed stands, is not gone on with, and is released without a key."""
    monkeypatch.setenv("HOCBA_GRACE_MINUTES", "15")
    office.installation = demonstration.installation
    office.issue()
    for last in (False, True):
        assert office.sign(office.ids()) == STUDENTS
        assert office.go_on() == Brought(0, 0 if last else STUDENTS, 0, 0, signed=STUDENTS if last else 0)
    assert office.go_on() == Brought(released=0, waiting=0, failed=0, left=0, signed=0)
    assert {one.state for one in office.of_class()} == {State.SIGNED}
    demonstration.clock.forward(minutes=15)
    tending = office.installation.tending
    tending.release()
    assert {(one.state, one.failure) for one in office.of_class()} == {(State.RELEASED, None)}
    assert office.ids() == []
