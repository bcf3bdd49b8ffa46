"""Sending the outbox: what happened to a document, told to the family's address, at least once, by SMTP.

A notice is marked as sent after the server has taken it over. A crash in between sends it again, with the same
Message-ID, by which mail programs show it once. A message says which school, what, when and where to check: no name,
no mark, no PIN.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from schemas.serial import display_serial
from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.families.mailing import Mailer, MailServer, MessageRefusedError, connected
from service.families.notice_words import WORDS
from service.settings import Settings
from service.storage.family_records import Contact, Notice, NoticeState
from service.storage.register import Register

MAX_TRIES: Final = 12
"""Refusals after which a notice is given up: with the pauses, about a day and a half."""
_FIRST_PAUSE = dt.timedelta(minutes=2)
_LONGEST_PAUSE = dt.timedelta(hours=8)
_AT_ONCE = 100
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({_LABEL}\.)+[A-Za-z]{{2,63}}")


@dataclass(frozen=True, slots=True)
class NoticeTools:
    """What sending needs from elsewhere."""

    register: Register
    server: MailServer | None
    sender: str
    """The address that messages come from."""
    origin: str
    """The log's origin, which never changes: Message-IDs end with its name."""
    portal: str
    """Where anybody checks a document."""
    now: Callable[[], dt.datetime]

    def at(self) -> int:
        """Return the present time in seconds."""
        return int(self.now().timestamp())


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round of sending did."""

    sent: int = 0
    postponed: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a round did, and what is left in the outbox after it."""

    done: Sent
    waiting: int
    given_up: int
    invitations: int = 0
    """How many invitations to people were sent in the same round."""


def notice_tools(settings: Settings, register: Register, now: Callable[[], dt.datetime]) -> NoticeTools:
    """Return the tools as the settings say; without a server or a sender nothing is sent."""
    host, _, port = settings.smtp_server.rpartition(":")
    server = None
    if host and settings.notices_from:
        server = MailServer(
            host,
            int(port),
            starts_tls=settings.smtp_security == "starttls",
            user=settings.smtp_user,
            password_file=_in_data(settings, settings.smtp_password_file),
            authority_file=_in_data(settings, settings.smtp_authority_file),
        )
    portal = f"https://{settings.qr_host}/"
    return NoticeTools(register, server, settings.notices_from, settings.origin, portal, now)


def contact_of(school: str, student_code: str, email: str, *, at: int, by: str | None) -> Contact:
    """Return a family's address as it is kept.

    Raises:
        ServiceError: `email-invalid`.
    """
    address = email.strip()
    if not is_address(address):
        raise ServiceError(
            "email-invalid",
            "Địa chỉ thư không đúng dạng, như phuhuynh@example.vn; hãy xem lại.",
            "The e-mail address is malformed, it should be like parent@example.vn; check it.",
        )
    return Contact(school, student_code, address, at, by)


