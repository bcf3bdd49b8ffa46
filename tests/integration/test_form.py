"""A filled page is the page that typst would have set: the same words, the same places, the same standards."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import page
import pikepdf
import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from schemas.transcript.model import Corrections, Person, Relation, RelationKind, Transcript
from service.pdf.page import page_of
from service.pdf.qr_image import qr_modules
from service.self_check import check_document
from tests.support.levels import (
    fifteen_subjects,
    primary_transcript,
    primary_year,
    repeater_transcript,
    transferred_transcript,
    upper_transcript,
    upper_year,
)
from tests.support.signed_pages import renderer
from tests.support.transcripts import (
    SERIAL,
    sample_learner,
    sample_qr,
    sample_rows,
    sample_transcript,
    sample_year,
)


def _rows(**changes: str | None) -> Transcript:
    rows = tuple(row.model_copy(update=changes) for row in sample_rows())
    return sample_transcript(years=(sample_year(subjects=rows),))


def _history() -> Transcript:
    years = tuple(
        sample_year(school_year=f"{2022 + at}-{2023 + at}", grade=6 + at, class_name=f"{6 + at}A{at + 1}")
        for at in range(4)
    )
    return sample_transcript(years=years)


TRANSCRIPTS = {
    "sample": sample_transcript(),
    "nearly-empty": sample_transcript(
        learner=sample_learner(father=None, mother=None, personal_id=None, record_code=None),
        years=(
            sample_year(
                promotion=None, certificates=None, awards=None, homeroom_remark=None, confirmations=()
            ),
        ),
    ),
    "guardian": sample_transcript(
        learner=sample_learner(guardian=Person(name="Đỗ Thị Ỷ Lan", occupation="Thợ <may> & thêu"))
    ),
    "long-remarks": _rows(remark="Chăm chỉ, tiến bộ rõ rệt; cần luyện thêm kĩ năng nghe và nói."),
    "no-remarks": _rows(remark=None),
    "marks": _rows(reassessed=None, teacher="Ỡ Ỳ Ỷ Ỹ Ỵ (phụ trách) \\ [1] {2} <3>"),
    "long-name": sample_transcript(learner=sample_learner(full_name="Công Tằng Tôn Nữ Khánh Quỳnh Giang")),
    "short-name": sample_transcript(learner=sample_learner(full_name="Y")),
    "corrections": sample_transcript(
        years=(sample_year(corrections=Corrections(count=2, subjects=("Toán", "Tin học"))),)
    ),
    "corrects": sample_transcript(
        relation=Relation(kind=RelationKind.CORRECTS, serial=SERIAL, data="ef" * 32)
    ),
    "long-homeroom-remark": sample_transcript(
        years=(sample_year(homeroom_remark=" ".join(["Ngoan, trung thực, hoà đồng với bạn bè."] * 8)),)
    ),
    "four-years": _history(),
    "primary": primary_transcript(),
    "primary-five-years": primary_transcript(*map(primary_year, range(1, 6))),
    "primary-empty": primary_transcript(
        primary_year(
            register_number=None,
            entered_on=None,
            height_cm=None,
            weight_kg=None,
            awards=None,
            result=None,
            completion=None,
            confirmations=(),
            subjects=tuple(
                row.model_copy(update={"level": None, "test": None, "remark": None})
                for row in primary_year().subjects
            ),
        )
    ),
    "upper": upper_transcript(),
    "upper-transfer": transferred_transcript(),
    "upper-repeater": repeater_transcript(),
    "upper-fifteen": upper_transcript(upper_year(subjects=fifteen_subjects())),
}


def _typst(transcript: Transcript) -> bytes:
    glyphs = renderer().glyphs
    qr = sample_qr(transcript)
    return renderer().typeset(page_of(transcript, qr, glyphs), qr_modules(qr), transcript.profile)


def _pictures(pdf: bytes, folder: Path) -> list[Image.Image]:
    folder.mkdir()
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "60", "-gray", folder / "page.pdf", folder / "page"], check=True)
    return [Image.open(each) for each in sorted(folder.glob("page-*.pgm"))]


def _words(pdf: bytes) -> list[str]:
    return [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_filled_page_is_the_page_that_typst_sets(name: str, tmp_path: Path) -> None:
    """Word for word and pixel for pixel, and it passes the self-check."""
    transcript = TRANSCRIPTS[name]
    filled, set_by_typst = renderer().render(transcript, sample_qr(transcript)), _typst(transcript)
    assert filled != set_by_typst  # the fonts of a form have more glyphs
    assert _words(filled) == _words(set_by_typst)
    pairs = zip(
        _pictures(filled, tmp_path / "filled"), _pictures(set_by_typst, tmp_path / "typst"), strict=True
    )
    for ours, theirs in pairs:
        # A thousandth of a point is one grey level at the edge of a letter.
        assert max(ImageChops.difference(ours, theirs).tobytes()) <= 8
    check_document(filled, transcript, sample_qr(transcript))


@pytest.mark.parametrize("name", ["sample", "nearly-empty", "four-years", "primary-empty"])
def test_filled_page_keeps_to_pdf_a_and_pdf_ua(name: str) -> None:
    """PDF/A-3a and PDF/UA-1 without a finding, also where fields are empty."""
    transcript = TRANSCRIPTS[name]
    pdf = renderer().render(transcript, sample_qr(transcript))
    for profile in ("3a", "ua1"):
        assert page.validate_pdf_bytes(pdf, profile=profile).failures == []


def test_each_document_says_its_own_title_and_serial() -> None:
    """A page filled for one student says nothing of the student with whom its form was learned."""
    first, second = TRANSCRIPTS["sample"], TRANSCRIPTS["short-name"]
    renderer().render(first, sample_qr(first))
    with pikepdf.open(io.BytesIO(renderer().render(second, sample_qr(second)))) as pdf:
        metadata = pdf.Root.Metadata.read_bytes().decode("utf-8")
        assert str(pdf.docinfo.Title) == "Học bạ trung học cơ sở – Y"
        assert "Học bạ trung học cơ sở – Y</rdf:li>" in metadata
        everything = pdf.trailer.unparse(resolved=True) + b"".join(
            each.read_bytes() if isinstance(each, pikepdf.Stream) else each.unparse(resolved=True)
            for each in pdf.objects
        )
    for spelling in ("utf-8", "utf-16-be"):
        name = first.learner.full_name.encode(spelling)
        assert name not in everything
        assert name.hex().encode("ascii") not in everything.lower()


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Nguyễn " * 12 + "An"},
        {"address": "Thôn Đông " * 15 + "xã Á"},
        {"ethnicity": "Ơ Đu–Ɓahnar"},
    ],
    ids=["name", "address", "letter"],
)
def test_what_has_no_room_is_set_by_typst(changes: dict[str, str]) -> None:
    """A name too long for its line, or a letter outside the form's alphabet, is set as the template wants."""
    transcript = sample_transcript(learner=sample_learner(**changes))
    pdf = renderer().render(transcript, sample_qr(transcript))
    assert pdf == _typst(transcript)
    check_document(pdf, transcript, sample_qr(transcript))
