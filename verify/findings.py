"""How a check says no, or that it cannot know.

A check returns quietly when it passes, so that forgetting to look at its result cannot turn a refusal into a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from schemas.errors import HocbaError, Text
from schemas.verdict import Check, CheckId, CheckStatus, Sentence
from verify.messages import NOT_MADE, PASSED

_T = TypeVar("_T")


class VerifyError(HocbaError):
    """Verification cannot be done at all: no trust root, no record, a wrong setting."""


class BusyError(VerifyError):
    """The verifier has no room for this file now; of the file nothing is known."""

    def __init__(self) -> None:
        super().__init__(
            "verifier-busy",
            "Nơi kiểm tra đang bận nên chưa kiểm tra tệp này; điều đó không nói gì về học bạ.",
            "The verifier is busy and did not check this file; that says nothing about the transcript.",
        )


class FindingError(Exception):
    """A check that does not pass: `text` is shown to people, `status` is fail or unknown."""

    status: CheckStatus

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class CheckFailedError(FindingError):
    """The check was made, and the document does not stand it."""

    status = CheckStatus.FAIL


class CheckUnknownError(FindingError):
    """The check could not be made; this is never a pass."""

    status = CheckStatus.UNKNOWN


class Findings:
    """The checks made so far, of those that have a sentence in `passed`. What was not made is unknown."""

    def __init__(self, passed: Mapping[CheckId, Text] = PASSED) -> None:
        self._passed = passed
        self._found: dict[CheckId, tuple[CheckStatus, Text]] = {}

    def run(self, check: CheckId, function: Callable[[], _T]) -> _T | None:
        """Make a check and keep what it finds; None where it does not pass."""
        try:
            result = function()
        except FindingError as finding:
            self.add(check, finding)
            return None
        if self.status(check) is not CheckStatus.FAIL:
            self._found.setdefault(check, (CheckStatus.PASS, self._passed[check]))
        return result

    def add(self, check: CheckId, finding: FindingError) -> None:
        """Keep a finding; a fail is never overwritten."""
        if self._found.get(check, (CheckStatus.UNKNOWN,))[0] is not CheckStatus.FAIL:
            self._found[check] = (finding.status, finding.text)

    def status(self, check: CheckId) -> CheckStatus:
        """Return a check's status."""
        return self._found.get(check, (CheckStatus.UNKNOWN,))[0]

    def statuses(self) -> dict[CheckId, CheckStatus]:
        """Return the status of every check."""
        return {check: self.status(check) for check in self._passed}

    def checks(self) -> tuple[Check, ...]:
        """Return the checks as they are shown, always in the same order."""
        missing = (CheckStatus.UNKNOWN, NOT_MADE)
        found = {check: self._found.get(check, missing) for check in self._passed}
        return tuple(_shown(check, status, text) for check, (status, text) in found.items())


@lru_cache(maxsize=512)
def _shown(check: CheckId, status: CheckStatus, text: Text) -> Check:
    return Check(id=check, status=status, detail=Sentence.of(text))
