"""Steps 3 to 9: from approved drafts to released files (docs/issuance-cycle.md).

Between 6 and 7 lies the grace window (`service.grace`): what is signed stands for a while before it is recorded.
Each step is durable and idempotent, and a document's state says which are done. A process killed anywhere is
repaired by asking again: reserved documents go on with their frozen data, signed ones are recorded, recorded
ones released, each exactly once. One document's failure never stops the others: it is kept with the document
and tried again with the next request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from keys.awaited_signer import SignatureAwaitedError
from keys.pkcs11_token import TokenError
from schemas.cose import sign1
from schemas.errors import HocbaError
from schemas.qr import QRAddress
from schemas.record.entry import Issued, Relation, format_entry
from schemas.record.fields import Reference
from schemas.record.proof import format_proof
from schemas.serial import display_serial, sid
from schemas.transcript.model import RelationKind, Transcript, parse_transcript
from schemas.verdict import VerdictCode
from service.approvals.approved import NOT_APPROVED, Approval, Unapproved, nothing_approved
from service.errors import AwaitedProofError, DiskFullError, ServiceError
from service.issuing_tools import IssuingTools
from service.reserving import EARLIER_STANDS, STRANGE_NAME, missing_documents, reserve
from service.signing import SchoolSigners, SignedDocument, WorkFolder
from service.storage.database import DatabaseAwayError
from service.storage.log_store import IssuersChangedError, TakenBackError
from service.storage.records import Batch, Issuance, State, StudentYear
from service.storage.register import Register
from verify.findings import FindingError

_TRIES = 4
CHUNK = 25
"""Documents that share a transaction and a checkpoint."""

_RELATIONS = {
    RelationKind.FIRST: Relation.FIRST,
    RelationKind.CONTINUES: Relation.CONTINUES,
    RelationKind.CORRECTS: Relation.CORRECTS,
    RelationKind.EXTRACTS: Relation.EXTRACTS,
}
_WITH_GRACE: Final = frozenset({Relation.FIRST, Relation.CONTINUES})
"""A correction was looked at by two people value by value, and until it is on record the wrong document counts; an
extract says nothing that is not on record."""
_WAITS: Final = NOT_APPROVED | {EARLIER_STANDS, STRANGE_NAME}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch: documents by their state, the failed ones with their reason."""

    batch: Batch
    issuances: tuple[Issuance, ...]
    unapproved: tuple[Unapproved, ...] = ()
    """Students for whom nothing was made, since their year is not approved as it stands."""

    @property
    def released(self) -> tuple[Issuance, ...]:
        """The documents that are given out and stand."""
        return tuple(issuance for issuance in self.issuances if issuance.is_current)

    @property
    def failed(self) -> tuple[Issuance, ...]:
        """The documents that stand still, with a reason."""
        return tuple(issuance for issuance in self.issuances if issuance.has_failed)

    @property
    def waiting(self) -> tuple[Issuance, ...]:
        """The documents that wait for a signature from outside."""
        return tuple(issuance for issuance in self.issuances if issuance.is_waiting)

    @property
    def in_window(self) -> tuple[Issuance, ...]:
        """The documents that are signed and stand in their grace window."""
        return tuple(issuance for issuance in self.issuances if issuance.is_in_window)


def issue_transcripts(
    tools: IssuingTools,
    batch: Batch,
    approval: Approval,
    progress: Callable[[Issuance], None],
) -> BatchReport:
    """Issue every approved document of a batch that is stored, and finish whatever an earlier run left.

    Raises:
        ServiceError: the batch as a whole is refused: `nothing-to-issue`, `nothing-approved`; or the database stays
            away.
    """
    tries = 1

    def go_on(issuance: Issuance) -> None:
        nonlocal tries
        tries = 1  # only outages between which nothing is issued are counted
        progress(issuance)

    while True:
        try:
            return _issue(tools, batch, approval, go_on)
        except DatabaseAwayError:
            # A server that was restarted comes back; each step is idempotent, so all of them are asked for again.
            if tries == _TRIES:
                raise
            tries += 1


