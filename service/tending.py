"""What an installation does by itself while it serves: it publishes, audits, sends notices, releases, ends what waits.

The hourly checkpoint tells verifiers that nothing happened; from time to time an authority stamps one. The audit
raises the metric and a log line for each difference. Signed documents are recorded and released within a minute after
their grace window. Documents that wait for a time stamp or for revocation evidence
are tried again, after a minute, then two, up to an hour. A failure is logged and tried again: nothing here stops the
service.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from schemas.errors import HocbaError
from schemas.record.checkpoint import Checkpoint
from schemas.record.trust_root import TrustRoot
from service.families.notices import Outbox
from service.record.time_stamping import NewestToken
from service.storage.windows import WindowCounts
from verify.audit import AuditReport
from verify.trust_expiry import expiry_warning

NOTIFY_EVERY = 300
PUBLISH_EVERY = 3600
AUDIT_EVERY = 6 * 3600
FINISH_FIRST, FINISH_LAST = 60, 3600
"""Seconds until what waits for a proof is tried again: at first, and at most."""
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass
class Health:
    """What is known of the installation's health; read by `/metrics`."""

    published_at: int | None = None
    size: int = 0
    stamped_at: int | None = None
    stamp_ends_at: int | None = None
    awaiting_proofs: int | None = None
    in_window: int | None = None
    held: int | None = None
    audited_at: int | None = None
    differences: int = 0
    failures: int = 0
    trust_expires_at: int | None = None
    notices_waiting: int = 0
    notices_given_up: int = 0

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
            (
                "hocba_time_stamped_timestamp_seconds",
                "gauge",
                "When the newest time stamp over a checkpoint was made.",
                self.stamped_at,
            ),
            (
                "hocba_time_stamp_ends_timestamp_seconds",
                "gauge",
                "Until when that time stamp holds; a newer one must be made before.",
                self.stamp_ends_at,
            ),
            (
                "hocba_awaiting_proofs",
                "gauge",
                "Documents that wait for a time stamp or for revocation evidence.",
                self.awaiting_proofs,
            ),
            (
                "hocba_grace_window_documents",
                "gauge",
                "Signed documents that stand in their grace window.",
                self.in_window,
            ),
            (
                "hocba_held_documents",
                "gauge",
                "Signed documents that are held after it. Must be 0; see the page of the class.",
                self.held,
            ),
            ("hocba_audited_timestamp_seconds", "gauge", "When the last audit ended.", self.audited_at),
            ("hocba_audit_differences", "gauge", "What the last audit found. Must be 0.", self.differences),
            (
                "hocba_trust_root_expires_timestamp_seconds",
                "gauge",
                "When the trust root ends.",
                self.trust_expires_at,
            ),
            ("hocba_notices_waiting", "gauge", "Notices to families yet to be sent.", self.notices_waiting),
            (
                "hocba_notices_given_up",
                "gauge",
                "Notices that no mail server took. Must be 0; see hocba notices list.",
                self.notices_given_up,
            ),
            (
                "hocba_tending_failures_total",
                "counter",
                "Publications, time stamps, audits, rounds of notices, releases and further tries that failed.",
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
        stamp: Callable[[], NewestToken | None],
        audit: Callable[[], AuditReport],
        notify: Callable[[], Outbox],
        release: Callable[[], WindowCounts],
        finish: Callable[[], int],
        trust: Callable[[], TrustRoot],
        now: Callable[[], dt.datetime],
    ) -> None:
        self.health = Health()
        self._publish, self._stamp, self._audit = publish, stamp, audit
        self._notify, self._release, self._finish = notify, release, finish
        self._trust, self._now = trust, now
        self._finish_at, self._pause = 0, FINISH_FIRST
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin; the thread ends with the process."""
        threading.Thread(target=self._run, daemon=True, name="tending").start()

    def stop(self) -> None:
        """End after what is being done."""
        self._stopped.set()

    def publish(self) -> None:
        """Publish once, and note it."""
        self.health.trust_expires_at = int(self._trust().expires_at.timestamp())
        checkpoint = self._attempt("publish", self._publish)
        if checkpoint is not None:
            self.health.published_at, self.health.size = self._seconds(), checkpoint.size

    def stamp(self) -> None:
        """Have the checkpoint stamped where it is time; without an authority nothing is to be done."""
        newest = self._attempt("time stamp", self._stamp)
        if newest is not None:
            self.health.stamped_at = int(newest.stamp.time.timestamp())
            self.health.stamp_ends_at = int(newest.stamp.until.timestamp())

    def notify(self) -> None:
        """Send the notices that are due; a line where some are given up, for somebody has to mend that."""
        outbox = self._attempt("notices", self._notify)
        if outbox is None:
            return
        if outbox.done.given_up:
            _LOG.error("notices: %d given up; see hocba notices list", outbox.done.given_up)
        self.health.notices_waiting, self.health.notices_given_up = outbox.waiting, outbox.given_up

    def audit(self) -> None:
        """Audit once: a line for each difference, and one where the trust root soon ends; none where all is well."""
        warning = expiry_warning(self._trust(), self._now())
        if warning is not None:
            _LOG.warning("%s", warning.en)
        report = self._attempt("audit", self._audit)
        if report is None:
            return
        for one in report.differences:
            # Names of files, serials and indexes: never a person's name or mark.
            _LOG.error("audit: %s: %s [%s]", one.where, one.text.en, one.code)
        self.health.audited_at, self.health.differences = self._seconds(), len(report.differences)

    def release(self) -> None:
        """Record and release what stood long enough; what is held is counted, for somebody has to look."""
        counts = self._attempt("releasing", self._release)
        if counts is not None:
            self.health.in_window, self.health.held = counts.standing, counts.held

    def finish(self) -> None:
        """Go on with documents that wait for a proof, where it is time to try again."""
        if self._seconds() < self._finish_at:
            return
        left = self._attempt("going on with what waits", self._finish)
        if left == 0:
            self._pause = FINISH_FIRST
        self._finish_at = self._seconds() + self._pause
        if left != 0:
            # Also where it broke off: whatever is wrong is not tried every minute.
            self._pause = min(2 * self._pause, FINISH_LAST)
        self.health.awaiting_proofs = left

    def _run(self) -> None:
        audited = self._seconds() - AUDIT_EVERY
        for number in count():
            if number % (PUBLISH_EVERY // FINISH_FIRST) == 0:
                self.publish()
                self.stamp()
                if self._seconds() - audited >= AUDIT_EVERY:
                    self.audit()
                    audited = self._seconds()
            if number % (NOTIFY_EVERY // FINISH_FIRST) == 0:
                self.notify()
            self.release()
            self.finish()
            if self._stopped.wait(FINISH_FIRST):
                return

    def _attempt(self, what: str, act: Callable[[], _T]) -> _T | None:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the thread goes on, and what broke off is heard, whatever broke it
            self.health.failures += 1
            reason = (
                f"{error.text.en} [{error.code}]" if isinstance(error, HocbaError) else type(error).__name__
            )
            _LOG.error("%s failed: %s", what, reason)
            return None

    def _seconds(self) -> int:
        return int(self._now().timestamp())
