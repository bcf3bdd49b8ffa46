"""The assessment rules give what the committed cases say."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from schemas.transcript.reasons import Outcome
from schemas.transcript.rulesets import ruleset_for
from schemas.transcript.rulesets.tt22_2021 import Level, regular_marks
from schemas.transcript.rulesets.tt22_levels import (
    SubjectMark,
    explain_comment_year,
    explain_conduct,
    explain_learning,
    explain_semester,
    explain_year,
)
from schemas.transcript.rulesets.tt22_year import YearEnd, explain_promotion, explain_title
from schemas.transcript.rulesets.tt27_2020 import (
    Achievement,
    Growth,
    SubjectLevel,
    TraitLevel,
    YearResult,
    explain_award,
    explain_completion,
    explain_result,
)
from tests.vectors import generate_rules

CASES = json.loads(generate_rules.FILE.read_text(encoding="utf-8"))["cases"]


def _subjects(marks: list[str]) -> list[SubjectMark]:
    # The last scored subject is the first by name, so that a reason names it in a way that is easy to write down.
    scored = [at for at, mark in enumerate(marks) if mark[0].isdigit()]
    names = {at: f"Môn {at + 1}" for at in range(len(marks))}
    if scored:
        first, last = scored[0], scored[-1]
        names[first], names[last] = names[last], names[first]
    return [SubjectMark(names[at], None if mark == "-" else mark) for at, mark in enumerate(marks)]


def _promotion(given: dict[str, Any]) -> Outcome[object]:
    conduct, learning = Level(given["conduct"]), Level(given["learning"])
    conduct_after, learning_after = (
        None if given[name] is None else Level(given[name]) for name in ("conduct_after", "learning_after")
    )
    return explain_promotion(
        YearEnd(conduct, learning, conduct_after, learning_after, given["absences"], given["grade"])
    )


def _primary(given: dict[str, Any]) -> Outcome[object]:
    subjects = [
        SubjectLevel(
            name=f"Môn {at + 1}",
            level=None if row[0] == "-" else Achievement(row[0]),
            test=int(row[1:]) if row[1:].isdigit() else None,
            is_tested=len(row) > 1,
        )
        for at, row in enumerate(given["subjects"])
    ]
    traits = [
        TraitLevel(f"Năng lực {at + 1}", None if level == "-" else Growth(level))
        for at, level in enumerate(given["traits"])
    ]
    return explain_result(subjects, traits)


RULES: dict[str, Callable[[Any], Outcome[object]]] = {
    "semester-average": lambda given: explain_semester(
        [Decimal(mark) for mark in given["regular"]], Decimal(given["midterm"]), Decimal(given["final"])
    ),
    "year-average": lambda given: explain_year(Decimal(given["semester1"]), Decimal(given["semester2"])),
    "regular-marks": lambda given: Outcome(regular_marks(given[0], topics=given[1]), ()),
    "comment-year": lambda given: explain_comment_year(*given),
    "ruleset": lambda given: Outcome(ruleset_for(given["school_year"], given["grade"]), ()),
    "learning": lambda given: explain_learning(_subjects(given)),
    "conduct-of-year": lambda given: explain_conduct(*map(Level, given)),
    "promotion": _promotion,
    "title": lambda given: explain_title(
        Level(given["conduct"]), Level(given["learning"]), _subjects(given["marks"])
    ),
    "primary-result": _primary,
    "primary-award": lambda given: explain_award(YearResult(given)),
    "primary-completion": lambda given: explain_completion(YearResult(given[0]), given[1]),
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """The rule gives the value of the case, says whether a person must decide, and why."""
    outcome = RULES[case["rule"]](case["given"])
    value = str(outcome.value) if isinstance(outcome.value, Decimal) else outcome.value
    assert (value, outcome.is_open) == (case["value"], case["open"])
    if "vi" in case:
        assert ". ".join(reason.text.vi for reason in outcome.reasons) == case["vi"]
    if case["rule"] not in {"regular-marks", "ruleset"}:
        assert outcome.reasons
        assert all(reason.clause.startswith("TT 2") for reason in outcome.reasons)
        assert all(reason.text.vi and reason.text.en for reason in outcome.reasons)


def test_every_rule_has_cases() -> None:
    """No rule is without a case, no case without a rule, and every name stands once."""
    assert {case["rule"] for case in CASES} == set(RULES)
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_generator_makes_the_committed_file() -> None:
    """`make vectors` would change nothing."""
    assert generate_rules.text() == generate_rules.FILE.read_text(encoding="utf-8")
