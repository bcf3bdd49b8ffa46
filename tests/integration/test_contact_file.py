"""Families' addresses from a school's file: checked whole, set once, undone where nobody changed them since."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.families.notices import contact_of
from service.importing.formats import SourceFile
from service.people.roles import Role
from service.storage.family_records import NoticeKind
from service.storage.records import StudentYear
from service.web.words import TEXTS
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import form_token, send, sign_in_as
from tests.support.trail import SOMEBODY

VI = TEXTS["vi"]
TITLES = ("STT", "Mã học sinh", "Họ và tên", "Lớp", "Email phụ huynh")


def workbook(rows: Sequence[Sequence[str | int | None]], titles: Sequence[str] = TITLES) -> SourceFile:
    """Return an .xlsx file with a title above the header, as offices have it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Lớp 6A"
    sheet.append(["DANH SÁCH THƯ ĐIỆN TỬ"])
    sheet.append(list(titles))
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return SourceFile("dia-chi.xlsx", target.getvalue())


def drafts(demonstration: Demonstration) -> list[StudentYear]:
    """Return the students of the demonstration, by code."""
    found = demonstration.installation.register.student_years(SCHOOL, "2025-2026")
    return sorted(found, key=lambda one: one.learner.student_code)


def right(demonstration: Demonstration, domain: str = "example.vn") -> SourceFile:
    """Return a file that is right, with an address for each student."""
    rows = [
        (number, one.learner.student_code, one.learner.full_name, "6A", f"nha{number}@{domain}")
        for number, one in enumerate(drafts(demonstration), start=1)
    ]
    return workbook(rows)


def take(demonstration: Demonstration, file: SourceFile) -> str:
    """Import a file that is right; return the import's id."""
    tools = demonstration.installation.contacts
    made = tools.take(SCHOOL, file, tools.plan(SCHOOL, file), actor=SOMEBODY, set_by=None)
    return made.id


def test_a_file_sets_every_address_once(demonstration: Demonstration) -> None:
    """New, changed and unchanged are told before; the same file again changes and tells nothing."""
    register, students = demonstration.installation.register, drafts(demonstration)
    first = students[0].learner.student_code
    register.set_contact(contact_of(SCHOOL, first, "cu@example.vn", at=0, by=None))
    plan = demonstration.installation.contacts.plan(SCHOOL, right(demonstration))
    assert (len(plan.added), plan.changed, plan.same) == (
        len(students) - 1,
        ((first, "cu@example.vn", "nha1@example.vn"),),
        0,
    )
    assert register.addresses(SCHOOL) == {first: "cu@example.vn"}
    for _ in range(2):
        take(demonstration, right(demonstration))
    assert set(register.addresses(SCHOOL).values()) == {
        f"nha{number}@example.vn" for number in range(1, len(students) + 1)
    }
    assert [(one.kind, one.address) for one in register.notices(SCHOOL)] == [
        (NoticeKind.CONTACT, "cu@example.vn")
    ]
    assert [one.changed for one in register.contact_imports(SCHOOL)] == [len(students)]


def test_semicolons_and_two_columns_are_enough(demonstration: Demonstration) -> None:
    """A .csv as a spreadsheet program writes it here, with nothing but code and address."""
    code = drafts(demonstration)[0].learner.student_code
    file = SourceFile("a.csv", f"Mã học sinh;Thư điện tử\n{code};Nha.1@example.vn\n".encode("utf-8-sig"))
    take(demonstration, file)
    assert demonstration.installation.register.addresses(SCHOOL) == {code: "Nha.1@example.vn"}


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        ({4: "nha@@example"}, "email-invalid", "E3"),
        ({1: "KHONG-CO"}, "contact-student-unknown", "B3"),
        ({2: "Nguyễn Văn Khác"}, "contact-name-differs", "C3"),
        ({1: 123}, "identifier-number", "B3"),
        ({1: None}, "value-missing", "B3"),
    ],
)
def test_one_wrong_row_stops_all_and_says_where(
    demonstration: Demonstration, change: dict[int, str | int | None], code: str, cell: str
) -> None:
    """Each complaint names the cell and its code; nothing is set, not even of rows that are right."""
    good, other = drafts(demonstration)[:2]
    rows: list[list[str | int | None]] = [
        [1, good.learner.student_code, good.learner.full_name, "6A", "a@example.vn"],
        [2, other.learner.student_code, other.learner.full_name, "6A", "b@example.vn"],
    ]
    for column, value in change.items():
        rows[0][column] = value
    plan = demonstration.installation.contacts.plan(SCHOOL, workbook(rows))
    assert [(one.code, f"{one.column}{one.row}") for one in plan.complaints] == [(code, cell)]
    assert not plan.ok


def test_two_addresses_of_one_student_are_refused(demonstration: Demonstration) -> None:
    """Nobody but the school knows which is right."""
    code = drafts(demonstration)[0].learner.student_code
    rows = [(1, code, None, "6A", "a@example.vn"), (2, code, None, "6A", "b@example.vn")]
    plan = demonstration.installation.contacts.plan(SCHOOL, workbook(rows))
    assert [(one.code, one.row) for one in plan.complaints] == [("contact-twice", 4)]


