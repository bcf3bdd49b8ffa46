"""Attacks on the signatures themselves: other people's, the wrong certificates, other CMS, stolen keys."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pikepdf
from asn1crypto import algos, cms, core
from cryptography import x509 as certificates
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.keyring import DocumentRole
from schemas.cms import SignatureCMS, format_cms, parse_cms
from schemas.ecdsa import lower_ecdsa
from schemas.pdf_profile import SignatureField
from tests.support.attacks.material import ROOT, Attacks, Material
from tests.support.certificates import (
    AUTHORITY,
    SUBSCRIBER,
    Extension,
    Party,
    basic_constraints,
    key_usage,
    party,
    private_key,
)
from tests.support.demonstration import with_cms
from tests.support.keys import authority
from tests.support.plain_pdf import Hand
from verify.byte_scan import scan_signatures

PRINCIPAL, SEAL = SignatureField.PRINCIPAL, SignatureField.SEAL
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_ISSUER = party("cấp chứng thư của phép thử", ROOT)
_YEAR_2025 = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
_YEAR_2030 = dt.datetime(2030, 6, 1, tzinfo=dt.UTC)


def _by(material: Material, signer: Party, *above: Party) -> bytes:
    """Return the file with a sound signature by somebody else in the gap of its seal."""
    return with_cms(material.pdf, SEAL, Hand(signer, above).sign(material.signatures[-1].document_digest))


def _subscriber(*more: Extension, issuer: Party = _ISSUER, **how: Any) -> Party:
    extensions = how.pop("extensions", SUBSCRIBER)
    return party("người giả", issuer, extensions=(*extensions, *more), **how)


def _kind(*above: Party, make: Callable[[], Party]) -> Callable[[Material], bytes]:
    return lambda material: _by(material, make(), *above)


def _unknown_condition() -> Extension:
    return certificates.UnrecognizedExtension(
        certificates.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\5\0"
    ), True


_NOT_AN_AUTHORITY = party("không được cấp chứng thư", ROOT, extensions=SUBSCRIBER)
_OTHER_ROOT = party("gốc lạ")
_NAMED_LIKE_THE_ROOT = party("gốc của phép thử", key=private_key("khoá khác"))
_LOWEST = party("bậc 3", party("bậc 2", party("bậc 1", _ISSUER)))


def _with_an_unreadable_name(material: Material) -> bytes:
    """Spoil the kind of the signer's own name; its key and a signature by it are sound."""
    signer = _subscriber()
    at = signer.der.rindex(b"\x55\x04\x03\x0c") + 3
    encoded = signer.der[:at] + b"\0" + signer.der[at + 1 :]
    digest = material.signatures[-1].document_digest
    unsigned = SignatureCMS((encoded, _ISSUER.der), "ecdsa-p256", digest, b"")
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    signature = signer.key.sign(unsigned.signed_attributes, ec.ECDSA(SHA256(), deterministic_signing=True))
    signed = replace(unsigned, signature=lower_ecdsa(signature))
    return with_cms(material.pdf, SEAL, format_cms(signed))


