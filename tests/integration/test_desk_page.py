"""The desk's page and what its script asks: one form without a script, nothing kept, nothing invented given out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.verdict import VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.desk import outcome as made_up
from verify.desk.grid import read_csv
from verify.desk.xlsx_reader import read_xlsx
from verify.sandbox import Sandbox, SandboxBusyError
from verify.settings import Settings
from verify.web import desk
from verify.web.app import create_app

SCRIPT = {"X-Hocba-Desk": "1"}


@pytest.fixture
def client(released: Demonstration) -> Iterator[FlaskClient]:
    """The verifying application over the released transcripts."""
    verifier = released.verifier()
    yield create_app(verifier).test_client()
    verifier.close()


def upload(data: bytes, name: str) -> tuple[io.BytesIO, str]:
    """Return a file of a form."""
    return io.BytesIO(data), name


def sent(client: FlaskClient, parts: Mapping[str, object], lang: str = "vi") -> TestResponse:
    """Return the answer to the form; the client's own copy of a large body is closed."""
    answer = client.post(f"/desk?lang={lang}", data=parts)
    answer.request.environ["wsgi.input"].close()
    return answer


def outcome_of(client: FlaskClient, pdf: bytes, name: str = "a.pdf") -> Any:
    """Return what the script is told of a document."""
    return client.post("/desk/document", data={"file": upload(pdf, name)}).get_json()


def asked(client: FlaskClient, outcomes: object, **parts: object) -> TestResponse:
    """Return the answer about the outcomes that a browser holds."""
    held = upload(json.dumps(outcomes).encode(), "outcomes.json")
    answer = client.post("/desk/results", data={"outcomes": held, **parts}, headers=SCRIPT)
    answer.request.environ["wsgi.input"].close()
    return answer


def test_form_without_a_script(client: FlaskClient, released: Demonstration) -> None:
    """Files, a repeated one and a code are answered on one page, in both languages; what needs attention is first."""
    for lang, attention, settled in (
        ("vi", "Trùng từng byte với one.pdf", "✓"),
        ("en", "The same bytes as one.pdf", "✓"),
    ):
        files = [upload(released.pdf(), "one.pdf"), upload(released.pdf(), "two.pdf")]
        answer = sent(client, {"files": files, "code": released.qr(), "as": "page"}, lang)
        assert answer.status_code == 200
        assert 0 < answer.text.index(attention) < answer.text.index(settled)
        assert answer.text.count('class="desk-row"') == 3
        assert "<script" not in answer.text


def test_form_answers_with_a_file(client: FlaskClient, released: Demonstration) -> None:
    """The same form gives .xlsx and .csv, matched with the list; a list that is none is named on the page."""
    listed = "Họ và tên;Ngày sinh\nLê Văn Tám;01/01/2010\n".encode()
    for kind in ("xlsx", "csv"):
        parts = {
            "files": upload(released.pdf(), "=1.pdf"),
            "applicants": upload(listed, "list.csv"),
            "as": kind,
        }
        answer = sent(client, parts)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="ket-qua.{kind}"'
        rows = read_xlsx(answer.data)[0] if kind == "xlsx" else read_csv(answer.data)
        assert [cell.text for cell in rows[0]][:3] == ["Cần xử lý", "Kết luận", "Tệp hoặc mã"]
        assert len(rows) == 3
    refused = client.post("/desk", data={"applicants": upload(b"x", "list.csv")})
    assert (refused.status_code, 'role="alert"' in refused.text) == (400, True)


