"""The CMS of a signature has one spelling, which other readers understand, and nothing else is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core, x509
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.cms import SignatureCMS, format_cms, parse_cms
from schemas.errors import SchemaError
from schemas.pdf_profile import PROOF_OID
from tests.support.certificates import with_other_s
from tests.support.keys import KINDS, authority

DIGEST = sha256(b"the page").digest()
TIME_STAMP = core.Sequence.load(bytes.fromhex("3006020101040103")).dump()
PROOF = b"an inclusion proof"
TIME_STAMP_OID = "1.2.840.113549.1.9.16.2.14"


@cache
def _signed(kind: str) -> SignatureCMS:
    signer = authority(kind).signer
    certificates = tuple(one.public_bytes(Encoding.DER) for one in (signer.certificate, *signer.chain))
    unsigned = SignatureCMS(certificates, signer.algorithm.value, DIGEST, b"")
    return replace(unsigned, signature=signer.sign(unsigned.signed_attributes))


def _refused(der: bytes) -> bool:
    try:
        parse_cms(der)
    except SchemaError as error:
        return error.code == "cms-invalid"
    return False


@pytest.mark.parametrize("proof", [None, PROOF])
@pytest.mark.parametrize("time_stamp", [None, TIME_STAMP])
@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str, time_stamp: bytes | None, proof: bytes | None) -> None:
    """What was formatted is parsed back, with and without a time stamp and a proof."""
    signed = replace(_signed(kind), time_stamp=time_stamp, proof=proof)
    assert parse_cms(format_cms(signed)) == signed


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_seen(mask: int) -> None:
    """A changed byte is refused, or gives another value: two files never say the same."""
    signed = replace(_signed("p-256"), time_stamp=TIME_STAMP, proof=PROOF)
    der = format_cms(signed)
    kept = 0
    for position in range(len(der)):
        changed = der[:position] + bytes((der[position] ^ mask,)) + der[position + 1 :]
        if not _refused(changed):
            kept += 1
            assert parse_cms(changed) != signed, position
    # A signature, a digest, a proof and what certificates say are any bytes; the frame around them is not.
    assert 0 < kept < len(der)


@pytest.mark.parametrize("kind", ["rsa-2048-pss", "p-256"])
def test_cut_or_lengthened_is_refused(kind: str) -> None:
    """Neither a shorter nor a longer CMS is taken."""
    der = format_cms(_signed(kind))
    assert all(_refused(der[:size]) for size in range(len(der)))
    assert _refused(der + b"\x00")


Change = Callable[[asn1.SignedData], None]


def _add_certificate(data: asn1.SignedData) -> None:
    other = authority("rsa-2048-pss").root.public_bytes(Encoding.DER)
    data["certificates"].append(asn1.CertificateChoices("certificate", x509.Certificate.load(other)))


def _repeat_certificate(data: asn1.SignedData) -> None:
    data["certificates"].append(data["certificates"][0].copy())


def _add_signer_info(data: asn1.SignedData) -> None:
    data["signer_infos"].append(data["signer_infos"][0].copy())


def _embed_content(data: asn1.SignedData) -> None:
    data["encap_content_info"] = asn1.ContentInfo({"content_type": "data", "content": b"the page"})


def _add_revocation_list(data: asn1.SignedData) -> None:
    data["crls"] = asn1.RevocationInfoChoices([])


def _change_version(data: asn1.SignedData) -> None:
    data["version"] = "v3"


def _other_digest(data: asn1.SignedData) -> None:
    data["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha512"}


def _other_digest_of_all(data: asn1.SignedData) -> None:
    data["digest_algorithms"] = [{"algorithm": "sha512"}]


def _digest_with_null(data: asn1.SignedData) -> None:
    data["digest_algorithms"] = [{"algorithm": "sha256", "parameters": core.Null()}]


def _other_signature_algorithm(data: asn1.SignedData) -> None:
    data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha512_ecdsa"}


def _add_signing_time(data: asn1.SignedData) -> None:
    time = core.UTCTime("261124030000Z")
    data["signer_infos"][0]["signed_attrs"].append(
        {"type": "signing_time", "values": [asn1.Time("utc_time", time)]}
    )


def _drop_signing_certificate(data: asn1.SignedData) -> None:
    attributes = data["signer_infos"][0]["signed_attrs"]
    data["signer_infos"][0]["signed_attrs"] = asn1.CMSAttributes([attributes[0], attributes[1]])


def _unknown_unsigned_attribute(data: asn1.SignedData) -> None:
    attribute = {"type": "1.2.3.4", "values": [core.OctetString(b"more")]}
    data["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([attribute])


def _no_unsigned_attributes(data: asn1.SignedData) -> None:
    data["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([])


def _two_proofs(data: asn1.SignedData) -> None:
    attribute = {"type": PROOF_OID, "values": [core.OctetString(PROOF)]}
    data["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([attribute, attribute])


def _two_values_of_a_proof(data: asn1.SignedData) -> None:
    attribute = {"type": PROOF_OID, "values": [core.OctetString(PROOF), core.OctetString(PROOF + b"2")]}
    data["signer_infos"][0]["unsigned_attrs"] = asn1.CMSAttributes([attribute])


def _name_key_id(data: asn1.SignedData) -> None:
    data["signer_infos"][0]["sid"] = asn1.SignerIdentifier("subject_key_identifier", b"\x01" * 20)


def _name_no_certificate(data: asn1.SignedData) -> None:
    data["signer_infos"][0]["sid"].chosen["serial_number"] = 1


@pytest.mark.parametrize(
    "change",
    [
        _add_certificate,
        _repeat_certificate,
        _add_signer_info,
        _embed_content,
        _add_revocation_list,
        _change_version,
        _other_digest,
        _other_digest_of_all,
        _digest_with_null,
        _other_signature_algorithm,
        _add_signing_time,
        _drop_signing_certificate,
        _unknown_unsigned_attribute,
        _no_unsigned_attributes,
        _two_proofs,
        _two_values_of_a_proof,
        _name_key_id,
        _name_no_certificate,
    ],
)
def test_other_contents_are_refused(change: Change) -> None:
    """A well-formed CMS that says more, less or something else than ours is `cms-invalid`."""
    content = asn1.ContentInfo.load(format_cms(_signed("p-256")), strict=True)
    assert not _refused(content.dump(force=True))
    change(content["content"])
    changed = content.dump(force=True)
    assert changed != format_cms(_signed("p-256"))
    assert _refused(changed)


def _long_length(der: bytes) -> bytes:
    """The same element with one length byte more than DER allows."""
    assert der[1] == 0x82
    return bytes((der[0], 0x83, 0)) + der[2:]


def _indefinite_length(der: bytes) -> bytes:
    return bytes((der[0], 0x80)) + der[4:] + b"\x00\x00"


@pytest.mark.parametrize("spelling", [_long_length, _indefinite_length])
def test_other_lengths_are_refused(spelling: Callable[[bytes], bytes]) -> None:
    """BER, which says the same in other lengths, is `cms-invalid`."""
    assert _refused(spelling(format_cms(_signed("p-256"))))


def test_other_value_of_s_is_refused() -> None:
    """An ECDSA signature as good as the signer's, which nobody needs a key for, is `cms-invalid`."""
    signed = _signed("p-256")
    assert _refused(format_cms(replace(signed, signature=with_other_s(signed.signature))))


def test_path_is_found_in_any_order_of_names() -> None:
    """Certificates stand sorted in the CMS; parsed, the signer's comes first and its issuer next."""
    for kind in KINDS:
        first, second = parse_cms(format_cms(_signed(kind))).certificates
        signer, issuer = (x509.Certificate.load(one) for one in (first, second))
        assert signer.issuer == issuer.subject


def test_missing_issuer_is_no_fault_of_the_format() -> None:
    """The signer's certificate alone is a CMS: whether it leads to an anchor is asked elsewhere."""
    alone = replace(_signed("p-256"), certificates=_signed("p-256").certificates[:1])
    assert parse_cms(format_cms(alone)) == alone


@pytest.mark.parametrize("certificate", [b"", b"\x30\x00", b"\x30\x80\x00\x00", b"no certificate"])
def test_what_is_no_certificate_is_refused(certificate: bytes) -> None:
    """Bytes that are no certificate cannot be the signer's."""
    with pytest.raises(SchemaError) as refusal:
        format_cms(replace(_signed("p-256"), certificates=(certificate,)))
    assert refusal.value.code == "cms-invalid"


@pytest.mark.parametrize("kind", KINDS)
def test_another_reader_finds_the_same_parts(kind: str) -> None:
    """asn1crypto, which is strict too, reads the certificates, digest, signature, time stamp and proof alike."""
    signed = replace(_signed(kind), time_stamp=TIME_STAMP, proof=PROOF)
    data = asn1.ContentInfo.load(format_cms(signed), strict=True)["content"]
    assert {one.dump() for one in data["certificates"]} == set(signed.certificates)
    signer_info = data["signer_infos"][0]
    assert signer_info["signature"].native == signed.signature
    assert signer_info["signed_attrs"].untag().dump() == signed.signed_attributes
    attributes = {one["type"].dotted: one["values"] for one in signer_info["signed_attrs"]}
    assert attributes["1.2.840.113549.1.9.4"].native == [DIGEST]
    unsigned = {one["type"].dotted: one["values"][0] for one in signer_info["unsigned_attrs"]}
    assert set(unsigned) == {PROOF_OID, TIME_STAMP_OID}
    assert unsigned[TIME_STAMP_OID].dump() == TIME_STAMP
    proof = core.OctetString.load(unsigned[PROOF_OID].dump()).native
    assert proof == PROOF
