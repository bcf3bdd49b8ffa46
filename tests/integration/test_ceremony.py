"""The keys of a demonstration: what lies where, who may read it, and what the first documents about them say."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12
from cryptography.x509 import Certificate

from keys.ceremony import SchoolInfo, build_trust_root, issuer_statements, make_demo_authorities
from keys.certificates import describe
from keys.cli import DEMO_SCHOOLS, keys_group
from keys.keyring import DocumentRole, Keyring, RecordRole, signer_path
from keys.secret_files import write_durably
from keys.signer import KeysError, SignatureAlgorithm, check_signature
from schemas.errors import SchemaError
from schemas.record.envelope import check_threshold, parse_envelope
from schemas.record.issuers import IssuerRegistry, Standing
from schemas.record.statement import Role
from schemas.record.trust_root import TrustRoot
from tests.support.record import verify

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
PASSPHRASE = b"a line of random text"
SCHOOL = SchoolInfo(
    code="HN-0001",
    name="Trường THCS Thử",
    province="Hà Nội",
    principal_name="Nguyễn Thị Thử",
    principal_title="Hiệu trưởng",
)
OTHER = replace(SCHOOL, code="HN-0002", name="Trường THCS Khác", principal_name="Trần Văn Khác")
ORIGIN = "so.example.vn/record"
CERTIFICATE_ROLES = {DocumentRole.PRINCIPAL: Role.PRINCIPAL, DocumentRole.SEAL: Role.SEAL}
KEY_ROLES = {RecordRole.CREDENTIAL: Role.CREDENTIAL, RecordRole.STATUS: Role.STATUS}


def _ceremony(folder: Path, *schools: SchoolInfo) -> Keyring:
    return make_demo_authorities(
        folder,
        schools=schools,
        passphrase=PASSPHRASE,
        now=NOW,
        algorithm=SignatureAlgorithm.ECDSA_P256,
    )


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys of two schools, which nobody may change."""
    return _ceremony(tmp_path_factory.mktemp("ceremony") / "data" / "keys", SCHOOL, OTHER)


def _root(keyring: Keyring) -> TrustRoot:
    data = build_trust_root(keyring, origin=ORIGIN, hosts=("hocba.example.vn",), now=NOW)
    envelope = parse_envelope(data)
    check_threshold(envelope, verify)
    return envelope.root


def _statements(keyring: Keyring, *schools: SchoolInfo) -> tuple[bytes, ...]:
    return issuer_statements(keyring, schools=schools, operator="Sở Thử", province="Hà Nội", now=NOW)


def test_layout(keyring: Keyring) -> None:
    """The folder holds exactly what `keys.keyring` draws."""
    files = {str(path.relative_to(keyring.folder)) for path in keyring.folder.rglob("*") if path.is_file()}
    assert files == {
        "passphrase",
        "time-stamp.p12",
        *(f"anchors/{name}.pem" for name in ("test-neac", "test-vgca")),
        *(f"{role}/{code}.p12" for role in ("principal", "seal") for code in ("HN-0001", "HN-0002")),
        *(f"record/{role}.pem" for role in ("log", "clock", "status", "credential")),
        *(f"offline/{role}.pem" for role in ("root", "registrar")),
        *(f"offline/{name}-{kind}.p12" for name in ("test-neac", "test-vgca") for kind in ("root", "ca")),
    }
    assert [path.name for path in keyring.folder.parent.iterdir()] == ["keys"]


