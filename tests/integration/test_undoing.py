"""An import is undone until somebody confirms rows of it; a confirmation that is returned no longer counts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from service.app import create_app
from service.approvals.chains import Step
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.people.roles import Person, Role
from service.sample import sample_class
from service.web.words import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import send, sign_in_as

VI = TEXTS["vi"]
PRINCIPAL = Person("hieu-truong", SCHOOL, "Nguyễn Thị Hồng Hạnh", frozenset({Role.PRINCIPAL}), ())
WORKBOOK = sample_class(2, class_name="6B", first_student=101)


def imported(demonstration: Demonstration, data: bytes = WORKBOOK) -> str:
    """Import a class, and return the id of the import."""
    stored = demonstration.installation.import_files(
        [SourceFile("6B.xlsx", data)], SCHOOL_YEAR, dry_run=False
    ).stored
    assert stored is not None
    return stored.id


def refusal(demonstration: Demonstration, import_id: str) -> str:
    """Return why an import is not undone."""
    with pytest.raises(ServiceError) as refused:
        demonstration.installation.undo_import(SCHOOL, import_id)
    return refused.value.code


def give_back(demonstration: Demonstration, step: Step, subject: str | None) -> None:
    """Return a step of both students."""
    desk = demonstration.installation.approvals
    board = desk.board(SCHOOL, SCHOOL_YEAR, "6B")
    desk.give_back(board, desk.actor(PRINCIPAL, "console"), step, subject, list(board.drafts), "Xem lại.")


def confirmed(demonstration: Demonstration) -> dict[str, bool]:
    """Return which imports are listed as confirmed."""
    return {one.id: one.confirmed for one in demonstration.installation.imports.all(SCHOOL)}


def test_what_somebody_confirmed_is_not_undone(demonstration: Demonstration) -> None:
    """Not before every confirmation was returned; then the students go, as if nobody had confirmed."""
    undone = imported(demonstration)
    subjects = demonstration.installation.approvals.board(SCHOOL, SCHOOL_YEAR, "6B").subjects
    assert confirmed(demonstration) == {undone: False}
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    assert confirmed(demonstration) == {undone: True}
    assert refusal(demonstration, undone) == "import-confirmed"
    give_back(demonstration, Step.HOMEROOM, None)
    for subject in subjects:
        assert refusal(demonstration, undone) == "import-confirmed"
        give_back(demonstration, Step.SUBJECTS, subject)
    assert confirmed(demonstration) == {undone: False}
    assert demonstration.installation.undo_import(SCHOOL, undone) == 2


def test_what_was_confirmed_before_an_import_does_not_hold_it(demonstration: Demonstration) -> None:
    """A later import that nobody confirmed goes; the earlier one, which somebody did, stays."""
    first = imported(demonstration)
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    demonstration.clock.forward(minutes=1)
    book = load_workbook(io.BytesIO(WORKBOOK))
    book["Học sinh"]["I2"] = "Cà Mau"
    changed = io.BytesIO()
    book.save(changed)
    second = imported(demonstration, changed.getvalue())
    assert confirmed(demonstration) == {first: True, second: False}
    assert demonstration.installation.undo_import(SCHOOL, second) == 1


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which the school's clerk signed in."""
    installation = demonstration.installation
    browser = create_app(installation).test_client()
    sign_in_as(browser, demonstration, Role.CLERK)
    yield browser
    installation.verifier.close()


def test_undoing_is_not_offered_for_what_is_confirmed(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """The list says why; the page and its form answer with what to do."""
    import_id = imported(demonstration)
    assert f"/imports/{import_id}/undo" in client.get("/imports").text
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    listed = client.get("/imports").text
    assert (re.search(r"/imports/[0-9a-f]{32}/undo", listed), VI["import_confirmed"] in listed) == (
        None,
        True,
    )
    asked = client.get(f"/imports/{import_id}/undo")
    assert (asked.status_code, "trả lại" in asked.text) == (409, True)
    assert send(client, f"/imports/{import_id}/undo").status_code == 409
