"""The verifying API: many serials at once, photos, tokens, allowances, and the document that describes it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.verdict import Verdict
from tests.support.demonstration import Demonstration
from verify.findings import VerifyError
from verify.settings import Settings
from verify.token_cli import api_token_command
from verify.verifier import Verifier
from verify.web.app import create_app
from verify.web.limits import client_network
from verify.web.openapi import openapi
from verify.web.tokens import Institution, IssuedToken, TokenFile, format_tokens, new_token


@pytest.fixture
def verifier(released: Demonstration) -> Iterator[Verifier]:
    """A verifier over the released transcripts."""
    made = released.verifier()
    yield made
    made.close()


def application(verifier: Verifier, released: Demonstration, **settings: object) -> FlaskClient:
    """Return the portal with these settings."""
    values = {"trust": released.trust_file, "record": released.record, **settings}
    return create_app(verifier, Settings.model_validate(values)).test_client()


def serial(released: Demonstration) -> str:
    """Return a serial on record."""
    return released.issuances()[0].serial


def test_many_serials_at_once(verifier: Verifier, released: Demonstration) -> None:
    """The verdicts stand in the order of the serials, each as if it had been asked for alone."""
    client = application(verifier, released)
    asked = [serial(released), "nothing", serial(released).lower()]
    answer = client.post("/api/v1/serials", json={"serials": asked}).get_json()
    assert [one["verdict"] for one in answer["verdicts"]] == ["recorded", "unreadable", "recorded"]
    for one in answer["verdicts"]:
        Verdict.model_validate_json(json.dumps(one))


@pytest.mark.parametrize(
    "body", [{}, {"serials": []}, {"serials": [1]}, {"serials": ["a"] * 101}, {"qr": "a"}]
)
def test_other_lists_are_problems(verifier: Verifier, released: Demonstration, body: object) -> None:
    """No serials, too many, or what is no serial at all is a problem document."""
    answer = application(verifier, released).post("/api/v1/serials", json=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_address_that_asks_too_much_is_told_when_to_come_again(
    verifier: Verifier, released: Demonstration
) -> None:
    """Over the allowance the answer is 429 with Retry-After, as a problem document and as a page; others go on."""
    client = application(verifier, released, lookups_per_minute=3)
    path = f"/V/{serial(released)}"
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    page, api = client.get(path), client.get(f"/api/v1/serials/{serial(released)}")
    for answer in (page, api):
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert f"sau {page.headers['Retry-After']} giây" in page.text
    assert api.get_json()["code"] == "too-many-requests"
    assert client.get("/").status_code == 200
    assert client.get(path, environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200


def token_file(folder: Path, *, per_minute: int, per_day: int) -> tuple[Path, IssuedToken]:
    """Return a file of one institution's token, and the token."""
    made = new_token("Đại học Thử", per_minute=per_minute, per_day=per_day, token_bytes=bytes(32))
    path = folder / "tokens.json"
    path.write_bytes(format_tokens([made.institution]))
    return path, made


def test_a_list_costs_as_much_as_its_serials(verifier: Verifier, released: Demonstration) -> None:
    """After two serials of five, four more do not pass, and nothing of them is counted; three do."""
    client = application(verifier, released, lookups_per_minute=5)
    answers = [client.post("/api/v1/serials", json={"serials": ["a"] * count}) for count in (2, 4, 3)]
    assert [one.status_code for one in answers] == [200, 429, 200]


def test_what_can_never_pass_is_not_told_to_come_again(
    verifier: Verifier, released: Demonstration, tmp_path: Path
) -> None:
    """A list of more serials than an address or an institution is ever allowed is told how many go at a time."""
    path, made = token_file(tmp_path, per_minute=50, per_day=40)
    client = application(verifier, released, lookups_per_minute=3, tokens=path)
    bearer = {"Authorization": f"Bearer {made.token}"}
    for count, headers, most in ((4, {}, 3), (41, bearer, 40)):
        answer = client.post("/api/v1/serials", json={"serials": ["a"] * count}, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "too-many-at-once")
        assert f"At most {most} " in answer.get_json()["en"]
        assert "Retry-After" not in answer.headers


