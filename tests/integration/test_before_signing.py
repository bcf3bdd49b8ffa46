"""Before the PIN: a certificate that must not sign refuses the whole batch, while nothing is reserved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from schemas.errors import HocbaError, Text
from schemas.record.statement import Role
from service.demo import SCHOOL_YEAR
from service.sample import DEMO_SCHOOL, sample_class
from service.signers.school_signers import Operator
from tests.support.certificates import SUBSCRIBER, Extension, Party, basic_constraints, key_usage, party
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.registrar import compromised, entries, retired
from tests.support.signers import SIGNING, issue_certificate, issuing_authority, register

PRINCIPAL, SEAL = SIGNING
NAME = DEMO_SCHOOL[1].name
SCHOOL_NAME = DEMO_SCHOOL[0].name
OCSP: Extension = (
    x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.example/")
            )
        ]
    ),
    False,
)


@pytest.fixture(scope="module")
def _waiting(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    made = _demonstration.copy(tmp_path_factory.mktemp("waiting") / "data")
    workbook = sample_class(2, class_name="6B", first_student=101)
    assert made.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    return made


@pytest.fixture
def waiting(_waiting: Demonstration, tmp_path: Path) -> Demonstration:
    """A school with released documents and a class that waits."""
    return _waiting.copy(tmp_path / "data")


def _refused(waiting: Demonstration) -> HocbaError:
    """Issue, which must be refused as a whole: nobody of the class has a reservation after it."""
    before = waiting.issuances()
    with pytest.raises(HocbaError) as refusal:
        waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert waiting.issuances() == before
    assert refusal.value.text.vi.endswith((".", ")."))
    return refusal.value


def _wrong_person(school: Demonstration) -> None:
    register(school, issue_certificate(school, PRINCIPAL, "Trần Văn Khác"), Role.PRINCIPAL)


def _look_alike(school: Demonstration) -> None:
    issue_certificate(school, PRINCIPAL, NAME)


def _of_another_school(school: Demonstration) -> None:
    register(school, issue_certificate(school, SEAL, SCHOOL_NAME), Role.SEAL, school="KHAC-01")


def _of_another_role(school: Demonstration) -> None:
    register(school, issue_certificate(school, PRINCIPAL, NAME), Role.HOMEROOM)


def _deputy_without_delegation(school: Demonstration) -> None:
    register(school, issue_certificate(school, PRINCIPAL, NAME), Role.DEPUTY)


def _retired(school: Demonstration) -> None:
    school.append(retired(school, Role.SEAL))


def _compromised(school: Demonstration) -> None:
    school.append(compromised(school, Role.PRINCIPAL, from_index=len(entries(school))))


def _expired(school: Demonstration) -> None:
    register(school, issue_certificate(school, PRINCIPAL, NAME, days=(-9, -1)), Role.PRINCIPAL)


def _not_yet_valid(school: Demonstration) -> None:
    register(school, issue_certificate(school, SEAL, SCHOOL_NAME, days=(1, 9)), Role.SEAL)


def _for_encryption(school: Demonstration) -> None:
    extensions = (basic_constraints(ca=False), key_usage())
    register(school, issue_certificate(school, SEAL, SCHOOL_NAME, extensions=extensions), Role.SEAL)


def _of_a_stranger(school: Demonstration) -> None:
    register(school, issue_certificate(school, SEAL, SCHOOL_NAME, issuer=party("lạ")), Role.SEAL)


def _with_responder(school: Demonstration) -> None:
    made = issue_certificate(school, SEAL, SCHOOL_NAME, extensions=(*SUBSCRIBER, OCSP))
    register(school, made, Role.SEAL)


def _revoked(school: Demonstration) -> None:
    _write_crl(school, issuing_authority(school, SEAL), revoked=True)


def _outdated_list(school: Demonstration) -> None:
    _write_crl(school, issuing_authority(school, SEAL), revoked=False, days=-1)


@pytest.mark.parametrize(
    ("bend", "code", "who"),
    [
        (_wrong_person, "signer-wrong-person", "Hiệu trưởng"),
        (_look_alike, "signer-unregistered", "Hiệu trưởng"),
        (_of_another_school, "signer-other-school", "Con dấu"),
        (_of_another_role, "signer-other-role", "Hiệu trưởng"),
        (_deputy_without_delegation, "signer-other-role", "Hiệu trưởng"),
        (_retired, "signer-retired", "Con dấu"),
        (_compromised, "signer-compromised", "Hiệu trưởng"),
        (_expired, "certificate-expired", "Hiệu trưởng"),
        (_not_yet_valid, "certificate-not-yet-valid", "Con dấu"),
        (_for_encryption, "certificate-not-for-signing", "Con dấu"),
        (_of_a_stranger, "signer-untrusted", "Con dấu"),
        (_with_responder, "signer-revocation-unknown", "Con dấu"),
        (_revoked, "certificate-revoked", "Con dấu"),
        (_outdated_list, "crl-outdated", "Con dấu"),
    ],
)
def test_unfit_certificate_refuses_the_batch(
    waiting: Demonstration, bend: Callable[[Demonstration], None], code: str, who: str
) -> None:
    """A certificate that no verifier would believe refuses the batch by one sentence that says whose it is."""
    bend(waiting)
    refusal = _refused(waiting)
    assert refusal.code == code
    assert refusal.text.vi.startswith(who)


def test_certificate_that_fits(waiting: Demonstration) -> None:
    """A new certificate of the right person, written in capitals as authorities do, signs once it is registered."""
    register(waiting, issue_certificate(waiting, PRINCIPAL, NAME.upper()), Role.PRINCIPAL)
    report = waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(report.released), report.failed) == (2, ())


def test_list_of_another_says_nothing(waiting: Demonstration) -> None:
    """A revocation list that the certificate's issuer did not sign counts for nothing."""
    authority = issuing_authority(waiting, SEAL)
    _write_crl(waiting, Party(authority.certificate, party("lạ").key), revoked=True)
    assert waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").failed == ()


