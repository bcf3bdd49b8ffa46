"""What a person decides about a difference is kept with the draft, and holds for nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from schemas.transcript.model import Levels
from schemas.transcript.rulesets.tt22_2021 import Level
from service.deciding import differences, keep
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.errors import ServiceError
from service.sample import sample_class
from service.storage.records import Decision, StudentYear
from service.storage.register import Register
from tests.support.changes import token
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.trail import AN_IMPORT, SOMEBODY
from tests.support.transcripts import secondary

REASON = "Hội đồng đánh giá đã họp ngày 28/5."
AT = 1_795_000_000


@pytest.fixture
def draft(demonstration: Demonstration) -> StudentYear:
    """Return an imported year whose conduct differs from the rules."""
    workbook = sample_class(1, class_name="6B", first_student=101)
    (row,) = demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).rows
    return changed(demonstration.installation.register, row, Level.PASS)


def changed(register: Register, row: StudentYear, conduct: Level) -> StudentYear:
    """Import the year again with another conduct of the year."""
    year = secondary(row.year)
    levels = Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=conduct)
    register.put_student_years(
        [replace(row, year=year.model_copy(update={"conduct": levels, "awards": None}))], cause=AN_IMPORT
    )
    (stored,) = register.student_years(SCHOOL, SCHOOL_YEAR, student_code=row.learner.student_code)
    return stored


def decided(register: Register, row: StudentYear) -> list[tuple[str, Decision | None]]:
    """Return the places of the differences of a year, and what was decided."""
    found = differences(register, SCHOOL, SCHOOL_YEAR, student_code=row.learner.student_code)
    return [(one.finding.place, one.decision) for one in found if one.finding.place == "conduct_year"]


def test_a_decision_stays_with_what_was_looked_at(demonstration: Demonstration, draft: StudentYear) -> None:
    """It is there for every later look, opened again by another value, and there again when the old one comes back."""
    register, person = demonstration.installation.register, token(demonstration)
    code = draft.learner.student_code
    assert decided(register, draft) == [("conduct_year", None)]
    (made,) = keep(register, person, SCHOOL_YEAR, code, "conduct_year", reason=f" {REASON} ", at=AT)
    assert made == Decision("conduct_year", "conduct-level-differs", "Đạt", "Tốt", REASON, person.id, AT)
    assert decided(demonstration.installation.register, draft) == [("conduct_year", made)]
    assert decided(register, changed(register, draft, Level.FAIR)) == [("conduct_year", None)]
    assert decided(register, changed(register, draft, Level.GOOD)) == []
    assert decided(register, changed(register, draft, Level.PASS)) == [("conduct_year", made)]


def test_a_later_decision_takes_the_place_of_the_earlier(
    demonstration: Demonstration, draft: StudentYear
) -> None:
    """Deciding again about the same thing leaves one decision: the last."""
    register, code = demonstration.installation.register, draft.learner.student_code
    for reason in ("Một.", "Hai."):
        keep(register, token(demonstration), SCHOOL_YEAR, code, "conduct_year", reason=reason, at=AT)
    (found,) = register.decisions(SCHOOL, SCHOOL_YEAR)[code]
    assert found.reason == "Hai."


def test_what_cannot_be_decided(demonstration: Demonstration, draft: StudentYear) -> None:
    """No reason, no such difference, or data that changed meanwhile: refused by name, and nothing is kept."""
    register, person = demonstration.installation.register, token(demonstration)
    code = draft.learner.student_code
    for place, reason, error in (
        ("conduct_year", "  ", "reason-missing"),
        ("toan.year", REASON, "difference-unknown"),
    ):
        with pytest.raises(ServiceError, match=error):
            keep(register, person, SCHOOL_YEAR, code, place, reason=reason, at=AT)
    made = Decision("conduct_year", "conduct-level-differs", "Đạt", "Tốt", REASON, person.id, AT)
    with pytest.raises(ServiceError, match="draft-changed"):
        register.put_decisions(SCHOOL, code, SCHOOL_YEAR, [made], trail="00" * 32, actor=SOMEBODY)
    assert register.decisions(SCHOOL, SCHOOL_YEAR) == {}


def test_decisions_go_with_the_draft(demonstration: Demonstration, draft: StudentYear) -> None:
    """A family's erasure takes the decisions along."""
    installation, code = demonstration.installation, draft.learner.student_code
    keep(installation.register, token(demonstration), SCHOOL_YEAR, code, "conduct_year", reason=REASON, at=AT)
    installation.erase(SCHOOL, code, dry_run=False)
    assert installation.register.decisions(SCHOOL, SCHOOL_YEAR) == {}


def test_issuing_says_what_nobody_decided(demonstration: Demonstration, draft: StudentYear) -> None:
    """`hocba issue` counts the differences without a decision, and issues all the same; what was kept is left out."""
    register, code = demonstration.installation.register, draft.learner.student_code
    found = differences(register, SCHOOL, SCHOOL_YEAR, student_code=code)
    issue = ("hocba", "issue", "--data", demonstration.data, "--year", SCHOOL_YEAR, "--student", code)
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    first = run(*issue)
    assert first.returncode == 0, first.stderr
    assert f"nobody has decided about {len(found)} differences" in first.stderr
    for one in found:
        keep(register, token(demonstration), SCHOOL_YEAR, code, one.finding.place, reason=REASON, at=AT)
    assert "nobody has decided" not in run(*issue).stderr


def test_the_commands(demonstration: Demonstration, draft: StudentYear) -> None:
    """The list names the place, both values and why; what is kept leaves it, and stands in the full list with who."""
    data, code = demonstration.data, draft.learner.student_code
    where = ("--data", data, "--year", SCHOOL_YEAR, "--student", code)
    listed = run("hocba", "differences", "list", *where, check=True).stdout
    assert (
        "conduct_year: Mức rèn luyện cả năm khác quy tắc: ghi “Đạt”, theo Thông tư 22/2021 là “Tốt” (Tốt: học kì I Tốt"
        in listed
    )
    members = [
        json.loads(line)
        for line in run("hocba", "differences", "list", *where, "--json", check=True).stdout.splitlines()
    ]
    (conduct,) = [one for one in members if one["at"] == "conduct_year"]
    assert (conduct["recorded"], conduct["computed"], conduct["kept"]) == ("Đạt", "Tốt", None)
    assert conduct["reasons"][0]["figures"] == {"semester1": "Tốt", "semester2": "Tốt"}

    kept = run(
        "hocba", "differences", "keep", *where, "--at", "conduct_year", "--reason", REASON,
        "--token-file", data / TOKEN_FILE,
    )  # fmt: skip
    assert kept.returncode == 0, kept.stderr
    assert "conduct_year: Mức" not in run("hocba", "differences", "list", *where, check=True).stdout
    everything = run("hocba", "differences", "list", *where, "--all", check=True).stdout
    assert f"[đã giữ / kept: {REASON}; {token(demonstration).holder}]" in everything

    wrong = run(
        "hocba", "differences", "keep", *where, "--at", "nowhere", "--reason", REASON,
        "--token-file", data / TOKEN_FILE,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "difference-unknown" in wrong.stderr
