"""The frauds that really happen (threat model), each tried by an insider with what an insider has.

A fraud is stopped, or it stands in the trail and in the audit. Pages, API, commands, the database's own file and a
forger's own key are used as they are; nothing reaches behind them but where the insider could: whoever administers the
database has its file, and may drop its triggers.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from schemas.change_trail import Act, TrailEntry, parse_entry
from schemas.transcript.model import SubjectResult
from schemas.verdict import VerdictCode
from service.app import create_app
from service.approvals.states import ApprovalState
from service.demo import SCHOOL_YEAR
from service.installation import Installation
from service.people.accounts import Account
from service.people.roles import Assignment, Role
from service.sample import sample_class
from service.scopes import Scope
from service.storage.database import writing
from service.storage.records import ChangeState, Issuance, StudentYear, Token
from service.storage.tables import StudentYearRow
from service.storage.trail_writing import Whose
from service.web.console.marks import student_address
from tests.support.batches import work_off
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.forged import signed_but_not_recorded, signed_with_a_seal_of_ones_own
from tests.support.sign_in import begin_session, send

CLASS = "6B"
PAGE = f"/classes/{SCHOOL_YEAR}/{CLASS}"
REASON = "Đã đối chiếu với sổ điểm."
WHY = "Chấm lại bài thi."
BETTER = {f"mark-{period}": "9,5" for period in ("semester1", "semester2", "year")}
STUDENTS = 2


@dataclass
class Office:
    """A school with a class that waits, its people, and what each of them has: a browser, a token."""

    demonstration: Demonstration
    installation: Installation
    app: Flask
    people: dict[str, Account] = field(default_factory=dict)

    def invite(self, who: str, name: str, *roles: Role, subjects: list[str | None] | None = None) -> None:
        """Add somebody, with their subjects of the class; None for its homeroom teacher."""
        classes = [Assignment(SCHOOL_YEAR, CLASS, subject) for subject in subjects or []]
        self.people[who], _ = self.installation.administration.invite(
            SCHOOL, name, f"gian-lan-{who}", roles, classes, by="operator"
        )

    def browser(self, who: str, *, fresh: bool = True) -> FlaskClient:
        """Return the browser in which somebody signed in; not fresh, an hour ago."""
        account = self.installation.people.account_of_name(f"gian-lan-{who}")
        assert account is not None
        made = self.app.test_client()
        begin_session(made, account, fresh=fresh)
        return made

    def token(self, who: str, *scopes: Scope) -> dict[str, str]:
        """Return the header of a token that somebody was given."""
        person = self.people[who].person
        secret = token_hex(24)
        token = Token(secret[:16], SCHOOL, person.name, 0, person.id, frozenset(scopes))
        self.installation.register.put_token(token, secret)
        return {"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"}

    @property
    def drafts(self) -> tuple[StudentYear, ...]:
        """The class as it stands."""
        return self.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)

    def states(self) -> list[ApprovalState]:
        """How far each student is."""
        board = self.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
        return [state.state for state in board.states.values()]

    def change_mark(self, browser: FlaskClient, number: int = 0) -> TestResponse:
        """Give a student better marks in maths, on the student's page."""
        draft = self.drafts[number]
        with self.app.app_context():
            page = f"{PAGE}/students/{student_address(draft)}"
        form = browser.get(f"{page}?subject=toan").text
        rest = dict(
            re.findall(
                r'name="(mark-(?:reassessed|remark))" type="text" maxlength="1000" value="([^"]*)"', form
            )
        )
        return send(browser, page, subject="toan", trail=draft.trail, reason=WHY, **BETTER, **rest)

    def confirm_subjects(self) -> None:
        """Have the teacher confirm every subject."""
        browser = self.browser("teacher")
        for row in self.drafts[0].year.subjects:
            answer = send(browser, f"{PAGE}/approvals/confirm", subject=row.subject, reason=REASON)
            assert answer.status_code == 303, answer.text

    def confirm_class(self) -> None:
        """Have the homeroom teacher confirm the class."""
        browser = self.browser("homeroom")
        answer = send(browser, f"{PAGE}/approvals/confirm", subject="", reason=REASON)
        assert answer.status_code == 303, answer.text

    def approve(self, who: str = "principal") -> TestResponse:
        """Try to approve the class on its page."""
        return send(self.browser(who), f"{PAGE}/approvals", reason=REASON)

    def approved(self) -> None:
        """Have everybody do what is theirs."""
        self.confirm_subjects()
        self.confirm_class()
        assert self.approve().status_code == 303
        assert self.states() == [ApprovalState.APPROVED] * STUDENTS

    def release(self) -> TestResponse:
        """Have the clerk issue for the class, on the page, and the worker do what was asked for."""
        answer = send(self.browser("clerk"), f"{PAGE}/issue")
        work_off(self.installation)
        return answer

    def issued(self) -> list[Issuance]:
        """Return what was issued of the class."""
        return list(self.installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name=CLASS))

    def trail(self, number: int = 0) -> list[TrailEntry]:
        """Return what the trail says of a student's year."""
        code = self.drafts[number].learner.student_code
        stored = self.installation.register.trail_of(Whose(SCHOOL, code, SCHOOL_YEAR))
        return [parse_entry(one.entry or b"") for one in stored]

    def audit(self) -> set[str]:
        """Return the codes of what the audit finds."""
        return {one.code for one in self.installation.audit().differences}

    def sql(self, *statements: str) -> None:
        """Do what whoever has the database's file can do: no program of ours, no trigger, no key."""
        with sqlite3.connect(self.demonstration.data / "hocba.sqlite3") as connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def office(demonstration: Demonstration) -> Iterator[Office]:
    """Two students of class 6B, one teacher of everything, a homeroom teacher, principal, deputy, clerk."""
    helped = demonstration.installation
    # The plain installation: nobody approves by themselves.
    installation = Installation(helped.settings, helped.now, helped.token_bytes)
    workbook = sample_class(STUDENTS, class_name=CLASS, first_student=101)
    rows = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    made = Office(demonstration, installation, create_app(installation))
    subjects: list[str | None] = [row.subject for row in rows[0].year.subjects]
    made.invite("teacher", "Cô Bộ Môn", Role.SUBJECT_TEACHER, subjects=subjects)
    made.invite("homeroom", "Thầy Chủ Nhiệm", Role.HOMEROOM_TEACHER, subjects=[None])
    made.invite("principal", "Bà Hiệu Trưởng", Role.PRINCIPAL)
    made.invite("deputy", "Ông Hiệu Phó", Role.DEPUTY_PRINCIPAL)
    made.invite("clerk", "Chị Văn Thư", Role.CLERK)
    made.invite("administrator", "Anh Quản Trị", Role.ADMINISTRATOR)
    yield made
    installation.verifier.close()


