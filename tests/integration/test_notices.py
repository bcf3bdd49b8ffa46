"""Notices to families: written with what they tell of, sent by a real mail server at least once, or given up aloud."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.serial import display_serial
from service.demo import SCHOOL_YEAR, TOKEN_FILE
from service.errors import ServiceError
from service.extracting import ExtractRequest
from service.families.notices import MAX_TRIES, Sent, contact_of, message_of, send_notices, tend_outbox
from service.sample import sample_class
from service.storage.family_records import NoticeKind, NoticeState
from service.storage.issuances import Issuances
from service.storage.records import Issuance, State
from tests.support.changes import correct, revoke
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.mail_server import RunningMailServer, mail_server

PARENT = "parent@example.vn"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningMailServer]:
    """A mail server that the installation's settings name."""
    with mail_server(tmp_path) as running:
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        yield running


def tell(demonstration: Demonstration, number: int = 0, email: str = PARENT) -> Issuance:
    """Let the family of a transcript be told; returns the transcript."""
    issuance = demonstration.issuances()[number]
    at = int(demonstration.clock().timestamp())
    contact = contact_of(SCHOOL, issuance.student_code, email, at=at, by=None)
    demonstration.installation.register.set_contact(contact)
    return issuance


def outbox(demonstration: Demonstration) -> list[tuple[NoticeKind, NoticeState]]:
    """Return kind and state of every notice."""
    return [(one.kind, one.state) for one in demonstration.installation.register.notices(SCHOOL)]


def send(demonstration: Demonstration) -> Sent:
    """Send what is due."""
    return send_notices(demonstration.installation.noticing)


def test_release_is_told_with_its_commit(demonstration: Demonstration) -> None:
    """A class issued for: the family with an address has a notice, the other none; issuing again adds nothing."""
    installation = demonstration.installation
    result = installation.import_workbook(
        sample_class(2, class_name="6B", first_student=101), SCHOOL_YEAR, dry_run=False
    )
    code = result.rows[0].learner.student_code
    installation.register.set_contact(contact_of(SCHOOL, code, PARENT, at=0, by=None))
    for _ in range(2):
        installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    (notice,) = installation.register.notices(SCHOOL)
    assert (notice.kind, notice.student_code, notice.address) == (NoticeKind.RELEASED, code, PARENT)


