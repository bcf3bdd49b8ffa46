"""Classes signed by a remote service that others wrote: in batches, by permission, and through what goes wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from keys.keyring import DocumentRole, address_path, signer_path
from keys.signer import KeysError
from keys.signer_address import RemoteAddress, format_address
from schemas.errors import HocbaError, Text
from schemas.verdict import VerdictCode
from service.demo import SCHOOL_YEAR
from service.extracting import ExtractRequest
from service.issuing import BatchReport, released_path
from service.sample import sample_class
from service.settings import SETTINGS_FILE
from service.signers.csc_client import Authorization, Credential, CSCClient
from service.signers.remote_signing import remote_address
from service.signers.school_signers import NOBODY, Operator
from service.storage.records import Issuance, State
from tests.support.certificates import Party
from tests.support.changes import correct, verdict_of
from tests.support.csc_server import credential_id, csc_server
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.revocable_school import Authorities
from tests.support.signers import SIGNING, issuing_authority
from tests.support.stamping_server import serving

STUDENTS = 11
"""More than the service allows in one permission, which is ten."""


@pytest.fixture
def service(demonstration: Demonstration, tmp_path: Path) -> Iterator[str]:
    """A class that waits, and both keys with a service instead of in files."""
    with _served(demonstration, tmp_path / "csc") as url:
        yield url


@contextmanager
def _served(demonstration: Demonstration, folder: Path) -> Iterator[str]:
    installation = demonstration.installation
    workbook = sample_class(STUDENTS, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    signers = {role: installation.keyring.signer(role, SCHOOL, now=demonstration.clock()) for role in SIGNING}
    parties = {role.value: Party(one.certificate, one._key) for role, one in signers.items()}  # noqa: SLF001
    issuers = {role.value: issuing_authority(demonstration, role) for role in SIGNING}
    with csc_server(folder, parties, issuers) as url:
        for role in SIGNING:
            _name(demonstration, role, url)
            signer_path(installation.keyring.folder, role, SCHOOL).unlink()
        yield url


def _name(demonstration: Demonstration, role: DocumentRole, url: str) -> None:
    keyring = demonstration.installation.keyring
    address = remote_address(url, CSCClient(url).credential(credential_id(role)), keyring.intermediates())
    address_path(keyring.folder, role, SCHOOL).write_bytes(format_address(address))


def _issue(demonstration: Demonstration, operator: Operator = NOBODY) -> BatchReport:
    return demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B", operator=operator)


def _check_released(demonstration: Demonstration, released: Sequence[Issuance]) -> None:
    assert [one.state for one in released] == [State.RELEASED] * STUDENTS
    assert len({one.log_index for one in released}) == STUDENTS
    for one in released:
        pdf = released_path(demonstration.data / "issued", one).read_bytes()
        assert demonstration.installation.verifier.file(pdf).verdict is VerdictCode.VALID
    assert list((demonstration.data / "work").iterdir()) == []


class _Watched(CSCClient):
    """A client that counts its permissions, and stumbles where it is told to."""

    permissions: list[int]
    sent: list[int]
    factors: list[tuple[str | None, str | None]]
    fail_at: int | None
    asks: bool
    seconds: int | None

    def credential(self, credential_id: str) -> Credential:
        found = super().credential(credential_id)
        return dataclasses.replace(found, wants_pin=self.asks, wants_otp=self.asks)

    def authorize(
        self, credential: Credential, hashes: Sequence[bytes], *, pin: str | None, otp: str | None
    ) -> Authorization:
        self.permissions.append(len(hashes))
        self.factors.append((pin, otp))
        found = super().authorize(credential, hashes, pin=pin, otp=otp)
        return found if self.seconds is None else dataclasses.replace(found, seconds=self.seconds)

    def sign(
        self, credential: Credential, authorization: Authorization, hashes: Sequence[bytes]
    ) -> list[bytes]:
        self.sent.append(len(hashes))
        if len(self.sent) == self.fail_at:
            raise KeysError("remote-signer-unavailable", "đứt", "cut")
        return super().sign(credential, authorization, hashes)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[_Watched]:
    """What the service is asked, in numbers."""
    _Watched.permissions, _Watched.sent, _Watched.factors = [], [], []
    _Watched.fail_at, _Watched.asks, _Watched.seconds = None, False, None
    monkeypatch.setattr("service.signers.remote_signing.CSCClient", _Watched)
    return _Watched


@pytest.mark.usefixtures("service")
def test_class_is_signed(demonstration: Demonstration, watched: type[_Watched]) -> None:
    """Principal's signatures, then seals, each in permissions of at most ten; all released and valid."""
    report = _issue(demonstration)
    assert (len(report.failed), len(report.waiting)) == (0, 0)
    _check_released(demonstration, report.released)
    assert watched.permissions == [10, 1, 10, 1]
    assert watched.sent == [10, 1, 10, 1]


@pytest.mark.parametrize("fail_at", [2, 3])
@pytest.mark.usefixtures("service")
def test_line_that_breaks(demonstration: Demonstration, watched: type[_Watched], fail_at: int) -> None:
    """Cut at any question, what was signed is kept and the rest asked for again: nothing is signed twice."""
    watched.fail_at = fail_at
    with pytest.raises(KeysError) as refusal:
        _issue(demonstration)
    assert refusal.value.code == "remote-signer-unavailable"
    _check_released(demonstration, _issue(demonstration).released)
    assert sum(watched.sent) == 2 * STUDENTS + watched.sent[fail_at - 1]


