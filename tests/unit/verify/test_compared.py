"""The signed years as a verdict shows them."""

from __future__ import annotations

import pytest

from schemas.claims import claims_of
from tests.support.transcript_members import (
    NONCE,
    old_primary_year_members,
    old_year_members,
    primary_members,
    transcript_members,
    transcript_of,
    upper_members,
)
from verify.compared import compared_claims, compared_year

OLD = transcript_members() | {"years": [old_year_members()]}


@pytest.mark.parametrize("members", [transcript_members(), upper_members(), primary_members(), OLD])
def test_file_and_qr_say_the_same(members: dict[str, object]) -> None:
    """What a file shows to compare is what its QR code shows, at every level and under every ruleset."""
    transcript = transcript_of(members)
    claims = claims_of(transcript, NONCE)
    assert [compared_year(year) for year in transcript.years] == [
        compared_claims(year) for year in claims.years
    ]


def test_primary_school_shows_levels_and_tests() -> None:
    """A row of primary school is a level and a test mark; the results name each quality and competence."""
    (year,) = (compared_year(year) for year in transcript_of(primary_members()).years)
    first = year.subjects[0]
    assert (first.subject, first.level, first.test, first.year) == ("Tiếng Việt", "T", "9", None)
    assert len(year.results) == 15 + 4
    assert year.results["Phẩm chất: Yêu nước"] == "T"
    assert year.results["Đánh giá kết quả giáo dục"] == "Hoàn thành xuất sắc"


def test_an_old_year_shows_what_was_recorded() -> None:
    """A year before TT 22/2021 shows its averages, học lực, hạnh kiểm and title."""
    (year,) = (compared_year(year) for year in transcript_of(OLD).years)
    assert year.results["Điểm trung bình các môn, cả năm"] == "6.9"
    assert year.results["Học lực, cả năm"] == "Khá"
    assert year.results["Hạnh kiểm, cả năm"] == "Tốt"
    assert year.results["Danh hiệu"] == "Học sinh tiên tiến"


def test_an_old_year_of_primary_school_is_shown_in_the_words_of_its_time() -> None:
    """The file shows subjects as they were called; the QR code has the numbers of their successors."""
    transcript = transcript_of(primary_members() | {"years": [old_primary_year_members()]})
    (year,) = map(compared_year, transcript.years)
    assert [(row.subject, row.level, row.test) for row in year.subjects] == [
        ("Tiếng Việt", "H", "6"),
        ("Toán", "H", "6"),
        ("Tự nhiên và Xã hội", "H", None),
        ("Thủ công", "H", None),
        ("Thể dục", "H", None),
    ]
    assert year.results == {
        "Năng lực: Tự phục vụ, tự quản": "Đ",
        "Năng lực: Hợp tác": "Đ",
        "Năng lực: Tự học và giải quyết vấn đề": "Đ",
        "Phẩm chất: Chăm học, chăm làm": "T",
        "Phẩm chất: Tự tin, trách nhiệm": "T",
        "Phẩm chất: Trung thực, kỉ luật": "T",
        "Phẩm chất: Đoàn kết, yêu thương": "T",
        "Kết luận": "Chưa hoàn thành chương trình lớp học",
        "Số buổi nghỉ có phép": "2",
        "Số buổi nghỉ không phép": "0",
    }
    (claimed,) = map(compared_claims, claims_of(transcript, NONCE).years)
    assert claimed.results == year.results
    assert [row.subject for row in claimed.subjects][3:] == [
        "Tin học và Công nghệ (Công nghệ)",
        "Giáo dục thể chất",
    ]
