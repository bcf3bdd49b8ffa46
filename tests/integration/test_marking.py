"""Marks changed by hand: what an import would refuse is refused, and the trail says who did it and why."""

from __future__ import annotations

import pytest

from schemas.change_trail import Act, Actor, ActorKind, parse_entry
from schemas.transcript.model import YearTT22
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.errors import ServiceError
from service.people.roles import Assignment, Person, Role
from service.sample import sample_class
from service.storage.records import StudentYear
from service.storage.trail_writing import Whose
from service.trail.marking import ChangedMark, change_marks, may_change_marks
from tests.support.changes import draft as issued_draft
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration

TEACHER = Actor(ActorKind.PERSON, "p1", "Cô Hoa")
WHY = "Chấm lại bài thi cuối kì"


@pytest.fixture
def draft(demonstration: Demonstration) -> StudentYear:
    """Return an imported year that nobody has issued."""
    workbook = sample_class(1, class_name="6B", first_student=101)
    demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    (row,) = demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    return row


def change(
    demonstration: Demonstration, row: StudentYear, place: str, *values: str, why: str = WHY
) -> ChangedMark:
    """Change marks as the teacher: of a subject and its periods."""
    subject, *periods = place.split(".")
    marks = dict(zip(periods, values, strict=True))
    register = demonstration.installation.register
    return change_marks(register, row, subject, marks, actor=TEACHER, why=why, at=7)


def mark(row: StudentYear, subject: str) -> str | None:
    """Return the mark of a subject's first semester."""
    assert isinstance(row.year, YearTT22)
    return next(one.semester1 for one in row.year.subjects if one.subject == subject)


def test_a_changed_mark_is_stored_and_in_the_trail(demonstration: Demonstration, draft: StudentYear) -> None:
    """The new mark stands in the draft; the entry has the teacher, the reason, the old mark and the new one."""
    old = mark(draft, "toan")
    change(demonstration, draft, "toan.semester1.semester2.year", "3,5", "3.5", " 3,5 ")
    register = demonstration.installation.register
    (now,) = register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert mark(now, "toan") == "3.5"
    last = register.trail_of(Whose(SCHOOL, draft.learner.student_code, SCHOOL_YEAR))[-1]
    entry = parse_entry(last.entry or b"")
    assert (entry.act, entry.actor, entry.why, last.head) == (Act.MANUAL, TEACHER, WHY, now.trail)
    assert [(one.field, one.new) for one in entry.changes] == [
        (f"year.subjects.toan.{period}", "3.5") for period in ("semester1", "semester2", "year")
    ]
    assert entry.changes[0].old == old


def test_what_differs_from_the_rules_now_is_said(demonstration: Demonstration, draft: StudentYear) -> None:
    """A mark that no longer gives the average of the year is a difference for somebody to decide."""
    changed = change(demonstration, draft, "toan.semester1.semester2.year", "0", "1", "0,5")
    assert "toan.year" in [one.place for one in changed.findings]


@pytest.mark.parametrize(
    ("place", "value", "why", "code"),
    [
        ("toan.semester1", "0", WHY, "year-mark-impossible"),
        ("toan.semester1", "11", WHY, "mark-invalid"),
        ("toan.semester1", "Đ", WHY, "mark-needs-number"),
        ("gdtc.semester1", "8", WHY, "mark-needs-comment"),
        ("toan.semester3", "8", WHY, "mark-place-unknown"),
        ("hoa_hoc.semester1", "8", WHY, "mark-place-unknown"),
        ("conduct.year", "Giỏi", WHY, "level-invalid"),
        ("toan.semester1", "8", "  ", "reason-missing"),
    ],
)
def test_what_an_import_refuses_is_refused(
    demonstration: Demonstration, draft: StudentYear, place: str, value: str, why: str, code: str
) -> None:
    """A value that no mark can have, a place that is none, a change without a reason: nothing is written."""
    with pytest.raises(ServiceError) as refusal:
        change(demonstration, draft, place, value, why=why)
    assert refusal.value.code == code
    (now,) = demonstration.installation.register.student_years(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert now == draft


def test_whoever_looked_at_older_data_is_refused(demonstration: Demonstration, draft: StudentYear) -> None:
    """Two people who change the same year from one state: the second has to look again."""
    change(demonstration, draft, "toan.remark", "Tiến bộ")
    with pytest.raises(ServiceError) as refusal:
        change(demonstration, draft, "toan.remark", "Chưa tiến bộ")
    assert refusal.value.code == "draft-changed"


def test_an_issued_year_takes_a_correction(demonstration: Demonstration) -> None:
    """A teacher cannot change what is issued; the sentence names the correction."""
    with pytest.raises(ServiceError) as refusal:
        change(demonstration, issued_draft(demonstration), "toan.semester1", "0")
    assert refusal.value.code == "already-issued"


def test_whose_marks_they_are(draft: StudentYear) -> None:
    """The clerk's all, the teacher's those of the subject in the class, the homeroom teacher's those of the year."""

    def person(role: Role, *assignments: Assignment) -> Person:
        return Person("p", SCHOOL, "Ai đó", frozenset({role}), assignments)

    clerk = person(Role.CLERK)
    teacher = person(Role.SUBJECT_TEACHER, Assignment(SCHOOL_YEAR, "6B", "toan"))
    homeroom = person(Role.HOMEROOM_TEACHER, Assignment(SCHOOL_YEAR, "6B", None))
    principal = person(Role.PRINCIPAL)
    may = {
        who.roles: [
            subject for subject in ("toan", "ngu_van", "conduct") if may_change_marks(who, draft, subject)
        ]
        for who in (clerk, teacher, homeroom, principal)
    }
    assert list(may.values()) == [["toan", "ngu_van", "conduct"], ["toan"], ["conduct"], []]


def test_the_commands(demonstration: Demonstration, draft: StudentYear) -> None:
    """`hocba marks change` changes, `hocba trail show` tells, `hocba trail verify` finds it whole."""
    code, data = draft.learner.student_code, ("--data", demonstration.data)
    token = ("--token-file", demonstration.data / TOKEN_FILE)
    done = run(
        "hocba",
        "marks",
        "change",
        code,
        SCHOOL_YEAR,
        "toan",
        "semester1",
        "1,5",
        "semester2",
        "1,5",
        "year",
        "1,5",
        "--why",
        "=1+1",
        *token,
        *data,
    )
    assert "Đã sửa" in done.stdout
    places = run("hocba", "marks", "places", code, SCHOOL_YEAR, *token, *data)
    assert "toan  Toán: semester1" in places.stdout
    table = demonstration.data / "trail.csv"
    shown = run("hocba", "trail", "show", code, SCHOOL_YEAR, "--csv", table, *data)
    assert "sửa tay" in shown.stdout
    assert "→ 1,5" in shown.stdout
    assert '"\'=1+1",' in table.read_text(encoding="utf-8-sig")
    assert "nguyên vẹn" in run("hocba", "trail", "verify", code, SCHOOL_YEAR, *data).stdout
    heads = run("hocba", "trail", "heads", *data).stdout
    kept = demonstration.data / "heads"
    kept.write_text(heads.replace(heads.split()[2], "0" * 64))
    bad = run("hocba", "trail", "audit", "--heads", kept, *data)
    assert bad.returncode == 1
    assert "[audit-trail-rewritten]" in bad.stdout
    number = heads.split()[1]
    assert code in run("hocba", "trail", "entry", number, *data).stdout
