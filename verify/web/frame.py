"""What every page is given, whoever wrote it: language, words, addresses, navigation, and whether this is a test."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, request, url_for
from jinja2 import StrictUndefined

from verify.verifier import Verifier
from verify.web.assets import Assets
from verify.web.language import Words, format_date, format_moment, language, say
from verify.web.printed_words import in_english

NAVIGATION: Final = (("pages.home", "nav_home"), ("scan.page", "nav_scan"), ("desk.show", "nav_desk"))
"""The pages that the navigation names: endpoint and word. Those that an installation does not have are left out."""


def link(endpoint: str, **values: Any) -> str:
    """Return the address of a page in the request's language."""
    return url_for(endpoint, **values, lang="en" if language() == "en" else None)


def other_language() -> str:
    """Return where this page stands in the other language; an upload's answer stands nowhere, so: the way in."""
    lang = None if language() == "en" else "en"
    if request.method != "GET" or request.endpoint is None:
        return url_for("pages.home", lang=lang)
    # Nothing of the query: a stranger's link would choose what becomes of the address.
    return url_for(request.endpoint, **(request.view_args or {}), lang=lang)


def register_frame(app: Flask, verifier: Verifier, assets: Assets) -> None:
    """Give every template of the application what `base.html` and the pages need."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # A word or a value that is missing is an error in the tests, not an empty place on a page.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters |= {"date": format_date, "moment": format_moment}
    app.jinja_env.globals |= {
        "link": link,
        "asset": assets.url,
        "say": say,
        "other_language": other_language,
        "in_english": in_english,
    }

    @app.context_processor
    def _common() -> dict[str, object]:
        navigation = [(endpoint, word) for endpoint, word in NAVIGATION if endpoint in app.view_functions]
        lang = language()
        return {"lang": lang, "t": Words(lang), "test": verifier.trust.test, "navigation": navigation}
