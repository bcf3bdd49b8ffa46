"""A primary school from data to documents that anybody can verify."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from pypdf import PdfReader

from schemas.transcript.model import parse_transcript
from schemas.transcript.rulesets.tt27_2020 import Completion, YearResult
from schemas.verdict import VerdictCode
from service.comparing.primary import compare_primary
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.sample import DEMO_SCHOOL
from service.sample.primary import primary_years
from service.storage.records import StudentYear
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.trail import AN_IMPORT

STUDENTS = 180


def test_invented_years_agree_with_the_rules_and_can_be_repeated() -> None:
    """Classes of every grade, results of every kind; the rules leave open only who has not completed the grade."""
    people = list(primary_years(DEMO_SCHOOL, students=STUDENTS, seed=3))
    assert people == list(primary_years(DEMO_SCHOOL, students=STUDENTS, seed=3))
    assert {year.grade for _, year in people} == {1, 2, 3, 4, 5}
    results = Counter(year.result for _, year in people)
    assert all(results[result] for result in YearResult)
    found = [finding for _, year in people for finding in compare_primary(year)]
    assert {(finding.column, finding.fault.code) for finding in found} == {("completion", "rule-leaves-open")}
    assert len(found) == results[YearResult.NOT_DONE]
    assert len({learner.student_code for learner, _ in people}) == STUDENTS


@pytest.mark.parametrize("students", [100, 101, 140, 145])
def test_a_hundred_pupils_are_in_every_grade(students: int) -> None:
    """Those of the last grade complete primary school."""
    years = [year for _, year in primary_years(DEMO_SCHOOL, students=students, seed=1)]
    assert ({year.grade for year in years}, len(years)) == ({1, 2, 3, 4, 5}, students)
    assert any(year.completion is Completion.PRIMARY for year in years)


def test_primary_school_is_issued_and_verified(demonstration: Demonstration) -> None:
    """A class of each grade: every document is on the form of primary school, released and valid."""
    people = primary_years(DEMO_SCHOOL, students=STUDENTS, seed=3, first_student=20_001)
    drafts = [
        StudentYear(SCHOOL, year.class_name, learner, year, "00" * 32) for learner, year in list(people)[::35]
    ]
    installation = demonstration.installation
    installation.register.put_student_years(drafts, cause=AN_IMPORT)
    for draft in drafts:
        report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name=draft.class_name)
        (issuance,) = report.released
        pdf = released_path(demonstration.data / "issued", issuance).read_bytes()
        verdict = demonstration.verify(pdf)
        assert verdict.verdict is VerdictCode.VALID
        assert parse_transcript(issuance.data).template == 1
        texts = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(pdf)).pages]
        assert "HỌC BẠ TIỂU HỌC" in texts[0]
        assert draft.learner.full_name in texts[0]
        assert len(texts) == 5
