"""Step 3: which documents are missing; freeze what will be signed, and claim a serial and a status index for it.

Nothing here writes: the caller commits the rows of intent before anything is rendered or signed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from schemas.claims import claims_of, format_claims
from schemas.letters import strange_letter
from schemas.profiles import EXTRACT_PROFILES
from schemas.record.entry import STATUS_LIST_LENGTH
from schemas.serial import draw_serial
from schemas.transcript.model import (
    SCHEMA,
    Learner,
    PrimaryYear,
    Relation,
    RelationKind,
    StatusReference,
    Transcript,
    Year,
    format_transcript,
    kind_of,
    parse_transcript,
)
from schemas.vietnam_time import day_in_vietnam
from service.approvals.approved import Approval, check_approval, confirmations_of
from service.errors import ServiceError
from service.page_corrections import with_corrections
from service.pdf.page import TEMPLATE
from service.storage.records import LIST_ID, Batch, Issuance, Standing, State, StudentYear
from service.storage.register import Register

EARLIER_STANDS: Final = "earlier-year-in-window"
"""Why a student waits whose document of a year before is signed and not recorded yet: this one continues it."""
STRANGE_NAME: Final = "text-strange-letter"
"""Why a student waits whose name, or school's or principal's, has a letter that only looks Latin (drafts of before)."""


def missing_documents(register: Register, batch: Batch, drafts: Sequence[StudentYear]) -> list[StudentYear]:
    """Return the drafts that a batch is to make documents of: those without one, and those that are wanted anew."""
    newest = {
        issuance.student_code: issuance
        for issuance in register.issuances(batch.school_code, batch.school_year)
    }
    return [
        draft
        for draft in drafts
        if (known := newest.get(draft.learner.student_code)) is None or _is_wanted_anew(known, batch, draft)
    ]


def is_signing_needed(register: Register, batch: Batch) -> bool:
    """Whether a batch has documents to sign; one that only finishes what is on record or stands signed needs no key."""
    drafts = register.student_years(
        batch.school_code, batch.school_year, class_name=batch.class_name, student_code=batch.student_code
    )
    wanted = {draft.learner.student_code for draft in drafts}
    return bool(missing_documents(register, batch, drafts)) or any(
        one.school_year == batch.school_year
        and one.student_code in wanted
        and (one.state is State.RESERVED or (one.state is State.SIGNED and not one.stands_signed))
        for one in register.unfinished(batch.school_code)
    )


def _is_wanted_anew(issuance: Issuance, batch: Batch, draft: StudentYear) -> bool:
    """Whether the document was revoked, and the student is to have another: mended data, or asked for by name."""
    if issuance.standing is not Standing.REVOKED or issuance.ended_at is None:
        return False
    # A repeated request never issues anew what was revoked after it.
    asked_for = batch.student_code is not None and batch.created_at >= issuance.ended_at
    said = parse_transcript(issuance.data)
    of_year = tuple(year for year in said.years if year.school_year == draft.year.school_year)
    return asked_for or not says(said.model_copy(update={"years": of_year}), draft.learner, (draft.year,))


def says(transcript: Transcript, learner: Learner, years: Sequence[Year]) -> bool:
    """Whether a document says of a learner what people say now: what the issuing adds to their words is left out."""
    return (transcript.learner, _unconfirmed(transcript.years)) == (learner, _unconfirmed(years))


def _unconfirmed(years: Sequence[Year]) -> list[Year]:
    issued = {"confirmations": ()}
    return [
        year.model_copy(update=issued if isinstance(year, PrimaryYear) else issued | {"corrections": None})
        for year in years
    ]


def reserve(
    register: Register,
    batch: Batch,
    draft: StudentYear,
    approval: Approval,
    *,
    now: dt.datetime,
    token_bytes: Callable[[int], bytes],
    corrects: Issuance | None = None,
) -> Issuance:
    """Return the row of intent for one draft: its transcript and claims as bytes that never change again.

    Args:
        register: where years before the draft's and earlier documents are.
        batch: what asked for it.
        draft: the year as it shall be; the register's own row of that year is not looked at.
        approval: who confirmed and approved these very rows.
        now: the time of issue.
        token_bytes: randomness.
        corrects: the document that the new one shall correct; else it continues the last one that stands, if any, here
            or at the school that years were taken over from.

    Raises:
        ServiceError: what `check_approval` and `confirmations_of` raise; `earlier-year-in-window`;
            `text-strange-letter`.
        SchemaError: the frozen data would not be a transcript.
    """
    check_approval(draft, approval)
    school, signatory = register.signing(batch.school_code, day_in_vietnam(now))
    student_code = draft.learner.student_code
    _check_letters(student_code, draft.learner.full_name, school.name, signatory.name)
    if corrects is None:
        _check_no_earlier_stands(register, batch.school_code, draft)
    years = years_with(register, draft, corrects)
    level = kind_of(draft.year.grade)
    earlier = corrects or earlier_document(register, batch.school_code, draft, years)
    said = parse_transcript(earlier.data) if earlier else None
    if said and said.kind is not level:
        # The document of another level is complete: each level begins one of its own.
        earlier = said = None
    relation = RelationKind.CORRECTS if corrects else RelationKind.CONTINUES
    transcript = Transcript(
        schema_id=SCHEMA,
        kind=level,
        profile=1,
        template=TEMPLATE,
        serial=draw_serial(token_bytes),
        nonce=token_bytes(16).hex(),
        issued_at=now,
        relation=_relation(relation, earlier),
        status=StatusReference(list_id=LIST_ID, index=draw_status_index(register, token_bytes)),
        issuer=school,
        signatory=signatory,
        learner=draft.learner,
        years=tuple(
            # Who confirmed a year at another school stands in that school's document.
            year if year.source else _confirmed(year, student_code, approval, said)
            for year in years
        ),
        change_trail=draft.trail,
    )
    data = format_transcript(transcript)
    parse_transcript(data)
    return Issuance(
        id=token_bytes(16).hex(),
        batch_id=batch.id,
        school_code=batch.school_code,
        student_code=student_code,
        school_year=draft.year.school_year,
        class_name=draft.class_name,
        version=register.versions(batch.school_code, student_code, draft.year.school_year) + 1,
        serial=transcript.serial,
        list_id=transcript.status.list_id,
        status_index=transcript.status.index,
        issued_at=int(now.timestamp()),
        data=data,
        claims=format_claims(claims_of(transcript, token_bytes(16))),
        reference=earlier.log_index if earlier else None,
    )


def _check_letters(student_code: str, *names: str) -> None:
    """Refuse what no import and no page would take today: a name that passes for another is not signed."""
    for name in names:
        strange = strange_letter(name)
        if strange is not None:
            raise ServiceError(
                STRANGE_NAME,
                f"Học bạ của học sinh mã {student_code}, tên “{name}”: {strange.vi}",
                f"The transcript of student {student_code}, the name “{name}”: {strange.en}",
            )


def _check_no_earlier_stands(register: Register, school: str, draft: StudentYear) -> None:
    code, school_year = draft.learner.student_code, draft.year.school_year
    for one in register.documents(school, code):
        if one.stands_signed and one.profile not in EXTRACT_PROFILES and one.school_year < school_year:
            raise ServiceError(
                EARLIER_STANDS,
                f"Học bạ {one.school_year} của học sinh mã {code} đã ký, chưa phát hành; hãy phát hành hoặc lấy lại "
                f"bản đó trước, rồi cấp học bạ {school_year}.",
                f"The transcript {one.school_year} of student {code} is signed and not released; release it or take it "
                f"back first, then issue that of {school_year}.",
            )


def _confirmed(year: Year, student_code: str, approval: Approval, said: Transcript | None) -> Year:
    """Return the year with what was corrected in it, and with who confirmed it."""
    before = next((one for one in said.years if one.school_year == year.school_year), None) if said else None
    confirmations = confirmations_of(student_code, year, approval, before)
    return with_corrections(year, said).model_copy(update={"confirmations": confirmations})


def years_with(register: Register, draft: StudentYear, corrects: Issuance | None = None) -> tuple[Year, ...]:
    """Return a student's years of the draft's level up to the draft's, oldest first, with the draft in its place.

    Where a school corrects a document of the school that it succeeds, the years before are those of that school.
    """
    code, last = draft.learner.student_code, draft.year.school_year
    schools = (corrects.school_code, draft.school_code) if corrects else (draft.school_code,)
    years = {
        year.year.school_year: year.year
        for school in schools
        for year in register.years_until(school, code, last)
        if kind_of(year.year.grade) is kind_of(draft.year.grade)
    }
    years[last] = draft.year
    return tuple(years[year] for year in sorted(years))


def earlier_document(
    register: Register, school: str, draft: StudentYear, years: Sequence[Year]
) -> Issuance | None:
    """Return the document that a new one continues: the school's last, or a newer one that years were taken from."""
    own = register.latest(school, draft.learner.student_code, before=draft.year.school_year)
    sources = [year.source for year in years if year.source]
    taken = register.issuance_of_source(sources[-1].serial) if sources else None
    if own is None or (taken is not None and taken.school_year > own.school_year):
        return taken
    return own


def _relation(kind: RelationKind, earlier: Issuance | None) -> Relation:
    if earlier is None:
        return Relation(kind=RelationKind.FIRST)
    return Relation(kind=kind, serial=earlier.serial, data=sha256(earlier.data).hexdigest())


def draw_status_index(register: Register, token_bytes: Callable[[int], bytes]) -> int:
    """Return a status index that no document has, or had."""
    while True:
        index = int.from_bytes(token_bytes(3)) % STATUS_LIST_LENGTH
        if register.status_index_is_free(index):
            return index