def test_a_principal_changes_a_mark_of_a_class_he_approves(office: Office) -> None:
    """As principal he has no form. Given a teacher's role by the administrator, what he changes bars him: by name."""
    office.approved()
    assert office.change_mark(office.browser("principal")).status_code == 403
    principal = office.people["principal"].person.id
    helper = office.browser("administrator")
    given = send(helper, f"/people/{principal}/roles", role=["principal", "subject-teacher"])
    assert given.status_code == 303
    assert (
        send(helper, f"/people/{principal}/classes", assignments=f"{SCHOOL_YEAR}/{CLASS}/toan").status_code
        == 303
    )
    assert office.change_mark(office.browser("principal")).status_code == 303
    # What he approved before counts for nobody of the class any more.
    assert office.release().status_code == 409
    assert office.issued() == []
    # Nor can he put it right by himself, once the teachers have looked again.
    office.confirm_subjects()
    office.confirm_class()
    assert (office.approve().status_code, office.approve("deputy").status_code) == (403, 303)
    last = office.trail()[-1]
    assert (last.act, last.actor.name, last.why) == (Act.MANUAL, "Bà Hiệu Trưởng", WHY)
    assert office.audit() == set()


def test_an_administrator_edits_a_mark_in_the_database(office: Office) -> None:
    """Triggers dropped, one student's sealed marks put in another's row: not issued, and the audit names it."""
    office.approved()
    first, second = (draft.learner.student_code for draft in office.drafts)
    office.sql(
        "UPDATE student_years SET year = "  # noqa: S608 - what an administrator types
        f"(SELECT year FROM student_years WHERE student_code = '{second}') WHERE student_code = '{first}'"
    )
    assert office.release().status_code == 303
    assert [one.student_code for one in office.issued()] == [second]
    assert office.audit() == {"audit-draft-changed"}
    told = run("hocba", "record", "audit", "--data", office.demonstration.data)
    assert told.returncode != 0
    assert "audit-draft-changed" in told.stdout + told.stderr


