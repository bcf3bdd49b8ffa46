"""A demonstration school with released transcripts, made once and copied for whoever changes it."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from keys.keyring import RecordRole
from schemas.cose import sign1
from schemas.pdf_profile import SignatureField
from schemas.qr import QRAddress, format_qr
from schemas.record.entry import Entry, format_entry
from schemas.transcript.model import School
from schemas.verdict import Verdict
from service.demo import SCHOOL_YEAR, run_once, set_up
from service.installation import TRUST_ROOT, Installation
from service.issuing import released_path
from service.sample import DEMO_SCHOOL
from service.settings import Settings
from service.storage.log_store import LogStore
from service.storage.records import Issuance, Token
from service.storage.register import Register
from verify.byte_scan import scan_signatures
from verify.trust import load_trust_root
from verify.verifier import Verifier

# The commands under test read the real clock, and must find a fresh record.
START = dt.datetime.now(dt.UTC).replace(microsecond=0)
SCHOOL = DEMO_SCHOOL[0].code


@dataclass
class Clock:
    """A clock that a test sets."""

    time: dt.datetime = START

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return self.time

    def forward(self, **by: float) -> None:
        """Move on, as `hours=1`."""
        self.time += dt.timedelta(**by)


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
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        return Demonstration(data, Clock(self.clock.time))

    @property
    def installation(self) -> Installation:
        """The installation, opened anew."""
        return Installation.open(Settings.load(self.data), now=self.clock, token_bytes=secrets.token_bytes)

    @property
    def trust_file(self) -> Path:
        """The trust root."""
        return self.data / TRUST_ROOT

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
        register.put_token(Token(secrets.token_hex(8), school.code, f"Người giữ {number}", 0), secret)
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