def test_only_the_owner_reads(keyring: Keyring) -> None:
    """Every file but the anchors has mode 0600, and every folder 0700."""
    for path in (keyring.folder, *keyring.folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            assert mode == 0o700, path
        elif path.parent.name == "anchors":
            assert not mode & 0o022, path
        else:
            assert mode == 0o600, path


def test_every_key_is_encrypted(keyring: Keyring) -> None:
    """No key opens without the passphrase, and all open with it."""
    stores = sorted(keyring.folder.rglob("*.p12"))
    assert len(stores) == 9
    for path in stores:
        with pytest.raises(ValueError, match=r"[Pp]assword"):
            pkcs12.load_key_and_certificates(path.read_bytes(), None)
        assert pkcs12.load_key_and_certificates(path.read_bytes(), PASSPHRASE)[0] is not None
    for path in (*keyring.folder.glob("record/*.pem"), *keyring.folder.glob("offline/*.pem")):
        with pytest.raises(TypeError, match="encrypted"):
            load_pem_private_key(path.read_bytes(), None)


def test_every_key_is_another(keyring: Keyring) -> None:
    """No key is used for two purposes."""
    record = {keyring.record_key(role).public_key for role in RecordRole}
    stored = {
        pkcs12.load_pkcs12(path.read_bytes(), PASSPHRASE).cert for path in keyring.folder.rglob("*.p12")
    }
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signers = {one.certificate.public_key().public_bytes(*spki) for one in stored if one is not None}
    assert len(record) == len(RecordRole)
    assert len(signers) == 9


@pytest.mark.parametrize("role", [DocumentRole.PRINCIPAL, DocumentRole.SEAL])
def test_signers_lead_to_their_own_anchors(keyring: Keyring, role: DocumentRole) -> None:
    """People are certified below one anchor, school seals below the other, and their signatures hold."""
    signer = keyring.signer(role, SCHOOL.code, now=NOW)
    check_signature(signer.certificate, signer.algorithm, signer.sign(b"message"), b"message")
    (intermediate,) = signer.chain
    signer.certificate.verify_directly_issued_by(intermediate)
    anchors = keyring.anchors()
    own = "test-neac" if role is DocumentRole.PRINCIPAL else "test-vgca"
    assert list(anchors) == ["test-neac", "test-vgca"]
    for name, (anchor,) in anchors.items():
        assert (intermediate.issuer == anchor.subject) is (name == own)
    intermediate.verify_directly_issued_by(anchors[own][0])
    assert describe(signer.certificate).managing_unit == SCHOOL.name


def test_keyring_opens_the_folder_again(keyring: Keyring) -> None:
    """Opened anew from the passphrase file, the folder gives the same keys, and lists its schools and roles."""
    again = Keyring.open(keyring.folder, passphrase_file=keyring.folder / "passphrase")
    assert again.record_key(RecordRole.LOG).public_key == keyring.record_key(RecordRole.LOG).public_key
    assert again.schools(DocumentRole.SEAL) == ("HN-0001", "HN-0002")
    assert set(again.record_roles()) == set(RecordRole)
    assert PASSPHRASE.decode() not in repr(again)


@pytest.mark.parametrize(
    "code", ["", "../seal/HN-0001", "hn-0001", "HN 1", "-HN", "H" * 21, "HN-0001\n", "Đ1"]
)
def test_code_that_is_no_code_is_no_path(keyring: Keyring, code: str) -> None:
    """A school code that could lead out of the folder, or is badly spelled, is refused."""
    with pytest.raises(KeysError) as refusal:
        signer_path(keyring.folder, DocumentRole.SEAL, code)
    assert refusal.value.code == "school-code-invalid"


def test_unknown_school_has_no_key(keyring: Keyring) -> None:
    """A school without keys is told so."""
    with pytest.raises(KeysError) as refusal:
        keyring.signer(DocumentRole.SEAL, "HN-0003", now=NOW)
    assert refusal.value.code == "key-file-missing"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Where a keys folder is, even an empty one, no ceremony is held."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "passphrase").write_bytes(b"old")
    with pytest.raises(KeysError) as refusal:
        _ceremony(folder, SCHOOL)
    assert refusal.value.code == "ceremony-exists"
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"old"]


class _PowerCutError(BaseException):
    """What nobody catches."""


