"""The form of each level: what it says, that long texts survive on it, and how a screen reader meets it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import page
import pikepdf
import pytest
from PIL import Image, ImageOps
from pypdf import PdfReader

from schemas.pdf_profile import SignatureField
from schemas.transcript.model import Corrections, Signatory, Transcript
from service.errors import ServiceError
from service.pdf.page import TEMPLATE, template_of
from service.pdf.signature_fields import BOXES_AT, Side
from service.self_check import check_document
from tests.support.levels import (
    fifteen_subjects,
    old_year,
    primary_learner,
    primary_transcript,
    primary_year,
    repeated_primary_transcript,
    repeater_transcript,
    transferred_transcript,
    upper_transcript,
    upper_year,
)
from tests.support.signed_pages import renderer
from tests.support.transcripts import sample_learner, sample_qr, sample_transcript

NAME_OF_40 = "Công Huyền Tôn Nữ Thị Nghiêm Khánh Quỳnh"
REMARK_OF_600 = ("Chăm chỉ, tiến bộ rõ rệt; cần luyện thêm kĩ năng nghe và nói. " * 10)[:599].strip() + "."
KINDS = {
    "primary": primary_transcript(primary_year(3), primary_year(4), primary_year(5)),
    "lower": sample_transcript(),
    "upper": transferred_transcript(),
    "repeater": repeater_transcript(),
    "primary-repeater": repeated_primary_transcript(),
}


def _rendered(transcript: Transcript) -> bytes:
    return renderer().render(transcript, sample_qr(transcript))


def _texts(transcript: Transcript) -> list[str]:
    pdf = PdfReader(io.BytesIO(_rendered(transcript)))
    return [" ".join(each.extract_text().split()) for each in pdf.pages]


def _failures(pdf: bytes) -> set[str]:
    return {
        failure.rule_id
        for profile in ("3a", "ua1")
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    }


def _elements(element: pikepdf.Object, kind: str) -> Iterator[pikepdf.Object]:
    """Yield the structure elements of a kind, in reading order."""
    if isinstance(element, pikepdf.Array):
        for each in element:
            yield from _elements(each, kind)
    elif isinstance(element, pikepdf.Dictionary):
        if element.get("/S") == kind:
            yield element
        yield from _elements(element.get("/K", pikepdf.Array()), kind)


def _long(transcript: Transcript, remark: str | None = REMARK_OF_600) -> Transcript:
    """Return the transcript with a name of 40 letters and this remark in every place."""
    years = []
    for year in transcript.years:
        rows = tuple(row.model_copy(update={"remark": remark}) for row in year.subjects)
        changes: dict[str, object] = {
            "subjects": rows,
            "awards": remark,
            "homeroom_teacher": NAME_OF_40,
        }
        for name in ("competences", "qualities", "general_competences", "specific_competences"):
            if hasattr(year, name):
                changes[name] = getattr(year, name).model_copy(update={"remark": remark})
        if hasattr(year, "homeroom_remark"):
            changes |= {"homeroom_remark": remark, "certificates": remark}
        years.append(year.model_copy(update=changes))
    learner = transcript.learner.model_copy(update={"full_name": NAME_OF_40})
    return transcript.model_copy(update={"learner": learner, "years": tuple(years)})


@pytest.mark.parametrize("kind", KINDS)
def test_each_form_keeps_to_the_standards_and_passes_the_self_check(kind: str) -> None:
    """PDF/A-3a and PDF/UA-1 without a finding; page, data and QR agree."""
    pdf = _rendered(KINDS[kind])
    assert _failures(pdf) == set()
    check_document(pdf, KINDS[kind], sample_qr(KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_long_names_and_remarks_survive(kind: str, tmp_path: Path) -> None:
    """A name of 40 letters and remarks of 600 characters stand there whole, inside the margins, to the standards."""
    transcript = _long(KINDS[kind])
    pdf = _rendered(transcript)
    check_document(pdf, transcript, sample_qr(transcript))
    assert _failures(pdf) == set()
    text = "".join("".join(each.split()) for each in _texts(transcript))
    remarks = sum(len(year.subjects) for year in transcript.years)
    assert text.count("".join(REMARK_OF_600.split())) >= remarks
    assert _margins_are_white(pdf, tmp_path)


def _margins_are_white(pdf: bytes, folder: Path) -> bool:
    """Whether no page has ink outside its margins: what runs out of its column or its page would be seen there."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "50.8", "-gray", folder / "page.pdf", folder / "page"], check=True)
    white = True
    for path in sorted(folder.glob("page-*.pgm")):
        with Image.open(path) as picture:
            # Two pixels are a millimetre.
            ink = ImageOps.invert(picture).getbbox()
            assert ink is not None
            left, top, right, bottom = (edge / 2 for edge in ink)
            white &= left >= 19 and top >= 16 and right <= 191 and bottom <= 288
    return white


