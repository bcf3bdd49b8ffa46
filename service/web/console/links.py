"""Links in the console: of one document, who may fetch it by which link, how each was opened, and a form for another.

The function is that of `hocba link`. Address and PIN of a new link stand in the answer to the form, and nowhere else.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.transcript.model import parse_transcript
from service.errors import ServiceError
from service.families.links import DEFAULT_DAYS, MAX_DAYS, make_link
from service.installation import Installation
from service.people.roles import Role
from service.storage.family_records import LinkPurpose, OpenResult
from service.storage.records import Issuance, State
from service.web.language import language
from service.web.policy import WHOLE_SCHOOL, actor, allow
from service.web.words.families import FAMILY_TEXTS
from verify.web.language import format_moment

_RESULTS = {
    OpenResult.REVOKED: "result_revoked",
    OpenResult.EXPIRED: "result_expired",
    OpenResult.LOCKED: "result_locked",
}


def add_links(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register = installation.register

    @console.get("/transcripts/<issuance_id>/links")
    @allow(*WHOLE_SCHOOL)
    def show_links(school: str, issuance_id: str) -> str:
        """List the links to a document with their opens, and offer another."""
        issuance = _issuance(installation, school, issuance_id)
        at = int(installation.now().timestamp())
        links = [
            (link, link.state(at), [(_words(one.result), _moment(one.opened_at)) for one in opens])
            for link in register.links(school, issuance_id)
            for opens in [register.opens(school, link.id)]
        ]
        return _page(
            "links.html",
            issuance,
            links=links,
            days=DEFAULT_DAYS,
            max_days=MAX_DAYS,
            contact=register.contact(school, issuance.student_code),
        )

    @console.post("/transcripts/<issuance_id>/links")
    @allow(Role.CLERK, fresh=True)
    def add_link(school: str, issuance_id: str) -> str:
        """Make one; address and PIN are shown this once."""
        issuance = _issuance(installation, school, issuance_id)
        days = request.form.get("days", "")
        made = make_link(
            installation.linking,
            issuance,
            _purpose(request.form.get("purpose", "")),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
            made_by=actor(installation).id,
        )
        return _page("link.html", issuance, made=made)

    @console.post("/transcripts/<issuance_id>/links/<link_id>/revoke")
    @allow(Role.CLERK)
    def revoke_link(school: str, issuance_id: str, link_id: str) -> Redirect:
        """Let a link open nothing from now on."""
        register.revoke_link(school, link_id, at=int(installation.now().timestamp()))
        return redirect(url_for("console.show_links", issuance_id=issuance_id), 303)


def _page(template: str, issuance: Issuance, **values: object) -> str:
    return render_template(
        template,
        f=FAMILY_TEXTS[language()],
        issuance=issuance,
        said=parse_transcript(issuance.data),
        purposes=list(LinkPurpose),
        moment=_moment,
        **values,
    )


def _words(result: OpenResult) -> str:
    return FAMILY_TEXTS[language()][_RESULTS.get(result, result)]


def _moment(seconds: int) -> str:
    return format_moment(dt.datetime.fromtimestamp(seconds, dt.UTC))


def _purpose(name: str) -> LinkPurpose:
    if name not in list(LinkPurpose):
        raise ServiceError(
            "link-purpose-unknown",
            "Hãy chọn mục đích của liên kết.",
            "Choose the purpose of the link.",
        )
    return LinkPurpose(name)


def _issuance(installation: Installation, school: str, issuance_id: str) -> Issuance:
    issuance = installation.register.issuance(school, issuance_id)
    if issuance is None or issuance.state is not State.RELEASED:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance
