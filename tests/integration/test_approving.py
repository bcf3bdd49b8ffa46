"""Teachers confirm, the principal approves, and only what they approved is issued; what comes between is judged.

The frauds of insiders: test_frauds.py.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from werkzeug.test import TestResponse

from schemas.change_trail import Act as Change
from schemas.change_trail import Actor as TrailActor
from schemas.change_trail import ActorKind
from schemas.transcript.model import parse_transcript
from schemas.verdict import VerdictCode
from service.app import create_app
from service.approvals.chains import Step
from service.approvals.confirming import Wish
from service.approvals.states import ApprovalState
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import BatchReport, released_path
from service.people.roles import Assignment, Person, Role
from service.reserving import reserve
from service.sample import sample_class
from service.scopes import EVERY_SCOPE
from service.storage.records import Batch, StudentYear, Token
from service.storage.trail_writing import Cause
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration

CLASS = "6B"
REASON = "Đã đối chiếu với sổ điểm."


@dataclass
class School:
    """A class that waits for its teachers, and people with accounts."""

    demonstration: Demonstration
    installation: Installation
    people: dict[str, Person]

    @property
    def drafts(self) -> tuple[StudentYear, ...]:
        """The class as imported."""
        return self.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)

    def states(self) -> list[ApprovalState]:
        """How far each student is."""
        board = self.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
        return [state.state for state in board.states.values()]

    def act(self, who: str, step: Step, subject: str | None = None, **wish: object) -> None:
        """Confirm or approve as somebody."""
        desk = self.installation.approvals
        board = desk.board(SCHOOL, SCHOOL_YEAR, CLASS)
        wished = Wish(step, subject, **{"reason_for_all": REASON} | wish)  # type: ignore[arg-type]
        desk.act(board, desk.actor(self.people[who], "console"), wished)

    def confirm(self) -> None:
        """Have every teacher confirm."""
        for row in self.drafts[0].year.subjects:
            self.act("teacher", Step.SUBJECTS, row.subject)
        self.act("homeroom", Step.HOMEROOM)

    def approve(self) -> None:
        """Have teachers confirm and the principal approve."""
        self.confirm()
        self.act("principal", Step.APPROVAL)

    def issue(self, **how: object) -> BatchReport:
        """Issue for the class."""
        return self.installation.issue(SCHOOL, SCHOOL_YEAR, class_name=CLASS, **how)  # type: ignore[arg-type]

    def change(
        self, number: int, subject: str, who: str = "teacher", act: Change = Change.MANUAL, **cells: str
    ) -> None:
        """Change the row of a student, as the console would, in somebody's name."""
        draft, person = self.drafts[number], self.people[who]
        rows = tuple(
            row.model_copy(update=cells) if row.subject == subject else row for row in draft.year.subjects
        )
        cause = Cause(act, TrailActor(ActorKind.PERSON, person.id, person.name), 1_795_000_000)
        changed = replace(draft, year=draft.year.model_copy(update={"subjects": rows}))
        self.installation.register.put_student_years([changed], cause=cause)


@pytest.fixture
def school(demonstration: Demonstration) -> Iterator[School]:
    """Three students of class 6B, one teacher of everything, a homeroom teacher, principal, deputy and clerk."""
    approving = demonstration.installation
    # The plain installation: nobody approves by themselves.
    installation = Installation(approving.settings, approving.now, approving.token_bytes)
    workbook = sample_class(3, class_name=CLASS, first_student=101)
    rows = installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    subjects = [row.subject for row in rows[0].year.subjects]
    teaches = [Assignment(SCHOOL_YEAR, CLASS, subject) for subject in subjects]
    invited = {
        "teacher": ("Cô Bộ Môn", [Role.SUBJECT_TEACHER], teaches),
        "homeroom": ("Thầy Chủ Nhiệm", [Role.HOMEROOM_TEACHER], [Assignment(SCHOOL_YEAR, CLASS, None)]),
        "principal": ("Bà Hiệu Trưởng", [Role.PRINCIPAL], []),
        "deputy": ("Ông Hiệu Phó", [Role.DEPUTY_PRINCIPAL], []),
        "clerk": ("Chị Văn Thư", [Role.CLERK], []),
    }
    people = {
        name: installation.administration.invite(
            SCHOOL, full_name, f"lop6b-{name}", roles, assignments, by="operator"
        )[0].person
        for name, (full_name, roles, assignments) in invited.items()
    }
    yield School(demonstration, installation, people)
    installation.verifier.close()


