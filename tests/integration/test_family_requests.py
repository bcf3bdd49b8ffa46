"""Requests of families: numbered, counted by the law's clock, answered once, each step kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.app import create_app
from service.demo import TOKEN_FILE
from service.errors import ServiceError
from service.families.requests import Received, acknowledge, close, count_requests, receive
from service.people.roles import Role
from service.storage.database import writing
from service.storage.family_records import (
    FamilyRequest,
    RequestChannel,
    RequestKind,
    RequestState,
    Timeliness,
)
from service.web.words.requests import REQUEST_TEXTS
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import send, sign_in_as

VI, EN = REQUEST_TEXTS["vi"], REQUEST_TEXTS["en"]
MONDAY = dt.datetime(2026, 12, 7, 3, tzinfo=dt.UTC)


@pytest.fixture
def school(demonstration: Demonstration) -> Iterator[Demonstration]:
    """A school on a Monday in December."""
    demonstration.clock.time = MONDAY
    yield demonstration
    demonstration.installation.verifier.close()


def taken(school: Demonstration, kind: RequestKind = RequestKind.VIEW, **more: Any) -> FamilyRequest:
    """Take a request in about the first student."""
    student = school.issuances()[0].student_code
    return receive(school.installation.requesting, Received(SCHOOL, student, kind, **more), by=None)


def refusal(act: Any, *arguments: Any, **named: Any) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(ServiceError) as refused:
        act(*arguments, **named)
    return refused.value.code


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        (RequestKind.VIEW, dt.date(2026, 12, 17)),
        (RequestKind.CORRECT, dt.date(2026, 12, 17)),
        (RequestKind.RESTRICT, dt.date(2026, 12, 22)),
        (RequestKind.DELETE, dt.date(2026, 12, 28)),  # the 27th is a Sunday
    ],
)
def test_it_has_its_days_from_the_first(school: Demonstration, kind: RequestKind, due: dt.date) -> None:
    """Received on a Monday: to be confirmed by Wednesday, to be answered by the day of its kind."""
    request = taken(school, kind)
    assert (request.acknowledge_by, request.due_on) == (dt.date(2026, 12, 9), due)
    assert request.state is RequestState.RECEIVED


def test_numbers_run_by_school_and_year(school: Demonstration) -> None:
    """Each receipt has the next number of the year in which it came in."""
    numbers = [taken(school).number for _ in range(3)]
    assert numbers == ["2026-00001", "2026-00002", "2026-00003"]
    school.clock.time = dt.datetime(2027, 1, 5, 3, tzinfo=dt.UTC)
    assert taken(school).number == "2027-00001"
    assert taken(school, received_on=dt.date(2026, 12, 30)).number == "2026-00004"


def test_answered_before_on_and_past_its_day(school: Demonstration) -> None:
    """The counts by which offices are scored, with what is overdue and not yet confirmed."""
    early, exact, late, waiting = (taken(school) for _ in range(4))
    tools, register = school.installation.requesting, school.installation.register
    close(tools, SCHOOL, early.id, refused=None, by=None)
    school.clock.forward(days=10)
    close(tools, SCHOOL, exact.id, refused="Không phải người giám hộ.", by=None)
    assert count_requests(register.family_requests(SCHOOL), tools.today()).overdue == 0
    school.clock.forward(days=1)
    close(tools, SCHOOL, late.id, refused=None, by=None)
    found = register.family_requests(SCHOOL)
    assert found[0].id == waiting.id
    by_id = {one.id: one.timeliness(tools.today()) for one in found}
    assert by_id == {
        early.id: Timeliness.BEFORE,
        exact.id: Timeliness.ON,
        late.id: Timeliness.PAST,
        waiting.id: Timeliness.PAST,
    }
    counts = count_requests(found, tools.today())
    assert (counts.open, counts.overdue, counts.unacknowledged) == (1, 1, 1)
    assert (counts.before, counts.on, counts.past, counts.total) == (1, 1, 1, 4)


def test_every_step_is_kept(school: Demonstration) -> None:
    """Received, acknowledged once, refused with its reason; what was answered is answered."""
    tools, register = school.installation.requesting, school.installation.register
    request = taken(school)
    school.clock.forward(days=1)
    for _ in range(2):
        acknowledge(tools, SCHOOL, request.id, by=None)
    assert refusal(close, tools, SCHOOL, request.id, refused=" ", by=None) == "reason-invalid"
    closed = close(tools, SCHOOL, request.id, refused="Không phải người giám hộ.", by=None)
    assert (closed.state, closed.acknowledged_on) == (RequestState.REFUSED, dt.date(2026, 12, 8))
    steps = [(one.state, one.detail) for one in register.request_events(SCHOOL, request.id)]
    assert steps == [
        (RequestState.RECEIVED, ""),
        (RequestState.ACKNOWLEDGED, ""),
        (RequestState.REFUSED, "Không phải người giám hộ."),
    ]
    assert refusal(close, tools, SCHOOL, request.id, refused=None, by=None) == "request-closed"
    assert refusal(acknowledge, tools, SCHOOL, request.id, by=None) == "request-closed"


def test_answered_at_once_is_acknowledged_too(school: Demonstration) -> None:
    """Who is answered at the counter was told that the request came in: both steps stand there."""
    request = taken(school)
    close(school.installation.requesting, SCHOOL, request.id, refused=None, by=None)
    steps = [one.state for one in school.installation.register.request_events(SCHOOL, request.id)]
    assert steps == [RequestState.RECEIVED, RequestState.ACKNOWLEDGED, RequestState.DONE]


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE request_events SET at = 0",
        "UPDATE request_events SET state = 'done', detail = ''",
        "UPDATE request_events SET detail = 'other words'",
        "DELETE FROM request_events",
    ],
)
def test_the_database_itself_refuses_to_change_a_step(school: Demonstration, edit: str) -> None:
    """By mistake nobody rewrites when something was done."""
    taken(school)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        writing(school.installation.database) as connection,
    ):
        connection.execute(text(edit))


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"student_code": "NOBODY"}, "student-unknown"),
        ({"received_on": dt.date(2026, 12, 8)}, "request-day-invalid"),
        ({"received_on": dt.date(2025, 12, 1)}, "request-day-invalid"),
        ({"note": "x" * 1001}, "request-note-invalid"),
        ({"note": "a\x07b"}, "request-note-invalid"),
    ],
)
def test_what_cannot_be_is_refused(school: Demonstration, what: dict[str, Any], code: str) -> None:
    """A student of nobody, a day to come or long ago, and what is no text start no clock."""
    known = {"student_code": school.issuances()[0].student_code} | what
    received = Received(SCHOOL, kind=RequestKind.VIEW, **known)
    assert refusal(receive, school.installation.requesting, received, by=None) == code
    assert school.installation.register.family_requests(SCHOOL) == ()


def test_a_repeated_key_is_one_request(school: Demonstration) -> None:
    """Sent twice it has one number; with something else it is refused."""
    first = taken(school, idempotency_key="k")
    assert taken(school, idempotency_key="k") == first
    assert refusal(taken, school, RequestKind.DELETE, idempotency_key="k") == "idempotency-key-reused"


def test_erasing_waits_for_what_is_open(school: Demonstration) -> None:
    """An open request stays, with the reason said; an answered one keeps its number and days, and nothing of whose."""
    tools, installation = school.installation.requesting, school.installation
    code = school.issuances()[0].student_code
    request = taken(school, RequestKind.DELETE, note="Xin xoá dữ liệu của cháu Hiếm Có")
    report = installation.erase(SCHOOL, code, dry_run=False)
    assert report.erased.answered == 0
    assert any("answer them" in text.en for _, text in report.stays)
    close(tools, SCHOOL, request.id, refused="Cháu Hiếm Có còn học ở trường.", by=None)
    assert installation.erase(SCHOOL, code, dry_run=False).erased.answered == 1
    (left,) = installation.register.family_requests(SCHOOL)
    assert (left.number, left.due_on, left.note) == (request.number, request.due_on, "")
    assert left.student_code.startswith("erased/")
    installation.database.dispose()
    files = [path for path in school.data.rglob("*") if path.is_file()]
    assert [path for path in files if "Hiếm Có".encode() in path.read_bytes()] == []
    assert installation.erase(SCHOOL, code, dry_run=True).erased.is_empty


def test_commands_receive_acknowledge_close_and_list(demonstration: Demonstration) -> None:
    """`hocba request` from the counter to the counts."""
    data, student = str(demonstration.data), demonstration.issuances()[0].student_code

    def request(*arguments: str) -> dict[str, Any]:
        done = run("hocba", "request", *arguments, "--data", data, "--json", check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    made = request("receive", "--student", student, "--kind", "correct", "--note", "Sai ngày sinh")
    assert (made["state"], made["calendar"]) == ("received", "2026.1")
    assert request("acknowledge", made["id"])["state"] == "acknowledged"
    assert (
        request("close", made["id"], "--refused", "Ngày sinh đúng theo giấy khai sinh.")["state"] == "refused"
    )
    history = request("history", made["id"])["events"]
    assert [one["state"] for one in history] == ["received", "acknowledged", "refused"]
    listed = request("list")
    assert (listed["counts"]["before"], len(listed["requests"])) == (1, 1)
    assert request("list", "--overdue")["requests"] == []
    again = run("hocba", "request", "close", made["id"], "--data", data)
    assert (again.returncode, "[request-closed]" in again.stderr) == (1, True)


def test_api_receives_and_answers(school: Demonstration) -> None:
    """The same by the school's token; who did each step stands with it."""
    token = (school.data / TOKEN_FILE).read_text().strip()
    with create_app(school.installation).test_client() as client:

        def ask(method: str, path: str, status: int = 200, *, key: str = "", **more: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or token_hex(8)}
            answer = client.open(f"/api/v1/requests{path}", method=method, headers=headers, **more)
            assert answer.status_code == status
            return answer.get_json()

        body = {"student_code": school.issuances()[0].student_code, "kind": "view", "channel": "online"}
        made = ask("POST", "", 201, key="k", json=body)
        assert ask("POST", "", 201, key="k", json=body)["number"] == made["number"]
        assert ask("POST", f"/{made['id']}/acknowledge")["state"] == "acknowledged"
        assert ask("POST", f"/{made['id']}/close", json={})["state"] == "done"
        ask("POST", f"/{made['id']}/close", 409, json={"refused": "Muộn rồi."})
        listed = ask("GET", "")
        assert (listed["counts"]["online"], listed["counts"]["before"]) == (1, 1)
        known = school.installation.register.token_of(token)
        assert known is not None
        assert {one["by"] for one in ask("GET", f"/{made['id']}")["events"]} == {known.id}
        ask("POST", "", 404, json=body | {"student_code": "NOBODY"})


