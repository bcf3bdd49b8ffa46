"""Making the keys of a demonstration, and the registrar's first statements about them.

Two sets of anchors stand in for the two of the country, NEAC's for people and VGCA's for school seals; with them
every verdict says BẢN THỬ / TEST. What a real installation makes is `keys.record_ceremony`'s part. Makes no log and
appends nothing to one.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.certificates import (
    CertificateKey,
    CertificateKind,
    make_certificate,
    organisation_name,
    person_name,
)
from keys.file_signer import pack_pkcs12
from keys.keyring import DocumentRole, Keyring, RecordRole, record_key_path, signer_path
from keys.record_key import RecordKey
from keys.secret_files import sync_folder, write_durably
from keys.signer import KeysError, SignatureAlgorithm
from schemas.cose import sign1
from schemas.pdf_profile import RSA_MINIMUM_BITS
from schemas.record.envelope import format_envelope, sign_trust_root
from schemas.record.signed_note import SignatureType, VerifierKey, format_verifier_key
from schemas.record.statement import KeyState, KeyStatement, Role, format_statement
from schemas.record.trust_root import Algorithm, AnchorSet, Log, Registrar, RootKey, TrustRoot

PERSONAL_ANCHORS = "test-neac"
SEAL_ANCHORS = "test-vgca"
TRUST_ROOT_VALIDITY = timedelta(days=365)
RECORD_MAX_AGE = 86_400
"""Seconds; a day, as long as a status list may live."""

_SECRET, _PUBLIC, _FOLDER = 0o600, 0o644, 0o700
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class SchoolInfo:
    """A school that gets keys; text as it stands in certificates and statements."""

    code: str
    name: str
    province: str
    principal_name: str
    principal_title: str


@dataclass(frozen=True, slots=True)
class _Authority:
    """A key with its certificate and the path above it, the anchor last."""

    key: CertificateKey
    certificate: x509.Certificate
    path: tuple[x509.Certificate, ...]


def make_demo_authorities(
    folder: Path,
    *,
    schools: Sequence[SchoolInfo],
    passphrase: bytes,
    now: datetime,
    algorithm: SignatureAlgorithm,
) -> Keyring:
    """Make all keys of a demonstration in a new folder, laid out as `keys.keyring` says.

    Everything is written and fsynced under another name first: after a crash the folder is whole or not there.

    Args:
        folder: the keys folder; must not exist yet.
        schools: each gets a principal's certificate and a seal.
        passphrase: one line of random text; encrypts every key and is written beside them.
        now: start of every certificate's validity.
        algorithm: decides the kind of the X.509 keys: RSA 2048 or P-256.

    Raises:
        KeysError: `ceremony-exists`, `school-code-invalid`, `name-too-long`.
    """
    folder = folder.absolute()
    if folder.exists():
        raise _exists(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _Ceremony(unfinished, passphrase, now, algorithm).write_all(schools)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(folder.parent)
    return Keyring.open(folder, passphrase_file=folder / "passphrase")


def build_trust_root(
    keyring: Keyring,
    *,
    origin: str,
    hosts: Sequence[str],
    now: datetime,
    offline: Keyring | None = None,
    test: bool = True,
) -> bytes:
    """Return version 1 of a `trust-root.json`, signed by its one root key.

    Args:
        keyring: with the public halves that the trust root names.
        origin: the log's, schema-less `NAME/PATH`.
        hosts: where the verifier answers.
        now: the trust root expires a year later.
        offline: with the keys of root and registrar, where they have a passphrase of their own.
        test: whether every verdict says BẢN THỬ / TEST.

    Raises:
        KeysError: a key is missing or not usable.
        ValueError: `origin` or a host is not well formed (pydantic's, naming the field).
    """
    root_key = (offline or keyring).record_key(RecordRole.ROOT)
    registrar = (offline or keyring).record_key(RecordRole.REGISTRAR)
    log_key = keyring.record_key(RecordRole.LOG).public_key
    clock_key = keyring.record_key(RecordRole.CLOCK).public_key
    trust_root = TrustRoot(
        schema="hocba/trust-root/v1",
        version=1,
        expires=f"{now + TRUST_ROOT_VALIDITY:%Y-%m-%dT%H:%M:%SZ}",
        test=test,
        root_keys=(RootKey(key_id=root_key.key_id.hex(), key=_base64(root_key.public_key)),),
        threshold=1,
        logs=(
            Log(
                origin=origin,
                log_key=format_verifier_key(VerifierKey(origin, SignatureType.ED25519, log_key)),
                clock_key=format_verifier_key(
                    VerifierKey(f"{origin}/clock", SignatureType.COSIGNATURE, clock_key)
                ),
                school_prefixes=("",),
                max_age=RECORD_MAX_AGE,
            ),
        ),
        registrars=(
            Registrar(
                key_id=registrar.key_id.hex(), key=_base64(registrar.public_key), school_prefixes=("",)
            ),
        ),
        anchors=tuple(
            AnchorSet(
                set=name,
                certificates=tuple(_base64(each.public_bytes(Encoding.DER)) for each in certificates),
            )
            for name, certificates in keyring.anchors().items()
        ),
        hosts=tuple(hosts),
        algorithms=(
            Algorithm(name="rsa-pss", minimum_bits=RSA_MINIMUM_BITS, until=None),
            Algorithm(name="rsa-pkcs1v15", minimum_bits=RSA_MINIMUM_BITS, until=None),
            Algorithm(name="ecdsa-p256", minimum_bits=256, until=None),
        ),
    )
    return format_envelope(sign_trust_root(trust_root, {root_key.key_id: root_key.sign}))


def issuer_statements(
    keyring: Keyring,
    *,
    schools: Sequence[SchoolInfo],
    operator: str,
    province: str,
    now: datetime,
    offline: Keyring | None = None,
) -> tuple[bytes, ...]:
    """Return the registrar's first statements, signed, each the `statement` of an `issuer` entry.

    Args:
        keyring: with the certificates of `schools`.
        schools: for each, its principal and its seal are said to be in force.
        operator: who holds the credential and status keys, which speak for every school.
        province: the operator's.
        now: time of the statements, to the second.
        offline: with the registrar's key, where it has a passphrase of its own.

    Raises:
        KeysError: a key is missing or not usable.
        SchemaError: a name is too long for a statement.
    """
    registrar = (offline or keyring).record_key(RecordRole.REGISTRAR)
    statements = [
        _certificate_statement(keyring, school, role, now)
        for school in schools
        for role in (DocumentRole.PRINCIPAL, DocumentRole.SEAL)
    ]
    for record_role, role in ((RecordRole.CREDENTIAL, Role.CREDENTIAL), (RecordRole.STATUS, Role.STATUS)):
        statements.append(
            KeyStatement(
                time=int(now.timestamp()),
                school="",
                name=operator,
                province=province,
                thumbprint=None,
                public_key=keyring.record_key(record_role).public_key,
                role=role,
                state=KeyState.ACTIVE,
                number=1,
            )
        )
    return tuple(sign1(format_statement(each), registrar.key_id, registrar.sign) for each in statements)


def _certificate_statement(
    keyring: Keyring, school: SchoolInfo, role: DocumentRole, now: datetime
) -> KeyStatement:
    certificate = keyring.signer(role, school.code, now=now).certificate
    return KeyStatement(
        time=int(now.timestamp()),
        school=school.code,
        name=school.name,
        province=school.province,
        thumbprint=certificate.fingerprint(SHA256()),
        public_key=None,
        role=Role.PRINCIPAL if role is DocumentRole.PRINCIPAL else Role.SEAL,
        state=KeyState.ACTIVE,
        number=1,
    )


class _Ceremony:
    """Writes one set of keys into an empty folder."""

    def __init__(self, folder: Path, passphrase: bytes, now: datetime, algorithm: SignatureAlgorithm) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._now = now
        self._algorithm = algorithm

    def write_all(self, schools: Sequence[SchoolInfo]) -> None:
        subfolders = [self._folder / name for name in ("anchors", "offline", "record", *DocumentRole)]
        for subfolder in subfolders:
            subfolder.mkdir(_FOLDER)
        write_durably(self._folder / "passphrase", self._passphrase + b"\n", mode=_SECRET)
        people = self._anchor_set(PERSONAL_ANCHORS, "CA công cộng (thử)")
        seals = self._anchor_set(SEAL_ANCHORS, "CA công vụ (thử)")
        stamps = organisation_name(name="Dấu thời gian (thử)")
        self._write_signer(self._folder / "time-stamp.p12", CertificateKind.TIME_STAMP, stamps, people)
        for school in schools:
            self._write_school(school, people, seals)
        for role in RecordRole:
            key = RecordKey.from_seed(Ed25519PrivateKey.generate().private_bytes_raw())
            write_durably(record_key_path(self._folder, role), key.to_pem(self._passphrase), mode=_SECRET)
        for subfolder in (*subfolders, self._folder):
            sync_folder(subfolder)

    def _anchor_set(self, name: str, title: str) -> _Authority:
        """Write a root and its intermediate, and return the intermediate."""
        root_key, key = self._make_key(), self._make_key()
        root = make_certificate(
            CertificateKind.ROOT,
            subject=organisation_name(name=f"{title}: gốc"),
            key=root_key,
            issuer=None,
            issuer_key=root_key,
            now=self._now,
        )
        certificate = make_certificate(
            CertificateKind.INTERMEDIATE,
            subject=organisation_name(name=f"{title}: cấp chứng thư"),
            key=key,
            issuer=root,
            issuer_key=root_key,
            now=self._now,
        )
        write_durably(self._folder / "anchors" / f"{name}.pem", root.public_bytes(Encoding.PEM), mode=_PUBLIC)
        offline = self._folder / "offline"
        self._write_pkcs12(offline / f"{name}-root.p12", _Authority(root_key, root, ()))
        authority = _Authority(key, certificate, (root,))
        self._write_pkcs12(offline / f"{name}-ca.p12", authority)
        return authority

    def _write_school(self, school: SchoolInfo, people: _Authority, seals: _Authority) -> None:
        principal = person_name(
            name=school.principal_name,
            title=school.principal_title,
            organisation=school.name,
            province=school.province,
        )
        seal = organisation_name(name=school.name, province=school.province)
        for role, subject, issuer in (
            (DocumentRole.PRINCIPAL, principal, people),
            (DocumentRole.SEAL, seal, seals),
        ):
            path = signer_path(self._folder, role, school.code)
            self._write_signer(path, CertificateKind.SUBSCRIBER, subject, issuer)

    def _write_signer(
        self, path: Path, kind: CertificateKind, subject: x509.Name, issuer: _Authority
    ) -> None:
        key = self._make_key()
        certificate = make_certificate(
            kind, subject=subject, key=key, issuer=issuer.certificate, issuer_key=issuer.key, now=self._now
        )
        self._write_pkcs12(path, _Authority(key, certificate, (issuer.certificate, *issuer.path)))

    def _write_pkcs12(self, path: Path, holder: _Authority) -> None:
        stored = pack_pkcs12(holder.key, holder.certificate, holder.path, self._passphrase)
        write_durably(path, stored, mode=_SECRET)

    def _make_key(self) -> CertificateKey:
        if self._algorithm is SignatureAlgorithm.ECDSA_P256:
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _exists(folder: Path) -> KeysError:
    return KeysError(
        "ceremony-exists",
        f"Thư mục khoá {folder} đã có. Khoá không bao giờ bị ghi đè: hãy chọn thư mục dữ liệu khác.",
        f"The keys folder {folder} exists. Keys are never overwritten: choose another data folder.",
    )
