"""The school's console as a browser without JavaScript uses it, on a real installation."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from schemas.verdict import VerdictCode
from service.app import create_app
from service.demo import SCHOOL_YEAR
from service.importing.folder_archive import packed
from service.importing.formats import LIST_SHEET, SourceFile
from service.people.roles import Role
from service.sample import sample_class
from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files
from service.web.policy import Reach, policy_of
from service.web.words import TEXTS
from tests.support.batches import work_off
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import send, sign_in_as

VI, EN = TEXTS["vi"], TEXTS["en"]


def upload(client: FlaskClient, data: bytes, *others: SourceFile) -> TestResponse:
    """Have a workbook checked, and perhaps others."""
    return upload_all(client, [SourceFile("lop.xlsx", data), *others])


def upload_all(client: FlaskClient, files: Sequence[SourceFile]) -> TestResponse:
    """Have a school's files checked."""
    return send(client, "/import", year=SCHOOL_YEAR, file=[(io.BytesIO(one.data), one.name) for one in files])


def renamed(data: bytes, old: str, new: str) -> bytes:
    """Return a workbook with one title changed wherever it stands."""
    book = load_workbook(io.BytesIO(data))
    for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == old):
        cell.value = new
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def fields_of(page: str) -> dict[str, str]:
    """Return what a browser sends for the selects of a page: the option that is selected, else the first."""
    found = {}
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        values = re.findall(r'<option value="([^"]*)"( selected)?>', options)
        found[html.unescape(name)] = next((value for value, chosen in values if chosen), values[0][0])
    return found


def vendor(which: Vendor, *, students: int = 6) -> list[SourceFile]:
    """Return the files of a small school, of other students than the demonstration's."""
    school = sample_school(students=students, seed=3, first_student=20_001)
    return [SourceFile(name, data) for name, data in vendor_files(school, which).items()]