def _issue(
    tools: IssuingTools, batch: Batch, approval: Approval, progress: Callable[[Issuance], None]
) -> BatchReport:
    drafts = tools.register.student_years(
        batch.school_code, batch.school_year, class_name=batch.class_name, student_code=batch.student_code
    )
    if not drafts:
        raise _nothing_to_issue(batch)
    unapproved = _reserve_missing(tools, batch, missing_documents(tools.register, batch, drafts), approval)
    wanted = {draft.learner.student_code for draft in drafts}
    of_batch = [
        issuance
        for issuance in tools.register.unfinished(batch.school_code)
        if issuance.school_year == batch.school_year and issuance.student_code in wanted
    ]
    # Reserved when it was approved, and returned before anybody signed it.
    held = {one.student_code for one in of_batch if one.state is State.RESERVED} & approval.returned
    unapproved = (*unapproved, *approval.why_waiting(drafts, held))
    unfinished = [one for one in of_batch if one.student_code not in held]
    is_nobody_approved = len(unapproved) == len(drafts) and all(
        one.code in NOT_APPROVED for one in unapproved
    )
    if not unfinished and is_nobody_approved:
        raise nothing_approved(len(drafts))
    finish_documents(tools, unfinished, progress)
    sweep(tools.register, tools.work)
    issuances = tools.register.issuances(batch.school_code, batch.school_year)
    made = tuple(issuance for issuance in issuances if issuance.student_code in wanted)
    return BatchReport(batch, made, unapproved)


def _reserve_missing(
    tools: IssuingTools, batch: Batch, missing: Sequence[StudentYear], approval: Approval
) -> tuple[Unapproved, ...]:
    """Reserve for who is approved; return who is not."""
    unapproved: list[Unapproved] = []
    for chunk in _chunks(missing):
        now, made = tools.now(), []
        for draft in chunk:
            try:
                made.append(
                    reserve(tools.register, batch, draft, approval, now=now, token_bytes=tools.token_bytes)
                )
            except ServiceError as refusal:
                if refusal.code not in _WAITS:
                    raise
                unapproved.append(Unapproved(draft.learner.student_code, refusal.code, refusal.text))
        # 3. Reserve: after this commit a crash leaves evidence of intent, and the data are frozen.
        tools.register.reserve(made)
    return tuple(unapproved)


def finish_documents(
    tools: IssuingTools, issuances: Sequence[Issuance], progress: Callable[[Issuance], None]
) -> None:
    """Steps 4 to 9 for reserved documents, as far as each gets; a failure is kept with its document.

    Whatever stands in its grace window is left alone. `progress` is told of each document that is released, or that a
    window has begun for.
    """
    for chunk in _chunks([one for one in issuances if not one.stands_at(tools.now())]):
        if not tools.go_on():
            return
        _finish(tools, chunk, progress)


def _finish(tools: IssuingTools, chunk: Sequence[Issuance], progress: Callable[[Issuance], None]) -> None:
    signed = [one for issuance in _not_held(tools, chunk) if (one := _sign(tools, issuance, progress))]
    if not signed:
        return
    # 7. Record: from the signed checkpoint on, these documents are issued.
    entries = [(one.issuance.id, format_entry(one.entry)) for one in signed]
    checked_at = min((one.checked_at for one in signed if one.checked_at is not None), default=0)
    try:
        indexes = tools.record.append(entries, checked_at=checked_at)
    except IssuersChangedError:
        # Who may sign has changed while these were signed: they are checked again, against the record that says it.
        tools.record.publish()
        _finish(tools, [one.issuance for one in signed], progress)
        return
    except TakenBackError as error:
        _finish(tools, [one.issuance for one in signed if one.issuance.id not in error.ids], progress)
        return
    tools.record.publish()
    tools.register.advance([one.issuance for one in signed], State.RECORDED, indexes)
    # 8. Prove: the inclusion proof goes into the seal. 9. Release: only what anybody can verify now, from the public
    # files alone, is given out.
    released = [
        one.issuance for one, index in zip(signed, indexes, strict=True) if _release(tools, one, index)
    ]
    tools.register.advance(released, State.RELEASED)
    for issuance in released:
        tools.work.remove(issuance.id)
        progress(issuance)


