"""What a user would build: a page, two pyHanko signatures as its documentation shows, a file, an ORM row.

Kind to the peer: the panels are made once, and there is no log, no self-check and no fsync of the file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.stamp import StaticStampStyle
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.paper import Paper, Signature
from schemas.transcript.model import format_transcript


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "issued"
    number: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str]
    student_code: Mapped[str]
    school_year: Mapped[str]
    class_name: Mapped[str]
    digest: Mapped[str]
    data: Mapped[bytes]


class PyHankoIssuer:
    """Issues by way of a peer's page; `render` makes it."""

    def __init__(
        self, render: Callable[[Paper], bytes], signatures: Sequence[Signature], folder: Path
    ) -> None:
        folder.mkdir()
        self._render = render
        self._folder = folder
        self._signatures = [(one, _style(folder / f"{one.field}.panel", one.panel)) for one in signatures]
        self._engine = create_engine(f"sqlite:///{folder / 'issued.sqlite3'}")
        _Base.metadata.create_all(self._engine)

    def issue(self, papers: Sequence[Paper]) -> list[Path]:
        """Issue and return the files."""
        return [self._issue(paper) for paper in papers]

    def _issue(self, paper: Paper) -> Path:
        pdf = self._render(paper)
        for signature, style in self._signatures:
            pdf = _sign(pdf, signature, style)
        transcript = paper.transcript
        file = self._folder / f"{transcript.serial}.pdf"
        file.write_bytes(pdf)
        row = _Row(
            serial=transcript.serial,
            student_code=transcript.learner.student_code,
            school_year=transcript.years[-1].school_year,
            class_name=transcript.years[-1].class_name,
            digest=sha256(pdf).hexdigest(),
            data=format_transcript(transcript),
        )
        with Session(self._engine) as session:
            session.add(row)
            session.commit()
        return file


def _sign(pdf: bytes, signature: Signature, style: StaticStampStyle) -> bytes:
    signer = SimpleSigner.load_pkcs12(str(signature.key_file), passphrase=signature.passphrase)
    if signer is None:
        raise RuntimeError("pyHanko cannot open the key")
    pdf_signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=signature.field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        ),
        signer=signer,
        stamp_style=style,
        new_field_spec=SigFieldSpec(signature.field, on_page=-1, box=signature.box),
    )
    signed = io.BytesIO()
    pdf_signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=signed)
    return signed.getvalue()


def _style(path: Path, panel: bytes) -> StaticStampStyle:
    path.write_bytes(panel)
    return StaticStampStyle.from_pdf_file(str(path), border_width=0)
