"""The language of a page: Vietnamese, or English where the address asks for it, so that no cookie is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from flask import g, request

from schemas.errors import Text
from schemas.verdict import Sentence
from schemas.vietnam_time import VIETNAM
from verify.web.words import WORDS


def format_date(time: dt.datetime) -> str:
    """Return the day in Vietnam, as 24/11/2026."""
    return f"{time.astimezone(VIETNAM):%d/%m/%Y}"


def format_moment(time: dt.datetime) -> str:
    """Return the moment in Vietnam, as 24/11/2026 23:07:24."""
    return f"{time.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def language() -> Literal["vi", "en"]:
    """Return the language that the request asks for; Vietnamese where it asks for none."""
    if "language" in g:
        return "vi" if g.language == "vi" else "en"
    return "en" if request.args.get("lang") == "en" else "vi"


@contextmanager
def in_other_language() -> Iterator[None]:
    """Have what is rendered meanwhile speak the language that the request does not ask for."""
    g.language = "vi" if language() == "en" else "en"
    try:
        yield
    finally:
        del g.language


def say(text: Text | Sentence) -> str:
    """Return a sentence in the request's language."""
    return text.en if language() == "en" else text.vi


class Words:
    """The words of the pages in one language, as `t.title` in a template."""

    def __init__(self, lang: str) -> None:
        self._english = lang == "en"

    def __getitem__(self, name: str) -> str:
        """Return a word.

        Raises:
            KeyError: there is no such word.
        """
        text = WORDS[name]
        return text.en if self._english else text.vi
