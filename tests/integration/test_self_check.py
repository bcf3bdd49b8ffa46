"""The self-check finds each disagreement between page, attached data and QR."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from schemas.qr import QRAddress
from schemas.transcript.model import Levels, Promotion, Transcript, format_transcript
from schemas.transcript.rulesets.tt22_2021 import Level
from service.errors import ServiceError
from service.self_check import check_document
from tests.support.signed_pages import renderer, signed_page, unsigned_page
from tests.support.transcripts import sample_learner, sample_qr, sample_rows, sample_transcript, sample_year


def _refused(pdf: bytes, transcript: Transcript | None = None, qr: QRAddress | None = None) -> str:
    transcript = transcript or sample_transcript()
    with pytest.raises(ServiceError) as refusal:
        check_document(pdf, transcript, qr or sample_qr(transcript))
    return refusal.value.code


def _edited(edit: Callable[[pikepdf.Pdf], None], pdf: bytes | None = None) -> bytes:
    with pikepdf.open(io.BytesIO(pdf or unsigned_page())) as opened:
        edit(opened)
        saved = io.BytesIO()
        opened.save(saved)
    return saved.getvalue()


def _showing(shown: Transcript) -> bytes:
    """Render a page of `shown` around the QR and the data of the sample."""

    def attach_the_sample(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AF[0].EF.F.write(format_transcript(sample_transcript()))

    return _edited(attach_the_sample, renderer().render(shown, sample_qr(sample_transcript())))


def test_signed_page_passes() -> None:
    """Page, data and QR of the unsigned and of the signed sample agree."""
    transcript = sample_transcript()
    for pdf in (unsigned_page(), signed_page("p-256").pdf):
        check_document(pdf, transcript, sample_qr(transcript))


def test_editing_alone_is_not_what_is_refused() -> None:
    """A page saved again without a change passes, so the refusals below are of what was changed."""
    transcript = sample_transcript()
    check_document(_showing(transcript), transcript, sample_qr(transcript))


@pytest.mark.parametrize("column", ["semester1", "semester2", "year", "reassessed"])
@pytest.mark.parametrize("row", [0, 7])
def test_another_mark_on_the_page_is_refused(row: int, column: str) -> None:
    """One mark that differs between page and data, in any column."""
    rows = list(sample_rows())
    rows[row] = rows[row].model_copy(update={column: "4.9"})
    assert (
        _refused(_showing(sample_transcript(years=(sample_year(subjects=tuple(rows)),)))) == "self-check-text"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"absences": 4},
        {"promotion": Promotion.NOT_PROMOTED},
        {"school_year": "2024-2025", "grade": 7},
        {"conduct": Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=Level.FAIR)},
        {"learning": Levels(semester1=Level.FAIR, semester2=Level.GOOD, year=Level.GOOD, after=Level.GOOD)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_result_on_the_page_is_refused(changes: dict[str, object]) -> None:
    """A level, the promotion, the absences or the year differ between page and data."""
    assert _refused(_showing(sample_transcript(years=(sample_year(**changes),)))) == "self-check-text"


@pytest.mark.parametrize(
    "changes", [{"full_name": "Nguyễn Hoàng Khánh Quỳn"}, {"birth_date": sample_year().approved_on}]
)
def test_another_learner_on_the_page_is_refused(changes: dict[str, object]) -> None:
    """Name or date of birth differ between page and data."""
    assert _refused(_showing(sample_transcript(learner=sample_learner(**changes)))) == "self-check-text"


def test_rows_swapped_between_years_are_refused() -> None:
    """The marks of one year under the heading of another are not found there."""
    good = sample_rows()
    poor = tuple(row.model_copy(update={"year": "5.0"}) if row.subject == "toan" else row for row in good)

    def of(first: tuple[object, ...], second: tuple[object, ...]) -> Transcript:
        return sample_transcript(
            years=(
                sample_year(school_year="2024-2025", grade=7, subjects=first),
                sample_year(subjects=second),
            )
        )

    right, wrong = of(good, poor), of(poor, good)

    def attach_the_right(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AF[0].EF.F.write(format_transcript(right))

    swapped = _edited(attach_the_right, renderer().render(wrong, sample_qr(right)))
    assert _refused(swapped, right) == "self-check-text"


def test_other_attached_data_are_refused() -> None:
    """Data that differ in one byte, a second attachment, and none at all."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AF[0].EF.F.write(format_transcript(sample_transcript()).replace(b"8.2", b"8.3"))

    def add(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["other.json"] = b"{}"

    def remove(pdf: pikepdf.Pdf) -> None:
        del pdf.attachments["transcript.json"]

    assert [_refused(_edited(edit)) for edit in (change, add, remove)] == ["self-check-attachment"] * 3


def test_another_qr_on_the_page_is_refused() -> None:
    """A page with the code of another host, or with none."""
    transcript = sample_transcript()
    signed = sample_qr(transcript)
    elsewhere = renderer().render(transcript, QRAddress("elsewhere.example", signed.serial, signed.payload))

    def remove(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[0].Resources.XObject

    assert [_refused(elsewhere), _refused(_edited(remove))] == ["self-check-qr"] * 2


@pytest.mark.parametrize("payload", ["another learner", "no COSE"])
def test_qr_with_other_claims_is_refused(payload: str) -> None:
    """The page shows the QR that was given, but that QR speaks of something else."""
    transcript = sample_transcript()
    other = sample_qr(sample_transcript(learner=sample_learner(full_name="Lê Văn Tám")))
    qr = QRAddress(other.host, other.serial, other.payload if payload == "another learner" else b"no COSE")
    assert _refused(renderer().render(transcript, qr), transcript, qr) == "self-check-claims"


@pytest.mark.parametrize(
    "unfit", [b"", b"%PDF-1.7\n", unsigned_page()[:2000]], ids=["empty", "header", "cut"]
)
def test_unreadable_file_is_refused(unfit: bytes) -> None:
    """What is no PDF is refused like any other fault, so that one document fails and not its batch."""
    assert _refused(unfit) == "self-check-unreadable"


def test_refusal_names_the_place_and_no_personal_data() -> None:
    """The sentence about a wrong row names subject and year, and neither marks nor people."""
    rows = (sample_rows()[0], sample_rows()[1].model_copy(update={"year": "4.9"}), *sample_rows()[2:])
    with pytest.raises(ServiceError) as refusal:
        check_document(
            _showing(sample_transcript(years=(sample_year(subjects=rows),))),
            sample_transcript(),
            sample_qr(sample_transcript()),
        )
    text = refusal.value.text
    assert "“Toán 2025-2026”" in text.vi
    assert not any(secret in text.vi + text.en for secret in ("4,9", "8,8", "Lê Quang Vũ", "Quỳnh"))
