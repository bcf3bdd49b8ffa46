"""Step 3: freeze what will be signed, and claim a serial and a status index for it.

Nothing here writes: the caller commits the rows of intent before anything is rendered or signed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from hashlib import sha256

from schemas.claims import claims_of, format_claims
from schemas.record.entry import STATUS_LIST_LENGTH
from schemas.serial import draw_serial
from schemas.transcript.model import (
    SCHEMA,
    Kind,
    Relation,
    RelationKind,
    StatusReference,
    Transcript,
    YearTT22,
    format_transcript,
    parse_transcript,
)
from service.approving import Approval, check_approval, with_confirmations
from service.storage.records import LIST_ID, Batch, Issuance, StudentYear
from service.storage.register import Register


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
        approval: who approved these very rows.
        now: the time of issue.
        token_bytes: randomness.
        corrects: the document that the new one shall correct; else it continues the last one that stands, if any.

    Raises:
        ServiceError: what `check_approval` raises.
        SchemaError: the frozen data would not be a transcript.
    """
    check_approval(draft, approval)
    school, signatory = register.school(batch.school_code)
    student_code = draft.learner.student_code
    years = years_with(register, draft, corrects)
    earlier = corrects or register.latest(batch.school_code, student_code, before=draft.year.school_year)
    kind = RelationKind.CORRECTS if corrects else RelationKind.CONTINUES
    transcript = Transcript(
        schema_id=SCHEMA,
        kind=Kind.LOWER_SECONDARY,
        profile=1,
        serial=draw_serial(token_bytes),
        nonce=token_bytes(16).hex(),
        issued_at=now,
        relation=_relation(kind, earlier),
        status=StatusReference(list_id=LIST_ID, index=_draw_status_index(register, token_bytes)),
        issuer=school,
        signatory=signatory,
        learner=draft.learner,
        years=tuple(with_confirmations(year, at=approval.approved_at) for year in years),
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


def years_with(
    register: Register, draft: StudentYear, corrects: Issuance | None = None
) -> tuple[YearTT22, ...]:
    """Return a student's years up to the draft's, oldest first, with the draft in its place.

    Where a school corrects a document of the school that it succeeds, the years before are those of that school.
    """
    code, last = draft.learner.student_code, draft.year.school_year
    schools = (corrects.school_code, draft.school_code) if corrects else (draft.school_code,)
    years = {
        year.year.school_year: year.year
        for school in schools
        for year in register.years_until(school, code, last)
    }
    years[last] = draft.year
    return tuple(years[year] for year in sorted(years))


def _relation(kind: RelationKind, earlier: Issuance | None) -> Relation:
    if earlier is None:
        return Relation(kind=RelationKind.FIRST)
    return Relation(kind=kind, serial=earlier.serial, data=sha256(earlier.data).hexdigest())


def _draw_status_index(register: Register, token_bytes: Callable[[int], bytes]) -> int:
    while True:
        index = int.from_bytes(token_bytes(3)) % STATUS_LIST_LENGTH
        if register.status_index_is_free(index):
            return index
