"""An installation made for a Sở: whole or not there, its offline keys apart, and ready for the signers of a school."""

from __future__ import annotations

import datetime as dt
import secrets
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.ceremony import SchoolInfo, make_demo_authorities
from keys.keyring import DocumentRole, Keyring, RecordRole, record_key_path, signer_path
from keys.record_key import RecordKey
from keys.registrar import sign_request
from keys.secret_files import read_passphrase, write_durably
from keys.signer import KeysError, SignatureAlgorithm
from schemas.errors import HocbaError
from schemas.record.statement import KeyState, Role
from schemas.record.statement_file import format_request, parse_signed
from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.installation import Installation
from service.issuers import StatementCheck, ledger_of, request_statement
from service.record.sequencer import Sequencer
from service.setting_up import Plan, make_installation, unfinished_folder
from service.settings import SETTINGS_FILE, Settings
from service.signers.school_signers import NOBODY, opened
from service.storage.log_store import LogStore
from tests.support.commands import run
from tests.support.postgresql import PostgreSQL, closing_engines, running_server

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
CODE = "THCS-01"
OPERATOR = "Sở GD&ĐT Hà Nội"
PASSPHRASE = b"of the school's own file"
TEST_PLAN = Plan(
    origin="so.example.vn/so-cap",
    qr_host="so.example.vn",
    operator=OPERATOR,
    school=School(
        code=CODE, name="Trường THCS Ban Mai", commune="Phường Ban Mai", district=None, province="Hà Nội"
    ),
    signatory=Signatory(name="Nguyễn Thị Hoa", title="Hiệu trưởng"),
    anchors={},
)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Authorities elsewhere, and the PKCS#12 files that they gave the school."""
    info = SchoolInfo(CODE, TEST_PLAN.school.name, "Hà Nội", TEST_PLAN.signatory.name, "Hiệu trưởng")
    folder = tmp_path_factory.mktemp("authorities") / "keys"
    return make_demo_authorities(
        folder, schools=[info], passphrase=PASSPHRASE, now=NOW, algorithm=SignatureAlgorithm.ECDSA_P256
    )


@pytest.fixture
def plan(authorities: Keyring) -> Plan:
    """The plan of a real installation that believes those authorities."""
    anchors = {
        name: b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
        for name, certificates in authorities.anchors().items()
    }
    return replace(TEST_PLAN, anchors=anchors)


def made(data: Path, plan: Plan) -> Installation:
    """Make an installation, and open it."""
    make_installation(data, plan, now=lambda: NOW, token_bytes=secrets.token_bytes)
    return Installation.open(Settings.load(data), now=lambda: NOW, token_bytes=secrets.token_bytes)


def registered(installation: Installation, role: Role, offline: Path) -> None:
    """Have the registrar say that the certificate of a role is in force."""
    store = LogStore(installation.database)
    issuers = ledger_of(store.entries(0, store.size), installation.log, installation.trust).issuers
    document_role = DocumentRole(role.name.lower())
    with opened(installation.signer_tools, NOBODY) as desk:
        certificate = desk.find(document_role, CODE).certificate
    statement = request_statement(
        issuers,
        TEST_PLAN.school,
        role=role,
        state=KeyState.ACTIVE,
        identity=certificate.fingerprint(SHA256()),
        from_index=None,
        now=NOW,
    )
    registrar = RecordKey.load(offline / "registrar.pem", passphrase=read_passphrase(offline / "passphrase"))
    signed = parse_signed(sign_request(format_request(statement), registrar))
    check = StatementCheck(signed, installation.log, installation.trust)
    installation.sequencer.append_checked(check.entry_after)
    installation.publish()


def test_real_installation_is_whole(tmp_path: Path, plan: Plan) -> None:
    """Its record holds the operator's two keys, its trust root is no test, and its audit finds nothing."""
    installation = made(tmp_path / "data", plan)
    store = LogStore(installation.database)
    issuers = ledger_of(store.entries(0, store.size), installation.log, installation.trust).issuers
    assert {(said.role, said.name) for _, said in issuers.statements()} == {
        (Role.CREDENTIAL, OPERATOR),
        (Role.STATUS, OPERATOR),
    }
    assert not installation.trust.test
    assert installation.register.school(CODE) == (plan.school, plan.signatory)
    assert installation.audit().differences == ()
    installation.verifier.check_record()


def test_test_installation_has_signers_that_may_sign(tmp_path: Path) -> None:
    """Without authorities everything is invented, registered, and marked as a test."""
    installation = made(tmp_path / "data", TEST_PLAN)
    assert installation.trust.test
    with opened(installation.signer_tools, NOBODY) as desk:
        assert set(desk.checked(*desk.today(CODE))) == {DocumentRole.PRINCIPAL, DocumentRole.SEAL}


def test_offline_keys_have_a_passphrase_of_their_own(tmp_path: Path, plan: Plan) -> None:
    """Whoever has the service's passphrase opens neither root nor registrar."""
    made(tmp_path / "data", plan)
    keys = tmp_path / "data" / "keys"
    for role in RecordRole:
        own, other = (keys / "offline", keys) if role.is_offline else (keys, keys / "offline")
        path = record_key_path(keys, role)
        RecordKey.load(path, passphrase=read_passphrase(own / "passphrase"))
        with pytest.raises(KeysError, match="passphrase-wrong"):
            RecordKey.load(path, passphrase=read_passphrase(other / "passphrase"))


