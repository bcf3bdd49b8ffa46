"""What an installation does by itself while it serves: it publishes every hour and audits itself every six.

The hourly checkpoint tells verifiers that nothing happened; the audit raises the metric and a log line for each
difference. A failure is logged and tried again: nothing here stops the service.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from schemas.errors import HocbaError
from schemas.record.checkpoint import Checkpoint
from verify.audit import AuditReport

PUBLISH_EVERY = 3600
AUDIT_EVERY = 6 * 3600
_LOG = logging.getLogger(__name__)


@dataclass
class Health:
    """What is known of the installation's health; read by `/metrics`."""

    published_at: int | None = None
    size: int = 0
    audited_at: int | None = None
    differences: int = 0
    failures: int = 0

    def metrics(self) -> str:
        """Return the numbers in the text format of Prometheus."""
        values = (
            ("hocba_record_size", "gauge", "Entries under the last checkpoint.", self.size),
            (
                "hocba_published_timestamp_seconds",
                "gauge",
                "When the last checkpoint was made.",
                self.published_at,
            ),
            ("hocba_audited_timestamp_seconds", "gauge", "When the last audit ended.", self.audited_at),
            ("hocba_audit_differences", "gauge", "What the last audit found. Must be 0.", self.differences),
            (
                "hocba_tending_failures_total",
                "counter",
                "Publications and audits that failed.",
                self.failures,
            ),
        )
        return "".join(
            f"# HELP {name} {what}\n# TYPE {name} {kind}\n{name} {value}\n"
            for name, kind, what, value in values
            if value is not None
        )


class Tending:
    """Publishes and audits in a thread of its own, until stopped."""

    def __init__(
        self,
        *,
        publish: Callable[[], Checkpoint],
        audit: Callable[[], AuditReport],
        now: Callable[[], dt.datetime],
    ) -> None:
        self.health = Health()
        self._publish, self._audit, self._now = publish, audit, now
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin; the thread ends with the process."""
        threading.Thread(target=self._run, daemon=True, name="tending").start()

    def stop(self) -> None:
        """End after what is being done."""
        self._stopped.set()

    def publish(self) -> None:
        """Publish once, and note it."""
        try:
            self.health.size = self._publish().size
        except (HocbaError, OSError) as error:
            self._failed("publish", error)
        else:
            self.health.published_at = self._seconds()

    def audit(self) -> None:
        """Audit once: a line for each difference, none where there is none."""
        try:
            report = self._audit()
        except Exception as error:  # noqa: BLE001 - an audit that breaks off must be heard, whatever broke it
            self._failed("audit", error)
            return
        for one in report.differences:
            # Names of files, serials and indexes: never a person's name or mark.
            _LOG.error("audit: %s: %s [%s]", one.where, one.text.en, one.code)
        self.health.audited_at, self.health.differences = self._seconds(), len(report.differences)

    def _run(self) -> None:
        audited = self._seconds() - AUDIT_EVERY
        while True:
            self.publish()
            if self._seconds() - audited >= AUDIT_EVERY:
                self.audit()
                audited = self._seconds()
            if self._stopped.wait(PUBLISH_EVERY):
                return

    def _failed(self, what: str, error: Exception) -> None:
        self.health.failures += 1
        reason = f"{error.text.en} [{error.code}]" if isinstance(error, HocbaError) else type(error).__name__
        _LOG.error("%s failed: %s", what, reason)

    def _seconds(self) -> int:
        return int(self._now().timestamp())
