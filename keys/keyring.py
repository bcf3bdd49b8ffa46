"""The folder of keys and who may use which; opens each key when first asked for it.

    keys/
    ├── passphrase               opens everything below (demonstrations; else kept elsewhere)
    ├── anchors/SET.pem          root certificates of an anchor set: test-neac, test-vgca (public)
    ├── principal/SCHOOL.p12     personal certificate of the school's principal, with its path
    ├── deputy/SCHOOL.p12        the same of a deputy who signs on the principal's behalf
    ├── seal/SCHOOL.p12          the school's own certificate, with its path
    │   (SCHOOL.json instead     the key is on a token: see keys.signer_address)
    ├── intermediates/*.pem      certificates of authorities that tokens lack (public)
    ├── record/ROLE.pem          Ed25519: log, clock, status, credential
    ├── time-stamp.p12           the time-stamp authority of a demonstration
    └── offline/                 what no running service needs: take it off the machine after the ceremony
        ├── passphrase           opens the next two, where `hocba init` made them (demonstrations: the one above)
        ├── root.pem, registrar.pem
        └── SET-root.p12, SET-ca.p12

All files but the anchors are encrypted and have mode 0600. The passphrase is 256 random bits, so that the files'
key derivation is kept cheap: more rounds would protect nothing. Makes no keys: that is `keys.ceremony`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography import x509

from keys.file_signer import FileSigner, repacked
from keys.record_key import RecordKey
from keys.secret_files import read_passphrase, read_secret, sync_folder, write_durably
from keys.signer import KeysError, SignatureAlgorithm
from keys.signer_address import SignerAddress, parse_address

_SCHOOL_CODE = re.compile(r"[0-9A-Z][0-9A-Z-]{0,19}")


class DocumentRole(StrEnum):
    """Who signs documents, by the name of the folder."""

    PRINCIPAL = "principal"
    DEPUTY = "deputy"
    """Signs on the principal's behalf, while a delegation is in force."""
    SEAL = "seal"


