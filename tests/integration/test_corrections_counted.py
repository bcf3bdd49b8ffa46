"""The line of page A on corrections, in documents that were corrected."""

from __future__ import annotations

import io
from dataclasses import replace

from pypdf import PdfReader

from schemas.transcript.model import Corrections, parse_transcript
from service.correcting import confirm_correction
from service.issuing import released_path
from tests.support.changes import correction_request, draft, token
from tests.support.demonstration import Demonstration
from tests.support.transcripts import secondary


def test_corrected_places_are_counted_on_the_page(demonstration: Demonstration) -> None:
    """Page A says how many places were corrected and in which subject; a second correction adds to it."""
    said, shown = [], ""
    for remark in ("Đã tiến bộ.", "Đã tiến bộ nhiều."):
        known = draft(demonstration)
        first, *others = known.year.subjects
        rows = (first.model_copy(update={"remark": remark}), *others)
        data = replace(known, year=known.year.model_copy(update={"subjects": rows}))
        change = correction_request(demonstration, data=data)
        with demonstration.installation.correcting() as tools:
            _, new = confirm_correction(tools, token(demonstration, second=True), change.id)
        said.append(secondary(parse_transcript(new.data).years[-1]).corrections)
        pdf = released_path(demonstration.data / "issued", new).read_bytes()
        shown = " ".join(PdfReader(io.BytesIO(pdf)).pages[3].extract_text().split())
    assert said == [Corrections(count=1, subjects=("Ngữ văn",)), Corrections(count=2, subjects=("Ngữ văn",))]
    assert "Trong trang này có sửa chữa ở 2 chỗ, thuộc môn học: Ngữ văn." in shown
