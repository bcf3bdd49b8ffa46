"""Which column is what: told by its title, asked about where only a resemblance tells, never passed over.

What somebody has confirmed for this school comes before every guess.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from service.importing.headers import Header
from service.importing.sheets import Sheet
from service.importing.values import CellValue, shown
from service.importing.vocabulary import GROUPS, LEFT_OUT, WORDS, Role, part_key, plain

_SIMILAR, _DISTANT = 0.84, 0.5
_CONTENT_ROWS = 40
_DATE = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}")
_SEMESTERS = frozenset({"hk1", "hk2"})
_ROLE_WORDS = {
    role: {word: key for key, words in columns.items() for word in words} for role, columns in WORDS.items()
}
# Titles that stand on one kind of sheet only.
_TELLING = {
    Role.RESULTS: frozenset(WORDS[Role.RESULTS]) - frozenset(WORDS[Role.MARKS]) - {"homeroom_remark"},
    Role.STUDENTS: frozenset(WORDS[Role.STUDENTS]) - frozenset(WORDS[Role.MARKS]),
}


class Certainty(StrEnum):
    """How a column was understood."""

    SURE = "sure"
    """Its title is known."""
    REMEMBERED = "remembered"
    """Somebody of this school has confirmed it."""
    GUESSED = "guessed"
    """A resemblance, or what stands below the title: to be confirmed."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column: its titles, what it is taken for, how sure that is, and what it might be where it is not known."""

    position: int
    title: str
    key: str | None
    certainty: Certainty
    offers: tuple[str, ...] = ()
    example: str | None = None
    """What stands first below a title that was not known."""


Confirmed = Mapping[tuple[Role, str], str]
"""Confirmed columns of a school: role and folded title → key."""


def guess_role(header: Header, semester: int | None) -> Role:
    """Return what a sheet is, by the titles that only this kind of sheet has."""
    for role, telling in _TELLING.items():
        keys = {_known(role, path, semester) for path in header.paths.values()}
        if len(keys & telling) >= 2:
            return role
    return Role.MARKS


def guess_columns(
    sheet: Sheet, header: Header, role: Role, semester: int | None, confirmed: Confirmed
) -> tuple[ColumnGuess, ...]:
    """Return what each column of a table is."""
    guesses = []
    for position, path in header.paths.items():
        title = " / ".join(path)
        key, certainty = confirmed.get((role, plain(title))), Certainty.REMEMBERED
        if key is None:
            key, certainty = _known(role, path, semester), Certainty.SURE
        guesses.append(ColumnGuess(position, title, key, certainty if key else Certainty.UNKNOWN))
    taken = {guess.key for guess in guesses if guess.key}
    return tuple(
        guess if guess.key else _resembling(guess, role, _below(sheet, header, guess.position), taken)
        for guess in guesses
    )


def _known(role: Role, path: Sequence[str], semester: int | None) -> str | None:
    words = _ROLE_WORDS[role]
    parts = [plain(part) for part in path]
    for start in range(len(parts)):
        # Only a group that says nothing of its own may be left out of a title.
        if any(
            part not in GROUPS and not (part in _SEMESTERS and part in parts[-1]) for part in parts[:start]
        ):
            break
        for text in (" ".join(parts[start:]), " ".join(reversed(parts[start:]))):
            if text in words:
                # On a sheet of one semester, a level is that of the semester (TT 22/2021).
                is_level = semester is not None and words[text] == "level"
                return f"semester{semester}" if is_level else words[text]
    joined = " ".join(parts)
    if role is Role.MARKS:
        if key := part_key(joined, semester):
            return key
        # A sheet of one semester calls its average without the number.
        if semester and parts[-1] in {"dtbmhk", "dtbm", "tbm", "dtb", "diem tb", "danh gia"}:
            return f"semester{semester}"
    if parts[-1] in {"", "."}:
        return LEFT_OUT
    return None


def _resembling(
    guess: ColumnGuess, role: Role, below: Sequence[CellValue], taken: Iterable[str]
) -> ColumnGuess:
    words = {word: key for word, key in _ROLE_WORDS[role].items() if key not in set(taken)}
    title = plain(guess.title)
    close = get_close_matches(title, words, n=1, cutoff=_SIMILAR)
    key = words[close[0]] if close else _by_content(below, set(words.values()))
    offers = tuple(
        dict.fromkeys(words[word] for word in get_close_matches(title, words, n=3, cutoff=_DISTANT))
    )
    certainty = Certainty.UNKNOWN if key is None else Certainty.GUESSED
    example = shown(below[0]) if below else None
    return ColumnGuess(guess.position, guess.title, key, certainty, offers, example)


def _below(sheet: Sheet, header: Header, position: int) -> list[CellValue]:
    rows = sheet.rows[header.last + 1 : header.last + 1 + _CONTENT_ROWS]
    return [row[position] for row in rows if row[position] != ""]


def _by_content(below: Sequence[CellValue], free: set[str]) -> str | None:
    """Return what a column's content tells beyond doubt: dates, genders, twelve digits."""
    if len(below) < 2:
        return None
    texts = [str(value).strip() for value in below]
    most = 0.9 * len(below)

    def is_it(key: str, count: int) -> bool:
        return key in free and count >= most

    dates = sum(isinstance(value, dt.date) or bool(_DATE.fullmatch(str(value).strip())) for value in below)
    if is_it("birth_date", dates):
        return "birth_date"
    if is_it("gender", sum(text.casefold() in {"nam", "nữ"} for text in texts)):
        return "gender"
    if is_it("personal_id", sum(text.isdecimal() and len(text) == 12 for text in texts)):
        return "personal_id"
    return None
