"""A signature value leaves in the one spelling that files have, whoever made it."""

from __future__ import annotations

import pytest

from keys.signer import KeysError, SignatureAlgorithm, check_signature, one_spelling
from tests.support.certificates import with_other_s
from tests.support.keys import authority

MESSAGE = b"signed attributes"


def _refused(kind: str, value: bytes) -> bool:
    signer = authority(kind).signer
    try:
        check_signature(signer.certificate, signer.algorithm, value, MESSAGE)
    except KeysError as error:
        return error.code == "signature-not-by-certificate"
    return False


def test_other_value_of_s_is_put_right_or_refused() -> None:
    """A token or a remote service may give n - s for s: it is put right before it is kept, and goes into no file."""
    signer = authority("p-256").signer
    for _ in range(8):
        value = signer.sign(MESSAGE)
        assert not _refused("p-256", value)
        assert _refused("p-256", with_other_s(value))
        assert one_spelling(signer.certificate, signer.algorithm, with_other_s(value)) == value


@pytest.mark.parametrize("kind", ["rsa-2048-pss", "rsa-2048-pkcs1v15"])
def test_lost_zeros_are_put_right_or_refused(kind: str) -> None:
    """A value without its leading zeros is as long as the key again, and goes into no file as it came."""
    signer = authority(kind).signer
    pkcs1 = signer.algorithm is SignatureAlgorithm.RSA_PKCS1V15
    messages = (MESSAGE + bytes(number) * pkcs1 for number in range(5_000))
    message, value = next((one, found) for one in messages if (found := signer.sign(one)).startswith(b"\0"))
    stripped = value.lstrip(b"\0")
    assert one_spelling(signer.certificate, signer.algorithm, stripped) == value
    with pytest.raises(KeysError):
        check_signature(signer.certificate, signer.algorithm, stripped, message)


@pytest.mark.parametrize("kind", ["rsa-2048-pss", "p-256"])
@pytest.mark.parametrize("value", [b"", b"no signature", bytes(300)])
def test_what_is_none_is_refused(kind: str, value: bytes) -> None:
    """What is no signature at all is refused as one by another key."""
    assert _refused(kind, value)
