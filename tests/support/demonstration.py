"""A demonstration school with released transcripts, made once and copied for whoever changes it."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cryptography import x509

from keys.keyring import RecordRole
from schemas.cose import sign1
from schemas.pdf_profile import SignatureField
from schemas.qr import QRAddress, format_qr
from schemas.record.entry import Entry, format_entry
from schemas.transcript.model import School
from schemas.verdict import Verdict
from service.approvals.approved import Approval
from service.correcting import CorrectingTools
from service.demo import SCHOOL_YEAR, run_once, set_up
from service.installation import Installation
from service.installation_parts import TRUST_ROOT
from service.issuing import BatchReport, released_path
from service.pdf.render import Renderer
from service.sample import DEMO_SCHOOL
from service.scopes import EVERY_SCOPE
from service.settings import Settings
from service.signers.school_signers import NOBODY, Operator
from service.storage.log_store import LogStore
from service.storage.records import Issuance, StudentYear, Token
from service.storage.register import Register
from verify.byte_scan import scan_signatures
from verify.trust import load_trust_root
from verify.verifier import Verifier

SCHOOL = DEMO_SCHOOL[0].code


def _present() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


# The commands under test read the real clock, and must find a fresh record.
START = _present()


@dataclass
class Clock:
    """A clock that a test sets."""

    time: dt.datetime = START

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return self.time

    def catch_up(self) -> None:
        """Read the real clock, as commands do: on a slow machine what they leave lies in this clock's future."""
        self.time = _present()

    def later(self, minutes: float) -> Clock:
        """Return another clock, some minutes on."""
        return Clock(self.time + dt.timedelta(minutes=minutes))

    def forward(self, **by: float) -> None:
        """Move on, as `hours=1`."""
        self.time += dt.timedelta(**by)


@cache
def _renderer() -> Renderer:
    return Renderer()


def _copy_file(source: str, target: str) -> None:
    """Copy a file with its mode and times; a database as it stands, whoever reads it."""
    if source.endswith(".sqlite3"):
        with closing(sqlite3.connect(source)) as known, closing(sqlite3.connect(target)) as made:
            known.backup(made)
        shutil.copystat(source, target)
    else:
        shutil.copy2(source, target)


class ApprovingInstallation(Installation):
    """An installation whose invented people confirm and approve, by the functions of everybody, before each issuing."""

    @cached_property
    def renderer(self) -> Renderer:
        """The renderer of this process: it keeps forms, nothing of an installation, and takes long to learn one."""
        return _renderer()

    def issue(self, school: str, school_year: str, **how: Any) -> BatchReport:
        """Approve the school year and those before it, then issue."""
        self.approve(school, school_year)
        return super().issue(school, school_year, **how)

    def approve(self, school: str, school_year: str) -> None:
        """Confirm and approve everything up to a school year."""
        last = int(school_year[:4])
        for first in range(last - 4, last + 1):
            self.approve_as_demonstration(school, f"{first}-{first + 1}")

    @contextmanager
    def correcting(self, operator: Operator = NOBODY) -> Iterator[CorrectingTools]:
        """Give what correcting needs; mended data are approved when they are needed."""
        with super().correcting(operator) as tools:

            def approved(mended: StudentYear) -> Approval:
                self.approve(mended.school_code, mended.year.school_year)
                return tools.approve(mended)

            yield replace(tools, approve=approved)


@dataclass
class Demonstration:
    """An installation with released transcripts, and what a test does with it."""

    data: Path
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def make(cls, data: Path, students: int) -> Demonstration:
        """Set one up and issue for everybody."""
        made = cls(data)
        installation = set_up(
            data, students=students, now=made.clock, token_bytes=secrets.token_bytes, say=lambda _: None
        )
        run_once(installation, students=students, say=lambda _: None)
        installation.verifier.close()
        return made

    def copy(self, data: Path) -> Demonstration:
        """Return a copy that a test may change."""
        # Readers of the databases come and go, and with the last of them what SQLite keeps beside each.
        beside = shutil.ignore_patterns("*-wal", "*-shm")
        shutil.copytree(self.data, data, dirs_exist_ok=True, ignore=beside, copy_function=_copy_file)
        return Demonstration(data, Clock(self.clock.time))

    @property
    def installation(self) -> ApprovingInstallation:
        """The installation, opened anew."""
        return ApprovingInstallation.open(
            Settings.load(self.data), now=self.clock, token_bytes=secrets.token_bytes
        )

    @property
    def trust_file(self) -> Path:
        """The trust root."""
        return self.data / TRUST_ROOT

    @property
    def anchors(self) -> list[x509.Certificate]:
        """The certificates that the trust root believes of signers."""
        ders = (
            base64.b64decode(one) for group in self.installation.trust.anchors for one in group.certificates
        )
        return [x509.load_der_x509_certificate(one) for one in ders]

    @property
    def record(self) -> Path:
        """The folder of the public record."""
        return self.data / "record"

    def issuances(self) -> tuple[Issuance, ...]:
        """Return all issuances."""
        return self.installation.register.issuances(SCHOOL, SCHOOL_YEAR)

    def pdf(self, number: int = 0) -> bytes:
        """Return the bytes of a released transcript."""
        return released_path(self.data / "issued", self.issuances()[number]).read_bytes()

    def qr(self, number: int = 0) -> str:
        """Return the address in a transcript's QR code."""
        installation, issuance = self.installation, self.issuances()[number]
        key = installation.keyring.record_key(RecordRole.CREDENTIAL)
        payload = sign1(issuance.claims, key.key_id, key.sign)
        return format_qr(QRAddress(installation.settings.qr_host, issuance.serial, payload))

    def append(self, *entries: Entry) -> list[int]:
        """Append entries to the log and publish."""
        installation = self.installation
        store = LogStore(installation.database)
        indexes = store.append([(secrets.token_hex(8), format_entry(entry)) for entry in entries])
        installation.publish()
        return indexes

    def verify(self, pdf: bytes, *, record: bool = True) -> Verdict:
        """Verify a file as anybody would, with the public files alone, or with no record at all."""
        verifier = self.verifier(record=record)
        try:
            return verifier.file(pdf)
        finally:
            verifier.close()

    def verifier(self, *, record: bool = True) -> Verifier:
        """Return a verifier; whoever asks closes it."""
        return Verifier(load_trust_root(self.trust_file), self.record if record else None, now=self.clock)


def add_school(register: Register, school: School, *secrets_: str) -> tuple[Token, ...]:
    """Add a school with the demonstration's signatory, and a token for each secret."""
    register.put_school(school, DEMO_SCHOOL[1])
    return tuple(
        register.put_token(
            Token(secrets.token_hex(8), school.code, f"Người giữ {number}", 0, scopes=EVERY_SCOPE), secret
        )
        for number, secret in enumerate(secrets_, start=1)
    )


def gap_of(pdf: bytes, field_name: SignatureField) -> tuple[int, int]:
    """Return where the hexadecimal digits of a signature begin and end."""
    order = [SignatureField.PRINCIPAL, SignatureField.SEAL]
    cms = scan_signatures(pdf)[order.index(field_name)].cms.hex().encode()
    start = pdf.index(b"<" + cms) + 1
    return start, pdf.index(b">", start)


def with_cms(pdf: bytes, field_name: SignatureField, cms: bytes) -> bytes:
    """Return the file with another CMS in a signature's gap."""
    start, end = gap_of(pdf, field_name)
    return pdf[:start] + cms.hex().encode().ljust(end - start, b"0") + pdf[end:]
