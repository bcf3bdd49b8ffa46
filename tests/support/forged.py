"""Documents that somebody signs outside the service, with the school's own keys or with keys of their own."""

from __future__ import annotations

from cryptography.x509.oid import NameOID

from keys.errors import SignatureAlgorithm
from keys.file_signer import FileSigner
from keys.keyring import DocumentRole
from keys.pdf_signature import complete_signature
from schemas.pdf_profile import SignatureField
from tests.support.certificates import SUBSCRIBER, party
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import prepare

_SIGNING = (
    (SignatureField.PRINCIPAL, DocumentRole.PRINCIPAL),
    (SignatureField.SEAL, DocumentRole.SEAL),
)


def signed_but_not_recorded(demonstration: Demonstration) -> bytes:
    """Return a page of the school, signed with its true keys by somebody who has them, later than the record."""
    keyring, now = demonstration.installation.keyring, demonstration.clock()
    signers = {role: keyring.signer(role, SCHOOL, now=now) for _, role in _SIGNING}
    return _signed(demonstration, signers)


def signed_with_a_seal_of_ones_own(demonstration: Demonstration) -> bytes:
    """Return the same with keys that somebody made, whose certificates have the names of school and principal."""
    keyring, now = demonstration.installation.keyring, demonstration.clock()
    signers = {}
    for _, role in _SIGNING:
        subject = keyring.signer(role, SCHOOL, now=now).certificate.subject
        name = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        forger = party(name, extensions=SUBSCRIBER)
        signers[role] = FileSigner(forger.certificate, (), SignatureAlgorithm.ECDSA_P256, forger.key)
    return _signed(demonstration, signers)


def _signed(demonstration: Demonstration, signers: dict[DocumentRole, FileSigner]) -> bytes:
    pdf = demonstration.pdf()
    page = pdf[: pdf.index(b"%%EOF\n") + 6]
    for field, role in _SIGNING:
        signer = signers[role]
        prepared = prepare(page, field, signer, None, at=demonstration.clock())
        page = complete_signature(prepared, signer.sign(prepared.signed_attributes_der))
    return page
