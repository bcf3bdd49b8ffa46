"""Passwords: which are good enough, and how they are kept (Argon2id, RFC 9106).

What counts is how soon a password would be guessed, names and all (zxcvbn, which knows the common ones), not which
kinds of characters it has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from argon2 import PasswordHasher
from zxcvbn import zxcvbn

from service.errors import ServiceError

NORMAL_FORM: Final = "NFC"
"""A keyboard may write ế as one character or as three: both are one password."""
MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 72
"""More is not estimated; a sentence of five words is shorter."""
_GOOD_SCORE: Final = 3
"""Of 4: safe from whoever took the database for a long while."""
_NAME_LENGTH: Final = 3
_LEFT: Final = 6
"""Characters beside the person's own names."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_HASHER: Final = PasswordHasher()


def normal_password(password: str) -> str:
    """Return a password in its one spelling."""
    return unicodedata.normalize(NORMAL_FORM, password)


def check_password(password: str, known: Iterable[str]) -> str:
    """Return a new password in its one spelling; `known` are words that whoever guesses would try first.

    Raises:
        ServiceError: `password-length`, `password-common`.
    """
    chosen = normal_password(password)
    if not MIN_LENGTH <= len(chosen) <= MAX_LENGTH:
        raise ServiceError(
            "password-length",
            f"Mật khẩu cần từ {MIN_LENGTH} đến {MAX_LENGTH} kí tự; hãy dùng một câu vài từ dễ nhớ.",
            f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters; take a few words that you remember.",
        )
    rest = _plain(chosen)
    words = sorted({word for text in known for word in _WORD.findall(_plain(text))}, key=len, reverse=True)
    for word in words:
        rest = rest.replace(word, "") if len(word) >= _NAME_LENGTH else rest
    if len(rest) < _LEFT or zxcvbn(chosen, user_inputs=words)["score"] < _GOOD_SCORE:
        raise ServiceError(
            "password-common",
            "Mật khẩu này dễ đoán (từ hay dùng, tên, ngày, dãy phím); hãy chọn vài từ không liên quan nhau.",
            "This password is guessed soon (common words, names, dates, rows of keys); take a few unrelated words.",
        )
    return chosen


def hash_password(password: str) -> str:
    """Return what is kept of a password in its one spelling."""
    return _HASHER.hash(password)


def _plain(text: str) -> str:
    """Return a text as somebody writes it who types no marks: names are written so in passwords."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
