"""From checks to a verdict: the order of the rules, and that unknown is never green."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.verdict import CheckId, CheckStatus, VerdictCode
from verify.decision import FileFacts, decide_file, decide_paper

ALL_PASS = dict.fromkeys(CheckId, CheckStatus.PASS)
PAPER: dict[CheckId, CheckStatus] = {
    check: CheckStatus.PASS for check in CheckId if check is not CheckId.STRUCTURE
}

statuses = st.fixed_dictionaries({check: st.sampled_from(CheckStatus) for check in CheckId})
facts = st.builds(FileFacts, *[st.booleans()] * 7)


def test_all_checks_passed_is_valid() -> None:
    """Seven passes and nothing against it are the only way to green."""
    assert decide_file(ALL_PASS, FileFacts(parsed=True)) is VerdictCode.VALID


@given(statuses, facts)
def test_green_needs_every_check(checks: dict[CheckId, CheckStatus], about: FileFacts) -> None:
    """A verdict is valid only where all seven checks pass and no revocation or correction is known."""
    if decide_file(checks, about) is VerdictCode.VALID:
        assert set(checks.values()) == {CheckStatus.PASS}
        assert about.roles_complete
        assert not about.revoked
        assert not about.superseded


@given(statuses, facts, st.sampled_from(CheckId))
def test_less_knowledge_is_never_greener(
    checks: dict[CheckId, CheckStatus], about: FileFacts, forgotten: CheckId
) -> None:
    """Turning a check into unknown never makes a verdict valid that was not."""
    less = checks | {forgotten: CheckStatus.UNKNOWN}
    assert decide_file(less, about) is not VerdictCode.VALID


def test_missing_check_is_unconfirmed() -> None:
    """A check that was never made counts as unknown."""
    for check in CheckId:
        fewer = {one: status for one, status in ALL_PASS.items() if one is not check}
        assert decide_file(fewer, FileFacts(parsed=True)) is VerdictCode.UNCONFIRMED


@pytest.mark.parametrize(
    ("failed", "about", "expected"),
    [
        ({}, FileFacts(too_large=True), VerdictCode.UNREADABLE),
        ({CheckId.STRUCTURE}, FileFacts(parsed=True, is_ours=False), VerdictCode.NOT_A_TRANSCRIPT),
        ({CheckId.STRUCTURE, CheckId.ISSUER}, FileFacts(parsed=True), VerdictCode.ALTERED),
        ({CheckId.SIGNATURES}, FileFacts(parsed=True), VerdictCode.ALTERED),
        ({CheckId.CONTENT}, FileFacts(parsed=True), VerdictCode.ALTERED),
        (set(), FileFacts(parsed=True, is_signed=False), VerdictCode.ALTERED),
        ({CheckId.READABLE}, FileFacts(), VerdictCode.UNREADABLE),
        ({CheckId.ISSUER}, FileFacts(parsed=True, roles_complete=False), VerdictCode.UNRECORDED),
        ({CheckId.ISSUER}, FileFacts(parsed=True, revoked=True), VerdictCode.UNTRUSTED_ISSUER),
        ({CheckId.STATUS}, FileFacts(parsed=True, revoked=True, superseded=True), VerdictCode.REVOKED),
        ({CheckId.STATUS}, FileFacts(parsed=True, superseded=True), VerdictCode.SUPERSEDED),
        ({CheckId.RECORDED}, FileFacts(parsed=True), VerdictCode.UNRECORDED),
        ({CheckId.STATUS}, FileFacts(parsed=True), VerdictCode.UNCONFIRMED),
    ],
)
def test_first_rule_that_applies(failed: set[CheckId], about: FileFacts, expected: VerdictCode) -> None:
    """Each rule of docs/formats/verdict.md comes before those below it."""
    checks = ALL_PASS | dict.fromkeys(failed, CheckStatus.FAIL)
    assert decide_file(checks, about) is expected


def test_paper_is_never_green() -> None:
    """No combination of checks makes a QR or a serial valid; all passed is `recorded`."""
    verdicts = {
        decide_paper(dict(zip(PAPER, row, strict=True)), revoked=False, superseded=False)
        for row in product(CheckStatus, repeat=len(PAPER))
    }
    assert VerdictCode.VALID not in verdicts
    assert decide_paper(PAPER, revoked=False, superseded=False) is VerdictCode.RECORDED