def test_fifteen_subjects_and_both_confirmations_stand_on_one_page() -> None:
    """Page A of one with every optional subject is one page, and page B another."""
    transcript = upper_transcript(upper_year(subjects=fifteen_subjects()))
    *_, page_a, _ = texts = _texts(transcript)
    assert len(texts) == 5
    places = [page_a.index(row.teacher) for row in fifteen_subjects()]
    assert places == sorted(places)
    assert len(places) == 15
    assert "Tiếng dân tộc thiểu số (Tiếng Thái) (tự chọn) 9,0 9,0 9,0" in page_a
    assert "Xác nhận của Hiệu trưởng" in page_a


def _far_down(pdf: bytes, words: str, folder: Path) -> float:
    """Return how far below the top of the last page these words begin, where they stand last on it, in millimetres."""
    (folder / "page.pdf").write_bytes(pdf)
    pages = str(len(PdfReader(io.BytesIO(pdf)).pages))
    told = subprocess.run(
        ["pdftotext", "-bbox", "-f", pages, "-l", pages, folder / "page.pdf", "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    *_, last = re.findall(rf'yMin="([.\d]+)"[^>]*>{words.rsplit(maxsplit=1)[-1]}<', told)
    return float(last) / 72 * 25.4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [0, 250, 625, 875])
def test_signatures_stand_by_their_names_and_never_on_a_page_alone(
    kind: str, length: int, tmp_path: Path
) -> None:
    """However long the remarks are: the name at the foot, below what is approved; subjects above confirmations."""
    remark = (REMARK_OF_600 * 2)[:length].strip() or None
    transcript = _long(KINDS[kind], remark)
    pdf = _rendered(transcript)
    # Between the gap for the panels and the margin.
    assert 264 <= _far_down(pdf, transcript.signatory.name, tmp_path) <= 272
    *_, last = texts = _texts(transcript)
    assert ("Khen thưởng" if "primary" in kind else "NHẬN XÉT CỦA GIÁO VIÊN CHỦ NHIỆM") in last
    for text in texts:
        if "Xác nhận của Hiệu trưởng" in text:
            assert "Môn học/Hoạt động giáo dục" in text
        # Loose sheets are told apart.
        assert f"98FG-RXYJ-BFHR-H453-N – {NAME_OF_40}" in text


def test_confirmations_take_the_last_subject_along() -> None:
    """Where the rows fill page A, the last of them stand with the confirmations, under the name and the year."""
    rows = tuple(
        row.model_copy(update={"remark": "Chăm chỉ, tiến bộ rõ rệt; luyện thêm nghe nói. " * 2})
        for row in fifteen_subjects()
    )
    school = old_year().school.model_copy(update={"name": "Trường THPT " + "Dân lập " * 10})
    corrections = Corrections(
        count=15, subjects=("Toán", "Hoạt động trải nghiệm, hướng nghiệp", "Ngữ văn") * 2
    )
    transcript = upper_transcript(upper_year(subjects=rows, school=school, corrections=corrections))
    _, _, _, page_a, rest, _ = _texts(transcript)
    assert "Xác nhận của" not in page_a
    assert "Hoạt động trải nghiệm, hướng nghiệp Đ" in page_a + rest
    assert "Họ và tên: Lò Thị Pưn Lớp: 11A2 Năm học: 2025-2026" in rest
    assert rest.index("Tiếng dân tộc thiểu số") < rest.index("Xác nhận của Hiệu trưởng")


def test_who_approved_the_last_year_stands_there_when_another_signs() -> None:
    """A deputy signs for the school: the year keeps who approved it and when, on the form of each level."""
    deputy = Signatory(name="Lê Văn Phó", title="Phó Hiệu trưởng", on_behalf="KT. Hiệu trưởng")
    for transcript in (primary_transcript(signatory=deputy), sample_transcript(signatory=deputy)):
        year, last = transcript.years[-1], _texts(transcript)[-1]
        approved = f"HIỆU TRƯỞNG Đã duyệt ngày {year.approved_on:%d/%m/%Y} {year.principal.name}"
        assert last.index(approved) < last.index("XÁC NHẬN CỦA NHÀ TRƯỜNG") < last.rindex("Lê Văn Phó")


def test_form_of_primary_school() -> None:
    """Its six parts, heights and weights, the day of entry, and the principal's block on the left."""
    _, guide, information, subjects, results = _texts(primary_transcript())
    assert "HƯỚNG DẪN GHI HỌC BẠ" in guide
    assert "Quốc tịch: Việt Nam" in information
    assert "Quê quán: Xã Tiên Du, Tỉnh Bắc Ninh" in information
    assert "0157/2022 05/09/2025" in information
    assert "Chiều cao: 131,5 cm Cân nặng: 28 kg Số ngày nghỉ có phép: 2 không phép: 0" in subjects
    assert "1. Các môn học và hoạt động giáo dục" in subjects
    assert "Tiếng Việt T 9 Đọc trôi chảy" in subjects
    headings = (
        "2. Những phẩm chất chủ yếu",
        "3. Những năng lực cốt lõi",
        "3.1. Những năng lực chung",
        "3.2. Những năng lực đặc thù",
        "4. Đánh giá kết quả giáo dục Hoàn thành xuất sắc",
        "5. Khen thưởng Học sinh Xuất sắc.",
        "6. Hoàn thành chương trình lớp học/chương trình tiểu học Hoàn thành chương trình lớp 4",
    )
    places = [results.index(heading) for heading in headings]
    assert places == sorted(places)
    with pikepdf.open(io.BytesIO(_rendered(primary_transcript()))) as pdf:
        rectangles = [[float(edge) for edge in each.Rect] for each in pdf.pages[-1].Annots]
    boxes = BOXES_AT[Side.LEFT]
    assert rectangles == [
        pytest.approx(boxes[field], abs=0.01) for field in (SignatureField.PRINCIPAL, SignatureField.SEAL)
    ]
    assert all(0 < left < right < 210 / 25.4 * 72 for left, _, right, _ in rectangles)


def test_primary_school_is_completed_in_grade_5() -> None:
    """Grade 5 says that primary school was completed; the grades before say which grade."""
    texts = " ".join(_texts(KINDS["primary"]))
    assert "Hoàn thành chương trình lớp 4" in texts
    assert "Hoàn thành chương trình tiểu học" in texts
    assert "Hoàn thành chương trình lớp 5" not in texts


def test_form_of_upper_secondary_school() -> None:
    """Chosen subjects are told, a transfer, an exemption, the summer, corrections, and the level that was completed."""
    texts = _texts(transferred_transcript())
    assert "TRUNG HỌC PHỔ THÔNG" in texts[0]
    assert "cụm chuyên đề" in texts[1]
    assert "Trường THPT Buôn Ma Thuột, Phường Tân Lợi, Thành phố Buôn Ma Thuột" in texts[2]
    assert "Theo học bạ số" in texts[2]
    assert "Địa lí (lựa chọn) 6,4" in texts[3]
    assert "Giáo dục thể chất M M M Được miễn học." in texts[3]
    assert "Toán 3,1 3,3 3,2 5,5" in texts[5]
    assert "Trong trang này có sửa chữa ở 3 chỗ, thuộc môn học: Toán; Lịch sử." in texts[5]
    assert "rèn luyện trong kì nghỉ hè Đạt" in texts[6]
    assert "Được lên lớp sau đánh giá lại" in texts[6]
    assert "Hoàn thành chương trình trung học phổ thông" in texts[8]


def test_districts_are_printed_for_old_years_only() -> None:
    """A school's district stands with years up to 2024-2025, and not after it, whatever the data of the school say."""
    school = old_year().school
    years = [upper_year(10, school=school), upper_year(11, school=school)]
    information = _texts(upper_transcript(*years, issuer=school))[2]
    assert (
        "2024-2025 10A2 Trường THPT Buôn Ma Thuột, Phường Tân Lợi, Thành phố Buôn Ma Thuột, Tỉnh"
        in information
    )
    assert "2025-2026 11A2 Trường THPT Buôn Ma Thuột, Phường Tân Lợi, Tỉnh Đắk Lắk" in information
    assert "Huyện/quận" not in _texts(upper_transcript(*years, issuer=school))[0]


def test_an_old_year_has_the_words_of_its_time() -> None:
    """Under TT 58/2011: học lực, hạnh kiểm, the average of all subjects, the title; nobody chose subjects then."""
    texts = _texts(repeater_transcript())
    assert "được đánh giá theo Thông tư 58/2011/TT-BGDĐT; kết quả được giữ nguyên" in texts[3]
    assert "KẾT QUẢ XẾP LOẠI HẠNH KIỂM, HỌC LỰC – NĂM HỌC 2021-2022" in texts[4]
    assert "KẾT QUẢ RÈN LUYỆN VÀ ĐÁNH GIÁ – NĂM HỌC 2022-2023" in texts[6]
    assert "58/2011" not in " ".join(texts[5:])
    assert "Thể dục Đ Đ Đ" in texts[3]
    assert "Điểm trung bình các môn học 6,5 7,1 6,9" in texts[3]
    assert "lựa chọn" not in texts[3]
    assert "Thời gian Hạnh kiểm Học lực Học kì I Tốt Trung bình" in texts[4]
    assert "Danh hiệu: Học sinh tiên tiến" in texts[4]
    assert len(texts) == 3 + 2 * 5


def test_an_old_year_of_primary_school_has_the_form_of_its_time() -> None:
    """Under TT 22/2016: subjects as they were called, competences before qualities, no result of the year."""
    texts = _texts(KINDS["primary-repeater"])
    assert len(texts) == 3 + 2 * 3
    assert "7. Năm học được đánh giá theo Thông tư 22/2016/TT-BGDĐT" in texts[1]
    assert "Huyện Tiên Du" in texts[2]
    subjects, results, again, results_again = texts[3:7]
    assert "được đánh giá theo Thông tư 22/2016/TT-BGDĐT; kết quả được giữ nguyên" in subjects
    assert "Toán C 3 Cần luyện thêm phép nhân, phép chia." in subjects
    for name in ("Thủ công H", "Thể dục H", "Âm nhạc H", "Ngoại ngữ H 7"):
        assert name in subjects
    assert "tự chọn" not in subjects
    headings = (
        "2. Năng lực",
        "Tự phục vụ, tự quản C",
        "3. Phẩm chất",
        "Đoàn kết, yêu thương Đ",
        "4. Khen thưởng Không có.",
        "5. Hoàn thành chương trình lớp học/chương trình tiểu học Chưa hoàn thành chương trình lớp 3",
    )
    places = [results.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "Đánh giá kết quả giáo dục" not in results
    assert "22/2016" not in again
    assert "4. Đánh giá kết quả giáo dục" in results_again


def test_the_guide_speaks_of_old_years_where_there_are_some() -> None:
    """A transcript without years under TT 22/2016 has the guide of the form alone."""
    assert "22/2016" not in " ".join(_texts(KINDS["primary"]))


@pytest.mark.parametrize("kind", KINDS)
def test_tables_have_header_cells_and_the_language_is_vietnamese(kind: str) -> None:
    """Each table begins with header cells of columns; the whole document says that it is Vietnamese."""
    with pikepdf.open(io.BytesIO(_rendered(KINDS[kind]))) as pdf:
        assert str(pdf.Root.Lang) == "vi"
        tables = list(_elements(pdf.Root.StructTreeRoot.K, "/Table"))
        assert len(tables) >= 3
        for table in tables:
            heads = list(_elements(table.K, "/TH"))
            assert len(heads) >= 3
            assert all(b"/Scope /Column" in each.A.unparse(resolved=True) for each in heads)


def test_reading_order_is_that_of_the_form() -> None:
    """A screen reader meets the headings as the form has them."""
    with pikepdf.open(io.BytesIO(_rendered(sample_transcript()))) as pdf:
        levels = [str(each.S) for kind in ("/H1",) for each in _elements(pdf.Root.StructTreeRoot.K, kind)]
    assert levels == ["/H1"] * 6
    text = " ".join(_texts(sample_transcript()))
    headings = ("HỌC BẠ", "HƯỚNG DẪN", "THÔNG TIN", "QUÁ TRÌNH", "KẾT QUẢ HỌC TẬP", "KẾT QUẢ RÈN LUYỆN")
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)


def test_a_document_is_pinned_to_the_version_of_its_form() -> None:
    """A version that this software has not is refused; documents of before versions are on the first."""
    assert (
        template_of(sample_transcript()) == template_of(sample_transcript(template=1)) == "v1/secondary.typ"
    )
    with pytest.raises(ServiceError, match="template-unknown"):
        _rendered(sample_transcript(template=TEMPLATE + 1))


def test_guardian_and_long_addresses_stand_on_the_primary_form() -> None:
    """What has no room on the form is set by the template, every word of it."""
    learner = primary_learner(address="Thôn Đông " * 15 + "xã Á", birth_place="Trạm y tế " * 12 + "xã Á")
    transcript = primary_transcript(learner=learner)
    check_document(_rendered(transcript), transcript, sample_qr(transcript))
    text = "".join("".join(_texts(transcript)).split())
    assert "".join(learner.address.split()) in text
    assert "".join(sample_learner().full_name.split()) not in text
