"""The family's page: a PIN opens one document behind a link. No account, no script, no session.

The page is the same for every address until the PIN is right, and every refusal takes the same time, so that nobody
learns which links exist. The right PIN gives the browser a ticket for some minutes, in a cookie of this address alone.
"""

from __future__ import annotations

import datetime as dt
import time
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from schemas.profiles import FORMS
from schemas.serial import display_serial
from schemas.transcript.model import parse_transcript
from schemas.verdict import VerdictCode
from service.errors import ServiceError
from service.families.links import (
    TICKET_LIFETIME,
    TOKEN_LENGTH,
    SharedDocument,
    Tickets,
    open_link,
    shared_document,
)
from service.installation import Installation
from service.issuing import released_path
from service.storage.records import Issuance, State
from service.web.api.transcripts import send_pdf
from service.web.words.families import FAMILY_TEXTS
from verify.web.language import format_date, format_moment, language, say

COOKIE = "hocba-family"
REFUSAL_SECONDS = 0.5
"""After how long any refusal is given: longer than the slow digest and the database take."""
_MAX_FORM = 4096
_AT_ONCE = 4
"""PINs that are looked at together; others wait. Each takes 32 MB."""


def make_family(installation: Installation, key: bytes) -> Blueprint:
    """Return the pages; `key` signs the tickets."""
    family = Blueprint("family", __name__)
    tools = installation.linking
    tickets = Tickets(key, tools)
    looking = BoundedSemaphore(_AT_ONCE)

    def opened(token: str) -> SharedDocument | None:
        link = tickets.link_of(token, request.cookies.get(COOKIE, ""))
        return None if link is None else shared_document(tools, link)

    @family.get(f"/hoc-ba/<string(length={TOKEN_LENGTH}):token>")
    def show(token: str) -> str:
        """Ask for the PIN, or show the document to whoever has just given it."""
        shared = opened(token)
        return _form(installation, token) if shared is None else _document(installation, token, shared)

    @family.post(f"/hoc-ba/<string(length={TOKEN_LENGTH}):token>")
    def open_(token: str) -> Response:
        """Take the PIN."""
        started = time.monotonic()
        request.max_content_length = _MAX_FORM
        try:
            with looking:
                link = open_link(tools, token, request.form.get("pin", ""))
        except ServiceError as refusal:
            if refusal.code != "link-refused":
                raise
            time.sleep(max(0.0, started + REFUSAL_SECONDS - time.monotonic()))
            return make_response(_form(installation, token, say(refusal.text)), 403)
        answer = make_response(redirect(_address("show", token), 303))
        answer.set_cookie(
            COOKIE,
            tickets.give(link),
            max_age=int(TICKET_LIFETIME.total_seconds()),
            path=url_for("family.show", token=token),
            secure=not installation.trust.test,
            httponly=True,
            samesite="Strict",
        )
        return answer

    @family.get(f"/hoc-ba/<string(length={TOKEN_LENGTH}):token>/<any(this, newer):which>")
    def fetch(token: str, which: str) -> Response:
        """Hand out the file, to whoever has just given the PIN."""
        shared = opened(token)
        issuance = None if shared is None else shared.issuance if which == "this" else shared.offered
        if shared is None or issuance is None:
            return make_response(redirect(_address("show", token), 303))
        tools.register.note_fetched(shared.link, issuance.id, at=tools.at())
        answer = send_pdf(installation, issuance, reader=None)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return family


def _form(installation: Installation, token: str, sentence: str | None = None) -> str:
    return _page("family/pin.html", installation, token, sentence=sentence)


def _document(installation: Installation, token: str, shared: SharedDocument) -> str:
    issuance, newest = shared.issuance, shared.newest
    # Never the database's word: what anybody would be told of these very bytes.
    verdict = _verdict(installation, issuance)
    return _page(
        "family/document.html",
        installation,
        token,
        shared=shared,
        said=parse_transcript(issuance.data),
        serial=display_serial(issuance.serial),
        form=FORMS[issuance.profile],
        is_valid=verdict is VerdictCode.VALID,
        headline=say(verdict.headline_of(FORMS[issuance.profile])),
        newest=newest if newest.id != issuance.id else None,
        newest_is_valid=newest.id != issuance.id and _verdict(installation, newest) is VerdictCode.VALID,
        newest_serial=display_serial(newest.serial),
        checking=f"https://{installation.settings.qr_host}/",
        this=_address("fetch", token, which="this"),
        newer=_address("fetch", token, which="newer"),
        issued=format_date(dt.datetime.fromtimestamp(issuance.issued_at, dt.UTC)),
        until=format_moment(dt.datetime.fromtimestamp(shared.link.expires_at, dt.UTC)),
    )


def _verdict(installation: Installation, issuance: Issuance) -> VerdictCode:
    if issuance.state is not State.RELEASED:
        return VerdictCode.UNCONFIRMED
    pdf = released_path(installation.folder("issued"), issuance).read_bytes()
    return installation.verifier.known_file(pdf).verdict


def _page(template: str, installation: Installation, token: str, **values: object) -> str:
    lang = language()
    return render_template(
        template,
        f=FAMILY_TEXTS[lang],
        lang=lang,
        other="vi" if lang == "en" else "en",
        here=url_for("family.show", token=token),
        test=installation.trust.test,
        **values,
    )


def _address(page: str, token: str, **more: Any) -> str:
    """Return the address of a page in the language of the request."""
    if language() == "en":
        more["lang"] = "en"
    return url_for(f"family.{page}", token=token, **more)
