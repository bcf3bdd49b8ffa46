"""Confirming and approving on the console's pages: who sees what, exceptions first, one act for a class."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator

import pikepdf
import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from schemas.verdict import VerdictCode
from service.app import create_app
from service.approvals.states import ApprovalState
from service.demo import SCHOOL_YEAR
from service.people.accounts import OPERATOR, Account
from service.people.roles import Assignment, Role
from service.sample import sample_class
from service.storage.readings import Shown
from service.web.words import TEXTS
from tests.support.approvals import with_row
from tests.support.changes import mended
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import begin_session, send
from tests.support.trail import AN_IMPORT

CLASS = "6B"
PAGE = f"/classes/{SCHOOL_YEAR}/{CLASS}/approvals"
VI = TEXTS["vi"]
REASON = "Đã đối chiếu với sổ điểm."


@pytest.fixture
def class_6b(demonstration: Demonstration) -> Demonstration:
    """Two students who wait for their teachers."""
    workbook = sample_class(2, class_name=CLASS, first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    return demonstration


@pytest.fixture
def client(class_6b: Demonstration) -> Iterator[FlaskClient]:
    """A browser that nobody has signed in with."""
    installation = class_6b.installation
    yield create_app(installation).test_client()
    installation.verifier.close()


def invite(demonstration: Demonstration, name: str, role: Role, *subjects: str | None) -> Account:
    """Return a new account with these subjects of the class; None for its homeroom teacher."""
    assignments = [Assignment(SCHOOL_YEAR, CLASS, subject) for subject in subjects]
    account, _ = demonstration.installation.administration.invite(
        SCHOOL, name, f"{role}-{len(name)}", [role], assignments, by=OPERATOR
    )
    return account


def states(demonstration: Demonstration) -> set[ApprovalState]:
    """How far the students are."""
    board = demonstration.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    return {state.state for state in board.states.values()}


def looked_at(page: str) -> str:
    """Return what a page says that it shows."""
    (found, *_) = re.findall(r'name="looked_at" value="([0-9a-f]{64})"', page)
    return str(found)


def test_a_class_goes_through_the_pages(client: FlaskClient, class_6b: Demonstration) -> None:
    """Each finds the task on the own list, confirms in one act, and principal approves after the password."""
    board = class_6b.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    teacher = invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, *board.subjects)
    homeroom = invite(class_6b, "Thầy Chủ Nhiệm", Role.HOMEROOM_TEACHER, None)
    principal = invite(class_6b, "Bà Hiệu Trưởng Mới", Role.PRINCIPAL)
    begin_session(client, teacher)
    tasks = client.get("/tasks").text
    assert "6B" in tasks
    assert '<td class="number bad">2</td>' in tasks
    for subject in board.subjects:
        send(client, f"{PAGE}/confirm", subject=subject, reason=REASON)
    assert VI["tasks_none"] in client.get("/tasks").text
    assert states(class_6b) == {ApprovalState.WAITING_HOMEROOM}
    begin_session(client, homeroom)
    shown = client.get(PAGE).text
    answer = send(client, f"{PAGE}/confirm", subject="", reason=REASON, looked_at=looked_at(shown))
    assert VI["done_confirm"].format(count=2) in client.get(answer.location).text
    begin_session(client, principal, fresh=False)
    assert "/sign-in/again" in send(client, PAGE).location
    assert states(class_6b) == {ApprovalState.WAITING_PRINCIPAL}
    begin_session(client, principal)
    assert VI["approve_class"] in client.get(PAGE).text
    send(client, PAGE, reason=REASON)
    assert states(class_6b) == {ApprovalState.APPROVED}


def test_exceptions_come_first_and_need_a_reason(client: FlaskClient, class_6b: Demonstration) -> None:
    """Another teacher than the page names: nothing is confirmed without a reason, which the page shows afterwards."""
    begin_session(client, invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, "toan"))
    page = client.get(PAGE).text
    assert page.index(VI["look_first"]) < page.index(VI["confirm_class"]) < page.index(VI["grid"])
    fields = re.findall(r'name="(keep/[^"]+)"', page)
    assert len(fields) == 2
    refused = send(client, f"{PAGE}/confirm", subject="toan")
    assert (refused.status_code, "cần xem" in refused.text) == (409, True)
    send(client, f"{PAGE}/confirm", subject="toan", **{html.unescape(one): REASON for one in fields})
    assert states(class_6b) == {ApprovalState.WAITING_SUBJECTS}
    assert REASON in client.get(PAGE).text


def test_a_subject_teacher_sees_the_own_marks_alone(client: FlaskClient, class_6b: Demonstration) -> None:
    """Other subjects' marks are not on the page; the homeroom teacher sees all."""
    begin_session(client, invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, "toan"))
    page = client.get(PAGE).text
    assert '<th scope="col">Toán</th>' in page
    assert '<th scope="col">Ngữ văn</th>' not in page
    begin_session(client, invite(class_6b, "Thầy Chủ Nhiệm", Role.HOMEROOM_TEACHER, None))
    assert '<th scope="col">Ngữ văn</th>' in client.get(PAGE).text