CERTIFICATES: Attacks = {
    "certificate-with-an-unreadable-name": _with_an_unreadable_name,
    "certificate-not-registered": _kind(_ISSUER, make=_subscriber),
    "certificate-of-itself": _kind(make=lambda: party("tự ký", extensions=SUBSCRIBER)),
    "certificate-of-a-strange-root": _kind(make=lambda: _subscriber(issuer=_OTHER_ROOT)),
    "certificate-of-a-root-with-a-known-name": _kind(make=lambda: _subscriber(issuer=_NAMED_LIKE_THE_ROOT)),
    "certificate-expired": _kind(_ISSUER, make=lambda: _subscriber(not_after=_YEAR_2025)),
    "certificate-not-yet-valid": _kind(_ISSUER, make=lambda: _subscriber(not_before=_YEAR_2030)),
    "certificate-of-an-authority": _kind(_ISSUER, make=lambda: _subscriber(extensions=AUTHORITY)),
    "certificate-for-encryption": _kind(
        _ISSUER, make=lambda: _subscriber(extensions=(basic_constraints(ca=False), key_usage()))
    ),
    "certificate-without-extensions": _kind(_ISSUER, make=lambda: _subscriber(extensions=())),
    "certificate-for-time-stamps": _kind(
        _ISSUER,
        make=lambda: _subscriber((certificates.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)),
    ),
    "certificate-for-servers": _kind(
        _ISSUER,
        make=lambda: _subscriber((certificates.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), True)),
    ),
    "certificate-with-an-unknown-condition": _kind(_ISSUER, make=lambda: _subscriber(_unknown_condition())),
    "certificate-by-no-authority": _kind(
        _NOT_AN_AUTHORITY, make=lambda: _subscriber(issuer=_NOT_AN_AUTHORITY)
    ),
    "certificate-with-a-gap-in-its-path": _kind(make=_subscriber),
    "certificate-with-the-anchor-too": _kind(_ISSUER, ROOT, make=_subscriber),
    "certificate-with-a-needless-one": _kind(_ISSUER, _OTHER_ROOT, make=_subscriber),
    "certificate-with-endless-path": lambda m: _by(
        m, party("người giả", _LOWEST, extensions=SUBSCRIBER), *_path_of_lowest()
    ),
}


def _path_of_lowest() -> tuple[Party, ...]:
    first = party("bậc 1", _ISSUER)
    second = party("bậc 2", first)
    return party("bậc 3", second), second, first, _ISSUER


def _cms(pdf: bytes, field: SignatureField = SEAL) -> SignatureCMS:
    return parse_cms(scan_signatures(pdf)[0 if field is PRINCIPAL else -1].cms)


def _by_the_principal(material: Material) -> bytes:
    """Return the file with its seal made by the principal's key, which is the school's but not the seal."""
    signer = material.stolen(DocumentRole.PRINCIPAL)
    made = replace(_cms(material.pdf, PRINCIPAL), document_digest=material.signatures[-1].document_digest)
    signed = replace(made, signature=signer.sign(made.signed_attributes), proof=None)
    return with_cms(material.pdf, SEAL, format_cms(signed))


def _by_a_stranger(material: Material, field: SignatureField) -> bytes:
    stranger = authority("p-256").signer
    encoded = tuple(each.public_bytes(Encoding.DER) for each in (stranger.certificate, *stranger.chain))
    made = replace(_cms(material.pdf, field), certificates=encoded, algorithm="ecdsa-p256", proof=None)
    signed = replace(made, signature=stranger.sign(made.signed_attributes))
    return with_cms(material.pdf, field, format_cms(signed))


def _rewritten(material: Material, change: Callable[[Any], None]) -> bytes:
    """Return the file with its seal's CMS changed in one place, encoded by software that others wrote."""
    info = cms.ContentInfo.load(material.signatures[-1].cms)
    change(info["content"])
    return with_cms(material.pdf, SEAL, info.dump(force=True))


def _sha_1(data: Any) -> None:
    sha_1 = algos.DigestAlgorithm({"algorithm": "sha1"})
    data["digest_algorithms"] = [sha_1]
    data["signer_infos"][0]["digest_algorithm"] = sha_1


def _sha_1_signature(data: Any) -> None:
    _sha_1(data)
    data["signer_infos"][0]["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": "sha1_rsa"})


def _two_signers(data: Any) -> None:
    data["signer_infos"] = [data["signer_infos"][0], data["signer_infos"][0].copy()]


def _no_signer(data: Any) -> None:
    data["signer_infos"] = []


def _embedded(data: Any) -> None:
    data["encap_content_info"]["content"] = core.OctetString(b"other")


def _unsigned_attributes(data: Any) -> None:
    del data["signer_infos"][0]["unsigned_attrs"]


def _foreign_attribute(data: Any) -> None:
    attribute = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.Null()]})
    data["signer_infos"][0]["unsigned_attrs"] = [
        *(data["signer_infos"][0]["unsigned_attrs"] or ()),
        attribute,
    ]