def test_no_release_without_its_notice(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the notice cannot be written, the document does not become released either: one commit, or none."""
    installation = demonstration.installation
    result = installation.import_workbook(
        sample_class(1, class_name="6B", first_student=101), SCHOOL_YEAR, dry_run=False
    )
    code = result.rows[0].learner.student_code

    def broken(*_arguments: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr("service.storage.issuances.note_released", broken)
        with pytest.raises(RuntimeError, match="planted"):
            installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    (stopped,) = installation.register.documents(SCHOOL, code)
    assert stopped.state is State.RECORDED
    installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert [one.state for one in installation.register.documents(SCHOOL, code)] == [State.RELEASED]
    assert Issuances.advance.__name__ == "advance"


def test_every_change_after_release_is_told(demonstration: Demonstration) -> None:
    """Extract, correction and revocation each make one notice, and the corrected version none of its own."""
    first, second = tell(demonstration, 0), tell(demonstration, 1)
    installation = demonstration.installation
    installation.extract(ExtractRequest(SCHOOL, first.student_code, SCHOOL_YEAR))
    correct(demonstration, 0)
    revoke(demonstration, 1)
    found = {(one.kind, one.issuance_id) for one in installation.register.notices(SCHOOL)}
    (extract,) = (
        one.id for one in installation.register.documents(SCHOOL, first.student_code) if one.profile == 3
    )
    assert found == {
        (NoticeKind.EXTRACT, extract),
        (NoticeKind.CORRECTED, first.id),
        (NoticeKind.REVOKED, second.id),
    }


def test_message_says_what_happened_and_nothing_of_the_child(
    demonstration: Demonstration, server: RunningMailServer
) -> None:
    """School, serial, time and where to check, in Vietnamese first; no name, no student code, no mark, no PIN."""
    issuance = tell(demonstration)
    revoke(demonstration)
    assert send(demonstration) == Sent(sent=1)
    (message,) = server.handler.messages
    assert message["Content-Language"] == "vi, en"
    body = message.get_content()
    installation = demonstration.installation
    school, _ = installation.register.school(SCHOOL)
    for words in (school.name, display_serial(issuance.serial), f"https://{installation.settings.qr_host}/"):
        assert words in body
    assert body.index("đã thu hồi") < body.index("has revoked")
    assert message["From"].addresses[0].addr_spec == "hocba@example.vn"
    assert message["To"].addresses[0].addr_spec == PARENT
    assert message["Auto-Submitted"] == "auto-generated"
    (draft,) = installation.register.student_years(SCHOOL, SCHOOL_YEAR, student_code=issuance.student_code)
    whole = "\n".join(map(str, message.values())) + body
    for word in (draft.learner.full_name, issuance.student_code, issuance.class_name):
        assert word not in whole
    assert re.search(r"\b\d{6}\b", body) is None
    assert server.handler.signed_in
    assert outbox(demonstration) == [(NoticeKind.REVOKED, NoticeState.SENT)]
    assert send(demonstration) == Sent()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the server does not see that its line is TLS already
def test_tls_may_begin_with_the_connection(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on the port of implicit TLS takes the same message."""
    tell(demonstration)
    revoke(demonstration)
    with mail_server(tmp_path, implicit=True) as running:
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        assert send(demonstration) == Sent(sent=1)
        assert len(running.handler.messages) == 1


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_its_words(
    demonstration: Demonstration, kind: NoticeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind is said in both languages, with nothing left to fill in, and always the same Message-ID."""
    monkeypatch.setenv("HOCBA_NOTICES_FROM", "hocba@example.vn")
    tell(demonstration)
    revoke(demonstration)
    installation = demonstration.installation
    (notice,) = installation.register.notices(SCHOOL)
    tools = installation.noticing
    made = [message_of(tools, replace(notice, kind=kind, tries=tries)) for tries in (0, 3)]
    assert made[0]["Message-ID"] == made[1]["Message-ID"] == f"<{notice.id}@so-gddt.example>"
    assert "{" not in made[0].get_content() + made[0]["Subject"]


def test_a_crash_after_sending_sends_the_same_message_again(
    demonstration: Demonstration, server: RunningMailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the server's answer and the note of it: told twice rather than never, by one Message-ID."""
    tell(demonstration)
    revoke(demonstration)
    with monkeypatch.context() as planted:
        planted.setattr("service.storage.notices.Notices.settle_notice", _killed)
        with pytest.raises(KeyboardInterrupt):
            send(demonstration)
    assert outbox(demonstration) == [(NoticeKind.REVOKED, NoticeState.WAITING)]
    assert send(demonstration) == Sent(sent=1)
    first, second = server.handler.messages
    assert first["Message-ID"] == second["Message-ID"]


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_line_that_breaks_loses_nothing(demonstration: Demonstration, server: RunningMailServer) -> None:
    """Cut off before the answer, one waits, the next goes over a new connection; later the first is sent too."""
    tell(demonstration, 0, "first@example.vn")
    tell(demonstration, 1, "second@example.vn")
    revoke(demonstration, 0)
    demonstration.clock.forward(seconds=1)
    revoke(demonstration, 1)
    server.handler.breaks_off = 1
    assert send(demonstration) == Sent(sent=1, postponed=1)
    demonstration.clock.forward(minutes=3)
    assert send(demonstration) == Sent(sent=1)
    ids = [message["Message-ID"] for message in server.handler.messages]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_a_busy_server_is_asked_again_later_and_later(
    demonstration: Demonstration, server: RunningMailServer
) -> None:
    """A passing refusal postpones, each time longer; nothing is asked before its time."""
    tell(demonstration)
    revoke(demonstration)
    server.handler.refusals[PARENT] = ["451 come back later"] * 2
    assert send(demonstration) == Sent(postponed=1)
    assert send(demonstration) == Sent()
    pauses = []
    for _ in range(2):
        (notice,) = demonstration.installation.register.notices(SCHOOL)
        now = int(demonstration.clock().timestamp())
        pauses.append(notice.next_try_at - now)
        assert notice.answer == "451"
        demonstration.clock.forward(seconds=pauses[-1])
        send(demonstration)
    assert pauses == [120, 240]
    assert outbox(demonstration) == [(NoticeKind.REVOKED, NoticeState.SENT)]


def test_it_gives_up_aloud_and_can_be_retried(
    demonstration: Demonstration, server: RunningMailServer, caplog: pytest.LogCaptureFixture
) -> None:
    """After so many refusals an alarm in the log and in the metrics, without the address; then a new one is tried."""
    tell(demonstration)
    revoke(demonstration)
    server.handler.refusals[PARENT] = ["451 no"] * MAX_TRIES
    tending = demonstration.installation.tending
    with caplog.at_level(logging.ERROR):
        for _ in range(MAX_TRIES):
            tending.notify()
            demonstration.clock.forward(hours=9)
    assert "1 given up" in caplog.text
    assert PARENT not in caplog.text
    assert "hocba_notices_given_up 1\n" in tending.health.metrics()
    tell(demonstration, 0, "other@example.vn")
    register = demonstration.installation.register
    (given_up,) = (one for one in register.notices(SCHOOL) if one.state is NoticeState.GIVEN_UP)
    register.retry_notice(SCHOOL, given_up.id, at=int(demonstration.clock().timestamp()))
    # The revocation to the new address, and to the old one that it was changed.
    assert send(demonstration) == Sent(sent=2)
    addressed = {message["To"].addresses[0].addr_spec for message in server.handler.messages}
    assert addressed == {PARENT, "other@example.vn"}


def test_an_address_of_nobody_is_given_up_at_once(
    demonstration: Demonstration, server: RunningMailServer
) -> None:
    """A lasting refusal is believed; the other notices are sent."""
    tell(demonstration, 0)
    tell(demonstration, 1, "other@example.vn")
    revoke(demonstration, 0)
    revoke(demonstration, 1)
    server.handler.refusals[PARENT] = ["550 no such mailbox"]
    assert send(demonstration) == Sent(sent=1, given_up=1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("HOCBA_SMTP_SERVER", "127.0.0.1:1"),
        ("HOCBA_SMTP_AUTHORITY_FILE", ""),
        ("HOCBA_SMTP_USER", "somebody-else"),
        ("HOCBA_SMTP_SECURITY", "tls"),
    ],
)
def test_a_server_that_is_away_or_strange_costs_no_try(
    demonstration: Demonstration,
    server: RunningMailServer,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
) -> None:
    """No answer, a certificate of nobody, no sign-in, no TLS: nothing is sent, and everything waits as it was."""
    tell(demonstration)
    revoke(demonstration)
    if value:
        monkeypatch.setenv(setting, value)
    else:
        monkeypatch.delenv(setting)
    with pytest.raises(ServiceError) as refusal:
        send(demonstration)
    assert refusal.value.code == "mail-server-unavailable"
    (notice,) = demonstration.installation.register.notices(SCHOOL)
    assert (notice.state, notice.tries) == (NoticeState.WAITING, 0)
    assert server.handler.messages == []
    tending = demonstration.installation.tending
    tending.notify()
    assert tending.health.failures == 1


def test_without_a_mail_server_the_outbox_waits(demonstration: Demonstration) -> None:
    """Nothing is sent and nothing fails where no server is named; asked to send, the command says what to set."""
    tell(demonstration)
    revoke(demonstration)
    assert tend_outbox(demonstration.installation.noticing).waiting == 1
    with pytest.raises(ServiceError) as refusal:
        send(demonstration)
    assert refusal.value.code == "mail-server-missing"


def test_a_changed_address_is_told_to_the_old_one(demonstration: Demonstration) -> None:
    """Whoever diverts a family's notices cannot do it unseen; the same address again is no change."""
    tell(demonstration)
    tell(demonstration)
    assert outbox(demonstration) == []
    issuance = tell(demonstration, 0, "somebody@example.vn")
    register = demonstration.installation.register
    register.remove_contact(SCHOOL, issuance.student_code, at=int(demonstration.clock().timestamp()))
    assert [(one.kind, one.address) for one in register.notices(SCHOOL)] in (
        [(NoticeKind.CONTACT, PARENT), (NoticeKind.CONTACT, "somebody@example.vn")],
        [(NoticeKind.CONTACT, "somebody@example.vn"), (NoticeKind.CONTACT, PARENT)],
    )
    revoke(demonstration)
    assert len(outbox(demonstration)) == 2


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a",
        "a@b",
        "a b@example.vn",
        "a@example.vn,b@example.vn",
        "a@example.vn\nBcc: b@example.vn",
        "á@example.vn",
    ],
)
def test_what_is_no_address_is_refused(demonstration: Demonstration, email: str) -> None:
    """Nothing that could name two recipients, or a header, becomes an address."""
    with pytest.raises(ServiceError) as refusal:
        tell(demonstration, 0, email)
    assert refusal.value.code == "email-invalid"


