"""From checks to one verdict: the first rule that applies (docs/formats/verdict.md). Pure, and all on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.verdict import CheckId, CheckStatus, VerdictCode

PASS, FAIL = CheckStatus.PASS, CheckStatus.FAIL


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the rules ask about a file beyond its checks."""

    too_large: bool = False
    parsed: bool = False
    is_ours: bool = True
    """Whether it has a signature field of ours or attached data; known only once parsed."""
    is_signed: bool = True
    roles_complete: bool = True
    revoked: bool = False
    superseded: bool = False


def decide_file(checks: Mapping[CheckId, CheckStatus], facts: FileFacts) -> VerdictCode:
    """Return the verdict on a file."""
    failed = {check for check, status in checks.items() if status is FAIL}
    rules = (
        (facts.too_large, VerdictCode.UNREADABLE),
        (facts.parsed and not facts.is_ours, VerdictCode.NOT_A_TRANSCRIPT),
        (bool(failed & {CheckId.STRUCTURE, CheckId.SIGNATURES, CheckId.CONTENT}), VerdictCode.ALTERED),
        (facts.parsed and not facts.is_signed, VerdictCode.ALTERED),
        (CheckId.READABLE in failed, VerdictCode.UNREADABLE),
        (not facts.roles_complete, VerdictCode.UNRECORDED),
        (CheckId.ISSUER in failed, VerdictCode.UNTRUSTED_ISSUER),
        (facts.revoked, VerdictCode.REVOKED),
        (facts.superseded, VerdictCode.SUPERSEDED),
        (CheckId.RECORDED in failed, VerdictCode.UNRECORDED),
        (any(checks.get(check) is not PASS for check in CheckId), VerdictCode.UNCONFIRMED),
    )
    return next((verdict for applies, verdict in rules if applies), VerdictCode.VALID)


def decide_paper(checks: Mapping[CheckId, CheckStatus], *, revoked: bool, superseded: bool) -> VerdictCode:
    """Return the verdict on a QR or a serial from the checks that apply to it."""
    failed = {check for check, status in checks.items() if status is FAIL}
    rules = (
        (CheckId.READABLE in failed, VerdictCode.UNREADABLE),
        (CheckId.SIGNATURES in failed, VerdictCode.ALTERED),
        (CheckId.ISSUER in failed, VerdictCode.UNTRUSTED_ISSUER),
        (revoked, VerdictCode.REVOKED),
        (superseded, VerdictCode.SUPERSEDED),
        (CheckId.RECORDED in failed, VerdictCode.NOT_FOUND),
        (CheckId.CONTENT in failed, VerdictCode.UNRECORDED),
        (any(status is not PASS for status in checks.values()), VerdictCode.UNCONFIRMED),
    )
    return next((verdict for applies, verdict in rules if applies), VerdictCode.RECORDED)