def test_form_stops_at_its_limits(
    client: FlaskClient, released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond its number of documents or its time the form names each that was not checked, those in archives too."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(3):
            archive.writestr(f"in-{number}.pdf", released.pdf(number))
    files = [("first.pdf", released.pdf()), ("all.zip", packed.getvalue()), ("last.pdf", b"x")]
    for limit, value, unchecked in (
        ("MAX_FORM_DOCUMENTS", 2, ["all.zip/in-1.pdf", "all.zip/in-2.pdf", "last.pdf"]),
        (
            "FORM_SECONDS",
            0.0,
            ["first.pdf", *(f"all.zip/in-{number}.pdf" for number in range(3)), "last.pdf"],
        ),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(desk, limit, value)
            answer = sent(client, {"files": [upload(pdf, name) for name, pdf in files], "as": "csv"})
        rows = [[cell.text for cell in row] for row in read_csv(answer.data)]
        assert len(rows) == 6
        assert [row[2] for row in rows if row[1] == "Chưa kiểm"] == unchecked


def test_form_names_a_bounded_number(
    client: FlaskClient, released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an archive with very many members not each is named: one row stands for the rest, and says unchecked."""
    monkeypatch.setattr(desk, "MAX_FORM_NAMES", 2)
    monkeypatch.setattr(desk, "MAX_FORM_DOCUMENTS", 1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(9):
            archive.writestr(f"{number}.pdf", released.pdf(0))
    answer = sent(client, {"files": upload(packed.getvalue(), "all.zip"), "as": "csv"})
    rows = {row[2].text: row[1].text for row in read_csv(answer.data)[1:]}
    assert rows == {
        "all.zip/0.pdf": VerdictCode.VALID.headline.vi,
        "all.zip/1.pdf": "Chưa kiểm",
        "all.zip": "Chưa kiểm",
    }


def test_nobody_is_missing_while_files_are_unchecked(
    client: FlaskClient, released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An applicant whose genuine file came after the limit is unclear, not one who has submitted nothing."""
    person = outcome_of(client, released.pdf())
    born = "/".join(reversed(person["birth_date"].split("-")))
    listed = f"Họ và tên;Ngày sinh\n{person['full_name']};{born}\n".encode()
    for limit, words in ((1, "Chưa rõ đã nộp chưa"), (2, "Khớp với danh sách")):
        monkeypatch.setattr(desk, "MAX_FORM_DOCUMENTS", limit)
        files = [upload(b"junk", "junk.pdf"), upload(released.pdf(), "his.pdf")]
        answer = sent(client, {"files": files, "applicants": upload(listed, "list.csv")})
        assert words in answer.text
        assert "Chưa nộp học bạ" not in answer.text


@pytest.mark.parametrize(
    ("lang", "limits"), [("vi", "1.000 tệp, tổng cộng 32 MB"), ("en", "1,000 files, 32 MB")]
)
def test_form_names_its_own_limits(client: FlaskClient, lang: str, limits: str) -> None:
    """Too many bytes or too many files together are told as that, not as one file that is too large."""
    large = [upload(bytes(9 * 2**20), f"{number}.pdf") for number in range(4)]
    many = [upload(b"x", f"{number}.pdf") for number in range(1001)]
    for files in (large, many):
        answer = sent(client, {"files": files}, lang)
        assert (answer.status_code, limits in answer.text) == (413, True)
        assert VerdictCode.UNREADABLE.headline.vi not in answer.text


@pytest.mark.parametrize(("documents", "status"), [(2, 200), (3, 413)])
def test_form_larger_than_an_allowance_says_how_many_go(
    released: Demonstration, documents: int, status: int
) -> None:
    """More documents than are ever allowed are not told to come again; as many as are allowed pass."""
    verifier = released.verifier()
    settings = Settings(trust=released.trust_file, record=released.record, uploads_per_minute=2)
    client = create_app(verifier, settings).test_client()
    answer = sent(client, {"files": [upload(b"x", f"{number}.pdf") for number in range(documents)]})
    verifier.close()
    assert answer.status_code == status
    assert ("Mỗi lần gửi được nhiều nhất 2" in answer.text) is (status == 413)


def test_script_is_told_of_what_is_too_large(client: FlaskClient) -> None:
    """What the script sends beyond the limit is refused as a problem that says so, not as a page."""
    answer = client.post("/desk/document", data={"file": upload(bytes(11 * 2**20), "a.pdf")})
    answer.request.environ["wsgi.input"].close()
    assert (answer.status_code, answer.get_json()["code"]) == (413, "desk-request-too-large")


def test_script_gets_outcomes(client: FlaskClient, released: Demonstration) -> None:
    """A document and a code come back as outcomes, their names cleaned."""
    document = outcome_of(client, released.pdf(), "../x/\u202ea.pdf")
    assert (document["verdict"], document["name"]) == ("valid", "x/\N{REPLACEMENT CHARACTER}a.pdf")
    code = client.post("/desk/code", data={"code": released.qr()}).get_json()
    assert (code["verdict"], code["subject"]) == ("recorded", "qr")
    assert client.post("/desk/document").status_code == 400


def test_outcomes_are_matched_and_exported(client: FlaskClient, released: Demonstration) -> None:
    """What the browser holds is matched by position, the missing are added, and exports hold the same rows."""
    outcomes = [outcome_of(client, released.pdf(number), f"{number}.pdf") for number in range(2)]
    born = "/".join(reversed(outcomes[1]["birth_date"].split("-")))
    listed = (
        f"SBD;Họ và tên;Ngày sinh\n7;{outcomes[1]['full_name']};{born}\n8;Lê Văn Tám;01/01/2010\n".encode()
    )
    said = asked(client, outcomes, applicants=upload(listed, "list.csv")).get_json()
    assert [(row["position"], row["needs_attention"]) for row in said["rows"]] == [
        (0, True),
        (None, True),
        (1, False),
    ]
    assert said["rows"][1]["words"] == "Chưa nộp học bạ"
    assert said["rows"][2]["applicants"][0].startswith("Dòng 2: 7, ")
    rows = read_csv(asked(client, outcomes, **{"as": "csv"}).data)
    assert len(rows) == 3
    refused = asked(client, outcomes, applicants=upload(b"x", "list.csv"))
    assert (refused.status_code, refused.get_json()["code"]) == (400, "list-columns")


def test_invented_outcomes_are_for_the_script_alone(client: FlaskClient, released: Demonstration) -> None:
    """Without the header that no form can send, and with what is no list, nothing is given out."""
    outcomes = [outcome_of(client, released.pdf())]
    held = upload(json.dumps(outcomes).encode(), "outcomes.json")
    assert client.post("/desk/results", data={"outcomes": held}).status_code == 400
    refused = asked(client, {})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "desk-request-invalid")
    assert "tải lại trang" not in refused.get_json()["vi"]


def test_bad_row_is_named_and_refuses_no_list(client: FlaskClient, released: Demonstration) -> None:
    """In the place of what is no outcome stands a row that says so, with its name only; the others are served."""
    good = outcome_of(client, released.pdf(), "good.pdf")
    for bad, name in (
        (1, "?"),
        ({}, "?"),
        (good | {"name": "bad.pdf", "html": "<b>"}, "bad.pdf"),
        (good | {"name": "x" * 400}, "…" + "x" * 199),
    ):
        answer = asked(client, [bad, good], **{"as": "csv"})
        first, second = [[cell.text for cell in row] for row in read_csv(answer.data)[1:]]
        assert (first[1], first[2], first[6]) == ("Chưa kiểm", name, "")
        assert "sai dạng" in first[3]
        assert (second[2], second[6]) == ("good.pdf", good["full_name"])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"\ud83d a", "\N{REPLACEMENT CHARACTER} a"),
        (r"\ude00 a", "\N{REPLACEMENT CHARACTER} a"),
        (r"\ud83d\ude00 a", "\N{GRINNING FACE} a"),
        (r"\\ud83d a", r"\ud83d a"),
    ],
)
def test_half_a_character_in_a_name(
    client: FlaskClient, released: Demonstration, written: str, shown: str
) -> None:
    """A name that was cut within a character is shown with that missing; whole ones and backslashes stay."""
    held = json.dumps([outcome_of(client, released.pdf(), "NAME")]).replace("NAME", written)
    data = {"outcomes": upload(held.encode(), "outcomes.json"), "as": "csv"}
    rows = read_csv(client.post("/desk/results", data=data, headers=SCRIPT).data)
    assert rows[1][2].text == shown


