"""The transcript that would be issued of a draft, for looking at before anybody approves it."""

from __future__ import annotations

import datetime as dt

from schemas.transcript.model import (
    SCHEMA,
    Confirmation,
    Relation,
    RelationKind,
    StatusReference,
    Transcript,
    Year,
    kind_of,
    parse_transcript,
)
from schemas.vietnam_time import day_in_vietnam
from service.approvals.approved import confirmations_so_far
from service.approvals.board import ClassBoard
from service.page_corrections import with_corrections
from service.pdf.draft import DRAFT_SERIAL
from service.pdf.page import TEMPLATE
from service.reserving import earlier_document, years_with
from service.storage.records import LIST_ID
from service.storage.register import Register


def previewed(register: Register, board: ClassBoard, student_code: str, *, now: dt.datetime) -> Transcript:
    """Return what would be issued of a student's draft now, with the confirmations that it has so far.

    Raises:
        ServiceError: `student-not-in-class`.
    """
    draft = board.draft(student_code)
    years = years_with(register, draft)
    earlier = earlier_document(register, board.school_code, draft, years)
    said = parse_transcript(earlier.data) if earlier else None
    if said and said.kind is not kind_of(draft.year.grade):
        said = None
    school, signatory = register.signing(board.school_code, day_in_vietnam(now))
    of_draft = confirmations_so_far(board, student_code)

    def shown(year: Year) -> Year:
        if year.source:
            return year
        confirmations: tuple[Confirmation, ...] = of_draft if year is draft.year else ()
        return with_corrections(year, said).model_copy(update={"confirmations": confirmations})

    return Transcript(
        schema_id=SCHEMA,
        kind=kind_of(draft.year.grade),
        profile=1,
        template=TEMPLATE,
        serial=DRAFT_SERIAL,
        nonce="0" * 32,
        issued_at=now,
        relation=Relation(kind=RelationKind.FIRST),
        status=StatusReference(list_id=LIST_ID, index=0),
        issuer=school,
        signatory=signatory,
        learner=draft.learner,
        years=tuple(shown(year) for year in years),
        change_trail=draft.trail or "0" * 64,
    )
