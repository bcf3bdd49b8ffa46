"""What an access token may do: as narrow as the acts themselves (docs/acts.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """A kind of act that a token is given out for."""

    READ = "read"
    """Look at transcripts, batches, approvals and requests to change them."""
    IMPORT = "import"
    """Bring in workbooks."""
    MARKS = "marks"
    """Change marks by hand, and keep what differs from the rules."""
    CONFIRM = "confirm"
    """Confirm rows as their teacher, and return them."""
    APPROVE = "approve"
    """Approve classes as principal or deputy, and return rows."""
    ISSUE = "issue"
    """Issue transcripts, extracts and summaries."""
    REVOKE = "revoke"
    """Ask for, confirm and withdraw revocations."""
    CORRECT = "correct"
    """Ask for, confirm and withdraw corrections."""
    LINKS = "links"
    """Make, list and revoke links of families."""
    NOTICES = "notices"
    """Set where families are told, and read and retry the outbox."""
    REQUESTS = "requests"
    """Take in and answer requests of families."""


EVERY_SCOPE: Final = frozenset(Scope)


def parse_scopes(text: str) -> frozenset[Scope]:
    """Return the scopes that a row names; what is no scope any more opens nothing."""
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[word] for word in text.split() if word in known)


def format_scopes(scopes: frozenset[Scope]) -> str:
    """Return scopes as a row names them, in the order of the enumeration."""
    return " ".join(scope.value for scope in Scope if scope in scopes)