def test_an_unknown_column_is_an_error_and_an_empty_address_none(demonstration: Demonstration) -> None:
    """A column that nobody knows is refused, never left out in silence; who has no address in the file keeps theirs."""
    code = drafts(demonstration)[0].learner.student_code
    tools = demonstration.installation.contacts
    titles = (*TITLES, "Zalo")
    plan = tools.plan(SCHOOL, workbook([(1, code, None, "6A", "a@example.vn", "x")], titles))
    assert [one.code for one in plan.complaints] == ["column-unknown"]
    register = demonstration.installation.register
    register.set_contact(contact_of(SCHOOL, code, "cu@example.vn", at=0, by=None))
    other = drafts(demonstration)[1].learner.student_code
    file = workbook([(1, code, None, "6A", None), (2, other, None, "6A", "b@example.vn")])
    plan = tools.plan(SCHOOL, file)
    assert [(one.code, one.severity) for one in plan.complaints] == [("contact-empty", "warning")]
    take(demonstration, file)
    assert register.addresses(SCHOOL) == {code: "cu@example.vn", other: "b@example.vn"}


def test_an_import_is_undone_but_for_what_changed_since(demonstration: Demonstration) -> None:
    """Addresses come back as before it; one that the family changed stays; the file can be imported again."""
    register, students = demonstration.installation.register, drafts(demonstration)
    first, second = (one.learner.student_code for one in students[:2])
    register.set_contact(contact_of(SCHOOL, first, "cu@example.vn", at=0, by=None))
    made = take(demonstration, right(demonstration))
    register.set_contact(contact_of(SCHOOL, second, "tu-doi@example.vn", at=9, by=None))
    assert register.undo_contacts(SCHOOL, made, at=10, set_by=None) == (len(students) - 1, 1)
    assert register.addresses(SCHOOL) == {first: "cu@example.vn", second: "tu-doi@example.vn"}
    take(demonstration, right(demonstration))
    assert len(register.addresses(SCHOOL)) == len(students)


def test_erasing_takes_imported_addresses(demonstration: Demonstration) -> None:
    """Neither the address nor what an import knows of it is left of a student who is erased."""
    register = demonstration.installation.register
    code = drafts(demonstration)[0].learner.student_code
    made = take(demonstration, right(demonstration))
    demonstration.installation.erase(SCHOOL, code, dry_run=False)
    register.undo_contacts(SCHOOL, made, at=10, set_by=None)
    assert code not in register.addresses(SCHOOL)
    assert register.contact_imports(SCHOOL)[0].changed == len(drafts(demonstration)) - 1


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which the school's clerk has signed in."""
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.CLERK)
    yield client
    installation.verifier.close()


def upload(client: FlaskClient, file: SourceFile) -> str:
    """Send a file to be checked; return the page."""
    data = {"form": form_token(client), "file": (io.BytesIO(file.data), file.name)}
    return client.post("/contacts", data=data).text


def test_the_page_checks_then_imports_what_was_shown(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """Nothing is set before the second step; another file since is refused; an import is undone by its button."""
    register = demonstration.installation.register
    page = upload(client, right(demonstration))
    count = len(drafts(demonstration))
    assert VI["contacts_will"].format(added=count, changed=0, same=0) in page
    assert register.addresses(SCHOOL) == {}
    digest = page.partition('name="upload" value="')[2][:64]
    upload(client, right(demonstration, "khac.example"))
    assert send(client, "/contacts/confirm", upload=digest).status_code == 400
    digest = upload(client, right(demonstration)).partition('name="upload" value="')[2][:64]
    answer = send(client, "/contacts/confirm", upload=digest)
    assert VI["contacts_done"].format(count=count) in client.get(answer.location).text
    (made,) = register.contact_imports(SCHOOL)
    assert made.by == "Phạm Thị Văn (thử)"
    send(client, f"/contacts/{made.id}/undo")
    assert register.addresses(SCHOOL) == {}


def test_the_page_says_what_to_mend(client: FlaskClient) -> None:
    """With the cell, and no step to import it."""
    page = upload(client, workbook([(1, "KHONG-CO", None, "6A", "a@example.vn")]))
    assert "B3" in page
    assert 'name="upload"' not in page


def test_the_command_checks_imports_and_undoes(demonstration: Demonstration, tmp_path: Path) -> None:
    """`hocba contact import --dry-run`, without it, `imports` and `undo`; wrong rows end with the exit code 1."""
    register, data = demonstration.installation.register, ("--data", demonstration.data)
    file = tmp_path / "dia-chi.xlsx"
    file.write_bytes(right(demonstration).data)
    run("hocba", "contact", "import", file, *data, "--dry-run", check=True)
    assert register.addresses(SCHOOL) == {}
    made = json.loads(run("hocba", "contact", "import", file, *data, "--json", check=True).stdout)
    assert made["import"] in run("hocba", "contact", "imports", *data, check=True).stdout
    run("hocba", "contact", "undo", made["import"], *data, check=True)
    assert register.addresses(SCHOOL) == {}
    file.write_bytes(workbook([(1, "KHONG-CO", None, "6A", "a@example.vn")]).data)
    wrong = run("hocba", "contact", "import", file, *data)
    assert (wrong.returncode, "[contact-student-unknown]" in wrong.stderr) == (1, True)
