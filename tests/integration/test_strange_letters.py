"""Letters that only look Latin, in names of learners, schools, people and statements: refused, on every way in."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from keys.registrar import sign_request
from schemas.errors import HocbaError
from schemas.record.statement import KeyState, Role
from schemas.record.statement_file import format_request
from service import school_settings
from service.demo import SCHOOL_YEAR
from service.people.accounts import parse_name
from service.sample import sample_class
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.record import ed25519_key, key_statement

STRANGE = "L\N{CYRILLIC SMALL LETTER A}n"
CODE = "text-strange-letter"
NAMED = "U+0430 CYRILLIC SMALL LETTER A"


def class_with_a_strange_name() -> tuple[bytes, str]:
    """Return a class of two, one of whom has a Cyrillic letter in the name wherever it stands; and that name."""
    book = openpyxl.load_workbook(io.BytesIO(sample_class(2, class_name="6B", first_student=101)))
    name = str(book["Học sinh"]["F2"].value)
    strange = f"{name} {STRANGE}"
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == name:
                    cell.value = strange
    target = io.BytesIO()
    book.save(target)
    return target.getvalue(), strange


def test_import_refuses_the_cell(demonstration: Demonstration) -> None:
    """The complaint names sheet, cell and character, in both languages."""
    workbook, _ = class_with_a_strange_name()
    report = demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=True)
    assert not report.ok
    found = [one for one in report.complaints if one.code == CODE]
    assert ("Học sinh", 2) in {(one.sheet, one.row) for one in found}
    assert all(NAMED in one.vi and NAMED in one.en for one in found)


def test_draft_of_before_waits_and_the_class_goes_on(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands in the register with such a name is not signed; the others of the class are."""
    workbook, strange = class_with_a_strange_name()
    with monkeypatch.context() as before:
        before.setattr("service.importing.values.strange_letter", lambda _: None)
        assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    report = demonstration.installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert (len(report.released), report.failed) == (1, ())
    (waiting,) = report.unapproved
    assert waiting.code == CODE
    for said in (waiting.text.vi, waiting.text.en):
        assert strange in said
        assert NAMED in said


@pytest.mark.parametrize(
    "give",
    [
        lambda name: school_settings.parse_school(SCHOOL, name, "Phường Thử", "", "Hà Nội"),
        lambda name: school_settings.parse_signatory(name, "Hiệu trưởng"),
        parse_name,
        lambda name: format_request(
            key_statement(role=Role.SEAL, thumbprint=bytes(32), state=KeyState.ACTIVE, name=name)
        ),
    ],
    ids=["school", "principal", "person", "request to the registrar"],
)
def test_names_of_schools_and_people(give: Callable[[str], object]) -> None:
    """Settings, accounts and the registrar's requests refuse the same by the same code."""
    give("Trường THCS Lan")
    with pytest.raises(HocbaError) as refusal:
        give(f"Trường THCS {STRANGE}")
    assert refusal.value.code == CODE
    assert NAMED in refusal.value.text.vi


def test_registrar_signs_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that somebody else's software wrote is refused on the registrar's machine too."""
    statement = key_statement(role=Role.SEAL, thumbprint=bytes(32), name=f"Trường THCS {STRANGE}")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("schemas.record.statement.strange_letter", lambda _: None)
        request = format_request(statement)
    signed: list[bytes] = []

    class Registrar:
        key_id = ed25519_key("registrar").id

        def sign(self, message: bytes) -> bytes:
            signed.append(message)
            return ed25519_key("registrar").sign(message)

    with pytest.raises(HocbaError) as refusal:
        sign_request(request, Registrar())  # type: ignore[arg-type] # of its members two are asked
    assert (refusal.value.code, signed) == (CODE, [])
