"""Handing messages to the mail server that the settings name: SMTP over TLS, with limits in time.

The server's name is checked against its certificate. Without TLS no password and no address leaves this machine.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Final

from keys.secret_files import read_passphrase
from service.errors import ServiceError

SECONDS: Final = 20.0
"""How long any answer of the server may take."""
_PERMANENT = 500
"""From this status on a server says that the same message will never be taken (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes messages over, as the settings name it."""

    host: str
    port: int
    starts_tls: bool
    """Whether TLS begins with STARTTLS; else with the connection."""
    user: str
    password_file: Path | None
    authority_file: Path | None
    """Certificates that are believed beside those of the system."""


class MessageRefusedError(Exception):
    """The server did not take this message; `is_permanent` where it never will."""

    def __init__(self, answer: str, *, is_permanent: bool) -> None:
        super().__init__(answer)
        self.answer, self.is_permanent = answer, is_permanent


class Mailer:
    """A connection to the server, signed in."""

    def __init__(self, smtp: SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Hand a message over; the server has it when this returns.

        Raises:
            MessageRefusedError: it was not taken, or the line broke off before anybody said so.
            ServiceError: `mail-server-unavailable`: no message would be taken now.
        """
        try:
            self._smtp.send_message(message)
        except SMTPSenderRefused as error:
            raise _unavailable(str(error.smtp_code)) from error
        except SMTPRecipientsRefused as error:
            status = max((status for status, _ in error.recipients.values()), default=_PERMANENT)
            raise _refusal(status) from error
        except SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (SMTPException, OSError) as error:
            raise MessageRefusedError("line", is_permanent=False) from error


@contextmanager
def connected(server: MailServer) -> Iterator[Mailer]:
    """Connect, begin TLS and sign in; yields what messages are handed to.

    Raises:
        ServiceError: `mail-server-unavailable`; nothing was sent.
    """
    try:
        smtp = _signed_in(server)
    except (SMTPException, OSError, ValueError) as error:
        # What the server says may hold addresses: the kind of the error is enough.
        raise _unavailable(type(error).__name__) from error
    try:
        yield Mailer(smtp)
    finally:
        with suppress(SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _signed_in(server: MailServer) -> SMTP:
    context = ssl.create_default_context()
    if server.authority_file is not None:
        context.load_verify_locations(server.authority_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.starts_tls:
        smtp = SMTP(server.host, server.port, timeout=SECONDS)
    else:
        smtp = SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    try:
        if server.starts_tls:
            smtp.starttls(context=context)
        if server.user and server.password_file is not None:
            smtp.login(server.user, read_passphrase(server.password_file).decode())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _refusal(status: int) -> MessageRefusedError:
    return MessageRefusedError(str(status), is_permanent=status >= _PERMANENT)


def _unavailable(why: str) -> ServiceError:
    return ServiceError(
        "mail-server-unavailable",
        f"Máy chủ thư không nhận thư lúc này ({why}); thông báo vẫn còn và sẽ được gửi lại. Hãy xem HOCBA_SMTP_*.",
        f"The mail server takes no messages now ({why}); the notices are kept and sent later. Look at HOCBA_SMTP_*.",
    )
