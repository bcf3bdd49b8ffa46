"""The school's console: classes, import, issuing, the files. Works without JavaScript.

Who may use which page, and whose rows it reads, is said by `allow` above each view (`service.web.policy`).
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from schemas.serial import display_serial
from service.deciding import differences
from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Role
from service.storage.records import Issuance, StudentYear
from service.web.api.transcripts import send_pdf
from service.web.console.account import add_account
from service.web.console.approving import add_approving, ready_and_waiting
from service.web.console.batches import add_batches, ask_for
from service.web.console.certificates import add_certificates, signers_today
from service.web.console.changes import add_change_pages
from service.web.console.contacts import add_contacts
from service.web.console.differences import add_differences, undecided
from service.web.console.extracts import add_extracts
from service.web.console.imports import add_imports
from service.web.console.links import add_links
from service.web.console.marks import add_marks, student_address
from service.web.console.names import name_key
from service.web.console.notices import add_notices
from service.web.console.people import add_people
from service.web.console.register import add_register
from service.web.console.releasing import add_releasing
from service.web.console.requests import add_requests
from service.web.console.school_settings import add_school_settings
from service.web.console.schools import add_schools
from service.web.language import change_words, language, state_words, texts
from service.web.policy import (
    TEACHERS,
    WHOLE_SCHOOL,
    Policy,
    Reach,
    allow,
    change_actor,
    check_class,
    may,
    sees_class,
    signed_in,
    with_policy,
)


def make_console(installation: Installation) -> Blueprint:
    """Return the pages."""
    console = Blueprint("console", __name__)
    register = installation.register

    @console.app_context_processor
    def _common() -> dict[str, object]:
        person = current_user.person if current_user and current_user.is_authenticated else None
        school = register.school(person.school_code)[0] if person and person.school_code else None
        return {
            "t": texts(),
            "lang": language(),
            "person": person,
            "school": school,
            "may": may,
            "form_token": session.get("form"),
            "test": installation.trust.test,
            "display_serial": display_serial,
            "state_words": state_words,
            "change_words": change_words,
            "student_address": student_address,
        }

    _add_classes(console, installation)
    add_imports(console, installation)
    add_approving(console, installation)
    add_batches(console, installation)
    add_differences(console, installation)
    add_extracts(console, installation)
    add_marks(console, installation)
    add_links(console, installation)
    add_notices(console, installation)
    add_contacts(console, installation)
    add_change_pages(console, installation)
    add_register(console, installation)
    add_certificates(console, installation)
    add_requests(console, installation)
    add_releasing(console, installation)
    add_people(console, installation)
    add_schools(console, installation)
    add_school_settings(console, installation)
    add_account(console, installation)
    return console


def _add_classes(console: Blueprint, installation: Installation) -> None:
    register = installation.register

    @console.get("/")
    @with_policy(Policy(Reach.ANYBODY))
    def classes() -> str | Redirect:
        """List the classes with their counts; whoever has none to see is shown what is theirs."""
        person = signed_in()
        if person.school_code is None:
            return redirect(url_for("console.schools"), 303)
        if person.has(Role.ADMINISTRATOR):
            return redirect(url_for("console.people"), 303)
        counts = register.class_counts(person.school_code)
        shown = [one for one in counts if sees_class(one.school_year, one.class_name)]
        return render_template("classes.html", classes=shown, sees_all=person.has(*WHOLE_SCHOOL))

    @console.get("/classes/<school_year>/<class_name>")
    @allow(*WHOLE_SCHOOL, *TEACHERS)
    def show_class(school: str, school_year: str, class_name: str) -> str:
        """List a class with the state of each transcript."""
        rows = _rows(installation, school, school_year, class_name)
        documents = [issuance for _, issuance in rows if issuance is not None]
        # The newest request of a document, about it or for it, by the document.
        changes = {
            issuance_id: change
            for change in register.changes_of(documents)
            for issuance_id in (change.issuance_id, change.replacement_id)
        }
        return render_template(
            "class.html",
            rows=rows,
            changes=changes,
            undecided=_undecided(installation, school, school_year, class_name),
            school_year=school_year,
            class_name=class_name,
        )

    @console.get("/classes/<school_year>/<class_name>/issue")
    @allow(Role.CLERK, fresh=True)
    def ask_issue(school: str, school_year: str, class_name: str) -> str:
        """Ask once before signing."""
        rows = _rows(installation, school, school_year, class_name)
        ready, unapproved = ready_and_waiting(installation, school, school_year, class_name)
        return render_template(
            "issue.html",
            rows=rows,
            samples=_samples(ready),
            today=signers_today(installation, school),
            unapproved=unapproved,
            undecided=_undecided(installation, school, school_year, class_name),
            once=installation.token_bytes(8).hex(),
            grace_minutes=installation.settings.grace_minutes,
            school_year=school_year,
            class_name=class_name,
        )

    @console.post("/classes/<school_year>/<class_name>/issue")
    @allow(Role.CLERK, fresh=True)
    def issue(school: str, school_year: str, class_name: str) -> Redirect:
        """Have a class issued, and what an earlier try left finished; the batch's page says how far it is."""
        return ask_for(installation, school, school_year, [class_name])

    @console.get("/transcripts/<issuance_id>.pdf")
    @allow(*WHOLE_SCHOOL, Role.HOMEROOM_TEACHER)
    def read_pdf(school: str, issuance_id: str) -> Response:
        """Return a released transcript."""
        issuance = register.issuance(school, issuance_id)
        if issuance is None:
            raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
        check_class(issuance.school_year, issuance.class_name, Role.HOMEROOM_TEACHER)
        return send_pdf(installation, issuance, reader=change_actor(installation))


def _samples(years: Sequence[StudentYear]) -> list[StudentYear]:
    """Return the first, the one in the middle and the last."""
    return [years[at] for at in sorted({0, len(years) // 2, len(years) - 1})] if years else []


def _undecided(installation: Installation, school: str, school_year: str, class_name: str) -> int:
    return undecided(differences(installation.register, school, school_year, class_name=class_name))


def _rows(
    installation: Installation, school: str, school_year: str, class_name: str
) -> list[tuple[StudentYear, Issuance | None]]:
    register = installation.register
    years = register.student_years(school, school_year, class_name=class_name)
    issuances = register.issuances(school, school_year, class_name=class_name)
    by_code = {issuance.student_code: issuance for issuance in issuances}
    if not years:
        raise ServiceError("nothing-to-issue", "Không có lớp này.", "There is no such class.")
    return [
        (year, by_code.get(year.learner.student_code))
        for year in sorted(years, key=lambda year: name_key(year.learner.full_name))
    ]
