"""Which title of the year a school's words about awards state, in full or as schools shorten it.

Awards are free words: prizes and praise stand beside the title, and a prize may be called by a title's name (“Học sinh
giỏi cấp tỉnh môn Toán”). A statement of a title says nothing else, but of which year it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_BETWEEN: Final = re.compile(
    r"[;,.:+/&•|()\[\]“”\"]|\s[-–]\s|\bvà\b(?! rèn luyện)",
    re.IGNORECASE,
)
_BEFORE: Final = r"(?:được|đạt|tặng|công nhận|khen thưởng|khen|giấy khen|danh hiệu|là)"
_WHEN: Final = r"(?:cả năm|cuối năm|năm học|năm|toàn diện|20\d\d(?: ?[-–] ?20\d\d)?)"
_DONE_WELL: Final = r"hoàn thành (?:tốt|xuất sắc)(?: (?:trong|các nội dung) học tập và rèn luyện)?"
_TITLE: Final = (
    r"(?:(?:học sinh|hs) ?(?:giỏi|g|xuất sắc|xs|tiên tiến|tt|khá)"
    rf"|(?:học sinh|hs) ?(?:(?:tiêu biểu|tb)(?: {_DONE_WELL})?|{_DONE_WELL})"
    r"|giỏi|xuất sắc|tiên tiến|tiêu biểu)"
)
_STATEMENT: Final = re.compile(rf"(?:{_BEFORE} )*{_TITLE}(?: {_WHEN})*", re.IGNORECASE)


def recorded_title(awards: str | None, given: str | None, titles: Iterable[str]) -> str | None:
    """Return what is recorded where the rules give a title, or none: `given` exactly where nothing differs.

    Args:
        awards: what the school recorded.
        given: the title that the rules give.
        titles: the titles that there are under these rules, as they are written in full.
    """
    stated = [_in_full(one, tuple(titles)) for one in _statements(awards or "")]
    if stated:
        return next((one for one in stated if one != given), given)
    # Where a title is due and none is stated, what stands there instead is shown.
    return None if given is None else awards


def _statements(words: str) -> Iterator[str]:
    for part in _BETWEEN.split(words):
        if _STATEMENT.fullmatch(part.strip()):
            yield part.strip()


def _in_full(statement: str, titles: tuple[str, ...]) -> str:
    """Return the title that a statement has in full, else its own words: a shortened one is not what is printed."""
    return next((title for title in titles if title.casefold() in statement.casefold()), statement)
