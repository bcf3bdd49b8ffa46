"""What a page must say, in reading order: told by the data alone, apart from the code that sets and fills pages."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.profiles import DocumentForm
from schemas.serial import display_serial
from schemas.transcript.model import (
    Kind,
    PrimaryResult,
    PrimaryYear,
    Promotion,
    RecordedYear,
    SubjectResult,
    Transcript,
    Year,
    YearTT22,
    YearTT27,
    YearTT58,
    kind_of,
)
from schemas.transcript.subjects import CURRICULUM, SUBJECTS, Choice
from schemas.transcript.traits import TRAITS_BY_CODE

_LEVELS_OF = {
    Kind.PRIMARY: "tiểu học",
    Kind.LOWER_SECONDARY: "trung học cơ sở",
    Kind.UPPER_SECONDARY: "trung học phổ thông",
}
_TIMES = ("semester1", "semester2", "year", "after")


def expected_text(transcript: Transcript) -> Iterator[tuple[str, str]]:
    """Give each part of the form by its name, and the text that must stand there."""
    if transcript.form is not DocumentForm.TRANSCRIPT:
        yield from _taken(transcript)
        return
    learner = transcript.learner
    yield "trang bìa", f"{transcript.issuer.name.upper()} Xã/phường/đặc khu: {transcript.issuer.commune}"
    yield "trang bìa", f"HỌC BẠ {_LEVELS_OF[transcript.kind].upper()}"
    yield "trang bìa", f"{learner.full_name} Số: {learner.register_number}/Sổ đăng bộ"
    yield "mã học bạ", display_serial(transcript.serial)
    yield "thông tin học sinh", f"Họ và tên: {learner.full_name} Giới tính: {learner.gender}"
    yield (
        "thông tin học sinh",
        f"Ngày, tháng, năm sinh: {learner.birth_date:%d/%m/%Y} Dân tộc: {learner.ethnicity}",
    )
    for year in transcript.years:
        yield "quá trình học tập", f"{year.school_year} {year.class_name} {year.school.name}"
    for year in transcript.years:
        yield from _year(year)
    yield "người ký", transcript.signatory.name


def _taken(transcript: Transcript) -> Iterator[tuple[str, str]]:
    """Give what the first page of an extract or a summary says, then its years."""
    learner, source = transcript.learner, transcript.relation.serial
    is_extract = transcript.form is DocumentForm.EXTRACT
    noun = "Trích lục" if is_extract else "Bản tóm tắt"
    yield "tên trường", transcript.issuer.name.upper()
    yield "tên văn bản", "TRÍCH LỤC HỌC BẠ" if is_extract else "BẢN TÓM TẮT KẾT QUẢ HỌC TẬP"
    yield "tên văn bản", _LEVELS_OF[transcript.kind].upper()
    yield "học bạ gốc", f"học bạ số {display_serial(source or '')}"
    yield "học bạ gốc", f"{noun} này không phải"
    yield "thông tin học sinh", f"Họ và tên: {learner.full_name} Giới tính: {learner.gender}"
    yield (
        "thông tin học sinh",
        f"Ngày, tháng, năm sinh: {learner.birth_date:%d/%m/%Y} Dân tộc: {learner.ethnicity}",
    )
    for year in transcript.years:
        yield "quá trình học tập", f"{year.school_year} {year.class_name} {year.school.name}"
    yield "mã văn bản", display_serial(transcript.serial)
    for year in transcript.years:
        yield from _year(year) if is_extract else _summary(year)
    yield "người ký", transcript.signatory.name


def _summary(year: Year) -> Iterator[tuple[str, str]]:
    heading = f"Năm học {year.school_year} – Lớp {year.class_name}"
    yield heading, heading
    if isinstance(year, PrimaryYear):
        for row in year.subjects:
            cells = (_title(row, year), "M" if row.exempt else row.level or "", str(row.test or ""))
            yield f"{SUBJECTS[row.subject].name} {year.school_year}", " ".join(cells)
        for traits in year.traits.values():
            for result in traits.results:
                name = TRAITS_BY_CODE[result.trait].name
                yield f"{name} {year.school_year}", f"{name}: {result.level}"
        if isinstance(year, YearTT27):
            yield f"kết quả {year.school_year}", f"Đánh giá kết quả giáo dục: {year.result or ''}."
        yield f"kết quả {year.school_year}", f"Khen thưởng: {year.awards or 'Không có.'}"
        return
    for mark_row in year.subjects:
        marks = (mark_row.semester1, mark_row.semester2, mark_row.year, mark_row.reassessed)
        cells_of = (_title(mark_row, year), *map(_mark, marks), mark_row.teacher)
        yield f"{SUBJECTS[mark_row.subject].name} {year.school_year}", " ".join(cells_of)
    for levels in (year.conduct, year.learning):
        said = " ".join(getattr(levels, time) or "" for time in _TIMES)
        yield f"kết quả {year.school_year}", said
    yield f"kết quả {year.school_year}", f"Số buổi nghỉ học: {year.absences}."
    yield f"kết quả {year.school_year}", f"Kết quả cuối năm học: {_promotion(year)}."


def _promotion(year: YearTT22 | YearTT58) -> str:
    if year.promotion is Promotion.COMPLETED:
        return f"Hoàn thành chương trình {_LEVELS_OF[kind_of(year.grade)]}"
    return year.promotion or ""


def _year(year: Year) -> Iterator[tuple[str, str]]:
    heading = f"Năm học: {year.school_year}"
    yield heading, f"Lớp: {year.class_name} {heading}"
    if isinstance(year, PrimaryYear):
        yield from _primary(year, heading)
    else:
        yield from _secondary(year, heading)


def _secondary(year: YearTT22 | YearTT58, heading: str) -> Iterator[tuple[str, str]]:
    for row in year.subjects:
        marks = (row.semester1, row.semester2, row.year, row.reassessed)
        cells = (_title(row, year), *map(_mark, marks), row.remark or "", row.teacher)
        yield f"{SUBJECTS[row.subject].name} {year.school_year}", " ".join(cells)
    after = "Sau đánh giá lại hoặc rèn luyện trong kì nghỉ hè"
    if isinstance(year, YearTT58):
        averages = " ".join(_mark(getattr(year.averages, time)) for time in _TIMES)
        yield f"điểm trung bình các môn {year.school_year}", f"Điểm trung bình các môn học {averages}"
        after = "Sau kiểm tra lại hoặc rèn luyện thêm trong kì nghỉ hè"
    corrections = f"có sửa chữa ở {year.corrections.count} chỗ" if year.corrections else "không có sửa chữa."
    yield f"sửa chữa {year.school_year}", f"Trong trang này {corrections}"
    yield heading, heading
    promotion = _promotion(year)
    labels = ("Học kì I", "Học kì II", "Cả năm", after)
    # In one piece, up to the next heading: what should be empty has to be.
    parts = [
        f"{label} {getattr(year.conduct, time) or ''} {getattr(year.learning, time) or ''}"
        for label, time in zip(labels, _TIMES, strict=True)
    ]
    parts += [f"Tổng số buổi nghỉ học cả năm học: {year.absences}", f"Kết quả cuối năm học: {promotion}"]
    if isinstance(year, YearTT58):
        parts.append(f"Danh hiệu: {year.honour or ''}")
    yield f"kết quả {year.school_year}", " ".join((*parts, "Chứng chỉ (nếu có)"))


def _primary(year: PrimaryYear, heading: str) -> Iterator[tuple[str, str]]:
    for row in year.subjects:
        level = "M" if row.exempt else row.level or ""
        cells = (_title(row, year), level, str(row.test or ""), row.remark or "")
        yield f"{SUBJECTS[row.subject].name} {year.school_year}", " ".join(cells)
    yield heading, heading
    for traits in year.traits.values():
        for result in traits.results:
            name = TRAITS_BY_CODE[result.trait].name
            yield f"{name} {year.school_year}", f"{name} {result.level}"
    completion = (year.completion or "").replace("chương trình lớp học", f"chương trình lớp {year.grade}")
    # In one piece, up to the next heading: what should be empty has to be.
    awards = f"Khen thưởng {year.awards or 'Không có.'}"
    completed = f"Hoàn thành chương trình lớp học/chương trình tiểu học {completion}"
    if isinstance(year, YearTT27):
        level = year.result or ""
        yield f"kết quả {year.school_year}", f"4. Đánh giá kết quả giáo dục {level} 5. {awards}"
        yield f"hoàn thành chương trình {year.school_year}", f"6. {completed}"
    else:
        yield f"kết quả {year.school_year}", f"4. {awards} 5. {completed}"


def _title(row: SubjectResult | PrimaryResult, year: Year) -> str:
    title, subject = row.title or SUBJECTS[row.subject].name, CURRICULUM.find(row.subject, year.grade)
    if subject is None or subject.compulsory or isinstance(year, RecordedYear):
        return title
    return f"{title} {'(lựa chọn)' if subject.choice is Choice.OF_GROUP else '(tự chọn)'}"


def _mark(mark: str | None) -> str:
    return (mark or "").replace(".", ",")
