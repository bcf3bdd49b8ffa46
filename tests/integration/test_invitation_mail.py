"""Invitations by mail: a real mail server takes a link that works once and lies nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.families.notices import MAX_TRIES
from service.people.accounts import OPERATOR, EventKind
from service.people.administering import invitation_digest
from service.people.invitation_mail import send_invitations
from service.people.roles import Role
from service.storage.family_records import NoticeState
from service.storage.invitation_mails import DROPPED, InvitationMail, InvitationMails
from service.web.words import TEXTS
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.mail_server import RunningMailServer, mail_server
from tests.support.sign_in import send, sign_in_as

VI = TEXTS["vi"]
ADDRESS = "lan@truong.example"
CONSOLE = "https://hocba.so.example"
FORM = {"name": "Trần Thị Lan", "sign_in_name": ADDRESS, "role": "clerk"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningMailServer]:
    """A mail server, and the console's address, that the installation's settings name."""
    with mail_server(tmp_path) as running:
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOCBA_CONSOLE_URL", CONSOLE)
        yield running


@pytest.fixture
def client(demonstration: Demonstration, server: RunningMailServer) -> Iterator[FlaskClient]:
    """A browser in which the school's administrator has signed in."""
    assert server.settings
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    yield client
    installation.verifier.close()


def mail_of(demonstration: Demonstration) -> InvitationMail:
    """Return the last mail to her."""
    account = demonstration.installation.administration.find(SCHOOL, ADDRESS)
    found = demonstration.installation.inviting.mails.of(account.person.id)
    assert found
    return found


def codes(server: RunningMailServer) -> list[str]:
    """Return the code of the link in each message that the server took."""
    found = []
    for message in server.handler.messages:
        (link,) = re.findall(rf"{CONSOLE}/invitation\?code=\S+", message.get_content())
        found += parse_qs(urlsplit(link).query)["code"]
    return found


def joins(demonstration: Demonstration, code: str) -> bool:
    """Use a link, and return whether it was good."""
    at = int(demonstration.clock().timestamp())
    people = demonstration.installation.people
    return people.join(invitation_digest(code), "argon2", session_id=code[:32] * 2, at=at) is not None


def test_who_signs_in_with_an_address_is_invited_by_mail(
    client: FlaskClient, demonstration: Demonstration, server: RunningMailServer
) -> None:
    """The page shows no link; the message has one, Vietnamese first, which sets a password once."""
    page = send(client, "/people/invite", **FORM).text
    assert VI["mail_waiting"] in page
    assert "/invitation?code=" not in page
    assert send_invitations(demonstration.installation.inviting) == 1
    (message,) = server.handler.messages
    words = message.get_content()
    assert (message["To"], message["Content-Language"]) == (ADDRESS, "vi, en")
    assert words.index("Chào Trần Thị Lan") < words.index("Hello Trần Thị Lan")
    (code,) = codes(server)
    assert (joins(demonstration, code), joins(demonstration, code)) == (True, False)
    account = demonstration.installation.administration.find(SCHOOL, ADDRESS)
    kinds = [one.kind for one in demonstration.installation.people.events(account.person.id)]
    assert kinds == [EventKind.INVITED, EventKind.MAILED, EventKind.JOINED]


def test_the_link_lies_in_the_message_alone(
    client: FlaskClient, demonstration: Demonstration, server: RunningMailServer
) -> None:
    """Before and after sending, the database's files have no code that would open the account."""
    send(client, "/people/invite", **FORM)
    send_invitations(demonstration.installation.inviting)
    (code,) = codes(server)
    content = b"".join(path.read_bytes() for path in demonstration.data.glob("hocba.sqlite3*"))
    assert len(content) > 100_000
    assert code.encode() not in content


