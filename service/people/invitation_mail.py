"""Invitations by mail: a link that sets a password once, drawn when it is sent and kept nowhere but in the message.

The outbox says that somebody is to be invited; it holds no link. Each try draws one, keeps its digest as the invitation
and hands the message over, so that a try after a refusal or a crash carries another link and ends the one before. What
was used, shown on a page instead, or is of somebody disabled since, is dropped.
"""

from __future__ import annotations

import datetime as dt
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from schemas.errors import Text
from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.families.mailing import Mailer, MessageRefusedError, connected
from service.families.notices import MAX_TRIES, NoticeTools, is_address, pause_after
from service.people.administering import INVITATION_TIME, invitation_digest
from service.storage.family_records import NoticeState
from service.storage.invitation_mails import DROPPED, InvitationMail, InvitationMails
from service.storage.people import People
from service.web_addresses import invitation_link

OFFICE: Final = Text("Sở Giáo dục và Đào tạo", "the office of education (Sở)")
_SUBJECT: Final = Text("Lời mời dùng trang cấp học bạ số", "You are invited to the console of transcripts")
_BODY: Final = Text(
    "Chào {name},\n\n{school} mời bạn dùng trang cấp học bạ số, với tên đăng nhập {sign_in_name}.\n\n"
    "Hãy mở liên kết này để đặt mật khẩu. Liên kết dùng một lần, đến {until}:\n\n{link}\n\n"
    "Nếu bạn không chờ thư này, đừng mở liên kết và hãy báo cho nhà trường. Thư này gửi tự động; không ai hỏi mật khẩu "
    "của bạn qua thư.",
    "Hello {name},\n\n{school} invites you to the console of transcripts, to sign in as {sign_in_name}.\n\n"
    "Open the link above to set a password. It is good once, until {until}.\n\n"
    "If you did not expect this message, do not open the link, and tell the school. This message was sent "
    "automatically; nobody ever asks for your password by mail.",
)


@dataclass(frozen=True, slots=True)
class InvitationTools:
    """What inviting by mail needs from elsewhere; the mail server is that of notices."""

    people: People
    mails: InvitationMails
    noticing: NoticeTools
    console_url: str
    """The console's own address, by configuration: a link in a message is never made of what a request says."""
    token_bytes: Callable[[int], bytes]

    def reaches(self, sign_in_name: str) -> bool:
        """Return whether somebody can be invited by mail: they sign in with an address, and there is a server."""
        is_set_up = self.noticing.server is not None and bool(self.console_url)
        return is_set_up and is_address(sign_in_name.strip())


def check_reaches(tools: InvitationTools, sign_in_name: str) -> None:
    """Refuse to invite by mail where no mail would reach somebody.

    Raises:
        ServiceError: `invitation-without-mail`.
    """
    if not tools.reaches(sign_in_name):
        raise ServiceError(
            "invitation-without-mail",
            "Không mời bằng thư được: tên đăng nhập không phải địa chỉ thư, hoặc chưa đặt HOCBA_SMTP_SERVER, "
            "HOCBA_NOTICES_FROM, HOCBA_CONSOLE_URL. Hãy lấy liên kết bằng: hocba users invite.",
            "No mail can invite: the sign-in name is no address, or HOCBA_SMTP_SERVER, HOCBA_NOTICES_FROM, "
            "HOCBA_CONSOLE_URL are not set. Get a link with: hocba users invite.",
        )


def send_invitations(tools: InvitationTools) -> int:
    """Send what is due, and return how many messages the server took.

    Raises:
        ServiceError: `mail-server-unavailable`; nothing that was not tried has lost a try.
    """
    server, sent = tools.noticing.server, 0
    if server is None or not tools.console_url:
        return sent
    while due := tools.mails.due(tools.noticing.at(), most=100):
        with connected(server) as mailer:
            for mail in due:
                settled, is_broken = _try(tools, mailer, mail)
                tools.mails.settle(settled)
                sent += settled.state is NoticeState.SENT
                if is_broken:
                    break  # the rest over a new connection
    return sent


def _try(tools: InvitationTools, mailer: Mailer, mail: InvitationMail) -> tuple[InvitationMail, bool]:
    at, code = tools.noticing.at(), urlsafe_b64encode(tools.token_bytes(24)).decode()
    until = at + int(INVITATION_TIME.total_seconds())
    if not tools.mails.draw(mail.id, invitation_digest(code), until):
        return replace(mail, state=NoticeState.GIVEN_UP, answer=DROPPED, settled_at=at), False
    tried = replace(mail, tries=mail.tries + 1)
    try:
        mailer.send(_message(tools, tried, code, until))
    except MessageRefusedError as refusal:
        refused = replace(tried, answer=refusal.answer)
        is_broken = refusal.answer == "line"
        if refusal.is_permanent or tried.tries >= MAX_TRIES:
            return replace(refused, state=NoticeState.GIVEN_UP, settled_at=at), is_broken
        return replace(refused, next_try_at=at + pause_after(tried.tries)), is_broken
    return replace(tried, state=NoticeState.SENT, answer=None, settled_at=at), False


def _message(tools: InvitationTools, mail: InvitationMail, code: str, until: int) -> EmailMessage:
    account = tools.people.account(mail.person_id)
    if account is None:
        raise RuntimeError("an invitation was drawn for nobody")
    school = mail.school_code
    name = OFFICE.vi if school is None else tools.noticing.register.school(school)[0].name
    noticing = tools.noticing
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=noticing.sender)
    message["To"] = Address(addr_spec=account.sign_in_name)
    message["Subject"] = f"{_SUBJECT.vi} / {_SUBJECT.en}"
    message["Date"] = noticing.now()
    link = invitation_digest(code).hex()[:16]
    # Another link is another message: a mail program must not show the first, dead one for both.
    message["Message-ID"] = f"<{mail.id}.{link}@{noticing.origin.partition('/')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    ends = dt.datetime.fromtimestamp(until, VIETNAM)
    values = {
        "name": account.person.name,
        "sign_in_name": account.sign_in_name,
        "until": f"{ends:%d/%m/%Y %H:%M}",
        "link": invitation_link(tools.console_url, code),
    }
    vi = _BODY.vi.format(school=name, **values)
    en = _BODY.en.format(school=OFFICE.en if school is None else name, **values)
    message.set_content(f"{vi}\n\n-- \n\n{en}\n", charset="utf-8", cte="base64")
    message["Content-Language"] = "vi, en"  # after the content, which takes such headers away
    return message