def test_unreadable_list(waiting: Demonstration) -> None:
    """A file that is no revocation list is named."""
    folder = waiting.data / "keys/crls"
    folder.mkdir()
    (folder / "ca.crl").write_bytes(b"no list")
    assert _refused(waiting).code == "crl-unreadable"


@pytest.mark.parametrize(("minutes", "code"), [(5, None), (5.1, "clock-off"), (25, "clock-off")])
def test_clock_behind_the_record(waiting: Demonstration, minutes: float, code: str | None) -> None:
    """A clock more than five minutes behind the last checkpoint signs nothing."""
    waiting.clock.forward(hours=1)
    waiting.installation.publish()
    waiting.clock.forward(minutes=-minutes)
    if code:
        assert _refused(waiting).code == code
    else:
        assert waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B").failed == ()


def test_nothing_to_sign_asks_nothing(waiting: Demonstration) -> None:
    """A batch that is released already is answered without a look at the certificates."""
    _expired(waiting)
    assert len(waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6A").released) == 3


@pytest.mark.parametrize(
    ("days", "said"), [(61, None), (60, "Hãy chuẩn bị"), (30, "xin chứng thư mới"), (7, "Gấp"), (0.5, "Gấp")]
)
def test_warnings_before_expiry(waiting: Demonstration, days: float, said: str | None) -> None:
    """From 60, 30 and 7 days before a certificate expires, whoever issues is told, more urgently each time."""
    made = issue_certificate(waiting, PRINCIPAL, NAME, days=(-1, days))
    register(waiting, made, Role.PRINCIPAL)
    told: list[Text] = []
    operator = Operator(warn=told.append)
    waiting.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B", operator=operator)
    assert [said in text.vi for text in told if said] == [True] * (said is not None)
    assert len(told) == (said is not None)


def _write_crl(school: Demonstration, issuer: Party, *, revoked: bool, days: float = 1) -> None:
    """Write a revocation list of an authority, with the seal's certificate on it or not."""
    now = school.clock()
    signer = school.installation.keyring.signer(SEAL, SCHOOL, now=now)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - dt.timedelta(days=7))
        .next_update(now + dt.timedelta(days=days))
    )
    if revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(signer.certificate.serial_number)
            .revocation_date(now - dt.timedelta(days=2))
            .build()
        )
    folder = school.data / "keys/crls"
    folder.mkdir()
    crl = builder.sign(issuer.key, SHA256())
    (folder / "ca.crl").write_bytes(crl.public_bytes(Encoding.PEM))
