"""The content of a transcript as plain blocks, so that every peer sets the same words.

The words, their order and the page breaks follow `service/pdf/templates/v1/secondary.typ` without its guide page; the
look is left to each peer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.paper import Paper
from schemas.serial import display_serial
from schemas.transcript.model import SubjectResult, Transcript, YearTT22
from schemas.transcript.subjects import SUBJECTS

_LEVELS = (
    ("Học kì I", "semester1"),
    ("Học kì II", "semester2"),
    ("Cả năm", "year"),
    ("Sau đánh giá lại hoặc rèn luyện trong kì nghỉ hè", "after"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in bold."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table with a row of heads; `widths` in parts of the whole."""

    widths: tuple[int, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, 40 mm wide."""

    address: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The next block begins a page."""


Block = Heading | Line | Table | Code | PageBreak


def blocks(paper: Paper) -> Iterator[Block]:
    """Yield the blocks of a transcript from the cover to the signatures."""
    transcript = paper.transcript
    yield from _cover(transcript, paper.address)
    yield from _information(transcript)
    for year in _years(transcript):
        yield from _results(transcript, year)
        yield from _assessment(transcript, year)
    yield Line(f"{transcript.years[-1].place}, ngày {transcript.issued_at:%d/%m/%Y}")
    yield Heading(transcript.signatory.title.upper())
    yield Heading(transcript.signatory.name)


def words(transcript: Transcript) -> Iterator[str]:
    """Yield what any page of this transcript must show: every name, mark, level and remark."""
    learner, issuer = transcript.learner, transcript.issuer
    yield from (issuer.name.upper(), issuer.commune, issuer.province, transcript.signatory.name)
    yield from (display_serial(transcript.serial), learner.full_name, learner.register_number)
    yield from (f"{learner.birth_date:%d/%m/%Y}", learner.birth_place, learner.ethnicity, learner.address)
    yield from (person.name for person in (learner.father, learner.mother, learner.guardian) if person)
    for year in _years(transcript):
        yield from (year.school_year, year.class_name, year.homeroom_teacher, year.principal.name)
        for row in year.subjects:
            yield "".join(_row(row))
        for label, key in _LEVELS:
            yield f"{label}{getattr(year.conduct, key) or ''}{getattr(year.learning, key) or ''}"
        yield from (text for text in (year.promotion, year.awards, year.homeroom_remark) if text)


def _years(transcript: Transcript) -> Iterator[YearTT22]:
    return (year for year in transcript.years if isinstance(year, YearTT22))


def _cover(transcript: Transcript, address: str) -> Iterator[Block]:
    issuer, learner = transcript.issuer, transcript.learner
    yield Heading(issuer.name.upper())
    yield Line(f"Xã/phường/đặc khu: {issuer.commune}")
    yield Line(f"Tỉnh/thành phố: {issuer.province}")
    yield Heading("HỌC BẠ")
    yield Heading("TRUNG HỌC CƠ SỞ")
    yield Line("Họ và tên học sinh")
    yield Heading(learner.full_name)
    yield Line(f"Số: {learner.register_number}/Sổ đăng bộ")
    yield Code(address)
    yield Heading("Kiểm tra học bạ này")
    yield Line("Quét mã QR bằng điện thoại, hoặc mở trang kiểm tra và gõ mã học bạ:")
    yield Heading(display_serial(transcript.serial))


def _information(transcript: Transcript) -> Iterator[Block]:
    learner = transcript.learner
    yield PageBreak()
    yield Heading("THÔNG TIN HỌC SINH")
    yield Line(f"Họ và tên: {learner.full_name} Giới tính: {learner.gender}")
    yield Line(f"Ngày, tháng, năm sinh: {learner.birth_date:%d/%m/%Y} Dân tộc: {learner.ethnicity}")
    yield Line(f"Nơi sinh: {learner.birth_place}")
    yield Line(f"Đối tượng: {learner.policy_category or ''}")
    yield Line(f"Chỗ ở hiện tại: {learner.address}")
    for label, person in (
        ("cha", learner.father),
        ("mẹ", learner.mother),
        ("người giám hộ", learner.guardian),
    ):
        name, occupation = (person.name, person.occupation or "") if person else ("", "")
        yield Line(f"Họ và tên {label}: {name} Nghề nghiệp: {occupation}")
    yield Line(f"Mã định danh học sinh: {learner.student_code}")
    yield Line(f"Số định danh cá nhân: {learner.personal_id or ''}")
    yield Heading("QUÁ TRÌNH HỌC TẬP")
    rows = tuple(
        (
            year.school_year,
            year.class_name,
            f"{year.school.name}, {year.school.commune}, {year.school.province}",
        )
        for year in transcript.years
    )
    yield Table((25, 15, 60), ("Năm học", "Lớp", "Tên trường, xã/phường/đặc khu, tỉnh/thành phố"), rows)
    yield Line(f"Học bạ số này được cấp ngày {transcript.issued_at:%d/%m/%Y}.")


def _results(transcript: Transcript, year: YearTT22) -> Iterator[Block]:
    yield PageBreak()
    yield Heading(f"KẾT QUẢ HỌC TẬP – NĂM HỌC {year.school_year}")
    yield from _year_line(transcript, year)
    yield Table(
        (24, 8, 8, 8, 12, 40),
        (
            "Môn học/Hoạt động giáo dục",
            "Học kì I",
            "Học kì II",
            "Cả năm",
            "Sau đánh giá lại",
            "Nhận xét; giáo viên môn học",
        ),
        tuple(_row(row) for row in year.subjects),
    )
    yield Line("Trong trang này không có sửa chữa.")
    yield Heading(f"Xác nhận của giáo viên chủ nhiệm: {year.homeroom_teacher}")
    yield Heading(f"Xác nhận của Hiệu trưởng: {year.principal.name}")


def _assessment(transcript: Transcript, year: YearTT22) -> Iterator[Block]:
    yield PageBreak()
    yield Heading(f"KẾT QUẢ RÈN LUYỆN VÀ ĐÁNH GIÁ – NĂM HỌC {year.school_year}")
    yield from _year_line(transcript, year)
    yield Table(
        (40, 30, 30),
        ("Thời gian", "Kết quả rèn luyện", "Kết quả học tập"),
        tuple(
            (label, getattr(year.conduct, key) or "", getattr(year.learning, key) or "")
            for label, key in _LEVELS
        ),
    )
    yield Line(f"Tổng số buổi nghỉ học cả năm học: {year.absences}")
    yield Line(f"Kết quả cuối năm học: {year.promotion or ''}")
    yield Heading("Chứng chỉ (nếu có); kết quả tham gia các cuộc thi (nếu có)")
    yield Line(year.certificates or "Không có.")
    yield Heading("Khen thưởng (nếu có)")
    yield Line(year.awards or "Không có.")
    yield Heading("NHẬN XÉT CỦA GIÁO VIÊN CHỦ NHIỆM")
    yield Line(year.homeroom_remark or "")
    yield Heading(year.homeroom_teacher)


def _year_line(transcript: Transcript, year: YearTT22) -> Iterator[Block]:
    yield Line(
        f"Họ và tên: {transcript.learner.full_name} Lớp: {year.class_name} Năm học: {year.school_year}"
    )
    yield Line(f"Trường: {year.school.name}, {year.school.commune}, {year.school.province}")


def _row(row: SubjectResult) -> tuple[str, ...]:
    marks = (row.semester1, row.semester2, row.year, row.reassessed)
    return (
        row.title or SUBJECTS[row.subject].name,
        *((mark or "").replace(".", ",") for mark in marks),
        f"{row.remark or ''} {row.teacher}".strip(),
    )
