"""How a check says no, or that it cannot know.

A check returns quietly when it passes, so that forgetting to look at its result cannot turn a refusal into a pass.
"""

from __future__ import annotations

from schemas.errors import HocbaError, Text
from schemas.verdict import CheckStatus


class VerifyError(HocbaError):
    """Verification cannot be done at all: no trust root, no record, a wrong setting."""


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