def test_what_nobody_saw_is_not_confirmed(client: FlaskClient, class_6b: Demonstration) -> None:
    """Data imported after the page was opened are shown again first."""
    begin_session(client, invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, "toan"))
    old = looked_at(client.get(PAGE).text)
    register = class_6b.installation.register
    draft, *_ = register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
    register.put_student_years([with_row(draft, "toan", remark="Cần cố gắng hơn.")], cause=AN_IMPORT)
    answer = send(client, f"{PAGE}/confirm", subject="toan", reason=REASON, looked_at=old)
    assert answer.status_code == 409
    assert states(class_6b) == {ApprovalState.DRAFT}


def test_a_student_is_returned_with_a_reason(client: FlaskClient, class_6b: Demonstration) -> None:
    """The teacher finds it on the list, with the reason on the page."""
    class_6b.installation.approve(SCHOOL, SCHOOL_YEAR)
    student = next(iter(class_6b.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS).drafts))
    begin_session(client, invite(class_6b, "Thầy Chủ Nhiệm", Role.HOMEROOM_TEACHER, None))
    answer = send(client, f"{PAGE}/return", student=student, subject="toan", reason=REASON)
    assert VI["done_return"].format(count=1) in client.get(answer.location).text
    assert states(class_6b) == {ApprovalState.RETURNED, ApprovalState.APPROVED}
    begin_session(client, invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, "toan"))
    assert "6B" in client.get("/tasks").text
    assert REASON in client.get(PAGE).text


def test_the_preview_is_the_page_and_says_that_it_is_a_draft(
    client: FlaskClient, class_6b: Demonstration
) -> None:
    """Name and marks as they would be issued, no data, no field to sign, no serial; every page is marked."""
    board = class_6b.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    student, draft = next(iter(board.drafts.items()))
    begin_session(client, invite(class_6b, "Bà Hiệu Trưởng Mới", Role.PRINCIPAL))
    answer = send(client, f"{PAGE}/preview", student=student)
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    texts = [page.extract_text() for page in reader.pages]
    assert draft.learner.full_name.casefold() in "".join(texts).casefold()
    assert all("BẢN NHÁP" in text for text in texts)
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert list(pdf.attachments) == []
        assert "/AcroForm" not in pdf.Root
    assert class_6b.verify(answer.data).verdict is VerdictCode.NOT_A_TRANSCRIPT


def test_who_is_shown_what_is_sensitive_is_noted(client: FlaskClient, class_6b: Demonstration) -> None:
    """A learner with a disability among what to look at, and the preview; a page without either notes nobody."""
    register = class_6b.installation.register
    first, second = register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
    homeroom = invite(class_6b, "Thầy Chủ Nhiệm", Role.HOMEROOM_TEACHER, None)
    board = class_6b.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    teacher = invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, *board.subjects)
    register.put_student_years([mended(first, policy_category="Khuyết tật nặng")], cause=AN_IMPORT)
    begin_session(client, teacher)
    client.get(PAGE)
    for subject in board.subjects:
        send(client, f"{PAGE}/confirm", subject=subject, reason=REASON)
    assert register.readings(SCHOOL) == ()
    begin_session(client, homeroom)
    assert "khuyết tật" in client.get(PAGE).text
    send(client, f"{PAGE}/preview", student=second.learner.student_code)
    found = [(one.actor.id, one.student_code, one.what) for one in register.readings(SCHOOL)]
    assert found == [
        (homeroom.person.id, first.learner.student_code, Shown.APPROVALS),
        (homeroom.person.id, second.learner.student_code, Shown.DRAFT),
    ]


def test_a_refusal_says_nothing_sensitive(client: FlaskClient, class_6b: Demonstration) -> None:
    """Nobody notes who reads a refusal: it names the place to look at, not what stands there."""
    register = class_6b.installation.register
    first, _ = register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
    board = class_6b.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    begin_session(client, invite(class_6b, "Cô Bộ Môn", Role.SUBJECT_TEACHER, *board.subjects))
    for subject in board.subjects:
        send(client, f"{PAGE}/confirm", subject=subject, reason=REASON)
    register.put_student_years([mended(first, policy_category="Khuyết tật nặng")], cause=AN_IMPORT)
    begin_session(client, invite(class_6b, first.year.homeroom_teacher, Role.HOMEROOM_TEACHER, None))
    refused = send(client, f"{PAGE}/confirm", subject="")
    assert refused.status_code == 409
    assert "đối tượng chính sách" in refused.text
    assert "khuyết tật" not in refused.text


def test_who_stands_in_confirms_what_was_shown(client: FlaskClient, class_6b: Demonstration) -> None:
    """The form of a principal for an absent teacher carries what each step of its choice showed."""
    register = class_6b.installation.register
    begin_session(client, invite(class_6b, "Bà Hiệu Trưởng Mới", Role.PRINCIPAL))
    seen = dict(re.findall(r'name="(looked_at/[^"]*)" value="([0-9a-f]{64})"', client.get(PAGE).text))
    draft, *_ = register.student_years(SCHOOL, SCHOOL_YEAR, class_name=CLASS)
    register.put_student_years([with_row(draft, "toan", remark="Cần cố gắng hơn.")], cause=AN_IMPORT)
    fields = {"ready": "1", "on_behalf": REASON, "reason": REASON, **seen}
    refused = send(client, f"{PAGE}/confirm", subject="toan", **fields)
    assert (refused.status_code, states(class_6b)) == (409, {ApprovalState.DRAFT})
    # The rows of another subject are as they were shown.
    assert send(client, f"{PAGE}/confirm", subject="ngu-van", **fields).status_code == 303
    assert states(class_6b) == {ApprovalState.WAITING_SUBJECTS}