def test_a_try_after_a_crash_has_a_link_of_its_own(
    client: FlaskClient,
    demonstration: Demonstration,
    server: RunningMailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that dies between the server's yes and its note sends again; only the newest link is good."""
    send(client, "/people/invite", **FORM)

    def dies(*_arguments: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr(InvitationMails, "settle", dies)
        with pytest.raises(RuntimeError, match="planted"):
            send_invitations(demonstration.installation.inviting)
    assert send_invitations(demonstration.installation.inviting) == 1
    old, new = codes(server)
    # Another message, not the same again: a mail program must not show the dead link for both.
    assert len({message["Message-ID"] for message in server.handler.messages}) == 2
    assert (joins(demonstration, old), joins(demonstration, new)) == (False, True)


def test_nothing_is_sent_after_the_link_was_used(
    client: FlaskClient,
    demonstration: Demonstration,
    server: RunningMailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody who joined by a message that was not noted as sent is not invited once more."""
    send(client, "/people/invite", **FORM)
    with monkeypatch.context() as planted:
        planted.setattr(InvitationMails, "settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send_invitations(demonstration.installation.inviting)
    (code,) = codes(server)
    assert joins(demonstration, code)
    assert send_invitations(demonstration.installation.inviting) == 0
    assert mail_of(demonstration).answer == DROPPED


@pytest.mark.parametrize("instead", ["link", "disabled"])
def test_what_took_its_place_ends_a_mail(
    client: FlaskClient, demonstration: Demonstration, server: RunningMailServer, instead: str
) -> None:
    """A link that is shown meanwhile, or an account that is disabled: the waiting mail is dropped."""
    send(client, "/people/invite", **FORM)
    account = demonstration.installation.administration.find(SCHOOL, ADDRESS)
    if instead == "link":
        page = send(client, f"/people/{account.person.id}/invite").text
        (code,) = re.findall(r"invitation\?code=([\w=%-]+)", page)
        assert code
    else:
        send(client, f"/people/{account.person.id}/disable")
    assert send_invitations(demonstration.installation.inviting) == 0
    assert server.handler.messages == []
    assert mail_of(demonstration).answer == DROPPED


def test_a_refusal_is_tried_again_and_given_up(
    client: FlaskClient, demonstration: Demonstration, server: RunningMailServer
) -> None:
    """For now: later, each time after a longer pause, to an end. For good: at once; the page says so."""
    send(client, "/people/invite", **FORM)
    server.handler.refusals[ADDRESS] = ["451 later"] * MAX_TRIES
    for tries in range(1, MAX_TRIES + 1):
        send_invitations(demonstration.installation.inviting)
        assert mail_of(demonstration).tries == tries
        demonstration.clock.forward(hours=9)
    assert (mail_of(demonstration).state, mail_of(demonstration).answer) == (NoticeState.GIVEN_UP, "451")
    account = demonstration.installation.administration.find(SCHOOL, ADDRESS)
    sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    send(client, f"/people/{account.person.id}/invite", mail="1")
    server.handler.refusals[ADDRESS] = ["550 nobody"]
    send_invitations(demonstration.installation.inviting)
    page = client.get(f"/people/{account.person.id}").text
    assert VI["mail_given_up"].format(answer="550") in page


@pytest.mark.parametrize("missing", ["HOCBA_CONSOLE_URL", "HOCBA_SMTP_SERVER"])
def test_without_server_or_address_the_link_is_shown(
    demonstration: Demonstration,
    server: RunningMailServer,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
) -> None:
    """A link in a message is never made of what a request says its host is; without a setting it is shown once."""
    monkeypatch.delenv(missing)
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.ADMINISTRATOR)
    assert "/invitation?code=" in send(client, "/people/invite", **FORM).text
    assert installation.inviting.mails.due(2**40, most=1) == ()
    assert server.handler.messages == []
    installation.verifier.close()


def test_the_command_mails_who_is_there(demonstration: Demonstration, server: RunningMailServer) -> None:
    """`hocba users mail` and `hocba notices send`; a name that is no address is refused with what to do."""
    administration = demonstration.installation.administration
    for name in (ADDRESS, "lan.tran"):
        administration.invite(SCHOOL, "Trần Thị Lan", name, [Role.CLERK], by=OPERATOR)
    data = ("--data", demonstration.data)
    assert "[invitation-without-mail]" in run("hocba", "users", "mail", "lan.tran", *data).stderr
    run("hocba", "users", "mail", ADDRESS, *data, check=True)
    assert "thư mời / invitations 1" in run("hocba", "notices", "send", *data, check=True).stdout
    assert len(codes(server)) == 1