class RecordRole(StrEnum):
    """What an Ed25519 key is for, by the name of its file."""

    ROOT = "root"
    REGISTRAR = "registrar"
    LOG = "log"
    CLOCK = "clock"
    STATUS = "status"
    CREDENTIAL = "credential"

    @property
    def is_offline(self) -> bool:
        """Whether only ceremonies use it."""
        return self in {RecordRole.ROOT, RecordRole.REGISTRAR}


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation. Keys are opened anew at each call: keep what is returned."""

    folder: Path
    _passphrase: bytes = field(repr=False)

    @classmethod
    def open(cls, folder: Path, *, passphrase_file: Path) -> Self:
        """Open the folder with the passphrase in a file of its own.

        Raises:
            KeysError: `key-file-missing`, `key-file-unreadable`, `key-file-exposed`, `passphrase-empty`.
        """
        return cls(folder, read_passphrase(passphrase_file))

    def signer(
        self, role: DocumentRole, school: str, *, now: datetime, algorithm: SignatureAlgorithm | None = None
    ) -> FileSigner:
        """Return the signer of a school's principal, deputy or seal.

        Raises:
            KeysError: `school-code-invalid`, and what `FileSigner.load` raises.
        """
        path = signer_path(self.folder, role, school)
        return FileSigner.load(path, passphrase=self._passphrase, now=now, algorithm=algorithm)

    def take_signer(
        self, role: DocumentRole, school: str, source: Path, *, passphrase: bytes, now: datetime
    ) -> FileSigner:
        """Keep a copy of a PKCS#12 file from elsewhere as a school's signer, under this keyring's passphrase.

        The key that was there stays beside it, under the name `SCHOOL.p12.` and its file's digest. Asked again with
        the same file, nothing of the old is lost. An address (`keys.signer_address`) still goes before the file.

        Raises:
            KeysError: `school-code-invalid`, and what `FileSigner.load` raises of `source`; nothing has changed.
        """
        path = signer_path(self.folder, role, school)
        signer = FileSigner.load(source, passphrase=passphrase, now=now)
        content = repacked(source, passphrase=passphrase, new_passphrase=self._passphrase)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if path.exists():
            aside = path.with_name(f"{path.name}.{sha256(path.read_bytes()).hexdigest()[:16]}")
            if not aside.exists():
                aside.hardlink_to(path)
        unfinished = path.with_name(f".{path.name}.tmp")
        unfinished.unlink(missing_ok=True)
        write_durably(unfinished, content, mode=0o600)
        unfinished.rename(path)
        sync_folder(path.parent)
        return signer

    def address(self, role: DocumentRole, school: str) -> SignerAddress | None:
        """Return where the key is when it is elsewhere; None where it is in a PKCS#12 file here.

        Raises:
            KeysError: `school-code-invalid`, `signer-address-invalid`.
        """
        path = address_path(self.folder, role, school)
        return parse_address(path.read_bytes(), path) if path.exists() else None

    def intermediates(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates of authorities that stand between signers on tokens and the anchors.

        Raises:
            KeysError: `intermediate-unreadable`.
        """
        found: list[x509.Certificate] = []
        for path in sorted((self.folder / "intermediates").glob("*.pem")):
            try:
                found += x509.load_pem_x509_certificates(path.read_bytes())
            except ValueError as error:
                raise KeysError(
                    "intermediate-unreadable",
                    f"Tệp {path} không phải chứng thư PEM. Hãy chép lại từ nhà cung cấp chứng thư.",
                    f"The file {path} holds no PEM certificates. Copy it again from the certificates' issuer.",
                ) from error
        return tuple(found)

    def record_key(self, role: RecordRole) -> RecordKey:
        """Return the Ed25519 key of a role.

        Raises:
            KeysError: what `RecordKey.load` raises.
        """
        return RecordKey.load(record_key_path(self.folder, role), passphrase=self._passphrase)

    def exposed_files(self) -> Iterator[KeysError]:
        """Yield a refusal for each file of keys that somebody else can read, or nobody."""
        public = {self.folder / name for name in ("anchors", "intermediates", "crls")}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.parent not in public:
                try:
                    read_secret(path)
                except KeysError as error:
                    yield error

    def schools(self, role: DocumentRole) -> tuple[str, ...]:
        """Return the codes of the schools that have a key of this role, in order."""
        return tuple(sorted(path.stem for path in (self.folder / role).glob("*.p12")))

    def record_roles(self) -> Iterator[RecordRole]:
        """Yield the roles whose keys are in the folder: after a ceremony the offline ones are taken away."""
        return (role for role in RecordRole if record_key_path(self.folder, role).exists())

    def anchors(self) -> dict[str, tuple[x509.Certificate, ...]]:
        """Return the root certificates by anchor set."""
        return {
            path.stem: tuple(x509.load_pem_x509_certificates(path.read_bytes()))
            for path in sorted((self.folder / "anchors").glob("*.pem"))
        }


def signer_path(folder: Path, role: DocumentRole, school: str) -> Path:
    """Return where a school's key lies.

    Raises:
        KeysError: `school-code-invalid`: a code is part of a path, so nothing else may stand there.
    """
    if not _SCHOOL_CODE.fullmatch(school):
        raise KeysError(
            "school-code-invalid",
            "Mã trường chỉ gồm chữ số, chữ in hoa không dấu và gạch nối, tối đa 20 ký tự.",
            "A school code consists of digits, capital letters and hyphens, 20 at most.",
        )
    return folder / role / f"{school}.p12"


def address_path(folder: Path, role: DocumentRole, school: str) -> Path:
    """Return where it would stand that a school's key is on a token.

    Raises:
        KeysError: `school-code-invalid`.
    """
    return signer_path(folder, role, school).with_suffix(".json")


def record_key_path(folder: Path, role: RecordRole) -> Path:
    """Return where the Ed25519 key of a role lies."""
    return folder / ("offline" if role.is_offline else "record") / f"{role}.pem"