@pytest.mark.parametrize("files", [0, 1, 5, 13])
def test_crash_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    """Broken off after any number of files, a ceremony leaves no key and no folder, and can be held anew."""
    written: list[Path] = []

    def write(path: Path, content: bytes, *, mode: int) -> None:
        if len(written) == files:
            raise _PowerCutError
        written.append(path)
        write_durably(path, content, mode=mode)

    with monkeypatch.context() as patch:
        patch.setattr("keys.ceremony.write_durably", write)
        with pytest.raises(_PowerCutError):
            _ceremony(tmp_path / "keys", SCHOOL)
    assert len(written) == files
    assert list(tmp_path.iterdir()) == []
    assert _ceremony(tmp_path / "keys", SCHOOL).schools(DocumentRole.SEAL) == (SCHOOL.code,)


@pytest.mark.parametrize(
    ("school", "code"),
    [
        (replace(SCHOOL, code="../HN"), "school-code-invalid"),
        (replace(SCHOOL, name="Trường " * 12), "name-too-long"),
    ],
)
def test_refused_school_leaves_nothing(tmp_path: Path, school: SchoolInfo, code: str) -> None:
    """A school that cannot get keys leaves no half of a folder behind."""
    with pytest.raises(KeysError) as refusal:
        _ceremony(tmp_path / "keys", SCHOOL, school)
    assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_trust_root_holds_its_threshold(keyring: Keyring) -> None:
    """The trust root is signed by its root key, is a test's, and names the keys and anchors of the folder."""
    root = _root(keyring)
    assert (root.version, root.test, root.threshold) == (1, True, 1)
    assert root.expires_at == NOW + dt.timedelta(days=365)
    (log,) = root.logs
    assert log.log_verifier.public_key == keyring.record_key(RecordRole.LOG).public_key
    assert log.clock_verifier.public_key == keyring.record_key(RecordRole.CLOCK).public_key
    assert root.registrar(keyring.record_key(RecordRole.REGISTRAR).key_id) is not None
    assert {one.set: one.certificates for one in root.anchors} == {
        name: tuple(_base64(one) for one in certificates) for name, certificates in keyring.anchors().items()
    }


def test_changed_trust_root_is_refused(keyring: Keyring) -> None:
    """A trust root whose text was changed does not reach its threshold."""
    data = build_trust_root(keyring, origin=ORIGIN, hosts=("hocba.example.vn",), now=NOW)
    changed = data.replace(b"hocba.example.vn", b"hocba.example.vm")
    assert changed != data
    with pytest.raises(SchemaError):
        check_threshold(parse_envelope(changed), verify)


def test_statements_put_everything_in_force(keyring: Keyring) -> None:
    """All statements count, and after them each certificate and key is in force for its role alone."""
    registry = IssuerRegistry(_root(keyring), verify)
    statements = _statements(keyring, SCHOOL, OTHER)
    assert len(statements) == 6
    for index, statement in enumerate(statements):
        registry.add(index, statement)
    for school in (SCHOOL, OTHER):
        assert registry.school_name(school.code) == school.name
        for role, stated in CERTIFICATE_ROLES.items():
            thumbprint = keyring.signer(role, school.code, now=NOW).certificate.fingerprint(SHA256())
            for asked in Role:
                standing = registry.standing(thumbprint, roles={asked}, school=school.code, index=6)
                assert standing is (Standing.IN_FORCE if asked is stated else Standing.OTHER_ROLE)
            other = OTHER if school is SCHOOL else SCHOOL
            standing = registry.standing(thumbprint, roles={stated}, school=other.code, index=6)
            assert standing is Standing.OTHER_SCHOOL
        for record_role, stated in KEY_ROLES.items():
            public_key = keyring.record_key(record_role).public_key
            standing = registry.standing(public_key, roles={stated}, school=school.code, index=6)
            assert standing is Standing.IN_FORCE


def test_strangers_statements_count_for_nothing(keyring: Keyring, tmp_path: Path) -> None:
    """The statements of another installation's registrar are refused."""
    stranger = _ceremony(tmp_path / "keys", SCHOOL)
    registry = IssuerRegistry(_root(keyring), verify)
    for statement in _statements(stranger, SCHOOL):
        with pytest.raises(SchemaError) as refusal:
            registry.add(0, statement)
        assert refusal.value.code == "statement-registrar"


