"""Compares a stored year with the rules that it names, and knows what somebody has decided about it already."""

from __future__ import annotations

from schemas.transcript.model import Learner, Year, YearTT22, YearTT27
from service.comparing.findings import Finding
from service.comparing.primary import compare_primary
from service.comparing.secondary import compare_secondary
from service.errors import ServiceError


def compare_year(learner: Learner, year: Year) -> tuple[Finding, ...]:
    """Return everything in which a year differs from its rules, and everything that they leave to a person.

    A year recorded under TT 58/2011 or TT 22/2016 is not computed again: nothing is found in it.
    """
    match year:
        case YearTT22():
            return (*check_own_plan(learner), *compare_secondary(year))
        case YearTT27():
            return (*check_own_plan(learner), *compare_primary(year))
    return ()


def check_own_plan(learner: Learner) -> tuple[Finding, ...]:
    """Warn of a learner with a disability, who is assessed on a plan of their own: the principal decides."""
    category = learner.policy_category
    if category is None or "khuyết tật" not in category.casefold():
        return ()
    fault = ServiceError(
        "own-plan",
        "Học sinh khuyết tật được đánh giá theo kế hoạch cá nhân: quy tắc chỉ để tham khảo, hiệu trưởng quyết định.",
        "A learner with a disability is assessed on their own plan: the rules only advise, the principal decides.",
    )
    return (Finding(None, "policy_category", fault, recorded=category),)