@pytest.mark.usefixtures("service")
def test_factors(demonstration: Demonstration, watched: type[_Watched]) -> None:
    """A PIN is asked once for each key, a one-time password for each permission."""
    watched.asks = True
    asked: list[Text] = []

    def answer(what: Text) -> str:
        asked.append(what)
        return f"{len(asked)}"

    report = _issue(demonstration, Operator(ask_secret=answer))
    _check_released(demonstration, report.released)
    assert watched.factors == [("1", "2"), ("1", "3"), ("4", "5"), ("4", "6")]
    assert sum("PIN" in what.en for what in asked) == 2


def test_revoked_before_anything_is_asked(
    demonstration: Demonstration, watched: type[_Watched], tmp_path: Path
) -> None:
    """Prepared, then the seal's certificate is revoked: nothing is asked for; good again, it goes on."""
    authorities = Authorities(demonstration)
    asked: list[Text] = []

    def answer(what: Text) -> str:
        asked.append(what)
        return "1"

    watched.asks = True
    with serving(authorities) as responder, _served(demonstration, tmp_path / "csc"):
        with (demonstration.data / SETTINGS_FILE).open("a") as file:
            file.write(f"HOCBA_OCSP_URLS={responder.address}\n")
        with pytest.raises(HocbaError, match="remote-signer-needs-person"):
            _issue(demonstration)
        authorities.revoke(DocumentRole.SEAL, hours=1)
        with pytest.raises(HocbaError, match="certificate-revoked") as refusal:
            _issue(demonstration, Operator(ask_secret=answer))
        assert refusal.value.text.vi.startswith("Con dấu của trường: ")
        assert (asked, watched.permissions) == ([], [])
        authorities.revoked.clear()
        _check_released(demonstration, _issue(demonstration, Operator(ask_secret=answer)).released)


@pytest.mark.usefixtures("service")
def test_somebody_else_is_at_it(demonstration: Demonstration, watched: type[_Watched]) -> None:
    """While one person looks for the PIN, another is told so; both end with every document signed once."""
    watched.asks = True
    refusals: list[str] = []

    def answer(_: Text) -> str:
        if not refusals:
            refusals.append("")
            with pytest.raises(HocbaError) as refusal:
                _issue(demonstration)
            refusals[0] = refusal.value.code
        return "1234"

    _check_released(demonstration, _issue(demonstration, Operator(ask_secret=answer)).released)
    assert refusals == ["remote-signer-busy"]
    assert sum(watched.sent) == 2 * STUDENTS


@pytest.mark.usefixtures("service")
def test_nobody_to_ask(demonstration: Demonstration, watched: type[_Watched]) -> None:
    """Where a person is wanted and none is there, it is said so, and what was prepared waits."""
    watched.asks = True
    with pytest.raises(HocbaError) as refusal:
        _issue(demonstration)
    assert refusal.value.code == "remote-signer-needs-person"
    waiting = [one for one in demonstration.issuances() if one.class_name == "6B"]
    assert {one.failure_code for one in waiting} == {"signature-awaited"}
    assert all(one.failure and "dịch vụ ký số từ xa" in one.failure.vi for one in waiting)


@pytest.mark.usefixtures("service")
def test_one_document_alone(demonstration: Demonstration, watched: type[_Watched]) -> None:
    """A correction and an extract are signed by the service in the same act that asks for them."""
    replacement = correct(demonstration)
    assert verdict_of(demonstration, replacement) is VerdictCode.VALID
    request = ExtractRequest(SCHOOL, replacement.student_code, SCHOOL_YEAR)
    extract = demonstration.installation.extract(request)
    assert verdict_of(demonstration, extract) is VerdictCode.VALID
    assert watched.permissions == [1] * 4


@pytest.mark.usefixtures("service")
def test_permission_that_ends(
    demonstration: Demonstration, watched: type[_Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission that is over before all is signed is asked for anew, for what is left."""
    watched.seconds = 0
    monkeypatch.setattr("service.signers.remote_signing.CHUNK", 4)
    report = _issue(demonstration)
    _check_released(demonstration, report.released)
    assert watched.permissions == [10, 6, 2, 1, 10, 6, 2, 1]


def test_credential_that_changed(demonstration: Demonstration, service: str) -> None:
    """A service that signs by another certificate than the one named is refused before anything is signed."""
    keyring = demonstration.installation.keyring
    seal = CSCClient(service).credential(credential_id(DocumentRole.SEAL))
    other = dataclasses.replace(seal, id=credential_id(DocumentRole.PRINCIPAL))
    address = remote_address(service, other, keyring.intermediates())
    address_path(keyring.folder, DocumentRole.SEAL, SCHOOL).write_bytes(format_address(address))
    with pytest.raises(KeysError) as refusal:
        _issue(demonstration)
    assert refusal.value.code == "remote-credential-changed"
    assert not [
        one for one in demonstration.issuances() if one.class_name == "6B" and one.log_index is not None
    ]


def test_certificates_of_the_address(demonstration: Demonstration, service: str) -> None:
    """The address carries the certificates between the signer's and the anchor, as the service gives them."""
    address = demonstration.installation.keyring.address(DocumentRole.PRINCIPAL, SCHOOL)
    assert isinstance(address, RemoteAddress)
    signer = CSCClient(service).credential(credential_id(DocumentRole.PRINCIPAL))
    assert address.loaded == (
        signer.certificate,
        issuing_authority(demonstration, DocumentRole.PRINCIPAL).certificate,
    )
