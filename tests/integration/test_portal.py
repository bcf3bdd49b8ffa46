"""The verification pages and API: every way in, both languages, and nothing given away."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.serial import display_serial
from schemas.verdict import Verdict
from tests.support.demonstration import Demonstration
from tests.support.transcript_members import primary_members, transcript_of
from verify.report import document_of
from verify.web.app import create_app
from verify.web.views import render_result


@pytest.fixture
def client(released: Demonstration) -> Iterator[FlaskClient]:
    """The verifying application over the released transcripts."""
    verifier = released.verifier()
    yield create_app(verifier).test_client()
    verifier.close()


def said(answer: TestResponse) -> Any:
    """Return the JSON of an answer; a verdict is one that the model accepts."""
    return answer.get_json()


def test_api_takes_raw_bytes_multipart_and_qr(client: FlaskClient, released: Demonstration) -> None:
    """The three bodies of POST /api/v1/verify, and the verdict is the command line's JSON."""
    pdf = released.pdf()
    raw = client.post("/api/v1/verify", data=pdf, content_type="application/pdf")
    part = client.post("/api/v1/verify", data={"file": (io.BytesIO(pdf), "hoc-ba.pdf")})
    qr = client.post("/api/v1/verify", json={"qr": released.qr()})
    assert [said(each)["verdict"] for each in (raw, part, qr)] == ["valid", "valid", "recorded"]
    assert said(part)["source"]["name"] == "hoc-ba.pdf"
    for each in (raw, part, qr):
        Verdict.model_validate_json(each.data)


def test_primary_school_is_compared_by_levels_and_tests(client: FlaskClient, released: Demonstration) -> None:
    """A year of primary school is shown as its form has it: level and test of each subject, then every trait."""
    verifier = released.verifier()
    verdict = verifier.qr(released.qr()).model_copy(
        update={"document": document_of(transcript_of(primary_members()))}
    )
    verifier.close()
    with client.application.test_request_context():
        page = render_result(verdict)
    bare = re.sub(r' class="[^"]*"', "", page)
    assert '<th scope="col">Mức đạt được</th><th scope="col">Điểm kiểm tra định kì</th>' in bare
    assert '<th scope="row">Tiếng Việt</th><td>T</td><td>9</td>' in bare
    assert "<dt>Phẩm chất: Yêu nước</dt><dd>T</dd>" in bare
    assert "Học kì I" not in page


def test_api_looks_serials_up(client: FlaskClient, released: Demonstration) -> None:
    """GET /api/v1/serials/SERIAL answers with status, school and dates, and with no name."""
    issuance = released.issuances()[0]
    answer = client.get(f"/api/v1/serials/{display_serial(issuance.serial)}")
    assert (said(answer)["verdict"], said(answer)["document"]) == ("recorded", None)
    assert said(client.get("/api/v1/serials/nothing"))["verdict"] == "unreadable"


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{}", "application/json", 400),
        (b'{"qr": 1}', "application/json", 400),
        (b'{"qr": "a", "b": 1}', "application/json", 400),
        (b"not json", "application/json", 400),
        (b'{"qr":' + b"[" * 4000 + b"]" * 4000 + b"}", "application/json", 400),
        (b"[" * 8000, "application/json", 400),
        (b"text", "text/plain", 415),
        (b"", "multipart/form-data; boundary=x", 415),
    ],
)
def test_other_bodies_are_problems(client: FlaskClient, data: bytes, content_type: str, status: int) -> None:
    """A body that is none of the three is a problem document in both languages."""
    answer = client.post("/api/v1/verify", data=data, content_type=content_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said(answer)["vi"]


def test_too_large_a_body_is_a_verdict(client: FlaskClient) -> None:
    """More than a transcript may have is `unreadable`, for programs and for people."""
    api = client.post("/api/v1/verify", data=bytes(11_000_000), content_type="application/pdf")
    assert (api.status_code, said(api)["verdict"]) == (413, "unreadable")
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + bytes(11_000_000)
    page = client.post("/check", data=part + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert page.status_code == 413
    assert "Không đọc được tệp hoặc mã" in page.text


def test_pages_in_both_languages(client: FlaskClient, released: Demonstration) -> None:
    """The verdict's headline is the page's heading, in Vietnamese and in English, with the TEST line."""
    pdf = released.pdf()
    for lang, headline, test in (("vi", "Học bạ hợp lệ", "BẢN THỬ"), ("en", "Genuine and current", "TEST")):
        page = client.post(f"/check?lang={lang}", data={"file": (io.BytesIO(pdf), "a.pdf")}).text
        assert f'<html lang="{lang}" ' in page
        assert f'<h1 class="govuk-heading-l">{headline}' in page
        assert test in page
    assert "Verify a school transcript" in client.get("/?lang=en").text


def test_altered_file_shows_nothing_of_itself(client: FlaskClient, released: Demonstration) -> None:
    """The page of an altered file shows no name, school or mark from it."""
    pdf = released.pdf()
    altered = pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:]
    page = client.post("/check", data={"file": (io.BytesIO(altered), "a.pdf")}).text
    assert "Nội dung không khớp với bản đã ký" in page
    assert "Ban Mai" not in page


def test_typed_serial_goes_to_its_page(client: FlaskClient, released: Demonstration) -> None:
    """A serial in any case leads to /V/SERIAL; what is no serial never becomes a path."""
    serial = released.issuances()[0].serial
    answer = client.post("/serial", data={"serial": display_serial(serial).lower()})
    assert (answer.status_code, answer.location) == (303, f"/V/{serial}")
    assert "Mã có trong sổ cấp" in client.get(f"/V/{serial}").text
    assert "Không đọc được tệp hoặc mã" in client.post("/serial", data={"serial": "Nguyễn Văn A"}).text


def test_names_are_escaped(client: FlaskClient) -> None:
    """A file name is text, never markup."""
    page = client.post("/check", data={"file": (io.BytesIO(b"x"), "<script>alert(1)</script>.pdf")}).text
    assert "<script>alert" not in page


def test_security_headers_and_methods(client: FlaskClient) -> None:
    """No page may be framed, cached or run foreign scripts; errors say one sentence and no more."""
    for path in ("/", "/nowhere", "/api/v1/nowhere", "/V/x", "/healthz"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
    assert client.get("/check").status_code == 405
    assert said(client.get("/api/v1/nowhere"))["code"] == "http-404"


def test_health_says_whether_there_is_a_record(demonstration: Demonstration) -> None:
    """Without a usable record the service is not healthy, and files are unconfirmed rather than refused."""
    (demonstration.record / "checkpoint").unlink()
    verifier = demonstration.verifier()
    client = create_app(verifier).test_client()
    assert client.get("/healthz").status_code == 503
    answer = client.post("/api/v1/verify", data=demonstration.pdf(), content_type="application/pdf")
    assert said(answer)["verdict"] == "unconfirmed"
    verifier.close()
