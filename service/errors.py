"""Refusals of the issuing service; HTTP statuses and exit codes are mapped elsewhere."""

from __future__ import annotations

from schemas.errors import HocbaError


class ServiceError(HocbaError):
    """A use case refuses; `code` is stable and the sentence says what to do.

    `retry_after` is after how many seconds the same may be asked again, where waiting is all that it takes.
    """

    def __init__(self, code: str, vi: str, en: str, *, retry_after: int | None = None) -> None:
        super().__init__(code, vi, en)
        self.retry_after = retry_after


class AwaitedProofError(ServiceError):
    """What proves a signature for later (a time stamp, revocation evidence) cannot be got now.

    What was prepared and signed waits for it; no document is completed with less.
    """


class DiskFullError(ServiceError):
    """There is no space for what must be written: nothing was lost, and asking again goes on when there is."""

    def __init__(self) -> None:
        super().__init__(
            "disk-full",
            "Đĩa đã đầy nên chưa ghi được. Chưa có gì bị mất; hãy giải phóng chỗ trống rồi chạy lại.",
            "The disk is full, so that nothing can be written. Nothing was lost; free some space, then run this again.",
        )
