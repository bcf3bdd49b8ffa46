"""What the agent refuses, and text of others made safe for a terminal."""

from __future__ import annotations

from schemas.errors import HocbaError


class AgentError(HocbaError):
    """The agent does not go on, or does not sign this; the text says what to do."""


class LineError(AgentError):
    """The server cannot be reached now; what was done is kept."""


def printable(text: object, *, limit: int = 300) -> str:
    """Return somebody else's text without anything that a terminal would obey."""
    shown = "".join(one if one.isprintable() else " " for one in str(text))
    return " ".join(shown.split())[:limit]
