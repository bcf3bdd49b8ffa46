"""The grace window in the console: what stands signed, released before its time or taken back.

The functions are those of `hocba release` and `hocba take-back`. Releasing asks for the password again; taking back
does not: it makes nothing public, and must be quick.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.transcript.model import parse_transcript
from service.errors import ServiceError
from service.grace import MAY_RELEASE, Released, Which
from service.installation import Installation
from service.storage.records import Issuance
from service.web.language import texts
from service.web.policy import allow, change_actor


def add_releasing(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register, grace = installation.register, installation.grace

    @console.get("/classes/<school_year>/<class_name>/release")
    @allow(*MAY_RELEASE, fresh=True)
    def ask_release(school: str, school_year: str, class_name: str) -> str:
        """Ask once before a class is released."""
        _check_class(installation, school, school_year, class_name)
        standing = register.standing(school, school_year, class_name=class_name)
        return render_template(
            "release.html",
            lines=[(_name(one), one) for one in standing],
            school_year=school_year,
            class_name=class_name,
        )

    @console.post("/classes/<school_year>/<class_name>/release")
    @allow(*MAY_RELEASE, fresh=True)
    def release_class(school: str, school_year: str, class_name: str) -> Redirect:
        """End the windows of a class."""
        _check_class(installation, school, school_year, class_name)
        which = Which(school, school_year, class_name)
        _say(grace.release(which, change_actor(installation), wait=False))
        return redirect(url_for("console.show_class", school_year=school_year, class_name=class_name), 303)

    @console.get("/transcripts/<issuance_id>/release")
    @allow(*MAY_RELEASE)
    def show_standing(school: str, issuance_id: str) -> str:
        """Show a signed transcript, and both things that can be done with it."""
        issuance = _issuance(installation, school, issuance_id)
        return render_template("standing.html", issuance=issuance, student=_name(issuance))

    @console.post("/transcripts/<issuance_id>/release")
    @allow(*MAY_RELEASE, fresh=True)
    def release_student(school: str, issuance_id: str) -> Redirect:
        """End the window of one student's transcript."""
        issuance = _issuance(installation, school, issuance_id)
        which = Which(school, issuance.school_year, student_code=issuance.student_code)
        _say(grace.release(which, change_actor(installation), wait=False))
        return _back(issuance)

    @console.post("/transcripts/<issuance_id>/take-back")
    @allow(*MAY_RELEASE)
    def take_back(school: str, issuance_id: str) -> Redirect:
        """Take a signed transcript back, for a reason."""
        known, reason = _issuance(installation, school, issuance_id), request.form.get("reason", "")
        taken = grace.take_back(school, known.id, change_actor(installation), reason)
        flash(texts()["taken_back_said"])
        return _back(taken)


def _check_class(installation: Installation, school: str, school_year: str, class_name: str) -> None:
    if class_name not in installation.register.classes_of(school, school_year):
        raise ServiceError("class-unknown", "Không có lớp này.", "There is no such class.")


def _issuance(installation: Installation, school: str, issuance_id: str) -> Issuance:
    issuance = installation.register.issuance(school, issuance_id)
    if issuance is None:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance


def _name(issuance: Issuance) -> str:
    return parse_transcript(issuance.data).learner.full_name if issuance.data else ""


def _back(issuance: Issuance) -> Redirect:
    page = url_for(
        "console.show_class", school_year=issuance.school_year, class_name=issuance.class_name or "-"
    )
    return redirect(page, 303)


def _say(done: Released) -> None:
    words = texts()
    if done.later:
        flash(words["released_later"].format(count=done.later))
        return
    flash(words["released_said"].format(count=done.released))
    if done.held:
        flash(words["held_said"].format(count=len(done.held)))