def _no_signing_certificate(data: Any) -> None:
    signer = data["signer_infos"][0]
    kept = [each for each in signer["signed_attrs"] if each["type"].dotted != _SIGNING_CERTIFICATE_V2]
    signer["signed_attrs"] = cms.CMSAttributes(kept)


def _no_certificates(data: Any) -> None:
    data["certificates"] = []


def _certificate_twice(data: Any) -> None:
    data["certificates"] = [*data["certificates"], data["certificates"][0].copy()]


def _other_signer_id(data: Any) -> None:
    data["signer_infos"][0]["sid"].chosen["serial_number"] = 1


def _lists(data: Any) -> None:
    data["crls"] = []


def _with_the_anchor(material: Material) -> bytes:
    """Return the file with the anchor of its seal's path beside the path: bytes that say nothing new."""
    own = _cms(material.pdf)
    issuer = certificates.load_der_x509_certificate(own.certificates[-1]).issuer
    anchors = (base64.b64decode(each) for group in material.trust.anchors for each in group.certificates)
    anchor = next(each for each in anchors if certificates.load_der_x509_certificate(each).subject == issuer)
    return with_cms(material.pdf, SEAL, format_cms(replace(own, certificates=(*own.certificates, anchor))))


def _flipped(material: Material, field: SignatureField, part: Callable[[SignatureCMS], bytes]) -> bytes:
    """Return the file with the last bit of one part of a CMS flipped, in the very place where it lies."""
    cms_bytes = material.signatures[0 if field is PRINCIPAL else -1].cms
    wanted = part(parse_cms(cms_bytes))
    at = cms_bytes.rindex(wanted) + len(wanted) - 1
    return with_cms(material.pdf, field, cms_bytes[:at] + bytes([cms_bytes[at] ^ 1]) + cms_bytes[at + 1 :])


_PARTS: Mapping[str, Callable[[SignatureCMS], bytes]] = {
    "signers-certificate": lambda one: one.certificates[0],
    "issuers-certificate": lambda one: one.certificates[1],
    "digest": lambda one: one.document_digest,
    "signature": lambda one: one.signature,
    "signed-attributes": lambda one: one.signed_attributes[1:],
}

CMS: Attacks = {
    **{
        f"cms-of-{whose}-flipped-in-{name}": partial(_flipped, field=field, part=part)
        for whose, field in (("principal", PRINCIPAL), ("seal", SEAL))
        for name, part in _PARTS.items()
    },
    "cms-with-the-anchor-too": _with_the_anchor,
    **{
        f"cms-{name}": partial(_rewritten, change=change)
        for name, change in {
            "sha-1": _sha_1,
            "sha-1-signature": _sha_1_signature,
            "two-signers": _two_signers,
            "no-signer": _no_signer,
            "embedded-content": _embedded,
            "foreign-attribute": _foreign_attribute,
            "without-signing-certificate": _no_signing_certificate,
            "without-certificates": _no_certificates,
            "certificate-twice": _certificate_twice,
            "other-signer-id": _other_signer_id,
            "with-revocation-lists": _lists,
        }.items()
    },
}


def _proof_of_another(material: Material) -> bytes:
    proof = _cms(material.other).proof
    assert proof is not None
    return with_cms(material.pdf, SEAL, format_cms(replace(_cms(material.pdf), proof=proof)))


def _spoiled_proof(material: Material, line: int) -> bytes:
    """Flip a bit of the first byte of one line of the proof; counted from the end where negative."""
    own = _cms(material.pdf)
    assert own.proof is not None
    lines = own.proof.split(b"\n")
    lines[line] = bytes([lines[line][0] ^ 3]) + lines[line][1:]
    return with_cms(material.pdf, SEAL, format_cms(replace(own, proof=b"\n".join(lines))))


def _another_hash_in_proof(material: Material, line: int) -> bytes:
    """Put another letter of Base64 first in a line of the proof that is a hash."""
    own = _cms(material.pdf)
    assert own.proof is not None
    lines = own.proof.split(b"\n")
    lines[line] = (b"B" if lines[line].startswith(b"A") else b"A") + lines[line][1:]
    return with_cms(material.pdf, SEAL, format_cms(replace(own, proof=b"\n".join(lines))))


def _proof_under_an_unknown_key(material: Material) -> bytes:
    """Name another key in both signature lines of the proof's checkpoint: of a log or clock not known here."""
    own = _cms(material.pdf)
    assert own.proof is not None
    # Of two letters the one that does not stand there: one in 64 keys begins with either.
    spoiled = re.sub(
        "(— [^ ]+ )(.)".encode(), lambda match: match[1] + (b"+" if match[2] == b"/" else b"/"), own.proof
    )
    return with_cms(material.pdf, SEAL, format_cms(replace(own, proof=spoiled)))


def _proof_in_the_principal(material: Material) -> bytes:
    made = replace(_cms(material.pdf, PRINCIPAL), proof=_cms(material.pdf).proof)
    return with_cms(material.pdf, PRINCIPAL, format_cms(made))


def _signature_of_another(material: Material, field: SignatureField) -> bytes:
    number = 0 if field is PRINCIPAL else -1
    return with_cms(material.pdf, field, scan_signatures(material.other)[number].cms)


def _edited(material: Material, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """Return the page as somebody changed it before it is signed anew."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(material.page)) as pdf:
        change(pdf)
        pdf.save(target, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target.getvalue()


def _other_marks(pdf: pikepdf.Pdf) -> None:
    stream = pdf.Root.Names.EmbeddedFiles.Names[1].EF.F
    stream.write(stream.read_bytes().replace(b'"8.', b'"9.'))


def _no_data(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Names
    del pdf.Root.AF


def _data_that_are_none(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.EmbeddedFiles.Names[1].EF.F.write(b"{}")


FORGERIES: Attacks = {
    "seal-by-a-stranger": partial(_by_a_stranger, field=SEAL),
    "principal-by-a-stranger": partial(_by_a_stranger, field=PRINCIPAL),
    "seal-by-the-principal": _by_the_principal,
    "seal-of-another-student": partial(_signature_of_another, field=SEAL),
    "principal-of-another-student": partial(_signature_of_another, field=PRINCIPAL),
    "seal-and-principal-exchanged": lambda m: with_cms(m.pdf, SEAL, m.signatures[0].cms),
    "proof-of-another-student": _proof_of_another,
    "proof-in-the-principal": _proof_in_the_principal,
    "proof-with-another-head": partial(_spoiled_proof, line=0),
    "proof-with-another-entry": partial(_spoiled_proof, line=1),
    "proof-with-another-index": partial(_spoiled_proof, line=2),
    "proof-with-another-hash": partial(_another_hash_in_proof, line=3),
    "proof-with-another-log-name": partial(_spoiled_proof, line=-7),
    "proof-with-another-root": partial(_another_hash_in_proof, line=-5),
    "proof-under-an-unknown-key": _proof_under_an_unknown_key,
    "signed-anew-by-a-stranger": lambda m: m.signed(m.page, stolen=False),
    "seal-anew-by-a-stranger": lambda m: m.signed(m.pdf[: m.ends[1]], stolen=False, fields=(SEAL,)),
    "signed-anew-with-stolen-keys": lambda m: m.signed(m.page),
    "sealed-anew-with-a-stolen-key": lambda m: m.signed(m.pdf[: m.ends[1]], fields=(SEAL,)),
    "stolen-keys-other-marks": lambda m: m.signed(_edited(m, _other_marks)),
    "stolen-keys-no-data": lambda m: m.signed(_edited(m, _no_data)),
    "stolen-keys-rubbish-data": lambda m: m.signed(_edited(m, _data_that_are_none)),
    "stolen-principal-alone": lambda m: m.signed(m.page, fields=(PRINCIPAL,)),
    "stolen-seal-alone": lambda m: m.signed(m.page, fields=(SEAL,)),
}
