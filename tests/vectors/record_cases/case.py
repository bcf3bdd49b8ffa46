"""What one case is: a record, something to verify against it, and the answer that is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.verdict import CheckId, VerdictCode
from tests.support.whole_record import LATER

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """One case; the name is that of its file, and `what` says its one fault, or what is special about it."""

    name: str
    what: str
    verdict: VerdictCode
    record: Mapping[str, bytes] | None
    """The record's files by path; None verifies offline."""
    file: bytes | None = None
    qr: str | None = None
    serial: str | None = None
    checks: Mapping[CheckId, str] = field(default_factory=dict)
    """The checks that do not pass."""
    notes: tuple[str, ...] = ()
    """English sentences that the verdict must show."""
    now: int = LATER
    trust_root: str | None = None
    """In place of that of all vectors."""

    @property
    def subject(self) -> str:
        """What is verified: `file`, `qr` or `serial`."""
        return "file" if self.file is not None else "qr" if self.qr is not None else "serial"


_APPLIES = {
    "file": tuple(CheckId),
    "qr": (
        CheckId.READABLE,
        CheckId.SIGNATURES,
        CheckId.ISSUER,
        CheckId.CONTENT,
        CheckId.RECORDED,
        CheckId.STATUS,
    ),
    "serial": (CheckId.READABLE, CheckId.RECORDED, CheckId.STATUS),
}


def expected_checks(case: Case) -> dict[str, str]:
    """Return every check that applies to the case's subject, with its status."""
    return {check.value: case.checks.get(check, PASS) for check in _APPLIES[case.subject]}
