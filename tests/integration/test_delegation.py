"""KT. HIỆU TRƯỞNG: a deputy signs while a delegation says so, and what the images of a school look like on the page."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import page as page_validation
import pikepdf
import pytest
from pypdf import PdfReader

from keys.keyring import DocumentRole
from schemas.pdf_profile import SignatureField
from schemas.record.statement import Role
from schemas.transcript.model import Signatory, parse_transcript
from schemas.verdict import VerdictCode
from schemas.vietnam_time import day_in_vietnam
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.issuing import released_path
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.signature_fields import BOXES
from service.pdf.signature_image import Ink, check_image
from service.sample import DEMO_SCHOOL, sample_class
from service.signers.school_signers import image_path
from service.storage.delegations import ON_BEHALF
from service.storage.records import Delegation, Issuance
from service.storage.register import Register
from tests.support.demonstration import SCHOOL, Demonstration, add_school
from tests.support.pictures import RED, picture, png
from tests.support.signers import issue_certificate, register
from tests.support.trail import BY

DEPUTY = Signatory(name="Lê Văn Phó", title="Phó Hiệu trưởng", on_behalf=ON_BEHALF)
OTHER = DEMO_SCHOOL[0].model_copy(update={"code": "KHAC-01"})


def _delegation(first: dt.date, last: dt.date, *, number: int = 1, school: str = SCHOOL) -> Delegation:
    return Delegation(f"{number:016}", school, DEPUTY, "12/QĐ-BM", first, last)


def _day(day: int) -> dt.date:
    return dt.date(2026, 11, day)


@pytest.fixture
def kept(demonstration: Demonstration) -> Register:
    """The register with a delegation from 10 to 20 November."""
    made = demonstration.installation.register
    made.put_delegation(_delegation(_day(10), _day(20)), by=BY)
    return made


@pytest.mark.parametrize(
    ("day", "name"),
    [(9, DEMO_SCHOOL[1].name), (10, DEPUTY.name), (20, DEPUTY.name), (21, DEMO_SCHOOL[1].name)],
)
def test_deputy_signs_from_the_first_day_to_the_last(kept: Register, day: int, name: str) -> None:
    """Both days belong to the delegation."""
    assert kept.signing(SCHOOL, _day(day))[1].name == name


def test_day_is_that_of_vietnam() -> None:
    """At 17:00 UTC the next day begins."""
    late = dt.datetime(2026, 11, 9, 16, 59, tzinfo=dt.UTC)
    assert day_in_vietnam(late) == _day(9)
    assert day_in_vietnam(late + dt.timedelta(minutes=1)) == _day(10)


def test_delegation_ended_early(kept: Register) -> None:
    """From the day of its end the principal signs, its days are free again, and it stays on record."""
    kept.end_delegation(SCHOOL, f"{1:016}", day=_day(15), by=BY)
    assert [kept.signing(SCHOOL, _day(day))[1].on_behalf for day in (14, 15)] == [ON_BEHALF, None]
    kept.put_delegation(_delegation(_day(15), _day(16), number=2), by=BY)
    assert [(one.last_in_force, one.decision) for one in kept.delegations(SCHOOL)] == [
        (_day(14), "12/QĐ-BM"),
        (_day(16), "12/QĐ-BM"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(20, 25, "delegation-overlaps"), (1, 10, "delegation-overlaps"), (25, 24, "delegation-dates")],
)
def test_delegation_that_cannot_be(kept: Register, first: int, last: int, code: str) -> None:
    """Two deputies on one day, or an end before the beginning, are refused."""
    with pytest.raises(ServiceError) as refusal:
        kept.put_delegation(_delegation(_day(first), _day(last), number=2), by=BY)
    assert refusal.value.code == code


def test_schools_are_kept_apart(kept: Register) -> None:
    """A delegation is its school's alone, and no other ends it; an ended one does not end again."""
    add_school(kept, OTHER)
    assert kept.delegations(OTHER.code) == ()
    kept.put_delegation(_delegation(_day(10), _day(20), number=2, school=OTHER.code), by=BY)
    for school, number, day in ((OTHER.code, 1, 12), (SCHOOL, 1, 21), (SCHOOL, 3, 12)):
        with pytest.raises(ServiceError) as refusal:
            kept.end_delegation(school, f"{number:016}", day=_day(day), by=BY)
        assert refusal.value.code == "delegation-unknown"
    assert kept.signing(SCHOOL, _day(12))[1] == DEPUTY


@pytest.fixture
def delegated(demonstration: Demonstration) -> Demonstration:
    """A class that waits, and a deputy with a registered certificate who signs today."""
    workbook = sample_class(1, class_name="6B", first_student=101)
    assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    register(demonstration, issue_certificate(demonstration, DocumentRole.DEPUTY, DEPUTY.name), Role.DEPUTY)
    today = day_in_vietnam(demonstration.clock())
    demonstration.installation.register.put_delegation(_delegation(today, today), by=BY)
    return demonstration