def refusal(refused: pytest.ExceptionInfo[ServiceError]) -> str:
    """Return why."""
    return refused.value.code


def test_nothing_is_issued_that_nobody_approved(school: School) -> None:
    """Not even in a demonstration: imported is not approved, and confirmed is not either."""
    with pytest.raises(ServiceError) as refused:
        school.issue()
    assert refusal(refused) == "nothing-approved"
    school.confirm()
    with pytest.raises(ServiceError) as refused:
        school.issue()
    assert refusal(refused) == "nothing-approved"
    assert school.states() == [ApprovalState.WAITING_PRINCIPAL] * 3


def test_a_document_says_who_confirmed_which_rows_and_when(school: School) -> None:
    """The confirmations in the data are those of the people who made them; the file is valid."""
    school.approve()
    school.demonstration.clock.forward(hours=2)
    school.installation.publish()
    report = school.issue()
    assert (len(report.released), report.unapproved) == (3, ())
    (issuance, *_) = report.released
    transcript = parse_transcript(issuance.data)
    (year,) = transcript.years
    names = [(one.role, one.name) for one in year.confirmations]
    assert names == [("subject-teacher", "Cô Bộ Môn")] * len(year.subjects) + [
        ("homeroom-teacher", "Thầy Chủ Nhiệm")
    ]
    assert [one.subject for one in year.confirmations[:-1]] == [row.subject for row in year.subjects]
    assert {transcript.issued_at - one.at for one in year.confirmations} != {transcript.issued_at}
    assert all(one.at < transcript.issued_at for one in year.confirmations)
    pdf = released_path(school.demonstration.data / "issued", issuance).read_bytes()
    assert school.demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert school.states() == [ApprovalState.ISSUED] * 3


def test_who_is_not_approved_waits_and_the_others_are_issued(school: School) -> None:
    """By student, with the reason; not the batch as a whole. A summer case is approved and issued alone."""
    school.approve()
    school.change(0, "toan", remark="Có tiến bộ rõ.")
    report = school.issue()
    code = school.drafts[0].learner.student_code
    assert len(report.released) == 2
    assert [(one.student_code, one.code) for one in report.unapproved] == [(code, "changed-after-approval")]
    with pytest.raises(ServiceError) as refused:
        school.installation.issue(SCHOOL, SCHOOL_YEAR, student_code=code)
    assert refusal(refused) == "changed-after-approval"
    school.act("teacher", Step.SUBJECTS, "toan", students=[code])
    school.act("homeroom", Step.HOMEROOM, students=[code])
    school.act("principal", Step.APPROVAL, students=[code])
    assert len(school.installation.issue(SCHOOL, SCHOOL_YEAR, student_code=code).released) == 1


def test_a_teacher_who_edits_after_confirmation_voids_what_came_after(school: School) -> None:
    """The row, homeroom teacher and principal begin again; the others' rows stay confirmed."""
    school.approve()
    school.change(0, "toan", year="9.9")
    board = school.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    (state, *others) = board.states.values()
    assert (state.missing, [one.is_approved for one in others]) == (("toan",), [True, True])


def test_a_clerk_who_changed_a_mark_does_not_release(school: School) -> None:
    """By hand, not by a file: whoever imports what teachers wrote issues it, and cannot approve it."""
    desk, clerk = school.installation.approvals, school.people["clerk"]
    school.change(0, "toan", year="9.9", who="clerk", act=Change.IMPORT)
    desk.check_release(SCHOOL, SCHOOL_YEAR, CLASS, None, clerk.id, clerk.name)
    school.change(0, "toan", year="9.8", who="clerk")
    with pytest.raises(ServiceError) as refused:
        desk.check_release(SCHOOL, SCHOOL_YEAR, None, school.drafts[0].learner.student_code, clerk.id)
    assert refusal(refused) == "release-four-eyes"


def test_what_was_returned_after_it_was_reserved_is_not_signed(school: School) -> None:
    """A document that failed on its way waits, with its student, for those who look again."""
    school.approve()
    desk, register = school.installation.approvals, school.installation.register
    draft, code = school.drafts[0], school.drafts[0].learner.student_code
    batch = register.open_batch(Batch("b" * 32, SCHOOL, "stopped", SCHOOL_YEAR, CLASS, None, 0))
    approval, now = desk.approval(SCHOOL, [draft]), school.installation.now()
    reserved = reserve(register, batch, draft, approval, now=now, token_bytes=secrets.token_bytes)
    register.reserve([reserved])
    board = desk.board(SCHOOL, SCHOOL_YEAR, CLASS)
    desk.give_back(
        board, desk.actor(school.people["homeroom"], "console"), Step.SUBJECTS, "toan", [code], REASON
    )
    report = school.issue()
    assert [(one.student_code, one.code) for one in report.unapproved] == [(code, "approval-returned")]
    assert len(report.released) == 2
    school.act("teacher", Step.SUBJECTS, "toan", students=[code])
    school.act("homeroom", Step.HOMEROOM, students=[code])
    school.act("principal", Step.APPROVAL, students=[code])
    assert len(school.issue().released) == 3


