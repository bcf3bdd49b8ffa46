"""One installation put together: database, record, keys, renderer and verifier of a data folder.

This is where the real parts are chosen, once, for the command line and the web alike. The data folder:

    hocba.env          settings                     record/     the public record, served as it is
    hocba.sqlite3      register and log             issued/     released transcripts
    trust-root.json    what verifiers trust         work/       documents between preparation and release
    keys/              see keys.keyring             state/      the last signed checkpoint, the issuing lock
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from keys.keyring import DocumentRole, Keyring, RecordRole
from schemas.record.checkpoint import Checkpoint
from schemas.record.trust_root import Log, TrustRoot
from service.approving import Approval, approve_for_demonstration
from service.auditing import AuditTools, audit_installation
from service.correcting import CorrectingTools
from service.erasing import ErasingTools, ErasureReport, erase_student
from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.importing.guessing import Confirmed
from service.importing.reader import ImportResult, read_class
from service.importing.school_files import Progress
from service.importing.school_import import FilesImport, ImportTools, import_files, school_finder
from service.issuing import BatchReport, IssuingTools, issue_transcripts
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.render import Renderer
from service.reconciling import Reconciled, ReconcileTools, reconcile
from service.record.publisher import Publisher
from service.record.sequencer import Sequencer, SequencerKeys
from service.revoking import RevokingTools, finish_confirmed
from service.self_check import check_document
from service.settings import Settings
from service.signing import SchoolSigners, WorkFolder
from service.storage.database import Database, is_set_up, open_database, open_server
from service.storage.imports import Imports
from service.storage.log_store import LogStore
from service.storage.migration import check_schema, upgrade
from service.storage.records import Batch, Issuance, StudentYear
from service.storage.register import Register
from service.tending import Tending
from verify.audit import AuditReport
from verify.trust import load_trust_root
from verify.verifier import Verifier

DATABASE = "hocba.sqlite3"
TRUST_ROOT = "trust-root.json"
FOLDERS = ("record", "issued", "work", "state", "workbooks")
UPLOADS = "uploads"
_ISSUING_LOCK = "issuing.lock"


@dataclass(frozen=True)
class Installation:
    """The parts of one data folder, each opened when it is first used."""

    settings: Settings
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    @classmethod
    def open(
        cls, settings: Settings, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
    ) -> Installation:
        """Open an installation that has been set up.

        Raises:
            ServiceError: the database is missing or of another version.
        """
        installation = cls(settings, now, token_bytes)
        server = settings.database_url
        if not (is_set_up(installation.database) if server else installation.folder(DATABASE).exists()):
            what = "PostgreSQL" if server else str(installation.folder(DATABASE))
            raise ServiceError(
                "database-missing",
                f"Không thấy dữ liệu ở {what}. Hãy khôi phục từ bản sao lưu; không tạo mới.",
                f"There are no data in {what}. Restore them from a backup; do not make new ones.",
            )
        check_schema(installation.database)
        return installation

    def folder(self, name: str) -> Path:
        """Return a path in the data folder."""
        return self.settings.data / name

    @cached_property
    def database(self) -> Database:
        """The database."""
        url = self.settings.database_url
        return open_server(url) if url else open_database(self.folder(DATABASE))

    @cached_property
    def register(self) -> Register:
        """The register of schools, imports and issuances."""
        return Register(self.database)

    @cached_property
    def imports(self) -> Imports:
        """The imports on record, and the columns that schools have confirmed."""
        return Imports(self.database, self.register)

    @cached_property
    def keyring(self) -> Keyring:
        """The software keys."""
        passphrase_file = self.settings.data / self.settings.passphrase_file
        return Keyring.open(self.folder("keys"), passphrase_file=passphrase_file)

    @cached_property
    def trust(self) -> TrustRoot:
        """The trust root that verifiers of this installation are given."""
        return load_trust_root(self.folder(TRUST_ROOT))

    @property
    def log(self) -> Log:
        """The log that this installation writes.

        Raises:
            ServiceError: `origin-unknown`.
        """
        log = self.trust.log_for(self.settings.origin)
        if log is None:
            raise ServiceError(
                "origin-unknown",
                f"Gốc tin cậy không biết sổ cấp {self.settings.origin}; hãy xem lại HOCBA_ORIGIN.",
                f"The trust root does not know the log {self.settings.origin}; check HOCBA_ORIGIN.",
            )
        return log

    @cached_property
    def verifier(self) -> Verifier:
        """A verifier like everybody's: trust root and public files, nothing else."""
        return Verifier(self.trust, self.folder("record"), now=self.now)

    @cached_property
    def renderer(self) -> Renderer:
        """The renderer, which keeps its compiler and fonts."""
        return Renderer()

    @cached_property
    def sequencer(self) -> Sequencer:
        """The writing side of the public record."""
        return Sequencer(
            store=LogStore(self.database),
            publisher=Publisher(self.folder("record")),
            state=self.folder("state"),
            keys=SequencerKeys(
                log=self.keyring.record_key(RecordRole.LOG),
                clock=self.keyring.record_key(RecordRole.CLOCK),
                status=self.keyring.record_key(RecordRole.STATUS),
            ),
            trust=self.trust,
            log=self.log,
            now=self.now,
        )

    def upgrade_database(self) -> None:
        """Bring the database to this version of the software, making it where there is none."""
        upgrade(self.database)

    def import_workbook(
        self, data: bytes, school_year: str, *, dry_run: bool, school: str | None = None
    ) -> ImportResult:
        """Import a class: everything or nothing. A dry run checks the same and writes nothing.

        Args:
            data: the workbook.
            school_year: the year that the person says it is of.
            dry_run: whether to stop after checking.
            school: the only school that it may be of, where a school's own people import.
        """
        result = read_class(data, find_school=school_finder(self.register, school), school_year=school_year)
        if result.ok and not dry_run:
            self.register.put_student_years(result.rows)
        return result

    def import_files(
        self,
        files: Sequence[SourceFile],
        school_year: str,
        *,
        dry_run: bool,
        school: str | None = None,
        columns: Confirmed | None = None,
        accept_guesses: bool = False,
        progress: Progress = lambda _done, _total: None,
    ) -> FilesImport:
        """Import what a school hands over, see `school_import.import_files`."""
        return import_files(
            ImportTools(
                self.register, self.imports, self.only_school, self.token_bytes(16).hex(), self.now()
            ),
            files,
            school_year,
            dry_run=dry_run,
            school=school,
            columns=columns or {},
            accept_guesses=accept_guesses,
            progress=progress,
        )

    def undo_import(self, school: str, import_id: str) -> int:
        """Give every year that an import changed its state before it; returns how many.

        Raises:
            ServiceError: as `Imports.undo`.
        """
        return self.imports.undo(school, import_id, at=int(self.now().timestamp()))

    def issue(
        self,
        school: str,
        school_year: str,
        *,
        class_name: str | None = None,
        student_code: str | None = None,
        idempotency_key: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> BatchReport:
        """Issue for a class, a student or the whole school year, and finish what an earlier run left.

        Raises:
            ServiceError: the request as a whole is refused.
        """
        batch_id = self.token_bytes(16).hex()
        batch = Batch(
            id=batch_id,
            school_code=school,
            idempotency_key=idempotency_key or batch_id,
            school_year=school_year,
            class_name=class_name,
            student_code=student_code,
            created_at=int(self.now().timestamp()),
        )
        with self._alone():
            approval, total = self._approve(batch)
            done = 0

            def advance(_: Issuance) -> None:
                nonlocal done
                done += 1
                if progress is not None:
                    progress(done, total)

            return issue_transcripts(self._tools(), batch, approval, advance)

    def only_school(self) -> str:
        """Return the code of the one school of this installation.

        Raises:
            ServiceError: `school-not-chosen` where there are several.
        """
        schools = self.register.schools()
        if len(schools) != 1:
            codes = ", ".join(school.code for school in schools)
            raise ServiceError(
                "school-not-chosen",
                f"Hãy chọn trường bằng --school; các mã trường có ở đây: {codes}",
                f"Choose a school with --school; the codes here are: {codes}",
            )
        return schools[0].code

    @property
    def revoking(self) -> RevokingTools:
        """What revoking needs."""
        return RevokingTools(self.register, self.sequencer, self._predecessors, self.now, self.token_bytes)

    @contextmanager
    def correcting(self) -> Iterator[CorrectingTools]:
        """Give what correcting needs, while nobody else issues."""
        with self._alone():
            yield CorrectingTools(
                self._tools(), self._predecessors, lambda mended: self._approve_drafts([mended])
            )

    def erase(self, school: str, student_code: str, *, dry_run: bool) -> ErasureReport:
        """Erase what is not to be kept of a student, while nobody issues.

        Raises:
            ServiceError: `school-unknown`.
        """
        tools = ErasingTools(
            self.register,
            WorkFolder(self.folder("work")),
            self.folder(UPLOADS),
            lambda: int(self.now().timestamp()),
        )
        with self._alone():
            return erase_student(tools, school, student_code, dry_run=dry_run)

    def publish(self) -> Checkpoint:
        """Publish the record again, with the present time, after finishing what a crash left confirmed."""
        finish_confirmed(self.revoking)
        return self.sequencer.publish()

    def reconcile(self, *, dry_run: bool) -> Reconciled:
        """Bring a restored database up to the signed record.

        Raises:
            ServiceError: as `service.reconciling.reconcile`.
        """
        tools = ReconcileTools(
            self.register,
            LogStore(self.database),
            self.sequencer.signed_checkpoint,
            self.folder("record"),
            self.folder("issued"),
        )
        with self._alone():
            return reconcile(tools, dry_run=dry_run)

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
            )
        )

    @cached_property
    def tending(self) -> Tending:
        """What publishes and audits by itself while a service runs."""
        return Tending(publish=self.publish, audit=self.audit, now=self.now)

    def _approve(self, batch: Batch) -> tuple[Approval, int]:
        drafts = self.register.student_years(
            batch.school_code, batch.school_year, class_name=batch.class_name, student_code=batch.student_code
        )
        return self._approve_drafts(drafts), len(drafts)

    def _approve_drafts(self, drafts: Sequence[StudentYear]) -> Approval:
        if not self.trust.test:
            raise ServiceError(
                "approval-needed",
                "Chỉ bản thử mới được duyệt tự động; hãy để hiệu trưởng duyệt trước khi cấp.",
                "Only a demonstration approves by itself; the principal must approve before anything is issued.",
            )
        return approve_for_demonstration(drafts, at=self.now())

    def _predecessors(self, school: str) -> tuple[str, ...]:
        """Return the schools here that `school` has succeeded, by the public record as it stands."""
        view = self.verifier.view()
        if view is None:
            return ()
        codes = [one.code for one in self.register.schools() if one.code != school]
        issuers = view.ledger.issuers
        return tuple(code for code in codes if issuers.has_succeeded(school, code, index=view.size))

    def _tools(self) -> IssuingTools:
        return IssuingTools(
            register=self.register,
            record=self.sequencer,
            work=WorkFolder(self.folder("work")),
            released=self.folder("issued"),
            render=self.renderer.render,
            check_page=check_document,
            check_own=self.verifier.check_own_file,
            verify_known=self.verifier.known_file,
            # Each batch opens its keys once, and asks once whether they may still sign.
            signers=cache(self._signers),
            credential_key=self.keyring.record_key(RecordRole.CREDENTIAL),
            qr_host=self.settings.qr_host,
            now=self.now,
            token_bytes=self.token_bytes,
        )

    def _signers(self, school_code: str) -> SchoolSigners:
        school, signatory = self.register.school(school_code)
        now = self.now()
        return SchoolSigners(
            principal=self.keyring.signer(DocumentRole.PRINCIPAL, school_code, now=now),
            principal_panel=principal_panel(signatory.name, signatory.title),
            seal=self.keyring.signer(DocumentRole.SEAL, school_code, now=now),
            seal_panel=seal_panel(school.name),
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process issue at a time; another one waits."""
        with (self.folder("state") / _ISSUING_LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