def test_codes_cost_what_look_ups_cost(verifier: Verifier, released: Demonstration) -> None:
    """A QR code's text is no upload, whatever else comes by the same route."""
    client = application(verifier, released, uploads_per_minute=1, lookups_per_minute=4)
    codes = [client.post("/api/v1/verify", json={"qr": released.qr()}).status_code for _ in range(3)]
    files = [
        client.post("/api/v1/verify", data=b"x", content_type="application/pdf").status_code for _ in range(2)
    ]
    more = [client.post("/api/v1/verify", json={"qr": released.qr()}).status_code for _ in range(2)]
    assert (codes, files, more) == ([200] * 3, [200, 429], [200, 429])


@pytest.mark.parametrize("data", [b"{", None])
def test_broken_file_of_tokens_is_the_operators_fault(
    verifier: Verifier,
    released: Demonstration,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    data: bytes | None,
) -> None:
    """An institution whose token cannot be looked up is not told that it is wrong; the operator reads why."""
    path, made = token_file(tmp_path, per_minute=2, per_day=3)
    client = application(verifier, released, tokens=path)
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    answer = client.get("/api/v1/serials/x", headers={"Authorization": f"Bearer {made.token}"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "api-tokens-invalid")
    assert "api-tokens-invalid" in caplog.text
    assert client.get("/api/v1/serials/x").status_code == 200


def test_refused_upload_is_read_to_its_end(verifier: Verifier, released: Demonstration) -> None:
    """What is refused unread is taken off the line all the same, so that the answer is not lost with the connection."""
    client = application(verifier, released, uploads_per_minute=1)
    sent = [io.BytesIO(bytes(300_000)) for _ in range(2)]
    answers = [
        client.post(
            "/api/v1/verify",
            content_type="application/pdf",
            input_stream=body,
            environ_overrides={"CONTENT_LENGTH": "300000"},
        )
        for body in sent
    ]
    assert [one.status_code for one in answers] == [200, 429]
    assert sent[1].tell() == 300_000


def test_body_in_pieces_is_no_longer_than_another(verifier: Verifier, released: Demonstration) -> None:
    """JSON that does not announce its length is read as far as any may go."""
    client = application(verifier, released)
    answer = client.post(
        "/api/v1/verify",
        content_type="application/json",
        input_stream=io.BytesIO(json.dumps({"qr": "a" * 9000}).encode()),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "json-invalid")


def test_uploads_and_look_ups_are_counted_apart(verifier: Verifier, released: Demonstration) -> None:
    """Whoever has sent all the files allowed may still look serials up; no limit is none."""
    client = application(verifier, released, uploads_per_minute=1, lookups_per_minute=0)
    files = [client.post("/api/v1/verify", data=b"x", content_type="application/pdf") for _ in range(2)]
    assert [one.status_code for one in files] == [200, 429]
    assert client.get(f"/V/{serial(released)}").status_code == 200


def test_institution_has_its_own_allowance(
    verifier: Verifier, released: Demonstration, tmp_path: Path
) -> None:
    """A token counts by itself, by minute and day; a wrong one is refused, and one taken out counts no more."""
    path, made = token_file(tmp_path, per_minute=2, per_day=3)
    client = application(verifier, released, lookups_per_minute=1, tokens=path)

    def ask(token: str | None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.get(f"/api/v1/serials/{serial(released)}", headers=headers)

    assert [ask(None).status_code, ask(None).status_code] == [200, 429]
    assert [ask(made.token).status_code for _ in range(3)] == [200, 200, 429]
    wrong = ask("hbv_" + "00" * 31)
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "token-unknown")
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
    path.write_bytes(format_tokens([]))
    assert ask(made.token).status_code == 401


def test_file_of_tokens_holds_no_token(tmp_path: Path) -> None:
    """The file has a digest; what is no such file is refused when the service starts."""
    made = new_token("Đại học Thử", per_minute=1, per_day=1, token_bytes=bytes(range(32)))
    assert made.token.encode() not in format_tokens([made.institution])
    path = tmp_path / "tokens.json"
    twice = [made.institution, made.institution]
    for data in (b"{}", b"", format_tokens(twice)):
        path.write_bytes(data)
        with pytest.raises(VerifyError, match="api-tokens-invalid"):
            TokenFile(path)
    assert isinstance(made.institution, Institution)


def test_proxies_word_counts_only_where_there_is_one(verifier: Verifier, released: Demonstration) -> None:
    """Without a proxy of one's own a client cannot take another address; behind one, each client counts alone."""
    path = f"/V/{serial(released)}"
    bare = application(verifier, released, lookups_per_minute=1)
    behind = application(verifier, released, lookups_per_minute=1, proxies=1)
    for client, expected in ((bare, [200, 429]), (behind, [200, 200])):
        said = [{"X-Forwarded-For": address} for address in ("192.0.2.1", "192.0.2.2")]
        assert [client.get(path, headers=headers).status_code for headers in said] == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        (None, "unknown"),
    ],
)
def test_what_counts_as_one_address(address: str | None, network: str) -> None:
    """A line of IPv6 has 2^64 addresses and is one client."""
    assert client_network(address) == network