def test_the_api_acts_with_tokens_of_people_alone(school: School) -> None:
    """The school's token reads how far a class is; confirming takes the person's own, and is safe to repeat."""
    data, app = school.demonstration.data, create_app(school.installation)
    register = school.installation.register
    person, own = school.people["teacher"], secrets.token_hex(16)
    register.put_token(Token(secrets.token_hex(8), SCHOOL, person.name, 1, person.id, EVERY_SCOPE), own)
    of_school = (data / TOKEN_FILE).read_text().strip()

    def ask(token: str, act: str, key: str = "one", **body: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        whole = {"year": SCHOOL_YEAR, "class": CLASS} | body
        return app.test_client().post(f"/api/v1/approvals/{act}", json=whole, headers=headers)

    assert ask(of_school, "confirm", subject="toan", reason=REASON).get_json()["code"] == "person-needed"
    first = ask(own, "confirm", subject="toan", reason=REASON)
    assert (first.status_code, first.get_json()["students"]) == (200, 3)
    assert ask(own, "confirm", subject="toan", reason=REASON).get_json() == first.get_json()
    assert ask(own, "confirm", subject="khtn", reason=REASON).get_json()["code"] == "idempotency-key-reused"
    assert ask(own, "approve", "two").get_json()["code"] == "rows-not-yours"
    listed = app.test_client().get(
        f"/api/v1/approvals?year={SCHOOL_YEAR}&class={CLASS}",
        headers={"Authorization": f"Bearer {of_school}"},
    )
    assert {one["state"] for one in listed.get_json()["students"]} == {"waiting-subjects"}
    assert [one.via.split()[0] for one in register.acts(SCHOOL, SCHOOL_YEAR, CLASS)] == ["api"]


def test_the_commands(school: School) -> None:
    """From status to issuing as people of the school, each act by the name they sign in with."""
    data = school.demonstration.data
    where = ("--data", data, "--year", SCHOOL_YEAR, "--class", CLASS)
    code = school.drafts[0].learner.student_code
    status = run("hocba", "approve", "status", *where[:4], check=True).stdout
    assert "6B: 3 chưa ai xác nhận" in status
    teacher = ("--as", "lop6b-teacher", "--reason", REASON)
    refused = run("hocba", "approve", "confirm", *where, "--as", "lop6b-teacher", "--subject", "toan")
    assert (refused.returncode, "[exceptions-open]" in refused.stderr) == (1, True)
    run("hocba", "approve", "confirm", *where, *teacher, "--subject", "toan", check=True)
    for row in school.drafts[0].year.subjects:
        school.act("teacher", Step.SUBJECTS, row.subject)
    tasks = run(
        "hocba", "approve", "status", *where[:4], "--as", "lop6b-homeroom", "--json", check=True
    ).stdout
    assert [json.loads(line)["step"] for line in tasks.splitlines()] == ["homeroom"]
    homeroom = ("--as", "lop6b-homeroom", "--reason", REASON)
    run("hocba", "approve", "confirm", *where, *homeroom, check=True)
    run("hocba", "approve", "return", *where, *homeroom, "--student", code, "--subject", "toan", check=True)
    shown = run("hocba", "approve", "status", *where, check=True).stdout
    assert f"trả lại / returned: {REASON}" in shown
    run("hocba", "approve", "confirm", *where, *teacher, "--subject", "toan", check=True)
    run("hocba", "approve", "confirm", *where, *homeroom, check=True)
    refused = run("hocba", "approve", "approve", *where, "--as", "lop6b-clerk")
    assert (refused.returncode, "[rows-not-yours]" in refused.stderr) == (1, True)
    run("hocba", "approve", "approve", *where, "--as", "lop6b-principal", check=True)
    again = run("hocba", "approve", "approve", *where, "--as", "lop6b-principal", check=True).stdout
    assert "nothing to do" in again
    acts = school.installation.register.acts(SCHOOL, SCHOOL_YEAR, CLASS)
    assert {act.via.split()[0] for act in acts} == {"shell", "console"}
