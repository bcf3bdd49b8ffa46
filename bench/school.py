"""A demonstration school in a temporary folder, with the classes that a benchmark issues, and what its peers are given.

The installation is a real one: RSA-2048 keys, database, log, fsync. The peers get the same pupils, the same QR
addresses and the same PKCS#12 files, and none of the time that making these took.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from openpyxl.utils import get_column_letter

from bench.paper import Paper, Signature
from keys.keyring import DocumentRole, RecordRole, signer_path
from schemas.cose import sign1
from schemas.pdf_profile import SignatureField
from schemas.qr import QRAddress, format_qr
from schemas.transcript.model import parse_transcript
from service.demo import SCHOOL_YEAR, set_up
from service.installation import Installation
from service.issuing import released_path
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.signature_fields import BOXES, Box
from service.sample import DEMO_SCHOOL, sample_class

CODE = DEMO_SCHOOL[0].code


@dataclass(frozen=True, slots=True)
class School:
    """The installation and its classes, which wait to be issued."""

    installation: Installation
    classes: tuple[str, ...]

    @classmethod
    def make(cls, data: Path, *, classes: int, students: int) -> School:
        """Set a school up, and import so many classes of so many students."""
        installation = set_up(data, students=0, now=_now, token_bytes=secrets.token_bytes, say=lambda _: None)
        names = tuple(f"6{get_column_letter(number + 1)}" for number in range(classes))
        for number, name in enumerate(names):
            workbook = sample_class(students, class_name=name, first_student=1 + number * students)
            result = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
            if not result.ok:
                raise RuntimeError(f"the sample class {name} was refused")
        installation.approve_as_demonstration(CODE, SCHOOL_YEAR)
        return cls(installation, names)

    def issue(self, class_name: str | None = None) -> list[Path]:
        """Issue for a class, or for everybody, and return the released files."""
        report = self.installation.issue(CODE, SCHOOL_YEAR, class_name=class_name)
        if report.failed or not report.released:
            raise RuntimeError(f"{len(report.failed)} documents of {class_name or 'the school'} failed")
        issued = self.installation.folder("issued")
        return [released_path(issued, issuance) for issuance in report.released]

    def papers(self) -> list[Paper]:
        """Return the issued transcripts as peers are given them, in the order of their files' names."""
        key = self.installation.keyring.record_key(RecordRole.CREDENTIAL)
        host = self.installation.settings.qr_host
        return [
            Paper(
                parse_transcript(issuance.data),
                format_qr(QRAddress(host, issuance.serial, sign1(issuance.claims, key.key_id, key.sign))),
            )
            for issuance in self.installation.register.issuances(CODE, SCHOOL_YEAR)
        ]

    def signatures(self) -> list[Signature]:
        """Return the principal's signature and the seal, for peers to make."""
        school, signatory = DEMO_SCHOOL
        folder = self.installation.folder("keys")
        return [
            Signature(
                field=field,
                box=_whole(BOXES[field]),
                key_file=signer_path(folder, role, CODE),
                passphrase=(folder / "passphrase").read_bytes().strip(),
                panel=panel.pdf,
            )
            for field, role, panel in (
                (
                    SignatureField.PRINCIPAL,
                    DocumentRole.PRINCIPAL,
                    principal_panel(signatory.name, signatory.title),
                ),
                (SignatureField.SEAL, DocumentRole.SEAL, seal_panel(school.name)),
            )
        ]

    def trust_roots(self) -> Sequence[bytes]:
        """Return the root certificates (DER), for peers that validate."""
        return [
            certificate.public_bytes(Encoding.DER)
            for certificates in self.installation.keyring.anchors().values()
            for certificate in certificates
        ]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _whole(box: Box) -> tuple[int, int, int, int]:
    left, bottom, right, top = (round(edge) for edge in box)
    return left, bottom, right, top
