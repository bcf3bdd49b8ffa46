"""A school whose certificates can be revoked, and a server on loopback that says whether they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

from cryptography import x509
from cryptography.x509 import ocsp

from keys.keyring import DocumentRole
from schemas.record.statement import Role
from service.sample import DEMO_SCHOOL
from tests.support.certificates import SUBSCRIBER, Extension, Party
from tests.support.demonstration import Demonstration
from tests.support.revocation import OFFERS_OCSP, REFUSAL, List, OCSPAnswer, responder
from tests.support.signers import SIGNING, issue_certificate, issuing_authority, register
from tests.support.stamped_signatures import StampedSchool
from tests.support.stamping_server import send

PRINCIPAL, SEAL = SIGNING
_NAMES = {PRINCIPAL: DEMO_SCHOOL[1].name, SEAL: DEMO_SCHOOL[0].name}
_ROLES = {PRINCIPAL: Role.PRINCIPAL, SEAL: Role.SEAL}


class Authorities:
    """The authorities of both certificates, and what they say of them; called as a server answers."""

    def __init__(self, demonstration: Demonstration, *, offers: Sequence[Extension] = (OFFERS_OCSP,)) -> None:
        self.clock = demonstration.clock
        self.issuers = {role: issuing_authority(demonstration, role) for role in SIGNING}
        self.certificates: dict[DocumentRole, Party] = {}
        self.revoked: dict[int, dt.datetime] = {}
        self.changes: dict[str, object] = {}
        """What is bent in each answer."""
        self.since, self.until = dt.timedelta(minutes=-1), dt.timedelta(hours=12)
        self.responder_days = 365
        self.down = False
        for role in SIGNING:
            made = issue_certificate(demonstration, role, _NAMES[role], extensions=(*SUBSCRIBER, *offers))
            register(demonstration, made, _ROLES[role])
            self.certificates[role] = made

    def revoke(self, role: DocumentRole, **ago: float) -> None:
        """Revoke a certificate, some time ago."""
        serial_number = self.certificates[role].certificate.serial_number
        self.revoked[serial_number] = self.clock() - dt.timedelta(**ago)

    def answer(self, role: DocumentRole, nonce: bytes | None = None) -> bytes:
        """Return the OCSP answer about the certificate of a role."""
        certificate, issuer = self.certificates[role].certificate, self.issuers[role]
        now = self.clock()
        usual = OCSPAnswer(
            certificate,
            issuer,
            now + self.since,
            now + self.until,
            by=responder(
                issuer,
                not_before=now - dt.timedelta(days=1),
                not_after=now + dt.timedelta(days=self.responder_days),
            ),
            nonce=nonce,
            revoked_at=self.revoked.get(certificate.serial_number),
        )
        return replace(usual, **self.changes).der()  # type: ignore[arg-type] # as the tests spell them

    def list_of(self, role: DocumentRole) -> bytes:
        """Return the revocation list of the authority of a role."""
        now = self.clock()
        return List(self.issuers[role], now + self.since, now + self.until, self.revoked).der()

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer over HTTP: a question by OCSP, or `/ROLE.crl`."""
        if self.down:
            send(handler, b"", 503)
        elif handler.command == "GET":
            send(handler, self.list_of(DocumentRole(handler.path.removeprefix("/").removesuffix(".crl"))))
        else:
            send(handler, self._answered(ocsp.load_der_ocsp_request(body)))

    def _answered(self, question: ocsp.OCSPRequest) -> bytes:
        nonce = question.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        for role, one in self.certificates.items():
            if one.certificate.serial_number == question.serial_number:
                return self.answer(role, nonce)
        return REFUSAL


class RevocableSchool(StampedSchool):
    """A school with a class to issue for."""

    def __init__(
        self, demonstration: Demonstration, stamping: str = "", *, students: int = 1, **settings: str
    ) -> None:
        roles = "principal seal" if stamping else ""
        super().__init__(demonstration, stamping, roles=roles, students=students)
        self.configure(**settings)