def test_clerk_takes_in_and_answers_on_pages(school: Demonstration) -> None:
    """From the form to the receipt and the answer; sent twice by a double click it is one; others look only."""
    with create_app(school.installation).test_client() as client:
        sign_in_as(client, school, Role.CLERK)
        assert VI["none"] in client.get("/requests").text
        form = {
            "student": school.issuances()[0].student_code,
            "kind": "correct",
            "channel": "office",
            "note": "Sai ngày sinh",
            "received_on": "2026-12-07",
            "once": "1",
        }
        receipt = send(client, "/requests", **form).location
        assert send(client, "/requests", **form).location == receipt
        page = client.get(receipt).text
        for words in ("2026-00001", "17/12/2026", "Sai ngày sinh", VI["kind_correct"]):
            assert words in page
        school.clock.forward(days=11)
        assert VI["open_past"] in client.get("/requests").text
        assert send(client, f"{receipt}/acknowledge").status_code == 303
        assert send(client, f"{receipt}/close", outcome="refused", reason="").status_code == 422
        assert send(client, f"{receipt}/close", outcome="done").status_code == 303
        assert VI["closed_past"] in client.get(receipt).text
        assert send(client, "/requests", **form | {"kind": "fun"}).status_code == 422
        sign_in_as(client, school, Role.INSPECTOR)
        assert VI["receive"] not in client.get("/requests").text
        assert send(client, "/requests", **form).status_code == 403
    assert VI.keys() == EN.keys()
    assert taken(school, channel=RequestChannel.POST).channel is RequestChannel.POST