@dataclass(frozen=True, slots=True)
class _Signed:
    issuance: Issuance
    document: SignedDocument
    entry: Issued
    checked_at: int | None
    """The size of the record that it was checked against; None where it is on record already."""


def _not_held(tools: IssuingTools, chunk: Sequence[Issuance]) -> list[Issuance]:
    """Return what may go on: of documents whose window is over, those that say what is approved now."""
    stood = [one for one in chunk if one.releases_at is not None and tools.record.find(one.id) is None]
    held = tools.why_held(stood) if stood else {}
    for issuance in stood:
        if (why := held.get(issuance.id)) is not None:
            tools.register.fail(issuance, why.code, why.text)
    return [one for one in chunk if one.id not in held]


def _sign(tools: IssuingTools, issuance: Issuance, progress: Callable[[Issuance], None]) -> _Signed | None:
    """Steps 4 to 6 for one document; None where it failed or waits, with the reason kept, or stands for a while."""
    try:
        # A crash may have come between the entry and the note of it: what is on record is never signed anew.
        if tools.record.find(issuance.id) is not None:
            return _make(tools, issuance)
        tools.work.forget_old_seal(issuance.id, now=tools.now())
        signed = _make_sound(tools, issuance)
        releases_at = _window_after(tools, signed)
        if releases_at is None:
            tools.register.advance([issuance], State.SIGNED)
            return signed
        # From here on it stands signed: a crash leaves it so, and nothing of it is on record before the window is over.
        tools.register.begin_window(issuance, releases_at)
    except (DatabaseAwayError, DiskFullError):
        raise
    except HocbaError as error:
        tools.register.fail(issuance, error.code, error.text)
        return None
    progress(replace(issuance, state=State.SIGNED, releases_at=releases_at, failure=None, failure_code=None))
    return None


def _window_after(tools: IssuingTools, signed: _Signed) -> int | None:
    """Return when the window of a document ends that begins now; None for none, or where it has had one.

    It begins once: a seal that is made anew after it is over the same page.
    """
    has_stood = signed.issuance.state is not State.RESERVED
    if has_stood or not tools.grace or signed.entry.relation not in _WITH_GRACE:
        return None
    return int((tools.now() + tools.grace).timestamp())


def _make_sound(tools: IssuingTools, issuance: Issuance) -> _Signed:
    """Make a document and check it; where its keys may have been replaced meanwhile, once more with the present ones.

    Signatures thrown away here are of a document that is not on record, so it was never issued and never given out.
    """
    is_older = tools.work.holds(issuance.id)
    try:
        return _check(tools, _make(tools, issuance))
    except (SignatureAwaitedError, AwaitedProofError, TokenError, DatabaseAwayError, DiskFullError):
        # Elsewhere, not to be had, pulled, away or full, not replaced: what was prepared waits for it.
        raise
    except HocbaError:
        if not (tools.keys.reopen(issuance.school_code) or is_older):
            raise
        tools.work.remove(issuance.id)
        return _check(tools, _make(tools, issuance))


def _make(tools: IssuingTools, issuance: Issuance) -> _Signed:
    # 4. Render, from the frozen data only. 5. Sign: prepared bytes are stored first.
    transcript = parse_transcript(issuance.data)
    document = tools.work.sign(
        issuance.id,
        lambda: tools.render(transcript, _qr(tools, issuance)),
        lambda: _signers(tools, issuance.school_code, transcript),
        now=tools.now(),
    )
    return _Signed(issuance, document, _entry(tools, issuance, transcript, document), None)


