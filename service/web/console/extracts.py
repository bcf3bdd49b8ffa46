"""Extracts in the console: of one transcript, what was taken from it, and a form to issue another.

The function is that of `hocba extract`. The address names the transcript by its issuance, never the student.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.profiles import EXTRACT_PROFILES
from schemas.transcript.model import Transcript, parse_transcript
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.installation import Installation
from service.people.roles import Role
from service.storage.records import Issuance, State
from service.web.policy import WHOLE_SCHOOL, allow

_SUMMARY = "transfer"


def add_extracts(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""

    @console.get("/transcripts/<issuance_id>/extracts")
    @allow(*WHOLE_SCHOOL)
    def show_extracts(school: str, issuance_id: str) -> str:
        """List what was taken from a transcript, and ask which year to issue an extract of."""
        issuance, said = _transcript(installation, school, issuance_id)
        taken = [
            (one, parse_transcript(one.data))
            for one in installation.register.documents(school, issuance.student_code)
            if one.profile in EXTRACT_PROFILES and one.state is not State.ABANDONED
        ]
        return render_template("extracts.html", issuance=issuance, said=said, taken=taken, summary=_SUMMARY)

    @console.post("/transcripts/<issuance_id>/extracts")
    @allow(Role.CLERK, fresh=True)
    def issue_extract(school: str, issuance_id: str) -> Redirect:
        """Issue one; where it fails or waits, the list says why."""
        issuance, said = _transcript(installation, school, issuance_id)
        what = request.form.get("what", "")
        if what not in {_SUMMARY, *(year.school_year for year in said.years)}:
            raise ServiceError("nothing-to-extract", "Hãy chọn năm học.", "Choose a school year.")
        year = None if what == _SUMMARY else what
        installation.extract(ExtractRequest(school, issuance.student_code, year))
        return redirect(url_for("console.show_extracts", issuance_id=issuance_id), 303)


def _transcript(installation: Installation, school: str, issuance_id: str) -> tuple[Issuance, Transcript]:
    issuance = installation.register.issuance(school, issuance_id)
    if issuance is None or issuance.profile in EXTRACT_PROFILES or issuance.state is not State.RELEASED:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance, parse_transcript(issuance.data)
