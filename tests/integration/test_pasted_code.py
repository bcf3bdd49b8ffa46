"""A genuine QR code on a paper that is not its own: what is said is said of the code, and shows whose it is."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from schemas.verdict import CheckId, Document, VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.qr_pictures import qr_picture
from verify.messages import COMPARE
from verify.verifier import Verifier
from verify.web.app import create_app

WHITE = 255


@pytest.fixture
def verifier(released: Demonstration) -> Iterator[Verifier]:
    """A verifier over the released transcripts."""
    made = released.verifier()
    yield made
    made.close()


@pytest.fixture
def paper(released: Demonstration, tmp_path: Path) -> Image.Image:
    """The page of the second student that bears the code, as a printer would have it."""
    file = tmp_path / "b.pdf"
    file.write_bytes(released.pdf(1))
    subprocess.run(["pdftoppm", "-r", "200", "-gray", file, tmp_path / "page"], check=True)
    pages = [Image.open(path).convert("L") for path in sorted(tmp_path.glob("page-*"))]
    return next(page for page in pages if _codes(page))


def _codes(page: Image.Image) -> list[zxingcpp.Barcode]:
    return list(
        zxingcpp.read_barcodes(np.array(page), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    )


def _marks(document: Document) -> list[tuple[str | None, ...]]:
    rows = [row for year in document.years for row in year.subjects]
    return [(row.semester1, row.semester2, row.year) for row in rows]


def _photo(page: Image.Image) -> bytes:
    target = io.BytesIO()
    page.save(target, "PNG")
    return target.getvalue()


def _pasted(paper: Image.Image, text: str) -> Image.Image:
    """Return the paper with another code glued over its own."""
    (own,) = _codes(paper)
    corner, side = own.position.top_left, own.position.top_right.x - own.position.top_left.x
    code = qr_picture(text, scale=4)
    page = paper.copy()
    page.paste(Image.new("L", (code.width + 60, code.height + 60), WHITE), (corner.x - 30, corner.y - 30))
    assert code.width + 60 > side
    page.paste(code, (corner.x, corner.y))
    return page


def test_code_pasted_over_shows_whose_it_is(
    verifier: Verifier, released: Demonstration, paper: Image.Image
) -> None:
    """The code of A on the paper of B is on record, with A's name and marks, and the sentence to compare."""
    of_a, of_b = (verifier.file(released.pdf(number)).document for number in (0, 1))
    assert of_a is not None
    assert of_b is not None
    photo = _photo(_pasted(paper, released.qr(0)))
    verdict = verifier.upload(photo)
    assert (verdict.verdict, verdict.subject) == (VerdictCode.RECORDED, "qr")
    assert verdict.document is not None
    assert (verdict.document.full_name, verdict.document.birth_date) == (of_a.full_name, of_a.birth_date)
    assert _marks(verdict.document) == _marks(of_a) != _marks(of_b)
    assert of_a.full_name != of_b.full_name
    assert COMPARE.vi in [note.vi for note in verdict.notes]
    assert verdict.headline.vi == "Mã có trong sổ cấp: hãy so với tờ giấy"
    page = (
        create_app(verifier)
        .test_client()
        .post("/check", data={"file": (io.BytesIO(photo), "anh.png")})
        .get_data(as_text=True)
    )
    assert of_a.full_name in page
    assert of_b.full_name not in page
    assert "có thể bị sửa hoặc mang mã của học bạ khác: hãy so họ tên, ngày sinh và từng điểm" in page


def test_two_codes_of_ours_in_one_photo_are_refused(
    verifier: Verifier, released: Demonstration, paper: Image.Image
) -> None:
    """Beside its own code a paper bears another's: neither is taken for the paper's; the same code twice is one."""
    verdicts = []
    for number in (0, 1):
        beside = qr_picture(released.qr(number), scale=4)
        page = Image.new("L", (paper.width + beside.width + 80, paper.height), WHITE)
        page.paste(paper, (0, 0))
        page.paste(beside, (paper.width + 40, 400))
        assert len(_codes(page)) == 2
        verdicts.append(verifier.upload(_photo(page)))
    assert [one.verdict for one in verdicts] == [VerdictCode.UNREADABLE, VerdictCode.RECORDED]
    assert verdicts[0].document is None
    (said,) = [one.detail.en for one in verdicts[0].checks if one.id is CheckId.READABLE]
    assert "two different QR codes" in said


def test_scan_of_the_paper_is_no_transcript(verifier: Verifier, paper: Image.Image) -> None:
    """As a PDF, a scan of the paper with whatever code vouches for nothing, and the page says to send a photo of it."""
    target = io.BytesIO()
    paper.save(target, "PDF")
    assert verifier.upload(target.getvalue()).verdict is VerdictCode.NOT_A_TRANSCRIPT
    page = (
        create_app(verifier)
        .test_client()
        .post("/check", data={"file": (io.BytesIO(target.getvalue()), "scan.pdf")})
    )
    assert "Hãy chụp rõ mã QR trên đó rồi tải ảnh lên" in page.get_data(as_text=True)