def _signers(tools: IssuingTools, school: str, transcript: Transcript) -> SchoolSigners:
    """Return the signers of a document: the person must be the one whom its frozen page names."""
    signers, named = tools.keys.signers(school), transcript.signatory
    if signers.signatory != named:
        raise ServiceError(
            "signatory-changed",
            f"Trang học bạ đã giữ chỗ mang tên {named.name}, nhưng nay người ký là {signers.signatory.name}. Hãy để "
            f"{named.name} ký (hocba delegation), hoặc nhập lại dữ liệu đã sửa.",
            f"The page that is reserved names {named.name}, but {signers.signatory.name} signs now. Have {named.name} "
            "sign it (hocba delegation), or import mended data.",
        )
    return signers


def _check(tools: IssuingTools, signed: _Signed) -> _Signed:
    # 6. Self-check: page, data and QR agree, and a verifier would find nothing amiss once the entry is written.
    transcript, qr = parse_transcript(signed.issuance.data), _qr(tools, signed.issuance)
    tools.check_page(signed.document.pdf, transcript, qr)
    try:
        checked_at = tools.check_own(signed.document.pdf, transcript, qr, signed.entry)
    except FindingError as finding:
        raise ServiceError(
            "self-check-failed",
            f"Học bạ vừa ký chưa qua kiểm tra nên chưa cấp. {finding.text.vi}",
            f"The signed transcript does not pass its checks and was not issued. {finding.text.en}",
        ) from finding
    return replace(signed, checked_at=checked_at)


def _entry(
    tools: IssuingTools, issuance: Issuance, transcript: Transcript, document: SignedDocument
) -> Issued:
    return Issued(
        time=int(tools.now().timestamp()),
        school=issuance.school_code,
        sid=sid(issuance.serial),
        pdf=document.seal_digest,
        claims=sha256(issuance.claims).digest(),
        data=sha256(issuance.data).digest(),
        list_id=issuance.list_id,
        status_index=issuance.status_index,
        profile=transcript.profile,
        relation=_RELATIONS[transcript.relation.kind],
        reference=None if issuance.reference is None else Reference(issuance.reference),
    )


def _release(tools: IssuingTools, signed: _Signed, index: int) -> bool:
    issuance, path = signed.issuance, released_path(tools.released, signed.issuance)
    # A crash may have come between the release and the note of it: a released file never changes again.
    is_released = path.exists()
    try:
        pdf = (
            path.read_bytes()
            if is_released
            else tools.work.prove(issuance.id, lambda: format_proof(tools.record.prove(index)))
        )
    except HocbaError as error:
        tools.register.fail(issuance, error.code, error.text)
        return False
    verdict = tools.verify_known(pdf)
    if verdict.verdict is not VerdictCode.VALID:
        text = verdict.verdict.headline
        refusal = ServiceError(
            "release-refused",
            f"Đã ghi sổ nhưng chưa phát hành vì kết quả kiểm tra là: {text.vi}. Hệ thống sẽ thử lại ở lần cấp sau.",
            f"Recorded but not released, since it verifies as: {text.en}. The next issuing tries again.",
        )
        tools.register.fail(issuance, refusal.code, refusal.text)
        return False
    tools.work.release(issuance.id, path)
    return True


def released_path(folder: Path, issuance: Issuance) -> Path:
    """Return where a released document lies; its name tells the serial and nothing about the child."""
    return folder / f"{display_serial(issuance.serial)}.pdf"


def _qr(tools: IssuingTools, issuance: Issuance) -> QRAddress:
    key = tools.keys.credential()
    return QRAddress(tools.qr_host, issuance.serial, sign1(issuance.claims, key.key_id, key.sign))


def sweep(register: Register, work: WorkFolder) -> None:
    """Remove the work files of documents that are released, or that were let go of: a crash may have left them."""
    for issuance_id in register.ended_of(work.leftovers()):
        work.remove(issuance_id)


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _nothing_to_issue(batch: Batch) -> ServiceError:
    return ServiceError(
        "nothing-to-issue",
        f"Không có học sinh nào của năm học {batch.school_year} để cấp; hãy nhập dữ liệu, hoặc xem lại tên lớp.",
        f"No student of school year {batch.school_year} to issue for; import data, or check class and student code.",
    )
