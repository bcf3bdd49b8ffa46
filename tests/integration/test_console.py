"""The school's console as a browser without JavaScript uses it, on a real installation."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.verdict import VerdictCode
from service.app import create_app
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.sample import sample_class
from service.web.language import TEXTS
from tests.support.demonstration import SCHOOL, Demonstration

VI, EN = TEXTS["vi"], TEXTS["en"]
_FIELD = re.compile(r'name="form" value="([0-9a-f]{32})"')


def form_token(client: FlaskClient) -> str:
    """Return the form token that a page of this session carries."""
    found = _FIELD.search(client.get("/sign-in").text)
    assert found
    return found[1]


def send(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form of a page of this session."""
    return client.post(path, data={"form": form_token(client), **fields})


def upload(client: FlaskClient, data: bytes) -> TestResponse:
    """Have a workbook checked."""
    return send(client, "/import", year=SCHOOL_YEAR, file=(io.BytesIO(data), "lop.xlsx"))


@pytest.fixture
def stranger(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser without a session."""
    installation = demonstration.installation
    yield create_app(installation).test_client()
    installation.verifier.close()


@pytest.fixture
def client(stranger: FlaskClient, demonstration: Demonstration) -> FlaskClient:
    """A browser in which the demonstration school signed in."""
    answer = send(stranger, "/sign-in", token=(demonstration.data / TOKEN_FILE).read_text())
    assert (answer.status_code, answer.location) == (303, "/")
    return stranger


def test_wrong_token_begins_no_session(stranger: FlaskClient) -> None:
    """A wrong token is answered with a sentence, and no page opens."""
    answer = send(stranger, "/sign-in", token="wrong")
    assert answer.status_code == 401
    assert VI["token_wrong"] in answer.text
    assert stranger.get("/").location == "/sign-in"


def test_form_without_its_token_does_nothing(client: FlaskClient, demonstration: Demonstration) -> None:
    """A form that another site sends into a session is refused on every address that takes forms."""
    rules = client.application.url_map.iter_rules()
    posts = [
        rule for rule in rules if "POST" in (rule.methods or set()) and not rule.rule.startswith("/api/")
    ]
    for rule in posts:
        path = rule.rule.replace("<school_year>", SCHOOL_YEAR).replace("<class_name>", "6A")
        assert client.post(path, data={"form": "0" * 32}).status_code == 400, path
        assert client.post(path).status_code == 400, path
    assert client.get("/").status_code == 200
    assert len(posts) >= 5
    assert len(demonstration.issuances()) == 3


def test_form_token_changes_with_signing_in(stranger: FlaskClient, demonstration: Demonstration) -> None:
    """A form token planted before signing in is worth nothing after it."""
    planted = form_token(stranger)
    send(stranger, "/sign-in", token=(demonstration.data / TOKEN_FILE).read_text())
    assert stranger.post("/sign-out", data={"form": planted}).status_code == 400


def test_session_cookie_is_out_of_reach(stranger: FlaskClient) -> None:
    """Scripts and other sites' forms do not get the session's cookie."""
    cookie = stranger.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    """After signing out the pages ask for the token again."""
    send(client, "/sign-out")
    assert client.get("/").location == "/sign-in"


def digest_in(page: str) -> str:
    """Return the digest by which a preview names its workbook."""
    return str(re.findall(r'name="workbook" value="([0-9a-f]{64})"', page)[0])


def test_from_workbook_to_valid_file(client: FlaskClient, demonstration: Demonstration) -> None:
    """A class is checked, imported and issued by forms alone, and the file behind its link verifies as valid."""
    checked = upload(client, sample_class(2, class_name="6X", first_student=200))
    assert VI["do_import"] in checked.text
    assert "6X" not in client.get("/").text

    imported = send(client, "/import/confirm", year=SCHOOL_YEAR, workbook=digest_in(checked.text))
    assert (imported.status_code, imported.location) == (303, f"/classes/{SCHOOL_YEAR}/6X")
    page = client.get(imported.location).text
    assert page.count(VI["state_none"]) == 2
    assert not list((demonstration.data / "uploads").iterdir())

    question = client.get(f"/classes/{SCHOOL_YEAR}/6X/issue")
    assert VI["issue_question"] in question.text
    assert len(demonstration.issuances()) == 3

    issued = send(client, f"/classes/{SCHOOL_YEAR}/6X/issue")
    page = client.get(issued.location).text
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
    assert [path.name for path in kept] == [f"{SCHOOL}.xlsx"]
    assert kept[0].stat().st_mode & 0o077 == 0


def test_confirming_without_a_workbook_imports_nothing(client: FlaskClient) -> None:
    """Confirming an import that was never checked, or twice, imports nothing and says so."""
    answer = send(client, "/import/confirm", year=SCHOOL_YEAR)
    assert (answer.status_code, VI["form_stale"] in answer.text) == (400, True)


def test_what_was_previewed_is_what_is_imported(client: FlaskClient) -> None:
    """A preview left open in another window never imports a workbook that was uploaded since."""
    first = upload(client, sample_class(2, class_name="6X", first_student=200))
    upload(client, sample_class(1, class_name="6Y", first_student=300))
    answer = send(client, "/import/confirm", year=SCHOOL_YEAR, workbook=digest_in(first.text))
    assert answer.status_code == 400
    assert "6Y" not in client.get("/").text


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
    "path", ["/sign-in", "/", f"/classes/{SCHOOL_YEAR}/6A", f"/classes/{SCHOOL_YEAR}/6A/issue"]
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
    for path in ("/sign-in", "/", f"/classes/{SCHOOL_YEAR}/6A"):
        assert VI["test"] in client.get(path).text


def test_what_a_workbook_says_is_never_markup(client: FlaskClient) -> None:
    """A class name with markup in an address comes back as text or not at all."""
    answer = client.get(f"/classes/{SCHOOL_YEAR}/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "<script>" not in answer.text


def test_style_sheet_is_small(demonstration: Demonstration) -> None:
    """The console's own style is at most 10 KB, for weak lines."""
    app = create_app(demonstration.installation)
    assert (Path(str(app.static_folder)) / "console.css").stat().st_size <= 10_000
