"""Cell values: what is understood, what is refused."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.transcript.rulesets.tt22_2021 import Level
from service.errors import ServiceError
from service.importing import values
from service.sample.draws import Draws
from service.sample.names import student_name


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("8,5", "8.5"),
        ("8.5", "8.5"),
        (8.5, "8.5"),
        (8.0, "8.0"),
        (10, "10.0"),
        ("10,0", "10.0"),
        (0, "0.0"),
        (" 7 ", "7.0"),
        ("Đ", "Đ"),
        ("đạt", "Đ"),
        ("\u00d0", "Đ"),
        ("CĐ", "CĐ"),
        ("Chưa  đạt", "CĐ"),
        ("Miễn", "M"),
        ("m", "M"),
    ],
)
def test_marks_as_people_type_them(typed: values.CellValue, mark: str) -> None:
    """Comma and point, numbers and text, words and abbreviations give the one spelling of a mark."""
    assert values.mark(typed) == mark


@pytest.mark.parametrize(
    "typed", [11, -1, 8.55, "8,55", "10,5", "8,", "8 5", "x", "D", "८", 1e300, float("nan"), True]
)
def test_other_marks_are_refused(typed: values.CellValue) -> None:
    """Nothing is rounded or guessed."""
    with pytest.raises(ServiceError):
        values.mark(typed)


def test_a_mark_that_became_a_date_is_explained() -> None:
    """A mark "8.5" that a spreadsheet turned into 8 May is refused with that reason."""
    with pytest.raises(ServiceError) as refusal:
        values.mark(dt.datetime(2026, 5, 8))  # noqa: DTZ001 - a cell's date has no zone
    assert refusal.value.code == "mark-is-date"


@given(st.integers(0, 100))
def test_every_mark_with_one_decimal_is_read_exactly(tenths: int) -> None:
    """Each of the 101 marks reads the same as a number, with a comma and with a point."""
    mark = f"{tenths // 10}.{tenths % 10}"
    assert values.mark(tenths / 10) == values.mark(mark) == values.mark(mark.replace(".", ",")) == mark


@pytest.mark.parametrize("typed", ["05/09/2014", "5/9/2014", "05-09-2014", "5.9.2014", dt.date(2014, 9, 5)])
def test_dates_are_day_first(typed: values.CellValue) -> None:
    """Date cells and dd/mm/yyyy text are one date."""
    assert values.date(typed) == dt.date(2014, 9, 5)


@pytest.mark.parametrize(
    "typed", ["5/9/14", "9/31/2014", "31/02/2014", "05/09-2014", "2014", 41887.0, "tháng 9"]
)
def test_other_dates_are_refused(typed: values.CellValue) -> None:
    """What could be two days, or none, is no date."""
    with pytest.raises(ServiceError):
        values.date(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("001214000123", ("001214000123", False)),
        (79214000123.0, ("079214000123", True)),
        (1214000123.0, ("001214000123", True)),
    ],
)
def test_personal_ids(typed: values.CellValue, read: tuple[str, bool]) -> None:
    """Zeros are put back only where a number cell of 10 or 11 digits makes their loss certain."""
    assert values.personal_id(typed) == read


@pytest.mark.parametrize("typed", ["1214000123", 121400012.0, "00121400012a", 1.5])
def test_other_personal_ids_are_refused(typed: values.CellValue) -> None:
    """Text of another length, or a number that lost more than two digits, is not guessed."""
    with pytest.raises(ServiceError):
        values.personal_id(typed)


def test_text_is_composed_and_its_spaces_collapsed() -> None:
    """NFD becomes NFC; no-break spaces and line ends are spaces; a whole number is its digits."""
    assert values.text(" Nguye\u0302\u0303n\u00a0 Thị\nAn ") == "Nguyễn Thị An"
    assert values.text(125.0) == "125"


@pytest.mark.parametrize(
    ("character", "name"),
    [("\u200b", "ZERO WIDTH SPACE"), ("\ufeff", "NO-BREAK SPACE"), ("\u0000", "U+0000")],
)
def test_invisible_characters_are_refused_by_name(character: str, name: str) -> None:
    """An invisible character is named, for nobody could find it otherwise."""
    with pytest.raises(ServiceError, match=name.replace("+", r"\+")):
        values.text(f"An{character}h")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Nguyễn L\N{CYRILLIC SMALL LETTER A}n", "U+0430 CYRILLIC SMALL LETTER A"),
        ("\N{GREEK CAPITAL LETTER ALPHA}n", "U+0391 GREEK CAPITAL LETTER ALPHA"),
        ("\N{LATIN CAPITAL LETTER ETH}ỗ Anh", "U+00D0 LATIN CAPITAL LETTER ETH"),
        ("Lan\N{COMBINING LONG STROKE OVERLAY}", "U+0336 COMBINING LONG STROKE OVERLAY"),
        ("Trung\N{HANGUL FILLER}", "U+3164 HANGUL FILLER"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}n", "U+FF21 FULLWIDTH LATIN CAPITAL LETTER A"),
        ("6A\N{FULLWIDTH DIGIT ONE}", "U+FF11 FULLWIDTH DIGIT ONE"),
        ("6A\N{ARABIC-INDIC DIGIT ONE}", "U+0661 ARABIC-INDIC DIGIT ONE"),
        ("6A\N{SUPERSCRIPT ONE}", "U+00B9 SUPERSCRIPT ONE"),
        ("\N{MATHEMATICAL BOLD CAPITAL A}n", "U+1D400 MATHEMATICAL BOLD CAPITAL A"),
        ("An\N{BRAILLE PATTERN BLANK}", "U+2800 BRAILLE PATTERN BLANK"),
    ],
)
def test_letters_that_only_look_latin_are_refused_by_name(typed: str, name: str) -> None:
    """In names, places and codes, in both languages; a remark may hold any script."""
    with pytest.raises(ServiceError) as refusal:
        values.text(typed)
    assert refusal.value.code == "text-strange-letter"
    assert name in refusal.value.text.vi
    assert name in refusal.value.text.en
    assert values.remark(typed) == typed


@pytest.mark.parametrize(
    "digit", ["\N{FULLWIDTH DIGIT EIGHT}", "\N{ARABIC-INDIC DIGIT EIGHT}", "\N{DIGIT EIGHT FULL STOP}"]
)
def test_digits_of_other_alphabets_are_no_marks(digit: str) -> None:
    """What Unicode calls compatible with 8 is no mark."""
    with pytest.raises(ServiceError):
        values.mark(digit)


@pytest.mark.parametrize(
    "name",
    [
        "NguyÔn TuÊn Minh",
        "Lª V¨n §øc",
        "NguyÔn Thµnh",
        "TrÇn ThÞ Hoa",
        "Nguyeãn Tuaán Minh",
        "NGUYEÃN TUAÁN MINH",
        "Traàn Thò Hoa",
        "Leâ Vaên Ñöùc",
        "Ñaøo Phöông",
        "Phaïm Tieán Duõng",
    ],
)
def test_names_of_before_unicode_are_refused(name: str) -> None:
    """TCVN3 and VNI, told by what to do with the file."""
    for parse in (values.person_name, values.name_as_written):
        with pytest.raises(ServiceError) as refusal:
            parse(name)
        assert refusal.value.code == "name-legacy-font"


@pytest.mark.parametrize("parse", [values.mark, values.text, values.remark])
def test_error_of_a_spreadsheet_is_no_value(parse: Callable[[str], str]) -> None:
    """Told as what it is, whatever the column holds."""
    for shown in ("#N/A", "#DIV/0!", "#REF!"):
        with pytest.raises(ServiceError) as refusal:
            parse(shown)
        assert refusal.value.code == "cell-error"
        assert shown in refusal.value.text.vi
    assert values.remark("Đọc trang #1") == "Đọc trang #1"


def test_digit_in_a_name_is_refused() -> None:
    """What tells two of a name apart in a system is no name; what a family has beside a name stands."""
    with pytest.raises(ServiceError) as refusal:
        values.person_name("Nguyễn Tuấn Minh 2")
    assert refusal.value.code == "name-digit"
    assert values.name_as_written("Nguyễn Văn Mẫu (mất 2015)") == "Nguyễn Văn Mẫu (mất 2015)"


def test_invented_names_are_taken() -> None:
    """A thousand of all peoples, with every letter."""
    draws = Draws(3)
    for number in range(1, 1001):
        name = student_name(draws, number).full_name
        assert values.person_name(unicodedata.normalize("NFD", name)) == name


def test_names_of_all_peoples_are_taken() -> None:
    """Names of Vietnam's peoples and Latin names from abroad stand as they are written."""
    for name in (
        "H´Hen Êban",
        "Ksor H’Ơi",
        "Niê Kđăm Ñê",
        "Đoàn Thoại Mỹ",
        "Hoãn Uyên Thuở",
        "Raúl Núñez",
        "Seán Müller-Noël",
        "Anaïs Loïc",
        "João Magalhães",
        "H’Yuôm Niê",
        "Y Ƀlôk",
        "K’Brơ\u0306i",
        "R’čăm Ñưk",
        "Đỗ Thị Ỷ",
        "Zoë Ångström-Łuczak",
        "A. O'Neill (B)",
    ):
        assert values.person_name(name) == name


def test_a_code_in_a_number_cell_is_refused() -> None:
    """A code's width is not known, so nobody can tell which zeros were lost."""
    with pytest.raises(ServiceError) as refusal:
        values.student_code(100000001.0)
    assert refusal.value.code == "identifier-number"


def test_levels() -> None:
    """Levels are read in any case and as abbreviations."""
    assert [values.level(typed) for typed in ("Tốt", "KHÁ", "đ", "chưa đạt")] == list(Level)