def test_nobody_else_reads_what_is_secret_or_personal(tmp_path: Path, plan: Plan) -> None:
    """Only record, trust root and settings are for others on the machine."""
    made(tmp_path / "data", plan)
    readable = {
        path.name
        for path in (tmp_path / "data").iterdir()
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    }
    assert readable == {"record", "trust-root.json", SETTINGS_FILE}


def test_signer_from_a_pkcs12_file_may_sign_once_it_is_registered(
    tmp_path: Path, plan: Plan, authorities: Keyring
) -> None:
    """Copied in under the installation's own passphrase; before its statement it is refused by name."""
    installation = made(tmp_path / "data", plan)
    for role in (DocumentRole.PRINCIPAL, DocumentRole.SEAL):
        source = signer_path(authorities.folder, role, CODE)
        taken = installation.keyring.take_signer(role, CODE, source, passphrase=PASSPHRASE, now=NOW)
        kept = installation.keyring.signer(role, CODE, now=NOW)
        assert kept.certificate == taken.certificate
        assert stat.S_IMODE(signer_path(installation.folder("keys"), role, CODE).stat().st_mode) == 0o600
    with opened(installation.signer_tools, NOBODY) as desk, pytest.raises(HocbaError, match="unregistered"):
        desk.checked(*desk.today(CODE))
    offline = (tmp_path / "data" / "keys" / "offline").rename(tmp_path / "stick")
    registered(installation, Role.PRINCIPAL, offline)
    registered(installation, Role.SEAL, offline)
    with opened(installation.signer_tools, NOBODY) as desk:
        assert set(desk.checked(*desk.today(CODE))) == {DocumentRole.PRINCIPAL, DocumentRole.SEAL}
    assert installation.audit().differences == ()


def test_key_that_is_replaced_stays_beside_the_new_one(tmp_path: Path, authorities: Keyring) -> None:
    """No private key is ever lost by a command, and one that cannot be opened replaces nothing."""
    installation = made(tmp_path / "data", TEST_PLAN)
    path = signer_path(installation.folder("keys"), DocumentRole.SEAL, CODE)
    before = path.read_bytes()
    source = signer_path(authorities.folder, DocumentRole.SEAL, CODE)
    with pytest.raises(KeysError, match="passphrase-wrong"):
        installation.keyring.take_signer(DocumentRole.SEAL, CODE, source, passphrase=b"other", now=NOW)
    assert path.read_bytes() == before
    installation.keyring.take_signer(DocumentRole.SEAL, CODE, source, passphrase=PASSPHRASE, now=NOW)
    assert path.read_bytes() != before
    assert [one.read_bytes() for one in path.parent.glob(f"{CODE}.p12.*")] == [before]
    assert installation.keyring.schools(DocumentRole.SEAL) == (CODE,)


def test_what_is_there_is_refused_and_stays(tmp_path: Path) -> None:
    """A folder that holds anything is not touched."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letter").write_text("kept")
    with pytest.raises(ServiceError, match="installation-exists"):
        made(tmp_path / "data", TEST_PLAN)
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "letter"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"anchors": {"neac": b"no PEM"}}, "anchors-unreadable"),
        ({"origin": "https://so example"}, "plan-invalid"),
        ({"qr_host": "https://so.example.vn/"}, "plan-invalid"),
        ({"database_url": "mysql://localhost/hocba"}, "database-url-invalid"),
    ],
)
def test_refused_plan_leaves_nothing(tmp_path: Path, change: dict[str, object], code: str) -> None:
    """One sentence says what is wrong, and the folder is free for the next try."""
    with pytest.raises(HocbaError) as refusal:
        made(tmp_path / "data", replace(TEST_PLAN, **change))  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_attempt_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at its last step, there is no folder of that name; what a killed one leaves is overwritten."""
    with monkeypatch.context() as broken:
        broken.setattr(Sequencer, "publish", _stop)
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path / "data", TEST_PLAN)
    assert list(tmp_path.iterdir()) == []
    write_durably(unfinished_folder(tmp_path / "data") / "rest", b"of a killed attempt", mode=0o600)
    assert made(tmp_path / "data", TEST_PLAN).audit().differences == ()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def _stop(_: Sequencer) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with closing_engines(monkeypatch), running_server() as server:
        yield server


def test_database_on_a_server_must_be_empty(tmp_path: Path, server: PostgreSQL) -> None:
    """One begins there, and another one is refused: it may be somebody's."""
    address = server.new_database()
    assert made(tmp_path / "data", replace(TEST_PLAN, database_url=address)).audit().differences == ()
    assert not (tmp_path / "data" / "hocba.sqlite3").exists()
    with pytest.raises(ServiceError, match="database-in-use"):
        made(tmp_path / "other", replace(TEST_PLAN, database_url=address))
    assert not (tmp_path / "other").exists()


def test_command_says_what_comes_next(tmp_path: Path) -> None:
    """`hocba init` needs authorities or a word that it is a test; a folder that is none names the command."""
    told = (
        *("init", "--data", tmp_path / "data", "--origin", TEST_PLAN.origin, "--qr-host", TEST_PLAN.qr_host),
        *("--operator", OPERATOR, "--school-code", CODE, "--school-name", TEST_PLAN.school.name),
        *("--commune", "Phường Ban Mai", "--province", "Hà Nội", "--principal", "Nguyễn Thị Hoa"),
    )
    assert run("hocba", *told).returncode == 2
    done = run("hocba", *told, "--test")
    assert done.returncode == 0
    assert "keys/offline" in done.stdout
    assert "hocba doctor" in done.stdout
    assert "hocba init" in run("hocba", "record", "publish", "--data", tmp_path / "nothing").stderr
