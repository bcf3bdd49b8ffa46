"""What attacks are made from: issued files, and the school's own keys, taken to have been stolen."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import pikepdf

from keys.file_signer import FileSigner
from keys.keyring import DocumentRole
from keys.pdf_signature import complete_signature
from schemas.pdf_profile import SignatureField
from schemas.record.trust_root import AnchorSet, TrustRoot
from service.installation import Installation
from tests.support.certificates import party
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import authority, prepare
from verify.byte_scan import SignatureBytes, scan_signatures
from verify.trust import load_trust_root
from verify.verifier import Verifier

RANGE = re.compile(rb"/ByteRange \[([0-9 ]+)\] *")
END = b"%%EOF\n"
ROOT = party("gốc của phép thử")
"""An anchor that the verifier of the attacks believes too, so that certificates of the wrong kind lead somewhere."""


@dataclass(frozen=True)
class Material:
    """One installation's files; each attack gets the same and returns the bytes that it makes of them."""

    demonstration: Demonstration

    @classmethod
    def make(cls, demonstration: Demonstration) -> Material:
        """Take an installation and let its record be newer than what the attacks sign."""
        demonstration.clock.forward(minutes=20)
        demonstration.installation.publish()
        return cls(demonstration)

    @cached_property
    def pdf(self) -> bytes:
        """A released transcript."""
        return self.demonstration.pdf(0)

    @cached_property
    def other(self) -> bytes:
        """Another student's."""
        return self.demonstration.pdf(1)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each revision ends: the page, the principal's, the seal's."""
        return tuple(match.end() for match in re.finditer(re.escape(END), self.pdf))

    @cached_property
    def page(self) -> bytes:
        """The file as it was before anybody signed."""
        return self.pdf[: self.ends[0]]

    @cached_property
    def signatures(self) -> tuple[SignatureBytes, ...]:
        """The signatures of `pdf`."""
        return scan_signatures(self.pdf)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The numbers of the objects that attacks reach for."""
        with pikepdf.open(io.BytesIO(self.pdf)) as pdf:
            root, page = pdf.Root, pdf.pages[0]
            font = next(iter(page.Resources.Font.values()))
            fields = {str(field.T): field for field in root.AcroForm.Fields}
            attachment = root.Names.EmbeddedFiles.Names[1]
            found = {
                "catalog": root,
                "form": root.AcroForm,
                "pages": root.Pages,
                "page": page.obj,
                "contents": page.obj.Contents,
                "font": font,
                "font-file": font.DescendantFonts[0].FontDescriptor.FontFile2,
                "to-unicode": font.ToUnicode,
                "metadata": root.Metadata,
                "file-specification": attachment,
                "attachment": attachment.EF.F,
                "principal-field": fields[SignatureField.PRINCIPAL],
                "seal-field": fields[SignatureField.SEAL],
                "principal": fields[SignatureField.PRINCIPAL].V,
                "seal": fields[SignatureField.SEAL].V,
                "seal-panel": fields[SignatureField.SEAL].AP.N,
                "information": pdf.docinfo,
            }
            return {name: each.objgen[0] for name, each in found.items()}

    def place(self, name: str) -> tuple[int, int]:
        """Return where an object lies in `pdf`, its last version."""
        number = self.numbers[name]
        start = self.pdf.rindex(b"\n%d 0 obj" % number) + 1
        return start, self.pdf.index(b"endobj", start)

    def body(self, name: str) -> bytes:
        """Return an object as it is written in `pdf`, its header left out."""
        start, end = self.place(name)
        return self.pdf[start:end].partition(b"obj")[2].strip()

    def stolen(self, role: DocumentRole) -> FileSigner:
        """Return the school's own signer."""
        signer = self._installation.keyring.signer(role, SCHOOL, now=self._signing_time)
        assert isinstance(signer, FileSigner)
        return signer

    def signed(
        self,
        pdf: bytes,
        *,
        stolen: bool = True,
        fields: tuple[SignatureField, ...] = (),
        reserved: int | None = None,
    ) -> bytes:
        """Return `pdf` signed in both fields, by the stolen keys or by a stranger's, in gaps of any size."""
        roles = {
            SignatureField.PRINCIPAL: DocumentRole.PRINCIPAL,
            SignatureField.SEAL: DocumentRole.SEAL,
        }
        for field in fields or tuple(roles):
            signer = self.stolen(roles[field]) if stolen else authority("p-256").signer
            prepared = prepare(pdf, field, signer, None, at=self._signing_time, reserved=reserved)
            pdf = complete_signature(prepared, signer.sign(prepared.signed_attributes_der))
        return pdf

    @cached_property
    def trust(self) -> TrustRoot:
        """The installation's trust root, with one more anchor: `ROOT`."""
        trust = load_trust_root(self.demonstration.trust_file)
        more = AnchorSet(set="test-attacks", certificates=(ROOT.anchor,))
        return trust.model_copy(update={"anchors": (*trust.anchors, more)})

    def verifier(self) -> Verifier:
        """Return a verifier; whoever asks closes it."""
        return Verifier(self.trust, self.demonstration.record, now=self.demonstration.clock)

    @cached_property
    def _installation(self) -> Installation:
        return self.demonstration.installation

    @property
    def _signing_time(self) -> dt.datetime:
        # After the files were issued, long enough before the record's newest checkpoint.
        return self.demonstration.clock() - dt.timedelta(minutes=15)


Attacks: TypeAlias = Mapping[str, Callable[[Material], bytes]]


def appended(
    pdf: bytes, objects: Mapping[int, bytes], *, table: bool = True, trailer: bytes | None = None
) -> bytes:
    """Return `pdf` with one more revision, as any program may add it (ISO 32000-1, 7.5.6)."""
    body, rows = pdf, b"xref\n0 1\n0000000000 65535 f \n"
    for number, content in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    if not table:
        return body
    last = pdf.rindex(b"trailer\n") + len(b"trailer\n")
    written = trailer if trailer is not None else pdf[last : pdf.index(b"startxref", last)].strip()
    previous = int(pdf[pdf.rindex(b"startxref\n") + 10 :].split()[0])
    written = re.sub(rb"/Prev [0-9]+", b"", written)
    written = re.sub(rb">>$", b"/Prev %d >>" % previous, written)
    return body + rows + b"trailer\n" + written + b"\nstartxref\n%d\n" % len(body) + END


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream as it is written."""
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


def replaced(pdf: bytes, old: bytes, new: bytes, *, last: bool = True) -> bytes:
    """Return `pdf` with `new` for `old`, padded to the same length where it is shorter; `old` must be there."""
    at = pdf.rindex(old) if last else pdf.index(old)
    return pdf[:at] + new.ljust(len(old)) + pdf[at + len(old) :]


def with_range(pdf: bytes, numbers: bytes, *, field: SignatureField = SignatureField.SEAL) -> bytes:
    """Return `pdf` with other words in the brackets of a signature's /ByteRange, in the room that is there."""
    matches = list(RANGE.finditer(pdf))
    match = matches[0 if field is SignatureField.PRINCIPAL else -1]
    written = (b"/ByteRange [" + numbers + b"]").ljust(match.end() - match.start())
    return pdf[: match.start()] + written + pdf[match.end() :]