def test_an_administrator_who_has_the_data_key_edits_a_mark(office: Office) -> None:
    """One digit, past every program, sealed as it should be: nobody approved it, and the audit names it."""
    office.approved()
    draft = office.drafts[0]
    (row,) = [one for one in draft.year.subjects if one.subject == "toan"]
    assert isinstance(row, SubjectResult)
    edited = draft.year.model_dump_json(exclude_none=True).replace(f'"year":"{row.year}"', '"year":"9.9"', 1)
    with writing(office.installation.database) as connection:
        mine = StudentYearRow.student_code == draft.learner.student_code
        connection.execute(update(StudentYearRow).where(mine).values(year=edited.encode()))
    office.release()
    assert draft.learner.student_code not in {one.student_code for one in office.issued()}
    assert office.audit() == {"audit-draft-changed"}


def test_an_administrator_takes_a_change_out_of_the_trail(office: Office) -> None:
    """Triggers dropped, the entry of a change deleted: the chain of the school does not close over the gap."""
    assert office.change_mark(office.browser("teacher")).status_code == 303
    office.sql("DELETE FROM mark_changes WHERE number = (SELECT max(number) - 1 FROM mark_changes)")
    assert "audit-trail-number" in office.audit()


def test_an_administrator_forges_the_approval_of_what_he_edited(office: Office) -> None:
    """Marks swapped and acts made to fit, at the server, by the very commands: issued, and loud for ever.

    Each act says that it was done by an account of the server, not by a person who signed in; the audit names the marks
    that no trail knows, before and after they are issued.
    """
    first, second = (draft.learner.student_code for draft in office.drafts)
    office.sql(
        "UPDATE student_years SET year = "  # noqa: S608 - what an administrator types
        f"(SELECT year FROM student_years WHERE student_code = '{second}') WHERE student_code = '{first}'"
    )
    where = ("--data", office.demonstration.data, "--year", SCHOOL_YEAR, "--class", CLASS, "--reason", REASON)
    for row in office.drafts[0].year.subjects:
        teacher = ("--as", "gian-lan-teacher", "--subject", row.subject)
        run("hocba", "approve", "confirm", *where, *teacher, check=True)
    run("hocba", "approve", "confirm", *where, "--as", "gian-lan-homeroom", check=True)
    run("hocba", "approve", "approve", *where, "--as", "gian-lan-principal", check=True)
    office.demonstration.clock.catch_up()
    acts = office.installation.register.acts(SCHOOL, SCHOOL_YEAR, CLASS)
    assert {act.via.split()[0] for act in acts} == {"shell"}
    assert office.audit() == {"audit-draft-changed"}
    office.release()
    assert "audit-draft-changed" in office.audit()


def test_a_teacher_edits_after_confirmation(office: Office) -> None:
    """Once approved, the student waits anew, and the trail has the teacher's name; once issued, no mark is changed."""
    office.approved()
    assert office.change_mark(office.browser("teacher")).status_code == 303
    code = office.drafts[0].learner.student_code
    assert office.states() == [ApprovalState.WAITING_SUBJECTS, ApprovalState.APPROVED]
    assert office.release().status_code == 303
    assert code not in {one.student_code for one in office.issued()}
    assert office.change_mark(office.browser("teacher"), number=1).status_code == 409
    last = office.trail()[-1]
    assert (last.actor.name, {one.new for one in last.changes}) == ("Cô Bộ Môn", {"9.5"})
    assert office.audit() == set()


def test_a_clerk_releases_again_what_was_revoked(office: Office) -> None:
    """By page and by token: what two people revoked takes a new approval."""
    office.approved()
    office.release()
    document = office.issued()[0]
    asked = send(
        office.browser("principal"),
        f"/transcripts/{document.id}/revocation",
        **{"class": "error", "reason": WHY, "key": "0" * 32},
    )
    assert asked.status_code == 303, asked.text
    (change,) = office.installation.register.changes(SCHOOL)
    office.demonstration.clock.forward(minutes=5)
    assert send(office.browser("deputy"), f"/changes/{change.id}/confirm").status_code == 303
    body = {"school_year": SCHOOL_YEAR, "student_code": document.student_code}
    headers = office.token("clerk", Scope.ISSUE)
    answer = office.app.test_client().post("/api/v1/batches", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "changed-after-approval")
    office.release()
    documents = office.installation.register.documents(SCHOOL, document.student_code)
    assert [one.id for one in documents if one.is_current] == []


