"""The pages of extracts and summaries: every level, clean for archives and screen readers, saying all they hold."""

from __future__ import annotations

import io
from itertools import pairwise

import page
import pikepdf
import pytest
from pypdf import PdfReader

from schemas.transcript.model import (
    Person,
    Relation,
    RelationKind,
    Transcript,
    format_transcript,
    parse_transcript,
)
from service.errors import ServiceError
from service.extracting import taken_from
from service.self_check import check_document
from tests.support.levels import (
    old_primary_year,
    primary_learner,
    primary_transcript,
    primary_year,
    repeated_primary_transcript,
    repeater_transcript,
    transferred_transcript,
)
from tests.support.signed_pages import renderer
from tests.support.transcripts import changed, sample_learner, sample_qr, sample_transcript

NAME_OF_40 = "Công Huyền Tôn Nữ Thị Nghiêm Khánh Quỳnh"
REMARK_OF_600 = ("Chăm chỉ, tiến bộ rõ rệt; cần luyện thêm kĩ năng nghe và nói. " * 10)[:599].strip() + "."
SOURCE = "0123456789ABCDEFK"
LEVELS = {
    "primary": primary_transcript(primary_year(3), primary_year(4), primary_year(5)),
    "lower": sample_transcript(),
    "upper": transferred_transcript(),
    "repeater": repeater_transcript(),
    "old-primary": primary_transcript(old_primary_year()),
    "primary-repeater": repeated_primary_transcript(),
    "primary-of-five-years": primary_transcript(
        *map(primary_year, range(1, 6)), learner=primary_learner(guardian=Person(name="Lò Thị Ơn"))
    ),
}


def _taken(transcript: Transcript, *, whole: bool) -> Transcript:
    """Return the summary of a transcript, or the extract of its last year."""
    taken = transcript.model_copy(
        update={
            "profile": 4 if whole else 3,
            "relation": Relation(kind=RelationKind.EXTRACTS, serial=SOURCE, data="ab" * 32),
            **taken_from(transcript, None if whole else transcript.years[-1].school_year),
        }
    )
    assert parse_transcript(format_transcript(taken)) == taken
    return taken


def _rendered(taken: Transcript) -> bytes:
    return renderer().render(taken, sample_qr(taken))


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("whole", [False, True], ids=["extract", "summary"])
@pytest.mark.parametrize("level", LEVELS)
def test_pages_are_clean_and_say_what_the_data_say(level: str, whole: bool) -> None:  # noqa: FBT001 - a parameter
    """PDF/A-3a, PDF/UA-1, and every word that the self-check expects; title and language for who does not see."""
    taken = _taken(LEVELS[level], whole=whole)
    pdf = _rendered(taken)
    failures = [
        failure.rule_id
        for profile in ("3a", "ua1")
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    assert failures == []
    check_document(pdf, taken, sample_qr(taken))
    text = _text(pdf)
    assert "không thay cho học bạ" in text
    assert "0123-4567-89AB-CDEF-K" in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        title = str(document.docinfo["/Title"])
        assert str(document.Root.Lang) == "vi"
    assert title.startswith("Tóm tắt kết quả học tập" if whole else "Trích lục học bạ")


@pytest.mark.parametrize("whole", [False, True], ids=["extract", "summary"])
@pytest.mark.parametrize("level", ["primary", "lower"])
def test_long_words_and_empty_cells_are_all_there(level: str, whole: bool) -> None:  # noqa: FBT001 - a parameter
    """A name of 40 letters, remarks of 600, cells without a mark: nothing is cut."""
    transcript = LEVELS[level]
    year = transcript.years[-1]
    rows = (
        year.subjects[0].model_copy(update={"remark": REMARK_OF_600}),
        year.subjects[1].model_copy(update={"year": None, "test": None, "level": None}),
        *year.subjects[2:],
    )
    learner = (primary_learner if level == "primary" else sample_learner)(full_name=NAME_OF_40)
    year = year.model_copy(update={"subjects": rows, "awards": REMARK_OF_600})
    taken = _taken(changed(transcript, {"learner": learner, "years": (year,)}), whole=whole)
    pdf = _rendered(taken)
    check_document(pdf, taken, sample_qr(taken))
    assert _text(pdf).count(REMARK_OF_600) == (1 if whole else 2)


def test_a_page_of_another_year_is_refused() -> None:
    """The self-check finds a word on the page that the data do not say."""
    taken = _taken(LEVELS["lower"], whole=False)
    year = taken.years[0].model_copy(update={"class_name": "9Z"})
    with pytest.raises(ServiceError, match="self-check-attachment"):
        check_document(_rendered(taken), taken.model_copy(update={"years": (year,)}), sample_qr(taken))


def test_years_are_kept_together() -> None:
    """No year of a summary begins on one page and ends on another."""
    taken = _taken(LEVELS["repeater"], whole=True)
    pages = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(_rendered(taken))).pages]
    marks = [f"Năm học {year.school_year} – Lớp" for year in taken.years]
    for first, second in pairwise([*marks, "XÁC NHẬN CỦA NHÀ TRƯỜNG"]):
        (at,) = [number for number, text in enumerate(pages) if first in text]
        between = pages[at].split(first)[1].split(second)[0]
        assert "Giáo viên chủ nhiệm" in between


def test_an_old_year_of_primary_school_is_taken_as_it_was_recorded() -> None:
    """Extract and summary have its own groups and names, and no result of the year."""
    transcript = LEVELS["old-primary"]
    extract, summary = (_text(_rendered(_taken(transcript, whole=whole))) for whole in (False, True))
    assert "được đánh giá theo Thông tư 22/2016/TT-BGDĐT" in extract
    assert "Năng lực: Tự phục vụ, tự quản: C; Hợp tác: Đ; Tự học và giải quyết vấn đề: Đ." in summary
    assert "Phẩm chất: Chăm học, chăm làm: Đ" in summary
    for text in (extract, summary):
        assert "Thủ công H" in text
        assert "Chưa hoàn thành chương trình lớp 3" in text
        assert "Đánh giá kết quả giáo dục" not in text


@pytest.mark.parametrize("level", LEVELS)
def test_the_last_year_stands_with_the_signature(level: str) -> None:
    """The page that is signed holds a year too, and every page says whose it is."""
    taken = _taken(LEVELS[level], whole=True)
    pages = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(_rendered(taken))).pages]
    assert f"Năm học {taken.years[-1].school_year} – Lớp" in pages[-1]
    assert "XÁC NHẬN CỦA NHÀ TRƯỜNG" in pages[-1]
    assert all(f"– {taken.learner.full_name} Trang" in text for text in pages)