def test_described_routes_are_the_routes(verifier: Verifier, released: Demonstration) -> None:
    """The OpenAPI document names each route and method of the API, no others, and is given out as committed."""
    client = application(verifier, released)
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, methods in openapi()["paths"].items()
        for method in methods
    }
    routes = {
        (rule.rule, method)
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert routes - described == {("/api/v1/openapi.json", "GET")}
    assert described <= routes
    assert client.get("/api/v1/openapi.json").get_json() == openapi()


def test_metrics_count_and_name_nobody(verifier: Verifier, released: Demonstration) -> None:
    """Verdicts, times and refusals are counted; no serial, name or digest stands in them."""
    client = application(verifier, released)
    client.get(f"/V/{serial(released)}")
    client.post("/api/v1/verify", data=released.pdf(), content_type="application/pdf")
    client.post("/api/v1/verify", data=b"x", content_type="text/plain")
    text = client.get("/metrics").text
    for line in (
        'hocba_verify_verdicts_total{subject="serial",verdict="recorded"} 1.0',
        'hocba_verify_verdicts_total{subject="file",verdict="valid"} 1.0',
        'hocba_verify_refused_total{status="415"} 1.0',
        'hocba_verify_request_seconds_count{route="pages.show_serial"} 1.0',
    ):
        assert line in text
    assert "hocba_record_age_seconds" in text
    assert serial(released) not in text
    assert "Ban Mai" not in text


def test_alive_is_not_ready(demonstration: Demonstration) -> None:
    """Without a record the process lives and says that it should not be asked."""
    (demonstration.record / "checkpoint").unlink()
    verifier = demonstration.verifier()
    client = create_app(verifier).test_client()
    assert (client.get("/livez").status_code, client.get("/healthz").status_code) == (200, 503)
    verifier.close()


def test_command_gives_tokens(tmp_path: Path) -> None:
    """`hocba-verify api-token` adds to the file, prints the token once, and leaves the others."""
    path = tmp_path / "tokens.json"
    tokens = [
        CliRunner().invoke(api_token_command, [name, "--file", str(path), "--per-day", "9"]).output.strip()
        for name in ("Đại học Một", "Đại học Hai")
    ]
    known = TokenFile(path)
    assert [one and (one.name, one.per_day) for one in map(known.institution, tokens)] == [
        ("Đại học Một", 9),
        ("Đại học Hai", 9),
    ]
    path.write_text("{}")
    refused = CliRunner().invoke(api_token_command, ["Đại học Ba", "--file", str(path)])
    assert (refused.exit_code, path.read_text()) == (1, "{}")
