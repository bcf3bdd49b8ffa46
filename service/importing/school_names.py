"""The school that a line above a table names, and whether that is the school that the import is for.

The same name is written in many ways: "TRƯỜNG THCS HOÀ BÌNH", "Trung học cơ sở Hòa Bình, phường Ban Mai".
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from typing import Final

from schemas.transcript.model import School
from service.importing.spelling import tones_last

_LEVELS: Final = {
    "primary": ("tiểu học", "th"),
    "lower": ("trung học cơ sở", "phổ thông cơ sở", "thcs", "ptcs"),
    "upper": ("trung học phổ thông", "thpt"),
}
_KINDS: Final = {
    "phổ thông dân tộc nội trú": "ptdtnt",
    "phổ thông dân tộc bán trú": "ptdtbt",
    "dân tộc nội trú": "dtnt",
}
_LEVEL: Final = "|".join(word for words in _LEVELS.values() for word in words)
_TYPE: Final = rf"{_LEVEL}|phổ thông|liên cấp|chuyên|ptdt[nb]t|dtnt|ptlc|pt"
_MANY_MEANINGS: Final = frozenset(("th", "pt", "phổ thông", "liên cấp", "chuyên"))
"""Words that begin a school's name after "Trường" only."""
_BEGINS: Final = r"(?:^|\s{2,}|[,;|:]\s*|\s[-–]\s*|\btên )"
_NAMED: Final = re.compile(
    rf"{_BEGINS}(?=trường\b|truong\b|tr\.|(?:{_TYPE})\b)"
    rf"(?P<name>(?P<label>(?:trường|truong|tr\.)\s*:?\s*)?(?P<kind>(?:{_TYPE})\b\s*:?\s*)?(?P<rest>\S.*?)(?=\s{{3,}}|$))",
    re.IGNORECASE,
)
_HIGHER: Final = re.compile(r"(?:trường|tr\.)\s*:?\s*(?:đại học|đh|cao đẳng|cđ)", re.IGNORECASE)
"""Whose school of practice the next line may name."""
_LEVEL_LINK: Final = re.compile(rf"\b({_LEVEL})\s*(?:[-–,&+/]|và\b)\s*(?=(?:{_LEVEL})\b)", re.IGNORECASE)
"""What links two levels, "TH - THCS", ends no name."""
_ENDS: Final = re.compile(
    r"\s{3,}|\s[-–|]\s|[,;|(\[]|\s*\b(?:lớp|khối|năm học|học k[ìỳ]|hk|mã trường|gvcn|địa chỉ|điện thoại|"
    r"cộng h(?:òa|oà) xã|sổ|bảng|danh sách|tổng hợp|kết quả)\b|\s*\bmôn(?: học)?\s*:|\s*\bđộc lập\s*[-–]",
    re.IGNORECASE,
)
_PLACES: Final = tuple(
    tones_last(word) + " "
    for word in ("phường", "xã", "thị xã", "thị trấn", "quận", "huyện", "thành phố", "tỉnh", "tp")
)


class Named(Enum):
    """How the name in a line stands to the name of the school."""

    SAME = auto()
    OTHER_LEVEL = auto()
    OTHER = auto()


def school_named(text: str) -> str | None:
    """Return the name of a school that a line of a sheet holds, as it is written there; None where it holds none."""
    line = re.sub(r"\s*[\r\n]\s*", "   ", unicodedata.normalize("NFC", text).strip())
    for match in _NAMED.finditer(_LEVEL_LINK.sub(r"\1 ", line)):
        name = _until_end(match["name"])
        if _is_name(match) and not _HIGHER.match(name) and _Parts(name).words:
            return name
    return None


def _is_name(match: re.Match[str]) -> bool:
    """Whether a line names a school: "Trường học thân thiện" and "Trung học cơ sở" alone do not."""
    label, kind, rest = match["label"], match["kind"], match["rest"]
    if label and (":" in label or kind):
        return True
    is_clear = label or (kind and kind.casefold().strip() not in _MANY_MEANINGS)
    return bool(is_clear and rest[0].isupper())


def _until_end(name: str) -> str:
    linked = _LEVEL_LINK.sub(r"\1 ", name)
    end = _ENDS.search(linked)
    return " ".join((linked[: end.start()] if end else linked).split())


def compare_names(written: str, school: School) -> Named:
    """Say whether a name is that of the school: case, spaces, tone placement, abbreviations, its place may differ."""
    found, own = _Parts(written), _Parts(_until_end(unicodedata.normalize("NFC", school.name)))
    place = {*_words(school.commune), *_words(school.province)}
    if not _same_words(found.words, own.words, place) and not (
        found.is_bare and _same_words(found.words, list(map(_plain, own.words)), set(map(_plain, place)))
    ):
        return Named.OTHER
    apart = found.levels and own.levels and found.levels.isdisjoint(own.levels)
    return Named.OTHER_LEVEL if apart else Named.SAME


class _Parts:
    """A school's name taken apart: its levels, and the words that tell it from others of the level."""

    def __init__(self, name: str) -> None:
        text = re.sub(r"\W+", " ", f" {name.casefold()} ")
        for words, short in _KINDS.items():
            text = text.replace(f" {words} ", f" {short} ")
        self.levels = set()
        for level, spellings in _LEVELS.items():
            for spelling in spellings:
                if f" {spelling} " in text:
                    self.levels.add(level)
                    text = text.replace(f" {spelling} ", " ")
        text = re.sub(r"^ (?:trường|truong|tr) ", " ", text)
        self.words = _words(text)
        self.is_bare = text.isascii()


def _words(text: str) -> list[str]:
    # "Lý" and "Lí" are the same word too.
    return tones_last(text.casefold()).replace("y", "i").split()


def _plain(word: str) -> str:
    return "".join(each for each in word.replace("đ", "d") if not unicodedata.combining(each))


def _same_words(first: list[str], second: list[str], place: set[str]) -> bool:
    """Whether two names are one, or the longer goes on with where the school is."""
    shorter, longer = sorted((first, second), key=len)
    rest = longer[len(shorter) :]
    if longer[: len(shorter)] != shorter or not shorter:
        return False
    is_told_by_place = set(shorter) <= {"ptdtnt", "ptdtbt", "dtnt"}
    return not rest or (not is_told_by_place and (" ".join(rest).startswith(_PLACES) or set(rest) <= place))