def test_rows_have_a_limit_of_their_own(client: FlaskClient) -> None:
    """10,000 rows are served, one more is refused by the number, and nothing tells anybody to give up the page."""
    row = {
        "name": "a",
        "verdict": "unreadable",
        "headline": {"vi": "a", "en": "a"},
        "checked_at": "2026-11-27T00:00:00Z",
    }
    assert (
        len(read_csv(asked(client, [row] * desk.MAX_OUTCOMES, **{"as": "csv"}).data)) == desk.MAX_OUTCOMES + 1
    )
    refused = asked(client, [row] * (desk.MAX_OUTCOMES + 1))
    assert (refused.status_code, refused.get_json()["code"]) == (400, "desk-rows-too-many")
    assert "10.000" in refused.get_json()["vi"]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_page_shows_notes_and_other_bytes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """Without a script too a row says what to do, what to know, and that the transcript came before in other bytes."""
    said: dict[str, Any] = {
        "to_do": ({"vi": "Xin bản mới", "en": "Get the newest"},),
        "notes": ({"vi": "Cũ", "en": "Old"},),
    }
    made = iter([made_up(entry=7, **said), made_up(entry=7, name="b.pdf", sha256="1" * 64)])
    monkeypatch.setattr(desk, "verify_submitted", lambda *_: next(made))
    page = sent(client, {"files": [upload(b"1", "a.pdf"), upload(b"2", "b.pdf")]}, lang).text
    at = 0 if lang == "vi" else 1
    assert ("→ Xin bản mới", "→ Get the newest")[at] in page
    assert (">Cũ ", ">Old ")[at] in page
    assert ("khác từng byte, chỉ tính một lần; tệp trước là a.pdf", "the earlier file is a.pdf")[at] in page
    assert "✓" not in page


def test_form_names_what_there_was_no_room_for(
    client: FlaskClient, released: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the sandbox has no room, a file that the record does not know is named as not checked; others go on."""

    def full(*_: object, **__: object) -> NoReturn:
        raise SandboxBusyError

    monkeypatch.setattr(Sandbox, "_take", full)
    files = [upload(b"%PDF-1.7", "la.pdf"), upload(released.pdf(), "that.pdf")]
    page = sent(client, {"files": files}).text
    assert "Nơi kiểm tra đang bận nên chưa kiểm tra tệp này" in page
    assert "Lần kiểm tra này không mở nội dung của tệp" in page


def test_names_are_escaped(client: FlaskClient) -> None:
    """A file's name is text on the page."""
    answer = client.post("/desk", data={"files": upload(b"x", "<script>alert(1)<b>.pdf")})
    assert "<script>" not in answer.text
