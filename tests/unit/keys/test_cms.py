"""The CMS of a document signature, read back by asn1crypto."""

from __future__ import annotations

import hashlib

import pytest
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives.serialization import Encoding

from keys.cms import build_signed_attributes, build_signed_data
from keys.signer import check_signature
from tests.support.keys import KINDS, authority

DIGEST = hashlib.sha256(b"the page").digest()


def _content_info(kind: str) -> cms.ContentInfo:
    signer = authority(kind).signer
    attributes = build_signed_attributes(signer.certificate, DIGEST)
    der = build_signed_data(
        certificate=signer.certificate,
        chain=signer.chain,
        algorithm=signer.algorithm,
        document_digest=DIGEST,
        signature=signer.sign(attributes),
    )
    return cms.ContentInfo.load(der, strict=True)


@pytest.mark.parametrize("kind", KINDS)
def test_encodes_as_der(kind: str) -> None:
    """Every length, default and SET order is DER: encoding it anew gives the same bytes."""
    content = _content_info(kind)
    assert content.copy().dump(force=True) == content.dump()


def test_signs_exactly_three_attributes() -> None:
    """content-type, message-digest and signing-certificate-v2 are the signed attributes, in DER order."""
    signer = authority("p-256").signer
    attributes = cms.CMSAttributes.load(build_signed_attributes(signer.certificate, DIGEST), strict=True)
    encodings = [attribute.dump() for attribute in attributes]
    assert encodings == sorted(encodings)
    values = {each["type"].dotted: each["values"] for each in attributes}
    bound = tsp.SigningCertificateV2.load(values.pop("1.2.840.113549.1.9.16.2.47")[0].dump(), strict=True)
    assert {oid: value.native for oid, value in values.items()} == {
        "1.2.840.113549.1.9.3": ["data"],
        "1.2.840.113549.1.9.4": [DIGEST],
    }
    assert bound.native == {
        "certs": [
            {
                "hash_algorithm": {"algorithm": "sha256", "parameters": None},
                "cert_hash": hashlib.sha256(signer.certificate.public_bytes(Encoding.DER)).digest(),
                "issuer_serial": None,
            }
        ],
        "policies": None,
    }


def test_carries_the_certificates_below_the_anchor() -> None:
    """Signer and intermediate are embedded, the root is not."""
    signer = authority("p-256").signer
    embedded = {each.dump() for each in _content_info("p-256")["content"]["certificates"]}
    assert embedded == {each.public_bytes(Encoding.DER) for each in (signer.certificate, *signer.chain)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rsa-2048-pkcs1v15", {"algorithm": "sha256_rsa", "parameters": None}),
        ("p-256", {"algorithm": "sha256_ecdsa", "parameters": None}),
        (
            "rsa-2048-pss",
            {
                "algorithm": "rsassa_pss",
                "parameters": {
                    "hash_algorithm": {"algorithm": "sha256", "parameters": None},
                    "mask_gen_algorithm": {
                        "algorithm": "mgf1",
                        "parameters": {"algorithm": "sha256", "parameters": None},
                    },
                    "salt_length": 32,
                    "trailer_field": "trailer_field_bc",
                },
            },
        ),
    ],
)
def test_names_its_algorithms(kind: str, expected: dict[str, object]) -> None:
    """The SignerInfo names SHA-256 without parameters and the one algorithm of the key."""
    signer_info = _content_info(kind)["content"]["signer_infos"][0]
    assert signer_info["signature_algorithm"].native == expected
    assert isinstance(signer_info["digest_algorithm"]["parameters"], core.Void)


def test_has_neither_content_nor_unsigned_attributes() -> None:
    """The content is detached, and there is one SignerInfo without unsigned attributes."""
    signed_data = _content_info("p-256")["content"]
    assert signed_data["encap_content_info"].native == {"content_type": "data", "content": None}
    assert [info["unsigned_attrs"].native for info in signed_data["signer_infos"]] == [None]


@pytest.mark.parametrize("kind", KINDS)
def test_signature_is_over_the_set_of_attributes(kind: str) -> None:
    """The signature value verifies over the attributes with the SET tag put back (RFC 5652 §5.4)."""
    signer = authority(kind).signer
    signer_info = _content_info(kind)["content"]["signer_infos"][0]
    message = signer_info["signed_attrs"].untag().dump()
    check_signature(signer.certificate, signer.algorithm, signer_info["signature"].native, message)
