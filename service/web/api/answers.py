"""What the issuing API answers: the models that its description is made from, and that tests hold its answers against.

Times are seconds since 1970 in UTC where they are numbers; days are YYYY-MM-DD; serials are as people read them, in
four groups.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.approvals.acts import ExceptionKind
from service.approvals.chains import Step
from service.approvals.states import ApprovalState
from service.storage.batch_records import JobState
from service.storage.family_records import (
    LinkPurpose,
    LinkState,
    NoticeKind,
    NoticeState,
    OpenResult,
    RequestChannel,
    RequestKind,
    RequestState,
    Timeliness,
)
from service.storage.records import ChangeState, Standing, State


class Answer(BaseModel):
    """What is answered has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class Sentence(Answer):
    """Why something did not happen: a stable code, and what to do in both languages."""

    code: str = Field(description="A stable code: docs/errors.md.", examples=["not-approved"])
    vi: str
    en: str


class ComplaintAnswer(Answer):
    """One fault of a workbook, or one thing to look at, where the person's own file shows it."""

    severity: Literal["error", "warning"]
    sheet: str | None
    row: int | None = Field(description="As the spreadsheet program counts, from 1.")
    column: str | None = Field(description="As the spreadsheet program names it: A, B, …")
    value: str | None = Field(description="What stands in the cell.")
    code: str
    vi: str
    en: str
    file: str | None
    more: int = Field(description="How many rows of the column it stands for, beside its own.")


class ImportAnswer(Answer):
    """What became of a workbook: everything of it is imported, or nothing."""

    class_name: str | None
    accepted: int = Field(description="Students whose rows are in order.")
    imported: int = Field(description="Students whose years are stored now; 0 in a dry run.")
    complaints: list[ComplaintAnswer]


class TranscriptAnswer(Answer):
    """How far a document is, and what it is worth."""

    id: str
    student_code: str
    class_name: str
    serial: str
    state: State = Field(description="`released` where the file can be fetched.")
    standing: Standing = Field(description="What the record says of it after it was issued.")
    log_index: int | None = Field(description="Its place in the public record.")
    releases_at: int | None = Field(
        description="When the grace window of a signed document ends, and it is recorded and released: seconds."
    )
    waiting: bool = Field(description="It waits for a signature or a proof from outside.")
    failure: Sentence | None = Field(description="Why it did not get further; issuing again goes on.")


class TranscriptsAnswer(Answer):
    """Documents of a school year or of a class."""

    transcripts: list[TranscriptAnswer]


class UnapprovedAnswer(Sentence):
    """A student who was left out because the year is not approved as it stands."""

    student_code: str


class BatchAnswer(Answer):
    """How far a batch is."""

    batch: str = Field(description="The id of the batch.")
    issued: int
    signed: int = Field(description="How many are signed and stand in their grace window.")
    waiting: int
    failed: int
    transcripts: list[TranscriptAnswer]


class IssuedAnswer(BatchAnswer):
    """How far a batch is, and who is not in it."""

    unapproved: list[UnapprovedAnswer]


class CountsOfBatch(Answer):
    """How many documents of a batch, or of a class of it, are how far."""

    students: int
    failed: int
    waits_signature: int
    waits_proof: int
    signed: int
    begun: int
    not_begun: int
    ended: int
    issued: int


class JobAnswer(Answer):
    """A batch that a worker carries out, and how far it is."""

    batch: str
    school_year: str
    classes: list[str] = Field(examples=[["6A"]])
    state: JobState
    stopped: Sentence | None = Field(description="What refused the batch as a whole.")
    counts: CountsOfBatch
    by_class: dict[str, CountsOfBatch]
    seconds_left: int | None
    asked_at: int
    ended_at: int | None


class JobsAnswer(Answer):
    """Batches that were asked for without waiting, the newest first."""

    batches: list[JobAnswer]


class ReadBatchAnswer(BatchAnswer):
    """How far a batch is; a job where it was asked for without waiting."""

    job: JobAnswer | None


class ReleaseAnswer(Answer):
    """What became of signed documents whose windows were ended."""

    ended: int = Field(description="How many windows ended by this.")
    released: int
    later: int = Field(description="How many follow by themselves, since somebody is issuing.")
    held: list[TranscriptAnswer] = Field(description="Those that are not approved any more.")


class ExtractAnswer(TranscriptAnswer):
    """An extract or a summary."""

    form: Literal["extract", "transfer-summary"]
    school_year: str | None = Field(description="The year of an extract; a summary is of all.")


class ExtractsAnswer(Answer):
    """What was taken from the transcripts of a student, the oldest first."""

    extracts: list[ExtractAnswer]


