"""Extracts of an issued transcript: one school year (trích lục), or the summary for a transfer.

Taken from the data of a released transcript that stands, never from drafts, and issued in the steps 3 to 9 like any
document: with a serial, a QR code, signatures, an entry in the record. The entry names its source, and an extract is
worth what its source is worth (docs/formats/record.md). One that a crash left is finished before another is begun.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from schemas.claims import claims_of, format_claims
from schemas.profiles import EXTRACT_PROFILE, EXTRACT_PROFILES, SUMMARY_PROFILE
from schemas.serial import draw_serial
from schemas.transcript.model import (
    Learner,
    PrimaryYear,
    Relation,
    RelationKind,
    StatusReference,
    Transcript,
    Year,
    format_transcript,
    parse_transcript,
)
from schemas.vietnam_time import day_in_vietnam
from service.errors import ServiceError
from service.issuing import finish_documents
from service.issuing_tools import IssuingTools
from service.pdf.page import TEMPLATE
from service.pdf.primary_page import GROUPS
from service.reserving import draw_status_index
from service.storage.changes import key_reused
from service.storage.records import LIST_ID, Batch, Issuance, Standing, State
from service.storage.register import Register

_NOT_IN_AN_EXTRACT = ("personal_id", "record_code", "policy_category", "father", "mother", "guardian")
"""What an extract does not need to say of a learner: whoever is shown one year gets no more than that."""


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What is asked for: one school year of a student's transcript; with none named, the summary for a transfer."""

    school_code: str
    student_code: str
    school_year: str | None = None
    idempotency_key: str | None = None
    """Whoever asks again with the same key gets the document of the first time; with none, each call makes its own."""

    @property
    def profile(self) -> int:
        """The profile of the document."""
        return SUMMARY_PROFILE if self.school_year is None else EXTRACT_PROFILE


def issue_extract(tools: IssuingTools, request: ExtractRequest) -> Issuance:
    """Issue one, or finish one that an earlier run left; returns it as far as it got, a failure with it.

    Raises:
        ServiceError: `nothing-to-extract`, `idempotency-key-reused`.
    """
    register, key = tools.register, _batch_key(request)
    batch = register.batch_of_key(request.school_code, key) if key else None
    issuance = _of_batch(register, request, batch) if batch else None
    if issuance is None:
        source = _source(register, request)
        if key is None:
            issuance = _unfinished(register, request, source)
        issuance = issuance or _reserved(tools, request, source, batch, key)
    finish_documents(tools, [issuance], lambda _: None)
    return register.issuance(request.school_code, issuance.id) or issuance


def _batch_key(request: ExtractRequest) -> str | None:
    """Return the key under which the request is kept, of a length of its own and beside those of whole batches."""
    key = request.idempotency_key
    return None if key is None else f"extract/{sha256(key.encode()).hexdigest()}"


def _of_batch(register: Register, request: ExtractRequest, batch: Batch) -> Issuance | None:
    """Return the document of an earlier request; none where a crash left nothing but the request."""
    documents = register.documents(request.school_code, batch.student_code or "")
    made = next((one for one in documents if one.batch_id == batch.id), None)
    asked_before = (batch.student_code, made.profile if made else request.profile)
    same_year = request.school_year in {None, batch.school_year}
    if asked_before != (request.student_code, request.profile) or not same_year:
        raise key_reused()
    return made


def _source(register: Register, request: ExtractRequest) -> Issuance:
    """Return the student's newest transcript that stands and holds the year."""
    for one in reversed(register.documents(request.school_code, request.student_code)):
        if one.profile in EXTRACT_PROFILES or not one.is_current or one.log_index is None:
            continue
        years = [year.school_year for year in parse_transcript(one.data).years]
        if request.school_year is None or request.school_year in years:
            return one
    of_year = f" có năm học {request.school_year}" if request.school_year else ""
    with_year = f" with the school year {request.school_year}" if request.school_year else ""
    raise ServiceError(
        "nothing-to-extract",
        f"Học sinh mã {request.student_code} chưa có học bạ đã cấp, đang có hiệu lực{of_year}; hãy cấp học bạ trước "
        "(hocba issue), hoặc xem lại mã học sinh và năm học.",
        f"Student {request.student_code} has no issued transcript in force{with_year}; issue it first (hocba issue), "
        "or check the student's code and the year.",
    )