def test_deputy_issues(delegated: Demonstration) -> None:
    """The page names the deputy under KT. HIỆU TRƯỞNG, the deputy's certificate signs, and everybody finds it valid."""
    (issuance,) = _issue(delegated)
    assert parse_transcript(issuance.data).signatory == DEPUTY
    pdf = _released(delegated, issuance)
    verdict = delegated.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert verdict.signatures[0].signer == DEPUTY.name
    text = PdfReader(io.BytesIO(pdf)).pages[-1].extract_text()
    assert text.index(ON_BEHALF) < text.index("PHÓ HIỆU TRƯỞNG") < text.index(DEPUTY.name)


def test_principal_signs_again_after_it(delegated: Demonstration) -> None:
    """When the delegation has ended, the principal's own certificate signs."""
    register_ = delegated.installation.register
    register_.end_delegation(SCHOOL, f"{1:016}", day=day_in_vietnam(delegated.clock()), by=BY)
    (issuance,) = _issue(delegated)
    verdict = delegated.verify(_released(delegated, issuance))
    assert verdict.signatures[0].signer == DEMO_SCHOOL[1].name


def test_deputy_without_a_key_refuses_the_batch(delegated: Demonstration) -> None:
    """While a deputy is delegated, the principal's key does not stand in."""
    (delegated.data / "keys/deputy" / f"{SCHOOL}.p12").unlink()
    with pytest.raises(ServiceError) as refusal:
        _issue(delegated)
    assert refusal.value.code == "key-file-missing"
    assert refusal.value.text.vi.startswith("Phó hiệu trưởng ký thay")


def test_page_that_names_another_waits(delegated: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page reserved for one signatory is never signed by another; with the first one it is issued."""
    with monkeypatch.context() as patch:
        patch.setattr("service.signing.WorkFolder.sign", _stop)
        delegated.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    register_ = delegated.installation.register
    register_.end_delegation(SCHOOL, f"{1:016}", day=day_in_vietnam(delegated.clock()), by=BY)
    report = delegated.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [one.failure_code for one in report.failed] == ["signatory-changed"]
    today = day_in_vietnam(delegated.clock())
    register_.put_delegation(_delegation(today, today, number=2), by=BY)
    (issuance,) = _issue(delegated)
    assert delegated.verify(_released(delegated, issuance)).verdict is VerdictCode.VALID


def test_images_are_shown(delegated: Demonstration) -> None:
    """A school's images stand in the panels; the document keeps to PDF/A-3a and PDF/UA-1, and is valid."""
    _hand_in(delegated)
    (issuance,) = _issue(delegated)
    pdf = _released(delegated, issuance)
    assert delegated.verify(pdf).verdict is VerdictCode.VALID
    for profile in ("3a", "ua1"):
        rules = {one.rule_id for one in page_validation.validate_pdf_bytes(pdf, profile=profile).failures}
        assert all(rule.endswith("SIGNATURE-BYTERANGE-001") for rule in rules)
    assert _images(pdf) == [(150, 50), (360, 360)]


def test_image_panels_keep_their_size(tmp_path: Path) -> None:
    """With an image a panel has the size of its field: the seal's 36 mm are true."""
    signature, seal = tmp_path / "principal.png", tmp_path / "seal.png"
    signature.write_bytes(check_image(png(picture(size=(300, 100))), Ink.BLUE))
    seal.write_bytes(check_image(png(picture(RED, size=(360, 360))), Ink.RED, square=True))
    panels = {
        SignatureField.PRINCIPAL: principal_panel("Nguyễn Thị Hạnh", "Hiệu trưởng", signature),
        SignatureField.SEAL: seal_panel("Trường THCS Á", seal),
    }
    for field, panel in panels.items():
        (only,) = PdfReader(io.BytesIO(panel.pdf)).pages
        box = BOXES[field]
        assert [float(side) for side in only.mediabox[2:]] == pytest.approx(
            [box[2] - box[0], box[3] - box[1]], abs=0.01
        )
    assert (
        "Ký bởi: Nguyễn Thị Hạnh"
        in PdfReader(io.BytesIO(panels[SignatureField.PRINCIPAL].pdf)).pages[0].extract_text()
    )


def _issue(school: Demonstration) -> tuple[Issuance, ...]:
    report = school.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert report.failed == (), report.failed[0].failure
    return report.released


def _released(school: Demonstration, issuance: Issuance) -> bytes:
    return released_path(school.data / "issued", issuance).read_bytes()


def _hand_in(school: Demonstration) -> None:
    images = {
        DocumentRole.DEPUTY: check_image(png(picture(size=(300, 100))), Ink.BLUE),
        DocumentRole.SEAL: check_image(png(picture(RED, size=(360, 360))), Ink.RED, square=True),
    }
    for role, image in images.items():
        path = image_path(school.data, role, SCHOOL)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)


def _images(pdf: bytes) -> list[tuple[int, int]]:
    """Return the sizes of the images in the appearances of the signatures."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [
            (int(one.Width), int(one.Height))
            for field in list(opened.Root.AcroForm.Fields)
            for one in dict(field.AP.N.Resources.get("/XObject", pikepdf.Dictionary())).values()
            if one.Subtype == "/Image"
        ]


def _stop(*_: object, **__: object) -> None:
    raise ServiceError("stopped", "Dừng.", "Stopped.")