def test_a_clerk_who_changed_a_mark_releases_it(office: Office) -> None:
    """Everybody who should looks again and approves; the clerk who changed it does not release it, by page or token."""
    assert office.change_mark(office.browser("clerk")).status_code == 303
    office.approved()
    assert office.release().status_code == 403
    body = {"school_year": SCHOOL_YEAR, "class_name": CLASS}
    headers = office.token("clerk", Scope.ISSUE)
    answer = office.app.test_client().post("/api/v1/batches", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "release-four-eyes")
    assert office.issued() == []
    assert office.trail()[-1].actor.name == "Chị Văn Thư"


def test_a_session_is_stolen(office: Office) -> None:
    """A copied cookie approves and issues nothing without the password, and ends when its owner signs out."""
    office.confirm_subjects()
    office.confirm_class()
    stolen = office.browser("principal", fresh=False)
    answer = send(stolen, f"{PAGE}/approvals", reason=REASON)
    assert (answer.status_code, "/sign-in/again" in answer.location) == (303, True)
    assert office.states() == [ApprovalState.WAITING_PRINCIPAL] * STUDENTS
    office.approve()
    clerks = office.browser("clerk", fresh=False)
    assert "/sign-in/again" in send(clerks, f"{PAGE}/issue").location
    assert office.issued() == []
    send(office.browser("clerk"), "/sign-out")
    assert "/sign-in" in clerks.get("/").location


def test_a_token_is_stolen(office: Office) -> None:
    """It does the acts that it was given out for and no others, and nothing once it is taken back."""
    headers = office.token("clerk", Scope.IMPORT)
    browser = office.app.test_client()
    body = {"school_year": SCHOOL_YEAR, "class_name": CLASS}
    refused = browser.post("/api/v1/batches", json=body, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing")
    (token,) = (one for one in office.installation.register.tokens(SCHOOL) if one.holder == "Chị Văn Thư")
    assert token.last_used_at is not None
    run("hocba", "token", "retire", token.id, "--data", office.demonstration.data, check=True)
    assert browser.post("/api/v1/batches", json=body, headers=headers).get_json()["code"] == "token-wrong"


def test_a_clerk_forges_a_seal(office: Office) -> None:
    """With a key of one's own in the school's name: no issuer. With the school's, past the service: not recorded."""
    own = signed_with_a_seal_of_ones_own(office.demonstration)
    assert office.demonstration.verify(own).verdict is VerdictCode.UNTRUSTED_ISSUER
    stolen = signed_but_not_recorded(office.demonstration)
    office.demonstration.clock.forward(minutes=11)
    office.installation.publish()
    assert office.demonstration.verify(stolen).verdict is VerdictCode.UNRECORDED


@pytest.mark.parametrize(
    "name", ["Bà Hiệu Trưởng", "bà  hiệu trưởng", unicodedata.normalize("NFD", "Bà Hiệu Trưởng")]
)
def test_the_same_person_has_two_accounts(office: Office, name: str) -> None:
    """Marks by one, approval by the other: barred by the name, however it is written; so is confirming one.s own."""
    made = send(
        office.browser("administrator"),
        "/people/invite",
        name=name,
        sign_in_name="gian-lan-second",
        role="clerk",
    )
    assert made.status_code == 200, made.text
    assert office.change_mark(office.browser("second")).status_code == 303
    office.confirm_subjects()
    office.confirm_class()
    assert (office.approve().status_code, office.approve("deputy").status_code) == (403, 303)
    office.release()
    document = office.issued()[0]
    asked = send(
        office.browser("second"),
        f"/transcripts/{document.id}/revocation",
        **{"class": "error", "reason": WHY, "key": "0" * 32},
    )
    assert asked.status_code == 303, asked.text
    (change,) = office.installation.register.changes(SCHOOL)
    assert send(office.browser("principal"), f"/changes/{change.id}/confirm").status_code == 403
    (change,) = office.installation.register.changes(SCHOOL)
    assert change.state is ChangeState.REQUESTED
