"""A real SMTP server on this machine (aiosmtpd), with TLS, a sign-in, and faults that a test asks for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.commands import free_port

USER, PASSWORD = "hocba", "a password with spaces"


@dataclass
class MailHandler:
    """What the server does with messages: keeps them, and refuses as it is told."""

    messages: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    """Answers to give for an address, one for each time it is asked for; then it is taken."""
    breaks_off: int = 0
    """How often the line is cut after a message was taken, before that is said."""
    signed_in: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or refuse it."""
        self.signed_in = bool(session.authenticated)
        if answers := self.refusals.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        made = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(made, EmailMessage)
        self.messages.append(made)
        if self.breaks_off:
            self.breaks_off -= 1
            assert server.transport is not None
            server.transport.close()
        return "250 OK"

    def authenticate(self, _server: SMTP, *arguments: Any) -> AuthResult:
        """Let the one user in."""
        data = arguments[-1]
        assert isinstance(data, LoginPassword)
        is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)  # the library is to answer whoever is not


@dataclass
class RunningMailServer:
    """A server that runs, and the settings by which an installation finds it."""

    handler: MailHandler
    settings: dict[str, str]


@contextmanager
def mail_server(folder: Path, *, implicit: bool = False) -> Iterator[RunningMailServer]:
    """Run a server that takes nothing without TLS and sign-in; `implicit` begins TLS with the connection."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    password = folder / "smtp-password"
    password.write_bytes(PASSWORD.encode() + b"\n")
    password.chmod(0o600)
    handler, port = MailHandler(), free_port()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=handler.authenticate,
        auth_required=True,
        # Without STARTTLS the library itself does not see that the line is TLS already.
        auth_require_tls=not implicit,
        **({"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}),
    )
    settings = {
        "HOCBA_SMTP_SERVER": f"127.0.0.1:{port}",
        "HOCBA_SMTP_SECURITY": "tls" if implicit else "starttls",
        "HOCBA_SMTP_USER": USER,
        "HOCBA_SMTP_PASSWORD_FILE": str(password),
        "HOCBA_SMTP_AUTHORITY_FILE": str(certificate),
        "HOCBA_NOTICES_FROM": "hocba@example.vn",
    }
    controller.start()
    try:
        yield RunningMailServer(handler, settings)
    finally:
        controller.stop()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = folder / "smtp.pem", folder / "smtp.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
