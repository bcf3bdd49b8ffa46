"""One genuine file of every kind that a school may give out, issued by one demonstration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from keys.awaited_signer import agent_address
from keys.keyring import DocumentRole, address_path
from keys.signer import SignatureAlgorithm
from keys.signer_address import format_address
from schemas.pdf_profile import SignatureField
from schemas.record.statement import Role
from schemas.transcript.model import Kind, Signatory
from schemas.vietnam_time import day_in_vietnam
from service.demo import SCHOOL_YEAR
from service.extracting import ExtractRequest
from service.importing.formats import SourceFile
from service.issuing import released_path
from service.sample import DEMO_SCHOOL, sample_class
from service.sample.primary import primary_years
from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files
from service.signers.awaited_signatures import AwaitedSignatures, finish_brought
from service.signers.brought_signatures import BroughtSignatures
from service.storage.delegations import ON_BEHALF
from service.storage.records import Delegation, Issuance, StudentYear
from tests.support.changes import correct
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.office import keep_certificate
from tests.support.signers import SIGNING, issue_certificate, register
from tests.support.stamped_signatures import TSA, StampedSchool
from tests.support.stamping_server import honest, serving
from tests.support.trail import AN_IMPORT, BY

_ROLES = {
    DocumentRole.PRINCIPAL: (Role.PRINCIPAL, DEMO_SCHOOL[1].name),
    DocumentRole.SEAL: (Role.SEAL, DEMO_SCHOOL[0].name),
}
_FIELDS = {SignatureField.PRINCIPAL: DocumentRole.PRINCIPAL, SignatureField.SEAL: DocumentRole.SEAL}


def genuine_files(demonstration: Demonstration) -> dict[str, bytes]:
    """Issue a document of every kind, one after the other, and return the files by kind."""
    kinds: dict[str, Callable[[Demonstration], Issuance]] = {
        "lower secondary, RSA-PSS": lambda made: made.issuances()[1],
        "primary": _primary,
        "upper secondary": _upper_secondary,
        "extract": lambda made: _extract(made, SCHOOL_YEAR),
        "transfer summary": lambda made: _extract(made, None),
        "corrected": correct,
        "with one more year": _continued,
        "by a deputy": _by_a_deputy,
        "RSA PKCS#1 v1.5, at an office": _by_an_office,
        "P-256": _by_curves,
        "time-stamped": _time_stamped,
    }
    return {kind: _file(demonstration, make(demonstration)) for kind, make in kinds.items()}


def _file(demonstration: Demonstration, issuance: Issuance) -> bytes:
    return released_path(demonstration.data / "issued", issuance).read_bytes()


def _issued(demonstration: Demonstration, class_name: str, school_year: str = SCHOOL_YEAR) -> Issuance:
    report = demonstration.installation.issue(SCHOOL, school_year, class_name=class_name)
    assert (report.failed, len(report.released)) == ((), 1), [one.failure for one in report.failed]
    return report.released[0]


def _import(
    demonstration: Demonstration, class_name: str, first_student: int, school_year: str = SCHOOL_YEAR
) -> None:
    workbook = sample_class(
        1,
        school_year=school_year,
        class_name=class_name,
        grade=int(class_name[0]),
        first_student=first_student,
    )
    assert demonstration.installation.import_workbook(workbook, school_year, dry_run=False).ok


def _primary(demonstration: Demonstration) -> Issuance:
    ((learner, year),) = primary_years(DEMO_SCHOOL, students=1, seed=3, first_student=20_001)
    row = StudentYear(SCHOOL, year.class_name, learner, year, "00" * 32)
    demonstration.installation.register.put_student_years([row], cause=AN_IMPORT)
    return _issued(demonstration, year.class_name)


def _upper_secondary(demonstration: Demonstration) -> Issuance:
    school = sample_school(students=1, seed=7, first_student=901, kind=Kind.UPPER_SECONDARY)
    files = [SourceFile(name, data) for name, data in vendor_files(school, Vendor.SMAS).items()]
    demonstration.installation.import_files(files, SCHOOL_YEAR, dry_run=False, accept_guesses=True)
    return _issued(demonstration, "10A")


def _extract(demonstration: Demonstration, school_year: str | None) -> Issuance:
    student = demonstration.issuances()[1].student_code
    return demonstration.installation.extract(ExtractRequest(SCHOOL, student, school_year))


def _continued(demonstration: Demonstration) -> Issuance:
    _import(demonstration, "6C", 301, "2024-2025")
    _issued(demonstration, "6C", "2024-2025")
    _import(demonstration, "7C", 301)
    return _issued(demonstration, "7C")


def _by_a_deputy(demonstration: Demonstration) -> Issuance:
    deputy = Signatory(name="Lê Văn Phó", title="Phó Hiệu trưởng", on_behalf=ON_BEHALF)
    register(demonstration, issue_certificate(demonstration, DocumentRole.DEPUTY, deputy.name), Role.DEPUTY)
    today, kept = day_in_vietnam(demonstration.clock()), demonstration.installation.register
    delegation = Delegation(f"{1:016}", SCHOOL, deputy, "12/QĐ-BM", today, today)
    kept.put_delegation(delegation, by=BY)
    _import(demonstration, "6D", 401)
    made = _issued(demonstration, "6D")
    kept.end_delegation(SCHOOL, delegation.id, day=today, by=BY)
    return made


def _by_an_office(demonstration: Demonstration) -> Issuance:
    keys = {}
    for role in SIGNING:
        signer = keep_certificate(demonstration, role)
        where = agent_address([*signer.chain, signer.certificate], pkcs1v15=True)
        keyring = demonstration.installation.keyring
        address_path(keyring.folder, role, SCHOOL).write_bytes(format_address(where))
        keys[role] = replace(signer, algorithm=SignatureAlgorithm.RSA_PKCS1V15)
    installation = demonstration.installation
    awaited = AwaitedSignatures(
        installation.register, BroughtSignatures(demonstration.data / "work"), demonstration.clock
    )
    _import(demonstration, "6E", 501)
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6E")
    for _ in SIGNING:
        (item,) = awaited.claim(SCHOOL, [one.issuance.id for one in awaited.all(SCHOOL)], "one")
        value = keys[_FIELDS[SignatureField(item.prepared.field)]].sign(item.prepared.signed_attributes_der)
        awaited.bring(SCHOOL, item.issuance.id, item.prepared.id, value, "one")
        with installation.correcting() as tools:
            finish_brought(tools.issuing, awaited.brought, SCHOOL)
    for role in SIGNING:
        address_path(installation.keyring.folder, role, SCHOOL).unlink()
    (made,) = [one for one in demonstration.issuances() if one.class_name == "6E"]
    return made


def _by_curves(demonstration: Demonstration) -> Issuance:
    for role, (registered, name) in _ROLES.items():
        register(demonstration, issue_certificate(demonstration, role, name), registered)
    _import(demonstration, "6G", 601)
    return _issued(demonstration, "6G")


def _time_stamped(demonstration: Demonstration) -> Issuance:
    with serving(honest(time=demonstration.clock, by=TSA)) as server:
        report = StampedSchool(demonstration, server.address).issue()
    assert (report.failed, len(report.released)) == ((), 1)
    return report.released[0]