def test_erasing_takes_address_and_notices_away(demonstration: Demonstration) -> None:
    """No address of the family is left on the disk, and nothing is sent to it any more."""
    issuance = tell(demonstration)
    revoke(demonstration)
    installation = demonstration.installation
    assert installation.erase(SCHOOL, issuance.student_code, dry_run=True).erased.notices == 2
    assert installation.erase(SCHOOL, issuance.student_code, dry_run=False).erased.notices == 2
    assert outbox(demonstration) == []
    installation.database.dispose()
    files = [path for path in demonstration.data.rglob("*") if path.is_file()]
    assert [path for path in files if PARENT.encode() in path.read_bytes()] == []


def test_commands_keep_addresses_and_send(demonstration: Demonstration, server: RunningMailServer) -> None:
    """`hocba contact` and `hocba notices` from the address to the sent message."""
    data = str(demonstration.data)
    issuance = demonstration.issuances()[0]
    student = ("--student", issuance.student_code, "--data", data)
    run("hocba", "contact", "set", *student, "--email", PARENT, check=True)
    shown = json.loads(run("hocba", "contact", "show", *student, "--json", check=True).stdout)
    assert shown["email"] == PARENT
    demonstration.clock.catch_up()
    revoke(demonstration)
    sent = json.loads(run("hocba", "notices", "send", "--data", data, "--json", check=True).stdout)
    assert (sent["sent"], sent["waiting"]) == (1, 0)
    assert len(server.handler.messages) == 1
    listed = json.loads(run("hocba", "notices", "list", "--data", data, "--json", check=True).stdout)
    assert listed["counts"] == {"waiting": 0, "sent": 1, "given-up": 0}
    assert listed["notices"][0]["serial"] == display_serial(issuance.serial)
    run("hocba", "contact", "remove", *student, check=True)
    unknown = run("hocba", "notices", "retry", listed["notices"][0]["id"], "--data", data)
    assert (unknown.returncode, "[notice-unknown]" in unknown.stderr) == (1, True)


def test_api_sets_addresses_and_lists_the_outbox(demonstration: Demonstration) -> None:
    """The same by the school's token; a student's code stands in no address."""
    from service.app import create_app

    token = (demonstration.data / TOKEN_FILE).read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    body = {"student_code": demonstration.issuances()[0].student_code, "email": PARENT}
    with create_app(demonstration.installation).test_client() as client:
        set_ = client.post("/api/v1/contacts", json=body, headers=headers | {"Idempotency-Key": "1"})
        assert set_.get_json() == body
        revoke(demonstration)
        (notice,) = client.get("/api/v1/notices", headers=headers).get_json()["notices"]
        assert (notice["kind"], notice["address"]) == ("revoked", PARENT)
        headers |= {"Idempotency-Key": "2"}
        gone = client.post("/api/v1/contacts", json=body | {"email": None}, headers=headers).get_json()
        assert gone["email"] is None
        headers |= {"Idempotency-Key": "3"}
        refused = client.post("/api/v1/contacts", json=body | {"email": "nobody"}, headers=headers)
        assert refused.status_code == 422
