"""Refusals of the issuing service; HTTP statuses and exit codes are mapped elsewhere."""

from __future__ import annotations

from schemas.errors import HocbaError


class ServiceError(HocbaError):
    """A use case refuses; `code` is stable and the sentence says what to do."""