@pytest.fixture
def stranger(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser without a session."""
    installation = demonstration.installation
    yield create_app(installation).test_client()
    installation.verifier.close()


@pytest.fixture
def client(stranger: FlaskClient, demonstration: Demonstration) -> FlaskClient:
    """A browser in which the demonstration school's clerk signed in."""
    sign_in_as(stranger, demonstration, Role.CLERK)
    return stranger


def test_form_without_its_token_does_nothing(client: FlaskClient, demonstration: Demonstration) -> None:
    """A form that another site sends into a session is refused on every address that takes forms."""
    rules = client.application.url_map.iter_rules()
    closed = Reach.EVERYBODY, Reach.TOKEN, Reach.CLOSED
    policies = [(rule, policy_of(client.application, rule.endpoint)) for rule in rules]
    posts = [
        rule
        for rule, policy in policies
        if "POST" in (rule.methods or set()) and policy and policy.reach not in closed
    ]
    for rule in posts:
        path = rule.rule.replace("<school_year>", SCHOOL_YEAR).replace("<class_name>", "6A")
        assert client.post(path, data={"form": "0" * 32}).status_code == 400, path
        assert client.post(path).status_code == 400, path
    assert client.get("/").status_code == 200
    assert len(posts) >= 5
    assert len(demonstration.issuances()) == 3


def test_session_cookie_is_out_of_reach(stranger: FlaskClient) -> None:
    """Scripts and other sites' forms do not get the session's cookie."""
    cookie = stranger.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def digest_in(page: str) -> str:
    """Return the digest by which a preview names its files."""
    return str(re.findall(r'name="upload" value="([0-9a-f]{64})"', page)[0])


def test_from_workbook_to_valid_file(client: FlaskClient, demonstration: Demonstration) -> None:
    """A class is checked, imported and issued by forms alone, and the file behind its link verifies as valid."""
    checked = upload(client, sample_class(2, class_name="6X", first_student=200))
    assert VI["do_import"] in checked.text
    assert "6X" not in client.get("/").text

    imported = send(client, "/import/confirm", year=SCHOOL_YEAR, upload=digest_in(checked.text))
    assert (imported.status_code, imported.location) == (303, f"/classes/{SCHOOL_YEAR}/6X")
    page = client.get(imported.location).text
    assert page.count(VI["state_none"]) == 2
    assert not list((demonstration.data / "uploads").iterdir())

    question = client.get(f"/classes/{SCHOOL_YEAR}/6X/issue")
    assert VI["issue_question"] in question.text
    assert len(demonstration.issuances()) == 3

    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    issued = send(client, f"/classes/{SCHOOL_YEAR}/6X/issue")
    assert re.fullmatch("/batches/[0-9a-f]{32}", issued.location)
    assert VI["batch_is_idle"] in client.get(issued.location).text
    work_off(demonstration.installation)
    assert VI["batch_is_done"] in client.get(issued.location).text
    page = client.get(f"/classes/{SCHOOL_YEAR}/6X").text
    links = re.findall(r'href="(/transcripts/[0-9a-f]{32}\.pdf)"', page)
    assert len(links) == 2
    for link in links:
        assert demonstration.verify(client.get(link, buffered=True).data).verdict is VerdictCode.VALID


def test_faults_of_a_workbook_are_shown_with_their_cells(client: FlaskClient) -> None:
    """A workbook that cannot be imported is answered with what to mend, and no button to import it."""
    answer = upload(client, b"not a workbook")
    assert VI["mend"] in answer.text
    assert VI["do_import"] not in answer.text
    assert "<tbody>" in answer.text


def test_workbook_is_kept_for_its_owner_alone(client: FlaskClient, demonstration: Demonstration) -> None:
    """A checked workbook waits where only the service's user can read it, one a school."""
    upload(client, sample_class(2, class_name="6X", first_student=200))
    upload(client, sample_class(1, class_name="6Y", first_student=300))
    kept = list((demonstration.data / "uploads").iterdir())
    assert [path.name for path in kept] == [f"{SCHOOL}.zip"]
    assert kept[0].stat().st_mode & 0o077 == 0


def test_confirming_without_a_workbook_imports_nothing(client: FlaskClient) -> None:
    """Confirming an import that was never checked, or twice, imports nothing and says so."""
    answer = send(client, "/import/confirm", year=SCHOOL_YEAR)
    assert (answer.status_code, VI["form_stale"] in answer.text) == (400, True)


def test_what_was_previewed_is_what_is_imported(client: FlaskClient) -> None:
    """A preview left open in another window never imports a workbook that was uploaded since."""
    first = upload(client, sample_class(2, class_name="6X", first_student=200))
    upload(client, sample_class(1, class_name="6Y", first_student=300))
    answer = send(client, "/import/confirm", year=SCHOOL_YEAR, upload=digest_in(first.text))
    assert answer.status_code == 400
    assert "6Y" not in client.get("/").text


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("which", Vendor)
def test_files_of_other_systems_are_imported(client: FlaskClient, which: Vendor, *, as_zip: bool) -> None:
    """The files of a school's system are sent at once, or as one .zip, and all their students are imported."""
    files = vendor(which)
    checked = upload_all(client, [SourceFile("truong.ZIP", packed(files))] if as_zip else files)
    assert f"{VI['will_add']} <strong>6</strong>" in checked.text
    answer = confirm(client, checked.text)
    assert answer.status_code == 303
    again = upload_all(client, files)
    assert f"{VI['will_leave']} <strong>6</strong>" in again.text


def confirm(client: FlaskClient, page: str) -> TestResponse:
    """Import what a page shows, with its columns as they are chosen there."""
    fields = fields_of(page)
    return send(client, "/import/confirm", year=SCHOOL_YEAR, upload=digest_in(page), **fields)


def test_a_guessed_column_is_confirmed_on_the_page_and_remembered(client: FlaskClient) -> None:
    """A title that is not known is asked about, not imported on a guess; the answer is kept with the import."""
    files = vendor(Vendor.MISA)
    files = [SourceFile(one.name, renamed(one.data, "Ngày sinh", "Sinh vào")) for one in files]
    asked = upload_all(client, files)
    assert VI["confirm_columns"] in asked.text
    assert VI["do_import"] not in asked.text
    assert "--accept-guesses" not in asked.text
    fields = fields_of(asked.text)
    assert fields["column:students:Sinh vào"] == "birth_date"
    assert confirm(client, asked.text).status_code == 303

    again = upload_all(client, files)
    assert VI["do_import"] in again.text
    assert VI["certainty_remembered"] in again.text


def test_an_unknown_column_is_chosen_on_the_page(client: FlaskClient) -> None:
    """A column that nothing tells is left open until somebody chooses; choosing to leave it out is a choice."""
    files = vendor(Vendor.MISA)
    files = [SourceFile(one.name, renamed(one.data, "Giới tính", "Xyz")) for one in files]
    asked = upload_all(client, files)
    fields = fields_of(asked.text)
    assert fields.pop("column:marks:Xyz") == "gender"
    fields["column:marks:Xyz"] = "-"
    digest = digest_in(asked.text)
    checked = send(client, "/import/columns", year=SCHOOL_YEAR, upload=digest, **fields)
    assert VI["do_import"] in checked.text


def test_a_column_that_cannot_be_is_refused(client: FlaskClient) -> None:
    """A key that no sheet of the kind has is refused with a sentence, not imported and not a fault of the service."""
    asked = upload_all(client, vendor(Vendor.MISA))
    answer = send(
        client,
        "/import/columns",
        year=SCHOOL_YEAR,
        upload=digest_in(asked.text),
        **{"column:marks:STT": "nonsense"},
    )
    assert answer.status_code == 422


def test_faults_come_back_marked_in_the_files(client: FlaskClient) -> None:
    """What is to be mended is marked in the person's own files: one as .xlsx, several as a .zip."""
    one = edited(sample_class(2, class_name="6X", first_student=200), "Toán", "D2", 11)
    two = edited(sample_class(2, class_name="6Y", first_student=300), "Toán", "D2", 12)
    page = upload(client, one)
    assert VI["faults_of_rows"] in page.text
    marked = send(client, "/import/marked", year=SCHOOL_YEAR, upload=digest_in(page.text))
    book = load_workbook(io.BytesIO(marked.data))
    assert book.sheetnames[0] == LIST_SHEET
    assert book["Toán"]["D2"].comment is not None

    page = upload(client, one, SourceFile("../../lop.xlsx", two))
    marked = send(client, "/import/marked", year=SCHOOL_YEAR, upload=digest_in(page.text))
    names = zipfile.ZipFile(io.BytesIO(marked.data)).namelist()
    assert names == ["lop.xlsx.loi.xlsx", "lop (2).xlsx.loi.xlsx"]


def edited(data: bytes, sheet: str, cell: str, value: str | int) -> bytes:
    """Return a workbook with one cell changed."""
    book = load_workbook(io.BytesIO(data))
    book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_what_will_change_is_shown_and_can_be_undone(client: FlaskClient) -> None:
    """A second import says value by value what it will change; undone, the first one stands again."""
    first = sample_class(2, class_name="6X", first_student=200)
    mended = edited(first, "Học sinh", "I2", "Cà Mau")
    confirm(client, upload(client, first).text)
    changed = upload(client, mended)
    assert f"{VI['will_change']} <strong>1</strong>" in changed.text
    assert "<ins>Cà Mau</ins>" in changed.text
    confirm(client, changed.text)
    assert "<ins>" not in upload(client, mended).text

    links = re.findall(r'href="(/imports/[0-9a-f]{32}/undo)"', client.get("/imports").text)
    assert VI["undo_question"] in client.get(links[0]).text
    # Both are of one second: the later one is the one that can be undone.
    assert sorted(send(client, link).status_code for link in links) == [303, 409]
    assert client.get("/imports").text.count(VI["undone"]) == 1
    assert "<ins>Cà Mau</ins>" in upload(client, mended).text


def test_what_is_issued_is_refused_before_it_is_imported(client: FlaskClient) -> None:
    """The check says already that an issued year cannot be changed, as the import would."""
    changed = edited(sample_class(3), "Học sinh", "I2", "Cà Mau")
    page = upload(client, changed).text
    assert VI["do_import"] not in page
    assert "hocba correct" in page
    assert "<ins>Cà Mau</ins>" in page


@pytest.mark.parametrize("year", ["abc", "2025-2027", "2098-2099"])
def test_a_school_year_that_cannot_be_is_a_sentence(client: FlaskClient, year: str) -> None:
    """What is no school year, or has not begun, is refused with what to do; nothing is kept."""
    answer = send(client, "/import", year=year, file=[(io.BytesIO(sample_class(1)), "6B.xlsx")])
    assert (answer.status_code, "hãy" in answer.text) == (422, True)


def test_an_import_of_another_school_is_unknown(client: FlaskClient) -> None:
    """An id that is not of this school's imports is answered like one that is nobody's."""
    assert client.get(f"/imports/{'0' * 32}/undo").status_code == 404
    assert send(client, f"/imports/{'0' * 32}/undo").status_code == 404


def test_a_broken_archive_is_a_sentence(client: FlaskClient) -> None:
    """A .zip that cannot be unpacked, or that swells, is refused with what to do."""
    broken = upload_all(client, [SourceFile("a.zip", b"PK\x03\x04 broken")])
    assert broken.status_code == 422
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xlsx", bytes(30_000_000))
    swollen = upload_all(client, [SourceFile("b.zip", bomb.getvalue())])
    assert swollen.status_code == 422


def test_class_page_has_counts_and_states(client: FlaskClient) -> None:
    """Classes show their counts; a class shows names, states in words, serials and files."""
    assert f'<a href="/classes/{SCHOOL_YEAR}/6A">6A</a>' in client.get("/").text
    page = client.get(f"/classes/{SCHOOL_YEAR}/6A").text
    assert page.count(VI["state_released"]) == 3
    assert len(re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z$*=~]", page)) == 3


def test_unknown_class_is_a_page(client: FlaskClient) -> None:
    """What does not exist is said in a sentence, not in a trace."""
    answer = client.get(f"/classes/{SCHOOL_YEAR}/9Z")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Traceback" not in answer.text


def test_english_is_one_button_away(client: FlaskClient) -> None:
    """The language button switches every page, and switches back."""
    assert 'lang="vi"' in client.get("/").text
    send(client, "/language")
    assert 'lang="en"' in client.get("/").text
    assert EN["sign_out"] in client.get("/").text
    send(client, "/language")
    assert VI["sign_out"] in client.get("/").text


def test_both_languages_have_the_same_words() -> None:
    """No text is missing in a language, and none is left untranslated by mistake."""
    assert VI.keys() == EN.keys()
    assert [name for name in VI if VI[name] == EN[name]] == []


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/",
        "/imports",
        f"/classes/{SCHOOL_YEAR}/6A",
        f"/classes/{SCHOOL_YEAR}/6A/issue",
        "/batches",
        f"/years/{SCHOOL_YEAR}/issue",
    ],
)
def test_pages_are_closed(client: FlaskClient, path: str) -> None:
    """No page runs a script or an inline style, loads from elsewhere, is framed, or stays in a cache."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script|<style| style=| on[a-z]+=|https?://", answer.text)


def test_pages_say_that_this_is_a_test(client: FlaskClient) -> None:
    """A demonstration says on every page that it is one."""
    for path in ("/account", "/", f"/classes/{SCHOOL_YEAR}/6A"):
        assert VI["test"] in client.get(path).text


def test_what_a_workbook_says_is_never_markup(client: FlaskClient) -> None:
    """A class name with markup in an address comes back as text or not at all."""
    answer = client.get(f"/classes/{SCHOOL_YEAR}/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "<script>" not in answer.text


def test_style_sheet_is_small(demonstration: Demonstration) -> None:
    """The console's own style is at most 10 KB, for weak lines."""
    app = create_app(demonstration.installation)
    assert (Path(str(app.static_folder)) / "console.css").stat().st_size <= 10_000
