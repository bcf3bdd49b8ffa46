"""Asking for batches, pausing and resuming them: each act is judged when it is done, and again by the worker.

Whoever sets a batch going (asks, resumes, tries again) answers for what is then signed: four eyes, caps and approvals
hold for them as for somebody who waits for the answer, and a worker asks all of it again before each class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from schemas.change_trail import Actor, ActorKind
from service.approvals.approved import NOT_APPROVED, nothing_approved
from service.batches.progress import class_key, failed_classes
from service.caps import Caps, check_caps
from service.errors import ServiceError
from service.people.roles import Role
from service.reserving import is_signing_needed
from service.scopes import Scope
from service.signers.school_signers import NOBODY, opened
from service.storage.batch_records import ActKind, BatchAct, BatchJob, JobState
from service.storage.records import Batch

if TYPE_CHECKING:
    from service.installation import Installation

CONSOLE: Final = "console"
GOES_ON_FOR: Final = dt.timedelta(hours=24)
"""How long somebody's word sets a batch going: what lies longer waits for a person, who shows the password again."""
NOTHING_TO_DO: Final = NOT_APPROVED | {"nothing-approved", "nothing-to-issue"}
"""Why nothing is made for a class: nothing went wrong, others of the batch go on."""


class BatchDesk:
    """Where batches are asked for and looked after, at one installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def ask(
        self,
        school: str,
        school_year: str,
        *,
        by: Actor,
        via: str,
        classes: Sequence[str] | None = None,
        student_code: str | None = None,
        idempotency_key: str | None = None,
    ) -> BatchJob:
        """Store a batch as work to do, for some classes, a student, or with neither the whole school year.

        Raises:
            ServiceError: whatever issuing at once would refuse as a whole; nothing is stored then.
            HocbaError: who should sign cannot.
        """
        installation = self._installation
        batch_id = installation.token_bytes(16).hex()
        names = self._classes(school, school_year, classes, student_code)
        batch = Batch(
            id=batch_id,
            school_code=school,
            idempotency_key=idempotency_key or batch_id,
            school_year=school_year,
            class_name=names[0] if classes is not None and len(names) == 1 else None,
            student_code=student_code,
            created_at=self._at(),
        )
        known = installation.register.batch_of_key(school, batch.idempotency_key)
        job = None if known is None else installation.register.job(school, known.id)
        if job is None:
            asked = BatchJob(batch, names, names, JobState.QUEUED)
            self._check_release(asked, by)
            self._check_whole(asked)
        return installation.register.put_job(batch, names, BatchAct(ActKind.ASK, by, via, self._at()))

    def known(self, school: str, batch_id: str) -> BatchJob:
        """Return a batch of a school.

        Raises:
            ServiceError: `batch-unknown`.
        """
        job = self._installation.register.job(school, batch_id)
        if job is None:
            raise batch_unknown()
        return job

    def pause(self, school: str, batch_id: str, *, by: Actor, via: str) -> BatchJob:
        """Have nothing more signed after the chunk that is being signed; what is not to be done stays as it is.

        Raises:
            ServiceError: `batch-unknown`.
        """
        act = BatchAct(ActKind.PAUSE, by, via, self._at())
        return self._installation.register.pause_job(self.known(school, batch_id), act)

    def resume(self, school: str, batch_id: str, *, by: Actor, via: str) -> BatchJob:
        """Have a batch gone on with that was paused, or stopped for a reason that is mended.

        Raises:
            ServiceError: `batch-unknown`, `release-four-eyes`, and those of `check_caps`.
            HocbaError: who should sign cannot.
        """
        job = self.known(school, batch_id)
        if job.state in {JobState.PAUSED, JobState.STOPPED}:
            self._check_release(job, by)
            self._check_caps(job)
            self._check_signers(job)
        return self._installation.register.resume_job(job, BatchAct(ActKind.RESUME, by, via, self._at()))

    def retry(self, school: str, batch_id: str, *, by: Actor, via: str) -> BatchJob:
        """Have the documents that failed tried again, with whatever is still to do; nothing where none failed.

        Raises:
            ServiceError: `batch-unknown`, `release-four-eyes`, and those of `check_caps`.
            HocbaError: who should sign cannot.
        """
        job = self.known(school, batch_id)
        failed = failed_classes(self._installation.register.batch_items(job))
        if failed and not job.is_active:
            self._check_release(job, by)
            self._check_caps(job)
            self._check_signers(job)
        act = BatchAct(ActKind.RETRY, by, via, self._at())
        return self._installation.register.retry_job(job, act, failed)

    def check_turn(self, job: BatchJob, setter: BatchAct, class_name: str) -> None:
        """Refuse a turn at a class whose asker may not have it issued any more; caps and approvals are judged with it.

        Raises:
            ServiceError: `batch-stale`, `batch-asker-gone`, `release-four-eyes`, and those of `check_caps`.
        """
        if self._at() - setter.at > GOES_ON_FOR.total_seconds():
            raise _stale()
        if not self._still_may(job.batch.school_code, setter):
            raise _asker_gone()
        self._check_release(BatchJob(job.batch, (class_name,), (), job.state), setter.actor)
        if job.turn_at <= setter.at:
            # The first turn since somebody set it going: all that it will make, as when it was asked for.
            self._check_caps(job)

    def _still_may(self, school: str, setter: BatchAct) -> bool:
        """Return whether who set a batch going would be let in today, where it came from."""
        installation, actor = self._installation, setter.actor
        if actor.kind is ActorKind.ACCOUNT:
            return True
        if actor.kind is ActorKind.PERSON:
            account = installation.people.account(actor.id)
            if account is None or not account.active or account.person.school_code != school:
                return False
            if setter.via == CONSOLE:
                return account.person.has(Role.CLERK)
        token_id = setter.via.partition(" ")[2]
        return any(
            one.id == token_id
            and Scope.ISSUE in one.scopes
            and (one.expires_at is None or self._at() < one.expires_at)
            for one in installation.register.tokens(school)
        )

    def _classes(
        self, school: str, school_year: str, classes: Sequence[str] | None, student_code: str | None
    ) -> tuple[str, ...]:
        register = self._installation.register
        if student_code is not None:
            drafts = register.student_years(school, school_year, student_code=student_code)
            there = {one.class_name for one in drafts}
        else:
            counts = register.class_counts(school)
            there = {one.class_name for one in counts if one.school_year == school_year}
        wanted = there if classes is None else set(classes)
        if not wanted or wanted - there:
            raise _nothing_to_issue(school_year)
        return tuple(sorted(wanted, key=class_key))

    def _check_release(self, job: BatchJob, by: Actor) -> None:
        if by.kind is ActorKind.ACCOUNT:
            return
        batch, desk = job.batch, self._installation.approvals
        for name in job.classes:
            desk.check_release(batch.school_code, batch.school_year, name, batch.student_code, by.id, by.name)

    def _check_whole(self, job: BatchJob) -> None:
        """Refuse what a worker would refuse at once, while whoever asks is still there to hear it."""
        self._check_caps(job)
        self._check_any(job)
        self._check_signers(job)

    def _check_signers(self, job: BatchJob) -> None:
        installation = self._installation
        installation.stamping.signature_stamps()
        with opened(installation.signer_tools, NOBODY) as desk:
            for name in job.classes:
                part = job.part(name)
                if is_signing_needed(installation.register, part):
                    desk.open_for(part)
                    return

    def _check_any(self, job: BatchJob) -> None:
        refusal: ServiceError | None = None
        for name in job.classes:
            try:
                self._installation.approvals.check_any(job.part(name))
            except ServiceError as error:
                if error.code not in NOTHING_TO_DO:
                    raise
                refusal = error
            else:
                return
        if refusal is not None:
            if len(job.classes) == 1:
                raise refusal
            drafts = self._installation.register.drafts_of(job.batch)
            raise nothing_approved(sum(one.class_name in job.classes for one in drafts))

    def _check_caps(self, job: BatchJob) -> None:
        installation = self._installation
        caps = Caps(installation.settings.max_batch, installation.settings.max_per_hour)
        drafts = [one for one in installation.register.drafts_of(job.batch) if one.class_name in job.todo]
        check_caps(installation.register, job.batch, drafts, caps, now=installation.now())

    def _at(self) -> int:
        return int(self._installation.now().timestamp())


def batch_unknown() -> ServiceError:
    """Return the refusal of a batch that is not the school's."""
    return ServiceError("batch-unknown", "Không có đợt cấp này.", "There is no such batch.")


def _nothing_to_issue(school_year: str) -> ServiceError:
    return ServiceError(
        "nothing-to-issue",
        f"Không có học sinh nào của năm học {school_year} để cấp; hãy nhập dữ liệu, hoặc xem lại tên lớp.",
        f"No student of school year {school_year} to issue for; import data, or check class and student code.",
    )


def _stale() -> ServiceError:
    return ServiceError(
        "batch-stale",
        "Đợt cấp đã được yêu cầu hơn 24 giờ trước nên không tự ký tiếp; hãy xem lại rồi bấm Làm tiếp.",
        "The batch was set going more than 24 hours ago, so nothing more is signed by itself; look at it, then resume "
        "it.",
    )


def _asker_gone() -> ServiceError:
    return ServiceError(
        "batch-asker-gone",
        "Người hoặc mã truy cập đã yêu cầu đợt này không còn quyền cấp học bạ; hãy để người có quyền bấm Làm tiếp.",
        "Whoever set this batch going may not issue any more; have somebody who may resume it.",
    )
