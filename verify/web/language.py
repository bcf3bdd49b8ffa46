"""The language of a page: Vietnamese, or English where the address asks for it, so that no cookie is needed."""

from __future__ import annotations

import datetime as dt

from flask import request

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


def language() -> str:
    """Return the language that the request asks for; Vietnamese where it asks for none."""
    return "en" if request.args.get("lang") == "en" else "vi"


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