def test_after_the_ceremony_offline_keys_go(tmp_path: Path) -> None:
    """With `offline/` taken away documents are signed as before, and nobody speaks as registrar or root."""
    keyring = _ceremony(tmp_path / "keys", SCHOOL)
    (keyring.folder / "offline").rename(tmp_path / "a safe")
    assert keyring.signer(DocumentRole.SEAL, SCHOOL.code, now=NOW).sign(b"message")
    assert set(keyring.record_roles()) == {role for role in RecordRole if not role.is_offline}
    for call in (lambda: _statements(keyring, SCHOOL), lambda: _root(keyring)):
        with pytest.raises(KeysError) as refusal:
            call()
        assert refusal.value.code == "key-file-missing"


def _base64(certificate: Certificate) -> str:
    lines = certificate.public_bytes(Encoding.PEM).decode().splitlines()
    return "".join(lines[1:-1])


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What `hocba keys ceremony --demo` made, and what it said."""
    data = tmp_path_factory.mktemp("command")
    result = CliRunner().invoke(keys_group, ["ceremony", "--demo", "--data", str(data)])
    assert result.exit_code == 0, result.output
    return data, result.output


def _secrets(data: Path) -> list[str]:
    """Every line that must never be seen."""
    folder = data / "keys"
    lines = (folder / "passphrase").read_text().split()
    for path in (*folder.glob("record/*.pem"), *folder.glob("offline/*.pem")):
        lines += path.read_text().splitlines()[1:-1]
    return lines


def test_commands_tell_no_secret(held: tuple[Path, str]) -> None:
    """The ceremony and the list name every key by id, and show neither passphrase nor key."""
    data, said = held
    listed = CliRunner().invoke(keys_group, ["list", "--data", str(data)])
    assert listed.exit_code == 0
    keyring = Keyring.open(data / "keys", passphrase_file=data / "keys" / "passphrase")
    for output in (said, listed.output):
        for role in RecordRole:
            assert keyring.record_key(role).key_id.hex() in output
        assert output.count(DEMO_SCHOOLS[0].code) == 2
        assert not [secret for secret in _secrets(data) if secret in output]


def test_passphrase_is_random(held: tuple[Path, str], tmp_path: Path) -> None:
    """The passphrase is 256 bits, another in every ceremony."""
    data, _ = held
    assert CliRunner().invoke(keys_group, ["ceremony", "--demo", "--data", str(tmp_path)]).exit_code == 0
    passphrases = [(each / "keys" / "passphrase").read_text() for each in (data, tmp_path)]
    assert passphrases[0] != passphrases[1]
    assert all(len(bytes.fromhex(each)) == 32 for each in passphrases)


def test_list_names_what_cannot_be_used(held: tuple[Path, str], tmp_path: Path) -> None:
    """A key with a fault is listed with its reason, and the others as ever."""
    shutil.copytree(held[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "keys" / "seal" / f"{DEMO_SCHOOLS[0].code}.p12").chmod(0o644)
    result = CliRunner().invoke(keys_group, ["list", "--data", str(tmp_path)])
    assert result.exit_code == 0
    assert "(key-file-exposed)" in result.output
    assert DEMO_SCHOOLS[0].principal_name in result.output


def test_commands_refuse_in_a_sentence(held: tuple[Path, str], tmp_path: Path) -> None:
    """A refusal is one sentence in each language with its code, without a stack trace."""
    calls = {
        "ceremony-exists": ["ceremony", "--demo", "--data", str(held[0])],
        "key-file-missing": ["list", "--data", str(tmp_path)],
    }
    for code, arguments in calls.items():
        result = CliRunner().invoke(keys_group, arguments)
        assert result.exit_code == 1
        assert f"({code})" in result.output
        assert len(result.output.strip().splitlines()) == 2
        assert "Traceback" not in result.output


def test_ceremony_without_demo_is_refused(tmp_path: Path) -> None:
    """Whoever does not say that it is a demonstration gets no keys."""
    result = CliRunner().invoke(keys_group, ["ceremony", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
