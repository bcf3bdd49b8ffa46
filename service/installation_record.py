"""What is done with an installation's record as a whole: audited, and reconciled after a restore."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.record.checkpoint import Checkpoint
from service.acting import account_here
from service.installation_parts import InstallationParts
from service.record.auditing import AuditTools, audit_installation
from service.record.reconciling import Reconciled, ReconcileTools, reconcile
from service.storage.log_store import LogStore
from service.trail.heads import acknowledge_lost
from verify.audit import AuditReport


@dataclass(frozen=True)
class RecordedInstallation(InstallationParts):
    """The parts, with what looks over the record."""

    def reconcile(self, *, dry_run: bool) -> Reconciled:
        """Bring a restored database up to the signed record of this place.

        Raises:
            ServiceError: as `service.record.reconciling.reconcile`; `restored-unreconciled`: no newer record.
        """
        self.sequencer.check_reconciled()
        checkpoint = self.sequencer.signed_checkpoint()
        return self.reconcile_with(checkpoint, self.folder("record"), dry_run=dry_run)

    def reconcile_with(self, signed: Checkpoint, record: Path, *, dry_run: bool) -> Reconciled:
        """Bring the database up to a record in a folder.

        Raises:
            ServiceError: as `service.record.reconciling.reconcile`.
        """
        store, issued = LogStore(self.database), self.folder("issued")
        with self._alone():
            found = reconcile(
                ReconcileTools(self.register, store, lambda: signed, record, issued), dry_run=dry_run
            )
            if not dry_run:
                acknowledge_lost(self.register, self.noted_heads, actor=account_here(), at=self._at())
        return found

    def audit(self) -> AuditReport:
        """Compare record, register and stored files.

        Raises:
            HocbaError, OSError: there is no checkpoint to compare with.
        """
        return audit_installation(
            AuditTools(
                self.register,
                LogStore(self.database),
                self.folder("record"),
                self.folder("issued"),
                self.trust,
                self.now(),
                tuple(self.noted_heads.read().values()),
            )
        )

    def _at(self) -> int:
        return int(self.now().timestamp())
