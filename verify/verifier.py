"""A verifier put together: trust root, record, sandbox and clock.

The command line, the pages and the issuing service all use this one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from schemas.errors import HocbaError, Text
from schemas.record.entry import Issued
from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import Transcript
from schemas.verdict import CheckId, Verdict
from verify.findings import CheckFailedError, Findings, VerifyError
from verify.own_file import check_own_file
from verify.paper import verify_qr, verify_serial
from verify.record_reader import RecordReader, RecordView
from verify.report import unreadable_verdict
from verify.sandbox import Extraction, Sandbox, SandboxError
from verify.transcript import Evidence, verify_transcript


class Verifier:
    """Verifies files, QR codes and serials. Safe to share between threads."""

    def __init__(self, trust: TrustRoot, record: Path | None, *, now: Callable[[], dt.datetime]) -> None:
        """Keep what verification stands on.

        Args:
            trust: whom to believe.
            record: the folder of the public record; None verifies offline.
            now: the clock.

        Raises:
            VerifyError: `trust-root-expired`.
        """
        if now() >= trust.expires_at:
            raise VerifyError(
                "trust-root-expired",
                "Tệp gốc tin cậy đã hết hạn. Hãy lấy bản mới từ Sở.",
                "The trust root has expired. Get the new version from the authority.",
            )
        self.trust = trust
        self._reader = RecordReader(record, trust) if record else None
        self._sandbox = Sandbox()
        self._now = now

    def view(self) -> RecordView | None:
        """Return the record as it stands; None offline, or where it cannot be used: unknown, never a refusal."""
        try:
            return self._reader.view() if self._reader else None
        except HocbaError:
            return None

    def check_record(self) -> None:
        """Refuse a record that cannot be used, where a person is there to be told.

        Raises:
            VerifyError: `record-unusable`.
        """
        if self._reader:
            self._reader.view()

    def file(self, pdf: bytes, *, name: str | None = None) -> Verdict:
        """Verify the bytes of one file."""
        return verify_transcript(pdf, self._evidence(), name=name)

    def known_file(self, pdf: bytes) -> Verdict:
        """Verify bytes that the record must know by their seal; the sandbox is not asked, and no content is shown."""
        evidence = self._evidence()
        return verify_transcript(pdf, Evidence(evidence.trust, evidence.view, _read_nothing, evidence.now))

    def check_own_file(self, pdf: bytes, transcript: Transcript, data: bytes, expected: Issued) -> None:
        """Check a file that this process has just signed, see `verify.own_file`."""
        check_own_file(pdf, transcript, data, expected, trust=self.trust, view=self.view(), now=self._now())

    def missing_file(self) -> Verdict:
        """Return the verdict on a file that cannot be opened."""
        findings = Findings()
        findings.add(CheckId.READABLE, CheckFailedError(_NOT_OPENED))
        return unreadable_verdict("file", findings, test=self.trust.test, now=self._now())

    def qr(self, text: str) -> Verdict:
        """Verify the address of a QR code."""
        return verify_qr(text, trust=self.trust, view=self.view(), now=self._now())

    def serial(self, text: str) -> Verdict:
        """Look a serial up."""
        return verify_serial(text, trust=self.trust, view=self.view(), now=self._now())

    def close(self) -> None:
        """End the sandbox's children."""
        self._sandbox.close()

    def _evidence(self) -> Evidence:
        return Evidence(self.trust, self.view(), self._sandbox.extract, self._now())


def _read_nothing(_pdf: bytes) -> Extraction:
    raise SandboxError


_NOT_OPENED = Text(
    "Không mở được tệp: hãy kiểm tra tên tệp và quyền đọc.",
    "The file cannot be opened: check its name and the right to read it.",
)