def _unfinished(register: Register, request: ExtractRequest, source: Issuance) -> Issuance | None:
    mine = (
        one
        for one in register.documents(request.school_code, request.student_code)
        if one.profile == request.profile
        and one.reference == source.log_index
        and one.school_year == (request.school_year or source.school_year)
        and one.state not in {State.RELEASED, State.ABANDONED}
        and one.standing is Standing.CURRENT
    )
    return next(mine, None)


def _reserved(
    tools: IssuingTools, request: ExtractRequest, source: Issuance, batch: Batch | None, key: str | None
) -> Issuance:
    # 3. Reserve: after this commit a crash leaves evidence of intent, and the data are frozen.
    now, register = tools.now(), tools.register
    school, signatory = register.signing(request.school_code, day_in_vietnam(now))
    said = parse_transcript(source.data)
    transcript = said.model_copy(
        update={
            "profile": request.profile,
            "template": TEMPLATE,
            "serial": draw_serial(tools.token_bytes),
            "nonce": tools.token_bytes(16).hex(),
            "issued_at": now,
            "relation": Relation(
                kind=RelationKind.EXTRACTS, serial=source.serial, data=sha256(source.data).hexdigest()
            ),
            "status": StatusReference(list_id=LIST_ID, index=draw_status_index(register, tools.token_bytes)),
            "issuer": school,
            "signatory": signatory,
            **taken_from(said, request.school_year),
        }
    )
    of_year = (request.school_code, request.student_code, request.school_year or source.school_year)
    issuance = _row(
        request,
        source,
        transcript,
        batch_id=batch.id if batch else tools.token_bytes(16).hex(),
        version=register.versions(*of_year) + 1,
        token_bytes=tools.token_bytes,
    )
    if batch is None:
        register.open_batch(_batch(issuance, key, now))
    register.reserve([issuance])
    return issuance


def taken_from(said: Transcript, school_year: str | None) -> dict[str, Learner | tuple[Year, ...]]:
    """Return the learner and the years of an extract of one year, word for word; or of the summary for a transfer.

    The summary has all years without what teachers wrote in words, and without health and confirmations.
    """
    if school_year is None:
        return {"learner": said.learner, "years": tuple(map(_summarised, said.years))}
    return {
        "learner": said.learner.model_copy(update=dict.fromkeys(_NOT_IN_AN_EXTRACT)),
        "years": tuple(year for year in said.years if year.school_year == school_year),
    }


def _summarised(year: Year) -> Year:
    wordless = {"remark": None}
    if isinstance(year, PrimaryYear):
        groups = [GROUPS[group] for group in year.traits]
        return year.model_copy(
            update={
                "confirmations": (),
                "height_cm": None,
                "weight_kg": None,
                "subjects": tuple(row.model_copy(update=wordless) for row in year.subjects),
                **{group: getattr(year, group).model_copy(update=wordless) for group in groups},
            }
        )
    return year.model_copy(
        update={
            "confirmations": (),
            "homeroom_remark": None,
            "subjects": tuple(row.model_copy(update=wordless) for row in year.subjects),
        }
    )


def _row(
    request: ExtractRequest,
    source: Issuance,
    transcript: Transcript,
    *,
    batch_id: str,
    version: int,
    token_bytes: Callable[[int], bytes],
) -> Issuance:
    data = format_transcript(transcript)
    parse_transcript(data)
    return Issuance(
        id=token_bytes(16).hex(),
        batch_id=batch_id,
        school_code=request.school_code,
        student_code=request.student_code,
        school_year=request.school_year or source.school_year,
        class_name=transcript.years[-1].class_name,
        version=version,
        serial=transcript.serial,
        list_id=transcript.status.list_id,
        status_index=transcript.status.index,
        issued_at=int(transcript.issued_at.timestamp()),
        data=data,
        claims=format_claims(claims_of(transcript, token_bytes(16))),
        reference=source.log_index,
        profile=request.profile,
    )


def _batch(issuance: Issuance, key: str | None, now: dt.datetime) -> Batch:
    return Batch(
        id=issuance.batch_id,
        school_code=issuance.school_code,
        idempotency_key=key or issuance.batch_id,
        school_year=issuance.school_year,
        class_name=None,
        student_code=issuance.student_code,
        created_at=int(now.timestamp()),
    )
