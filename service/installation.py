"""One installation put together: database, record, keys, renderer and verifier of a data folder.

This is where the real parts are chosen, once, for the command line and the web alike. The data folder:

    hocba.env          settings                     record/     the public record, served as it is
    hocba.sqlite3      register and log             issued/     released transcripts
    trust-root.json    what verifiers trust         work/       documents between preparation and release
    keys/              see keys.keyring             state/      the last signed checkpoint, the index, locks
    images/            signatures and seals, by school
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count

from keys.keyring import RecordRole
from schemas.change_trail import Act, Actor
from schemas.record.checkpoint import Checkpoint
from schemas.vietnam_time import day_in_vietnam
from service.acting import account_here
from service.approvals.approved import Approval
from service.approvals.demonstration import approve_as_demonstration
from service.batch_keys import BatchKeys
from service.batches.desk import BatchDesk
from service.caps import Caps, check_caps
from service.correcting import CorrectingTools, confirm_correction
from service.erasing import ErasingTools, ErasureReport, erase_student
from service.evidence.stamping import Stamping
from service.extracting import ExtractRequest, issue_extract
from service.grace import GraceDesk, why_held
from service.importing.formats import SourceFile
from service.importing.guessing import Confirmed
from service.importing.reader import ImportResult, read_class
from service.importing.school_files import Progress
from service.importing.school_import import FilesImport, ImportTools, import_files, school_finder
from service.installation_record import RecordedInstallation
from service.issuing import BatchReport, issue_transcripts
from service.issuing_tools import IssuingTools
from service.record.awaited_proofs import finish_awaited_proofs
from service.record.taking_over import TakenOver, TakingOverTools, take_over
from service.revoking import RevokingTools, finish_confirmed
from service.school_years import check_begun
from service.self_check import check_document
from service.signers.awaited_signatures import AwaitedSignatures
from service.signers.brought_signatures import BroughtSignatures
from service.signers.remote_signing import RemoteSigning, RemoteTools, with_services
from service.signers.school_signers import NOBODY, Operator, SignerDesk, SignerTools, opened
from service.signing import WorkFolder
from service.storage.records import Batch, Change, Issuance, Token
from service.storage.trail_writing import Cause
from service.tending import Tending
from service.trail.heads import note_heads
from service.uploads import UPLOADS, Uploads

FOLDERS = ("record", "issued", "work", "state", "workbooks")


@dataclass(frozen=True)
class Installation(RecordedInstallation):
    """One data folder and what is done with it."""

    def import_workbook(
        self,
        data: bytes,
        school_year: str,
        *,
        dry_run: bool,
        school: str | None = None,
        actor: Actor | None = None,
    ) -> ImportResult:
        """Import a class: everything or nothing; a dry run writes nothing. `school` is the only one it may be of.

        Where nobody is named as the `actor`, the trail names the account that this process runs as; so below.
        """
        finder = school_finder(self.register, school, day_in_vietnam(self.now()))
        check_begun(school_year, day_in_vietnam(self.now()))
        result = read_class(data, find_school=finder, school_year=school_year)
        if result.ok and not dry_run:
            cause = Cause(Act.IMPORT, actor or account_here(), self._at())
            self.register.put_student_years(result.rows, cause=cause)
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
        actor: Actor | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> FilesImport:
        """Import what a school hands over, see `school_import.import_files`."""
        return import_files(
            ImportTools(
                self.register,
                self.imports,
                self.register.only_school,
                self.token_bytes(16).hex(),
                self.now(),
                actor or account_here(),
            ),
            files,
            school_year,
            dry_run=dry_run,
            school=school,
            columns=columns or {},
            accept_guesses=accept_guesses,
            progress=progress,
        )

    def undo_import(self, school: str, import_id: str, *, actor: Actor | None = None) -> int:
        """Give every year that an import changed its state before it; returns how many.

        Raises:
            ServiceError: as `Imports.undo`.
        """
        return self.imports.undo(school, import_id, actor=actor or account_here(), at=self._at())

    def issue(
        self,
        school: str,
        school_year: str,
        *,
        class_name: str | None = None,
        student_code: str | None = None,
        idempotency_key: str | None = None,
        progress: Progress = lambda _done, _total: None,
        operator: Operator = NOBODY,
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
            created_at=self._at(),
        )
        done = count(1)

        def all_of_it(tools: IssuingTools, approval: Approval, total: int) -> BatchReport:
            stored = self.register.open_batch(batch)
            return issue_transcripts(tools, stored, approval, lambda _: progress(next(done), total))

        return self.issue_by(batch, all_of_it, operator)

    def issue_by(
        self, batch: Batch, act: Callable[[IssuingTools, Approval, int], BatchReport], operator: Operator
    ) -> BatchReport:
        """Have `act` issue, told who is approved and how many are asked for, while nobody else issues.

        Raises:
            ServiceError: as `issue`.
        """
        # Where nothing is approved, or a setting is wrong, nobody is asked for a PIN.
        self.approvals.check_any(batch)
        self.stamping.signature_stamps()
        with opened(self.signer_tools, operator) as desk:
            # Outside the lock: a person who is asked for a PIN keeps nobody waiting.
            desk.open_for(batch)

            def issue() -> tuple[BatchReport, tuple[Issuance, ...]]:
                with self._alone():
                    report = act(self._tools(desk), *self._approve(batch))
                    note_heads(self.register, self.noted_heads)
                return report, report.waiting

            return with_services(issue, self._remote(batch.school_code, operator))

    @cached_property
    def batches(self) -> BatchDesk:
        """Where batches are asked for that a worker carries out, paused and resumed."""
        return BatchDesk(self)

    @property
    def grace(self) -> GraceDesk:
        """What is done with documents that stand signed."""
        return GraceDesk(
            self.register,
            self.approvals.check_release,
            self._releasing,
            partial(self._alone, wait=False),
            WorkFolder(self.folder("work")),
            lambda: note_heads(self.register, self.noted_heads),
            self.now,
        )

    @property
    def signer_tools(self) -> SignerTools:
        """What opening a school's signers needs."""
        return SignerTools(
            self.register,
            self.keyring,
            self.verifier,
            self.settings,
            self.revocation,
            self.now,
            self.token_bytes,
        )

    @property
    def awaited(self) -> AwaitedSignatures:
        """What waits for signatures from outside."""
        return AwaitedSignatures(self.register, BroughtSignatures(self.folder("work")), self.now)

    @property
    def revoking(self) -> RevokingTools:
        """What revoking needs."""
        return RevokingTools(self.register, self.sequencer, self._predecessors, self.now, self.token_bytes)

    @contextmanager
    def correcting(self, operator: Operator = NOBODY) -> Iterator[CorrectingTools]:
        """Give what correcting needs, while nobody else issues."""
        with opened(self.signer_tools, operator) as desk, self._alone():
            yield CorrectingTools(
                self._tools(desk),
                self._predecessors,
                lambda mended: self.approvals.approval(mended.school_code, [mended]),
            )

    def confirm_correction(
        self, token: Token, request_id: str, operator: Operator = NOBODY
    ) -> tuple[Change, Issuance]:
        """Confirm a request of another token and issue, see `service.correcting.confirm_correction`.

        Raises:
            ServiceError: the request is refused; who should sign cannot.
        """

        def confirm() -> tuple[tuple[Change, Issuance], tuple[Issuance, ...]]:
            with self.correcting(operator) as tools:
                change, document = confirm_correction(tools, token, request_id)
            return (change, document), (document,)

        return with_services(confirm, self._remote(token.school_code, operator))

    def extract(self, request: ExtractRequest, operator: Operator = NOBODY) -> Issuance:
        """Issue an extract of one school year, or the summary for a transfer, while nobody else issues.

        Raises:
            ServiceError: `nothing-to-extract`; who should sign cannot.
        """
        with opened(self.signer_tools, operator) as desk:

            def extract() -> tuple[Issuance, tuple[Issuance, ...]]:
                with self._alone():
                    issuance = issue_extract(self._tools(desk), request)
                return issuance, (issuance,)

            return with_services(extract, self._remote(request.school_code, operator))

    def take_over(
        self, school: str, pdf: bytes, name: str, *, dry_run: bool, actor: Actor | None = None
    ) -> TakenOver:
        """Take over the years of another school's transcript, while nobody issues.

        Raises:
            ServiceError: as `service.record.taking_over.take_over`.
        """
        tools = TakingOverTools(self.register, self.imports, self.verifier.file, self._at, self.token_bytes)
        with self._alone():
            return take_over(tools, school, pdf, name, actor=actor or account_here(), dry_run=dry_run)

    def erase(self, school: str, student_code: str, *, dry_run: bool) -> ErasureReport:
        """Erase what is not to be kept of a student, while nobody issues.

        Raises:
            ServiceError: `school-unknown`.
        """
        tools = ErasingTools(
            self.register,
            WorkFolder(self.folder("work")),
            Uploads(self.folder(UPLOADS)),
            self._at,
            account_here(),
        )
        with self._alone():
            return erase_student(tools, school, student_code, dry_run=dry_run)

    def publish(self) -> Checkpoint:
        """Publish record and offline packs with the present time, after finishing what a crash left confirmed."""
        finish_confirmed(self.revoking)
        checkpoint = self.sequencer.publish()
        note_heads(self.register, self.noted_heads)
        self.sequencer.publish_packs()
        return checkpoint

    @cached_property
    def stamping(self) -> Stamping:
        """What has checkpoints stamped by a time-stamp authority."""
        return Stamping(self)

    @cached_property
    def tending(self) -> Tending:
        """What publishes, stamps checkpoints, audits, notifies and goes on with what waits while a service runs."""
        return Tending(
            publish=self.publish,
            stamp=self.stamping.if_due,
            audit=self.audit,
            notify=self.tend_outbox,
            release=self.grace.finish_due,
            finish=lambda: finish_awaited_proofs(self.register, self.correcting),
            trust=self.newest_trust,
            now=self.now,
        )

    @contextmanager
    def _releasing(self, wait: bool) -> Iterator[IssuingTools]:  # noqa: FBT001 - all that is asked
        with opened(self.signer_tools, NOBODY) as desk, self._alone(wait=wait):
            yield self._tools(desk)

    def _remote(self, school: str, operator: Operator) -> RemoteSigning:
        tools = RemoteTools(self.keyring, self.awaited, self.folder("state"), operator.ask_secret, self.now)
        return RemoteSigning(tools, school)

    def approve_as_demonstration(self, school: str, school_year: str) -> int:
        """Have the invented people of a demonstration confirm and approve; return how many acts that took.

        Raises:
            ServiceError: `demonstration-only`.
        """
        return approve_as_demonstration(self.approvals, school, school_year, is_test=self.trust.test)

    def _approve(self, batch: Batch) -> tuple[Approval, int]:
        drafts = self.register.drafts_of(batch)
        caps = Caps(self.settings.max_batch, self.settings.max_per_hour)
        check_caps(self.register, batch, drafts, caps, now=self.now())
        return self.approvals.approval(batch.school_code, drafts), len(drafts)

    def _predecessors(self, school: str) -> tuple[str, ...]:
        """Return the schools here that `school` has succeeded, by the public record as it stands."""
        view = self.verifier.view()
        if view is None:
            return ()
        codes = [one.code for one in self.register.schools() if one.code != school]
        issuers = view.ledger.issuers
        return tuple(code for code in codes if issuers.has_succeeded(school, code, index=view.size))

    def _tools(self, desk: SignerDesk) -> IssuingTools:
        self.verifier.check_trust()
        self.sequencer.check_reconciled()
        return IssuingTools(
            register=self.register,
            record=self.sequencer,
            work=WorkFolder(self.folder("work"), self.stamping.signature_stamps(), self.revocation),
            released=self.folder("issued"),
            render=self.renderer.render,
            check_page=check_document,
            check_own=self.verifier.check_own_file,
            verify_known=self.verifier.known_file,
            keys=BatchKeys(desk, lambda: self.keyring.record_key(RecordRole.CREDENTIAL)),
            qr_host=self.settings.qr_host,
            grace=dt.timedelta(minutes=self.settings.grace_minutes),
            why_held=partial(why_held, self.register, self.approvals.approval),
            now=self.now,
            token_bytes=self.token_bytes,
        )
