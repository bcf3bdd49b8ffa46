"""A demonstration's signers changed: other certificates by its own authorities, keys moved onto tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from keys.ceremony import PERSONAL_ANCHORS, SEAL_ANCHORS
from keys.certificates import CertificateKey
from keys.keyring import DocumentRole, address_path, signer_path
from keys.pkcs11_token import PINRequest
from keys.signer_address import format_address
from schemas.record.statement import Role
from tests.support.certificates import SUBSCRIBER, Extension, Party, party
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.registrar import entries, last_statement, statement
from tests.support.softhsm import PIN, SoftHSM, address

SIGNING = (DocumentRole.PRINCIPAL, DocumentRole.SEAL)
"""Who signs without a delegation."""
_ANCHORS = {
    DocumentRole.PRINCIPAL: PERSONAL_ANCHORS,
    DocumentRole.DEPUTY: PERSONAL_ANCHORS,
    DocumentRole.SEAL: SEAL_ANCHORS,
}


class Person:
    """Somebody who types a PIN and remembers being asked."""

    def __init__(self, pin: str = PIN) -> None:
        self.pin = pin
        self.asked: list[PINRequest] = []

    def __call__(self, request: PINRequest) -> str:
        """Type the PIN."""
        self.asked.append(request)
        return self.pin


def issuing_authority(demonstration: Demonstration, role: DocumentRole) -> Party:
    """Return the authority that issues the certificates of a role."""
    keys = demonstration.data / "keys"
    passphrase = (keys / "passphrase").read_bytes().strip()
    stored = (keys / "offline" / f"{_ANCHORS[role]}-ca.p12").read_bytes()
    key, certificate, _ = pkcs12.load_key_and_certificates(stored, passphrase)
    assert certificate is not None
    assert isinstance(key, CertificateKey)
    return Party(certificate, key)


def issue_certificate(
    demonstration: Demonstration,
    role: DocumentRole,
    name: str,
    *,
    issuer: Party | None = None,
    extensions: Sequence[Extension] = SUBSCRIBER,
    days: tuple[float, float] = (-1, 365),
) -> Party:
    """Put a new certificate and its key in place of a role's; it is not registered."""
    issuer = issuer or issuing_authority(demonstration, role)
    start, end = (demonstration.clock() + dt.timedelta(days=count) for count in days)
    made = party(name, issuer, extensions=extensions, not_before=start, not_after=end)
    put_certificate(demonstration, role, made, issuer)
    return made


def put_certificate(demonstration: Demonstration, role: DocumentRole, made: Party, *chain: Party) -> None:
    """Put a certificate and its key in place of a role's, with the intermediates above it; it is not registered."""
    keys = demonstration.data / "keys"
    encryption = BestAvailableEncryption((keys / "passphrase").read_bytes().strip())
    path = signer_path(keys, role, SCHOOL)
    path.parent.mkdir(exist_ok=True)
    above = [one.certificate for one in chain]
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(None, made.key, made.certificate, above or None, encryption)
    )
    path.chmod(0o600)


def register(demonstration: Demonstration, certificate: Party, role: Role, *, school: str = SCHOOL) -> None:
    """Have the registrar say that a certificate is in force."""
    last = last_statement(entries(demonstration), Role.SEAL)
    thumbprint = certificate.certificate.fingerprint(SHA256())
    demonstration.append(
        statement(demonstration, last, thumbprint=thumbprint, role=role, school=school, number=1)
    )


def move_to_token(
    demonstration: Demonstration, soft_hsm: SoftHSM, *roles: DocumentRole, label: str = "Trường"
) -> str:
    """Move the keys of roles onto one new token, and return its serial number; no file holds them any more."""
    serial = soft_hsm.token(label)
    keyring = demonstration.installation.keyring
    for number, role in enumerate(roles, start=1):
        signer = keyring.signer(role, SCHOOL, now=demonstration.clock())
        soft_hsm.put(serial, signer._key, [signer.certificate, *signer.chain], key_id=bytes([number]))  # noqa: SLF001
        thumbprint = signer.certificate.fingerprint(SHA256()).hex()
        where = address(serial, certificate=thumbprint)
        address_path(keyring.folder, role, SCHOOL).write_bytes(format_address(where))
        signer_path(keyring.folder, role, SCHOOL).unlink()
    return serial