class ConfirmedAnswer(Answer):
    """A confirmation that holds."""

    step: Step
    subject: str | None
    by: str
    at: int


class ApprovedAnswer(Answer):
    """The approval that holds."""

    by: str
    at: int
    delegation: str | None = Field(description="The delegation that a deputy acted under.")


class ExceptionAnswer(Answer):
    """What somebody has to look at before confirming."""

    kind: ExceptionKind
    at: str = Field(description="Where, as findings name it.", examples=["toan.semester2"])
    vi: str
    en: str


class StudentAnswer(Answer):
    """How far a student's year is on its way to being approved."""

    student_code: str
    state: ApprovalState
    missing: list[str] = Field(description="Codes of subjects that nobody has confirmed.")
    returned: str | None = Field(description="Why it was returned.")
    confirmed: list[ConfirmedAnswer]
    approved: ApprovedAnswer | None
    exceptions: list[ExceptionAnswer]


class ApprovalsAnswer(Answer):
    """A class, student by student."""

    students: list[StudentAnswer]


class ActAnswer(Answer):
    """What was done; no act where it had been done already."""

    act: str | None
    students: int = Field(description="How many students the act is about.")


class ChangeAnswer(Answer):
    """A request to change what is issued, and how far it is."""

    id: str
    state: ChangeState
    serial: str = Field(description="Of the document that it is about.")
    reason: str
    requested_by: str = Field(description="The id under which somebody asked; so below.")
    confirmed_by: str | None
    withdrawn_by: str | None
    log_index: int | None


class RevocationAnswer(ChangeAnswer):
    """A request to revoke."""

    revocation_class: Literal["error", "compromise", "other"] = Field(alias="class")


class RevocationsAnswer(Answer):
    """Requests to revoke, the newest first."""

    revocations: list[RevocationAnswer]


class CorrectionAnswer(ChangeAnswer):
    """A request to correct."""

    replacement: str | None = Field(description="The serial of the corrected document.")
    replacement_id: str | None
    failure: Sentence | None


class CorrectionsAnswer(Answer):
    """Requests to correct, the newest first."""

    corrections: list[CorrectionAnswer]


class LinkAnswer(Answer):
    """A link to one document."""

    id: str
    serial: str
    purpose: LinkPurpose
    state: LinkState
    made_by: str | None
    made_at: int
    expires_at: int
    revoked_at: int | None
    wrong_pins: int


class MadeLinkAnswer(LinkAnswer):
    """A link as it was made."""

    address: str = Field(description="Whoever has it and the PIN sees the document; shown here alone.")
    pin: str


class LinksAnswer(Answer):
    """Links of the school, the newest first."""

    links: list[LinkAnswer]


class OpenAnswer(Answer):
    """How a link was opened."""

    at: int
    result: OpenResult
    serial: str | None


class OpensAnswer(Answer):
    """How a link was opened, the oldest first."""

    opens: list[OpenAnswer]


class ContactAnswer(Answer):
    """Where a family is told."""

    student_code: str
    email: str | None


class NoticeAnswer(Answer):
    """A notice to a family."""

    id: str
    kind: NoticeKind
    state: NoticeState
    student_code: str
    serial: str | None
    address: str | None
    happened_at: int
    tries: int
    next_try_at: int | None
    answer: str | None
    settled_at: int | None


class NoticesAnswer(Answer):
    """The newest notices, and how many there are in each state."""

    counts: dict[NoticeState, int]
    notices: list[NoticeAnswer]


class RetriedAnswer(Answer):
    """A notice that is tried again."""

    id: str
    state: Literal["waiting"]


class RequestAnswer(Answer):
    """A request of a family, with the days that the law gives."""

    id: str
    number: str = Field(description="Of the receipt.")
    student_code: str
    kind: RequestKind
    channel: RequestChannel
    note: str
    state: RequestState
    received_on: str
    acknowledge_by: str
    due_on: str
    acknowledged_on: str | None
    closed_on: str | None
    timeliness: Timeliness | None
    calendar: str = Field(description="The calendar of working days that the days were counted by.")


class EventAnswer(Answer):
    """A step of a request."""

    at: int
    by: str | None
    state: RequestState
    detail: str


class RequestHistoryAnswer(RequestAnswer):
    """A request with every step of it."""

    events: list[EventAnswer]


class CountsAnswer(Answer):
    """The counts by which offices are scored."""

    open: int
    overdue: int
    unacknowledged: int = Field(description="Open ones whose receipt should have been confirmed by now.")
    before: int
    on: int
    past: int
    online: int = Field(description="Of all, those that came in online.")
    total: int


class RequestsAnswer(Answer):
    """Requests of the school, the next due first."""

    counts: CountsAnswer
    requests: list[RequestAnswer]
