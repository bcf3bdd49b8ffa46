"""Notices in the console: where a family is told, and the outbox with what somebody has to mend.

The function is that of `hocba contact` and `hocba notices`.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from service.errors import ServiceError
from service.families.notices import contact_of, notice_facts
from service.installation import Installation
from service.people.roles import Role
from service.storage.records import Issuance
from service.web.language import language
from service.web.policy import WHOLE_SCHOOL, actor, allow
from service.web.words.families import FAMILY_TEXTS
from verify.web.language import format_moment


def add_notices(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register = installation.register

    @console.post("/transcripts/<issuance_id>/contact")
    @allow(Role.CLERK, fresh=True)
    def set_contact(school: str, issuance_id: str) -> Redirect:
        """Set the address of the family of a document, or take it away where the field is left empty."""
        student = _issuance(installation, school, issuance_id).student_code
        email, at = request.form.get("email", "").strip(), int(installation.now().timestamp())
        if email:
            register.set_contact(contact_of(school, student, email, at=at, by=actor(installation).id))
        else:
            register.remove_contact(school, student, at=at)
        return redirect(url_for("console.show_links", issuance_id=issuance_id), 303)

    @console.get("/notices")
    @allow(*WHOLE_SCHOOL)
    def show_notices(school: str) -> str:
        """List the outbox, the newest first."""
        return render_template(
            "notices.html",
            f=FAMILY_TEXTS[language()],
            told=register.tells_families(school),
            counts=register.notice_counts(school),
            notices=[notice_facts(register, one) for one in register.notices(school)],
            moment=lambda seconds: format_moment(dt.datetime.fromtimestamp(seconds, dt.UTC)),
        )

    @console.post("/notices/<notice_id>/retry")
    @allow(Role.CLERK)
    def retry_notice(school: str, notice_id: str) -> Redirect:
        """Try one again that was given up."""
        register.retry_notice(school, notice_id, at=int(installation.now().timestamp()))
        return redirect(url_for("console.show_notices"), 303)


def _issuance(installation: Installation, school: str, issuance_id: str) -> Issuance:
    issuance = installation.register.issuance(school, issuance_id)
    if issuance is None:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance
