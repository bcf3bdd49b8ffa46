"""One way to earn each of the twelve verdicts, from real documents of a demonstration school."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.serving import WSGIRequestHandler, make_server

from schemas.cms import format_cms, parse_cms
from schemas.pdf_profile import SignatureField
from schemas.serial import draw_serial
from schemas.verdict import VerdictCode
from service.issuing import released_path
from tests.support.changes import correct, revoke
from tests.support.demonstration import Clock, Demonstration, with_cms
from tests.support.keys import authority
from tests.support.sample_pdf import make_panel
from verify.byte_scan import scan_signatures
from verify.verifier import Verifier
from verify.web.app import create_app

UNKNOWN_SERIAL = draw_serial(lambda count: bytes(count - 1) + b"\x25")
FILES = (
    VerdictCode.VALID,
    VerdictCode.SUPERSEDED,
    VerdictCode.REVOKED,
    VerdictCode.ALTERED,
    VerdictCode.UNTRUSTED_ISSUER,
    VerdictCode.UNRECORDED,
    VerdictCode.UNCONFIRMED,
    VerdictCode.NOT_A_TRANSCRIPT,
    VerdictCode.UNREADABLE,
    VerdictCode.SERVICE_ERROR,
)
"""The verdicts that a file earns here; a code on paper earns `recorded` and `not_found`."""


@dataclass
class VerdictCases:
    """A demonstration of three: one document stands, one was corrected, one revoked."""

    demonstration: Demonstration

    def __post_init__(self) -> None:
        """Revoke the third document, correct the second."""
        self.before = self.demonstration.issuances()
        revoke(self.demonstration, 2)
        correct(self.demonstration, 1)

    def pdf(self, number: int = 0) -> bytes:
        """Return a file as it was before anything was corrected or revoked."""
        return released_path(self.demonstration.data / "issued", self.before[number]).read_bytes()

    @cached_property
    def files(self) -> Mapping[VerdictCode, bytes]:
        """The file that earns each verdict of `FILES`; where it is no matter of the file, the first."""
        pdf = self.pdf()
        middle = len(pdf) // 3
        return {
            VerdictCode.VALID: pdf,
            VerdictCode.SUPERSEDED: self.pdf(1),
            VerdictCode.REVOKED: self.pdf(2),
            VerdictCode.ALTERED: pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :],
            VerdictCode.UNTRUSTED_ISSUER: _sealed_by_a_stranger(pdf),
            VerdictCode.UNRECORDED: pdf[: scan_signatures(pdf)[0].end],
            VerdictCode.UNCONFIRMED: pdf,
            VerdictCode.NOT_A_TRANSCRIPT: make_panel("Giấy mời họp"),
            VerdictCode.UNREADABLE: b"PK\x03\x04 a workbook",
            VerdictCode.SERVICE_ERROR: pdf,
        }

    @contextmanager
    def serving(self, verdict: VerdictCode) -> Iterator[str]:
        """Serve the portal that gives this verdict: without a record, or under an expired trust root, where need be."""
        clock = Clock(self.demonstration.clock())
        verifier = Demonstration(self.demonstration.data, clock).verifier(
            record=verdict is not VerdictCode.UNCONFIRMED
        )
        if verdict is VerdictCode.SERVICE_ERROR:
            clock.forward(days=36500)
        try:
            with served(verifier) as address:
                yield address
        finally:
            verifier.close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of each request."""


@contextmanager
def served(verifier: Verifier) -> Iterator[str]:
    """Serve a verifier's portal from a thread of this process; yields its address."""
    server = make_server("127.0.0.1", 0, create_app(verifier), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _sealed_by_a_stranger(pdf: bytes) -> bytes:
    """Return the file with another person's sound signature in the gap of the seal."""
    stranger = authority("p-256").signer
    seal = parse_cms(scan_signatures(pdf)[-1].cms)
    certificates = tuple(_der(each) for each in (stranger.certificate, *stranger.chain))
    theirs = replace(seal, certificates=certificates, algorithm="ecdsa-p256")
    signed = replace(theirs, signature=stranger.sign(theirs.signed_attributes))
    return with_cms(pdf, SignatureField.SEAL, format_cms(signed))


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