def is_address(text: str) -> bool:
    """Return whether a text has the form of an e-mail address."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and ".." not in text


def server_of(tools: NoticeTools) -> MailServer:
    """Return the mail server.

    Raises:
        ServiceError: `mail-server-missing`.
    """
    if tools.server is None:
        raise ServiceError(
            "mail-server-missing",
            "Chưa có máy chủ thư; người quản trị hãy đặt HOCBA_SMTP_SERVER và HOCBA_NOTICES_FROM.",
            "There is no mail server; the operator sets HOCBA_SMTP_SERVER and HOCBA_NOTICES_FROM.",
        )
    return tools.server


def send_notices(tools: NoticeTools) -> Sent:
    """Send what is due, whoever it is of. One that is refused waits longer each time, and is given up in the end.

    Raises:
        ServiceError: `mail-server-missing`; `mail-server-unavailable`: nothing that was not tried has lost a try.
    """
    server, done = server_of(tools), Sent()
    while due := tools.register.due_notices(tools.at(), most=_AT_ONCE):
        with connected(server) as mailer:
            for notice in due:
                settled, is_broken = _try(tools, mailer, notice)
                tools.register.settle_notice(settled)
                done = _counted(done, settled)
                if is_broken:
                    break  # the rest over a new connection
    return done


def tend_outbox(tools: NoticeTools) -> Outbox:
    """Send what is due where there is a server, and count what is left.

    Raises:
        ServiceError: `mail-server-unavailable`.
    """
    done = Sent() if tools.server is None else send_notices(tools)
    counts = tools.register.notice_counts()
    return Outbox(done, counts[NoticeState.WAITING], counts[NoticeState.GIVEN_UP])


def _in_data(settings: Settings, path: Path | None) -> Path | None:
    return None if path is None else settings.data / path


def _try(tools: NoticeTools, mailer: Mailer, notice: Notice) -> tuple[Notice, bool]:
    at = tools.at()
    try:
        mailer.send(message_of(tools, notice))
    except MessageRefusedError as refusal:
        tries = notice.tries + 1
        tried = replace(notice, tries=tries, answer=refusal.answer)
        is_broken = refusal.answer == "line"
        if refusal.is_permanent or tries >= MAX_TRIES:
            return replace(tried, state=NoticeState.GIVEN_UP, settled_at=at), is_broken
        return replace(tried, next_try_at=at + pause_after(tries)), is_broken
    sent = replace(notice, state=NoticeState.SENT, tries=notice.tries + 1, answer=None, settled_at=at)
    return sent, False


def pause_after(tries: int) -> int:
    """Return how many seconds to wait after so many tries that were refused."""
    return int(min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE).total_seconds())


def _counted(done: Sent, settled: Notice) -> Sent:
    match settled.state:
        case NoticeState.SENT:
            return replace(done, sent=done.sent + 1)
        case NoticeState.GIVEN_UP:
            return replace(done, given_up=done.given_up + 1)
        case _:
            return replace(done, postponed=done.postponed + 1)


def message_of(tools: NoticeTools, notice: Notice) -> EmailMessage:
    """Return a notice as a message: Vietnamese, with English beneath. The same notice has the same Message-ID."""
    school, _ = tools.register.school(notice.school_code)
    issuance = tools.register.issuance(notice.school_code, notice.issuance_id or "")
    happened = dt.datetime.fromtimestamp(notice.happened_at, dt.UTC).astimezone(VIETNAM)
    values = {
        "school": school.name,
        "serial": "" if issuance is None else display_serial(issuance.serial),
        "when": f"{happened:%d/%m/%Y %H:%M}",
        "portal": tools.portal,
    }
    words = WORDS[notice.kind]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=school.name, addr_spec=tools.sender)
    message["To"] = Address(addr_spec=notice.address)
    message["Subject"] = f"{words.subject.vi} / {words.subject.en}"
    message["Date"] = tools.now()
    message["Message-ID"] = f"<{notice.id}@{tools.origin.partition('/')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    vi, en = (text.format(**values) for text in (words.body.vi, words.body.en))
    message.set_content(f"{vi}\n\n-- \n\n{en}\n", charset="utf-8", cte="base64")
    message["Content-Language"] = "vi, en"  # after the content, which takes such headers away
    return message


def notice_facts(register: Register, notice: Notice) -> dict[str, object]:
    """Return what programs are told of a notice; times are seconds since 1970, UTC."""
    issuance = register.issuance(notice.school_code, notice.issuance_id or "")
    return {
        "id": notice.id,
        "kind": notice.kind.value,
        "state": notice.state.value,
        "student_code": notice.student_code,
        "serial": None if issuance is None else display_serial(issuance.serial),
        "address": notice.address,
        "happened_at": notice.happened_at,
        "tries": notice.tries,
        "next_try_at": notice.next_try_at if notice.state is NoticeState.WAITING else None,
        "answer": notice.answer,
        "settled_at": notice.settled_at,
    }
