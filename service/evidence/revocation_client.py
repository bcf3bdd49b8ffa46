"""Asking whether certificates were revoked, of OCSP responders and revocation lists that the settings name.

No address is taken from a certificate. What comes back is checked as every verifier will check it, and must hold now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from schemas.validation_data import MAX_CRL_BYTES, MAX_OCSP_BYTES, ValidationData
from service.errors import ServiceError
from service.evidence.asked_addresses import AskedAddress, http_address, reason_of
from service.evidence.bounded_http import get, post
from verify.findings import CheckFailedError
from verify.record_reader import CLOCK_TOLERANCE
from verify.revocation import (
    IssuedCertificate,
    OtherCertificateError,
    RevocationStatement,
    read_crl,
    read_ocsp,
)

TIMEOUT_SECONDS = 10.0
KEPT: Final = dt.timedelta(minutes=5)
"""How long an answer serves for the next documents of a batch."""
SIGNER_LEFT: Final = dt.timedelta(days=2)
"""What the certificate of who signs evidence must still be good for: until then a time stamp covers the record."""
_NONCE_BYTES = 16
_TOLERANCE = dt.timedelta(seconds=CLOCK_TOLERANCE)
_QUERY = {"Content-Type": "application/ocsp-request"}


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """What was found of one certificate, and the bytes that prove it."""

    statement: RevocationStatement
    data: ValidationData


class EvidenceUnavailableError(Exception):
    """Nobody gave good evidence; the argument names each reason."""


class RevocationClient:
    """Gets revocation evidence. Safe to share between threads."""

    def __init__(
        self,
        *,
        ocsp_urls: tuple[str, ...],
        crl_urls: tuple[str, ...],
        now: Callable[[], dt.datetime],
        token_bytes: Callable[[int], bytes],
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Keep whom to ask.

        Args:
            ocsp_urls: http or https; the first responder that answers well serves.
            crl_urls: where lists lie; the first good one of the certificate's issuer serves.
            now: the clock.
            token_bytes: randomness for nonces.
            timeout: seconds that one server may take, from connecting to its last byte.

        Raises:
            ServiceError: `revocation-address`.
        """
        self._responders = tuple(_checked(one) for one in ocsp_urls)
        self._lists = tuple(_checked(one) for one in crl_urls)
        self._now, self._token_bytes, self._timeout = now, token_bytes, timeout
        self._kept: dict[x509.Certificate, tuple[dt.datetime, FoundEvidence]] = {}
        self._fetched: dict[AskedAddress, tuple[dt.datetime, bytes]] = {}
        self._alone = Lock()

    @property
    def is_configured(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._responders or self._lists)

    def evidence(self, issued: IssuedCertificate) -> FoundEvidence:
        """Return what is said now of a certificate: revoked, or not.

        Raises:
            EvidenceUnavailableError: nothing good could be had.
        """
        with self._alone:
            now = self._now()
            at, found = self._kept.get(issued.certificate, (None, None))
            if found is not None and at is not None and _serves(at, found.statement, now):
                return found
            reasons: list[str] = []
            for one in self._sources(issued):
                if isinstance(one, str):
                    reasons.append(one)
                else:
                    if one.statement.revoked_at is None:
                        self._kept[issued.certificate] = (now, one)
                    return one
        raise EvidenceUnavailableError("; ".join(reasons) or "no address is configured")

    def _sources(self, issued: IssuedCertificate) -> Iterator[FoundEvidence | str]:
        """Give what each server says, or why it says nothing."""
        for one in self._responders if issued.offers_ocsp else ():
            yield self._asked(one, lambda one=one: self._ask(one, issued))  # type: ignore[misc] # bound at once
        for one in self._lists:
            yield self._asked(one, lambda one=one: self._fetch(one, issued))  # type: ignore[misc] # bound at once

    def _asked(self, one: AskedAddress, act: Callable[[], FoundEvidence]) -> FoundEvidence | str:
        if one.is_paused(self._now()):
            return f"{one.name}: failed before, asked again at {one.paused_until:%H:%M:%S} UTC"
        try:
            found = act()
        except OtherCertificateError as error:
            # It does what it is there for: others' certificates.
            return f"{one.name}: {reason_of(error)}"
        except (OSError, CheckFailedError, ValueError) as error:
            one.failed(self._now())
            return f"{one.name}: {reason_of(error)}"
        one.answered()
        return found

    def _ask(self, one: AskedAddress, issued: IssuedCertificate) -> FoundEvidence:
        nonce = self._token_bytes(_NONCE_BYTES)
        question = (
            ocsp.OCSPRequestBuilder()
            # The one that every responder knows (RFC 5019 §2.1.1): it names the issuer, and protects nothing.
            .add_certificate(issued.certificate, issued.issuer, SHA1())  # noqa: S303
            .add_extension(x509.OCSPNonce(nonce), critical=False)
            .build()
            .public_bytes(Encoding.DER)
        )
        answer = post(one.address, question, _QUERY, seconds=self._timeout, most=MAX_OCSP_BYTES)
        statement = read_ocsp(answer, issued)
        # Answers made beforehand have no nonce, and count by their time (RFC 5019 §4).
        if statement.nonce not in {None, nonce}:
            raise ValueError("the answer is to another question (nonce)")
        return FoundEvidence(self._current(statement), ValidationData(ocsps=(answer,)))

    def _fetch(self, one: AskedAddress, issued: IssuedCertificate) -> FoundEvidence:
        at, data = self._fetched.get(one, (None, b""))
        if at is None or not at <= self._now() < at + KEPT:
            data = get(one.address, seconds=self._timeout, most=MAX_CRL_BYTES)
            if data.startswith(b"-----"):
                data = x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
            self._fetched[one] = (self._now(), data)
        statement = read_crl(data, issued)
        return FoundEvidence(self._current(statement), ValidationData(crls=(data,)))

    def _current(self, statement: RevocationStatement) -> RevocationStatement:
        now = self._now()
        if statement.since > now + _TOLERANCE:
            raise ValueError(f"what it says begins only at {statement.since:%Y-%m-%d %H:%M:%S} UTC")
        if not statement.is_of(now):
            raise ValueError(f"what it says ended at {statement.until:%Y-%m-%d %H:%M:%S} UTC")
        if statement.signer_until < now + SIGNER_LEFT:
            raise ValueError(
                f"its signer's certificate ends at {statement.signer_until:%Y-%m-%d %H:%M:%S} UTC"
            )
        return statement


def _serves(at: dt.datetime, statement: RevocationStatement, now: dt.datetime) -> bool:
    return at <= now < at + KEPT and statement.is_of(now + KEPT)


def _checked(url: str) -> AskedAddress:
    parts = http_address(url)
    if parts is None:
        raise ServiceError(
            "revocation-address",
            f"Địa chỉ OCSP hoặc CRL phải có dạng http://MÁY/… hoặc https://MÁY/…: {url}",
            f"An OCSP or CRL address must be of the form http://HOST/… or https://HOST/…: {url}",
        )
    return AskedAddress(parts)
